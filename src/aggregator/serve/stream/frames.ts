import {
  type FleetStreamEventName,
  type FleetStreamEvents,
  formatEventId,
} from '../../../contract/stream.ts';

/** One server-sent event, ready to be written to any number of sockets. */
export function eventFrame<Name extends FleetStreamEventName>(
  name: Name,
  data: FleetStreamEvents[Name],
): Buffer {
  // JSON text has no line breaks of its own, so one data line always suffices.
  return Buffer.from(
    `id: ${formatEventId(data.epoch, data.seq)}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
  );
}

/** How long a client should wait before it reconnects, milliseconds. */
export function retryFrame(retryMs: number): Buffer {
  return Buffer.from(`retry: ${retryMs}\n\n`);
}
