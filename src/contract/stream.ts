import type { FleetDelta, FleetHeartbeat, FleetSnapshot } from './model/fleet.ts';

/**
 * Events of `GET /fleet/stream`. Each carries `id: <epoch>.<seq>`; a client that reconnects with `Last-Event-ID` gets
 * the deltas it missed when the server still has them, else a new snapshot. Comments (`: keepalive`) may come between.
 */
export interface FleetStreamEvents {
  readonly snapshot: FleetSnapshot;
  readonly delta: FleetDelta;
  readonly heartbeat: FleetHeartbeat;
}
export type FleetStreamEventName = keyof FleetStreamEvents;

/** Position in the stream as written into the `id:` field. */
export function formatEventId(epoch: string, seq: number): string {
  return `${epoch}.${seq}`;
}

/** Reads what {@link formatEventId} wrote; `null` for anything else. */
export function parseEventId(text: string | undefined): { epoch: string; seq: number } | null {
  const match = /^([\w-]{1,64})\.(\d{1,15})$/.exec(text ?? '');
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { epoch: match[1], seq: Number(match[2]) };
}
