import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { FleetDelta, FleetHeartbeat } from '../../contract/model/fleet.ts';
import { formatEventId, parseEventId } from '../../contract/stream.ts';
import type { FleetCollector } from '../collector.ts';

const heartbeatMs = 10_000;

/** What is kept for clients that come back, in number and size; older gaps get a new snapshot. */
const maxKeptDeltas = 500;
const maxKeptBytes = 16 * 1_048_576;

/** A client that lets more than this pile up unread is cut off; it comes back and gets what it missed. */
const maxUnreadBytes = 32 * 1_048_576;

interface KeptDelta {
  readonly seq: number;
  readonly frame: string;
}

interface Client {
  readonly response: ServerResponse;
  readonly watch: Disposable;
}

/** `GET /fleet/stream` for any number of clients: each delta is written as text once and sent to all. */
export class FleetStream implements Disposable {
  readonly #collector: FleetCollector;
  readonly #clock: Clock;
  readonly #clients = new Set<Client>();
  readonly #subscription: Disposable;
  #kept: KeptDelta[] = [];
  #keptBytes = 0;
  #heartbeat: Disposable | null = null;

  constructor(collector: FleetCollector, clock: Clock) {
    this.#collector = collector;
    this.#clock = clock;
    this.#subscription = collector.onDidChange((delta) => this.#publish(delta));
  }

  /** Takes over a response. It ends when the client goes, falls too far behind, or this is disposed. */
  open(response: ServerResponse, lastEventId: string | undefined): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    const client: Client = { response, watch: this.#collector.watch() };
    this.#clients.add(client);
    response.on('close', () => this.#drop(client));
    response.on('error', () => this.#drop(client));
    response.write('retry: 2000\n\n');
    for (const frame of this.#framesSince(lastEventId)) response.write(frame);
    this.#scheduleHeartbeat();
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#heartbeat?.dispose();
    for (const client of [...this.#clients]) {
      client.response.end();
      this.#drop(client);
    }
  }

  /** Missed deltas when all of them are still kept, else the whole picture. */
  #framesSince(lastEventId: string | undefined): string[] {
    const snapshot = this.#collector.snapshot();
    const position = parseEventId(lastEventId);
    if (position !== null && position.epoch === snapshot.epoch && position.seq <= snapshot.seq) {
      const missed = this.#kept.filter(({ seq }) => seq > position.seq);
      if (missed.length === snapshot.seq - position.seq) return missed.map(({ frame }) => frame);
    }
    return [frameOf('snapshot', formatEventId(snapshot.epoch, snapshot.seq), snapshot)];
  }

  #publish(delta: FleetDelta): void {
    const frame = frameOf('delta', formatEventId(delta.epoch, delta.seq), delta);
    this.#kept.push({ seq: delta.seq, frame });
    this.#keptBytes += frame.length;
    while (this.#kept.length > maxKeptDeltas || (this.#keptBytes > maxKeptBytes && this.#kept.length > 1))
      this.#keptBytes -= this.#kept.shift()?.frame.length ?? 0;
    this.#send(frame);
    this.#scheduleHeartbeat();
  }

  #send(frame: string): void {
    for (const client of [...this.#clients]) {
      client.response.write(frame);
      if (client.response.writableLength > maxUnreadBytes) {
        client.response.destroy();
        this.#drop(client);
      }
    }
  }

  /** Heartbeats come only while nothing else does. */
  #scheduleHeartbeat(): void {
    this.#heartbeat?.dispose();
    this.#heartbeat = null;
    if (this.#clients.size === 0) return;
    this.#heartbeat = this.#clock.setTimeout(() => {
      const { epoch, seq } = this.#collector.snapshot();
      const beat: FleetHeartbeat = { epoch, seq, serverTimeMs: this.#clock.now(), intervalMs: heartbeatMs };
      this.#send(frameOf('heartbeat', null, beat));
      this.#scheduleHeartbeat();
    }, heartbeatMs);
  }

  #drop(client: Client): void {
    if (!this.#clients.delete(client)) return;
    client.watch.dispose();
    if (this.#clients.size === 0) this.#scheduleHeartbeat();
  }
}

/** JSON has no raw line breaks, so one data line always holds it. */
function frameOf(event: string, id: string | null, data: unknown): string {
  return `${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
