import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../base/clock.ts';
import { type Disposable, DisposableStore } from '../../../base/lifecycle.ts';
import type { Logger } from '../../../base/logger.ts';
import type { FleetDelta } from '../../../contract/model/fleet.ts';
import { parseEventId } from '../../../contract/stream.ts';
import type { FleetCollector } from '../../collector.ts';
import { DeltaRing, type DeltaRingLimits } from './deltaRing.ts';
import { eventFrame, retryFrame } from './frames.ts';

export interface StreamLimits extends DeltaRingLimits {
  readonly heartbeatMs: number;
  /** A client that takes no bytes for this long is dropped; more than the interval of heartbeats. */
  readonly stalledMs: number;
  readonly maxStreams: number;
  /** Told to clients as their reconnection time. */
  readonly retryMs: number;
}

export const defaultStreamLimits: StreamLimits = {
  heartbeatMs: 10_000,
  stalledMs: 30_000,
  maxStreams: 200,
  retryMs: 2_000,
  maxCount: 1_000,
  maxBytes: 8 * 1024 * 1024,
};

/** For how long one serialised snapshot serves all who ask; short, because it carries the server's time. */
const snapshotShareMs = 200;

export interface StreamHubOptions {
  readonly collector: FleetCollector;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<StreamLimits>;
}

/**
 * Writes the fleet stream to any number of clients. Each event is serialised once. A client is a position in the shared
 * ring of deltas, never a queue of its own: one that reads slowly falls behind in the ring and, when it fell out of it,
 * gets a new snapshot. So memory does not grow with slow clients, and none holds up another.
 */
export class StreamHub implements Disposable {
  readonly #collector: FleetCollector;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #limits: StreamLimits;
  readonly #ring: DeltaRing;
  readonly #clients = new Set<StreamClient>();
  readonly #owned = new DisposableStore();
  #heartbeat: Disposable | null = null;
  #snapshot: { readonly frame: Buffer; readonly seq: number; readonly atMs: number } | null = null;
  #position: { epoch: string; seq: number } | null = null;

  constructor(options: StreamHubOptions) {
    this.#collector = options.collector;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#limits = { ...defaultStreamLimits, ...options.limits };
    this.#ring = new DeltaRing(this.#limits);
    this.#owned.add(options.collector.onDidChange((delta) => this.#onDelta(delta)));
  }

  get isFull(): boolean {
    return this.#clients.size >= this.#limits.maxStreams;
  }

  /**
   * Takes over a response and writes the stream to it until the client goes, its key is revoked or the hub ends. Polling
   * goes on for as long as a stream is open.
   */
  open(response: ServerResponse, keyId: string, lastEventId: string | undefined): void {
    try {
      if (this.#owned.isDisposed) response.destroy();
      else this.#start(response, keyId, lastEventId);
    } catch (error) {
      // The framework no longer answers for this response, so nobody else would end it.
      response.destroy();
      this.#logger.error('could not open a stream', { cause: error instanceof Error ? error.message : '' });
    }
  }

  #start(response: ServerResponse, keyId: string, lastEventId: string | undefined): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // Asks reverse proxies not to hold events back.
      'x-accel-buffering': 'no',
    });
    const client = new StreamClient(response, keyId);
    const watch = this.#collector.watch();
    client.onDidClose = () => {
      watch.dispose();
      this.#clients.delete(client);
      if (this.#clients.size === 0) this.#stopHeartbeat();
    };
    client.onDidDrain = () => this.#pump(client);
    // The socket counts any byte that leaves as progress, so a slow line stays and one that stands still goes. Heartbeats
    // keep it alive while nothing changes.
    response.setTimeout(this.#limits.stalledMs, () => {
      this.#logger.warn('dropped a stream client that takes no data');
      client.destroy();
    });
    this.#clients.add(client);
    this.#heartbeat ??= this.#scheduleHeartbeat();
    client.write(retryFrame(this.#limits.retryMs));

    const current = this.#currentPosition();
    const last = parseEventId(lastEventId);
    const isResumable =
      last !== null && last.epoch === current.epoch && this.#ring.covers(last.seq, current.seq);
    if (isResumable) {
      client.sentSeq = last.seq;
      this.#pump(client);
      // Old deltas carry old times; this tells the present one, and that the client is up to date.
      if (!client.isCongested) client.write(this.#heartbeatFrame());
    } else {
      this.#pump(client);
    }
  }

  /** Ends the streams that were opened with a key that is no longer valid. */
  endStreamsOfKey(keyId: string): void {
    for (const client of [...this.#clients]) {
      if (client.keyId === keyId) client.end();
    }
  }

  dispose(): void {
    this.#owned.dispose();
    for (const client of [...this.#clients]) client.end();
    this.#stopHeartbeat();
    this.#ring.clear();
  }

  #currentPosition(): { epoch: string; seq: number } {
    if (this.#position === null) {
      const { epoch, seq } = this.#collector.snapshot();
      this.#position = { epoch, seq };
    }
    return this.#position;
  }

  #onDelta(delta: FleetDelta): void {
    if (this.#position !== null && this.#position.epoch !== delta.epoch) {
      this.#ring.clear();
      for (const client of this.#clients) client.sentSeq = null;
    }
    this.#position = { epoch: delta.epoch, seq: delta.seq };
    this.#ring.push(delta.seq, eventFrame('delta', delta));
    for (const client of [...this.#clients]) this.#pump(client);
  }

  /** Writes what the client lacks, until it is up to date or its socket is full; the socket calls again when free. */
  #pump(client: StreamClient): void {
    const target = this.#currentPosition().seq;
    while (!client.isCongested && (client.sentSeq === null || client.sentSeq < target)) {
      const next = client.sentSeq === null ? undefined : this.#ring.at(client.sentSeq + 1);
      if (next !== undefined && client.sentSeq !== null) {
        client.sentSeq += 1;
        client.write(next);
        continue;
      }
      const snapshot = this.#snapshotFrame();
      client.sentSeq = snapshot.seq;
      client.write(snapshot.frame);
      if (snapshot.seq < target) return;
    }
  }

  #snapshotFrame(): { readonly frame: Buffer; readonly seq: number } {
    const now = this.#clock.now();
    const seq = this.#currentPosition().seq;
    const shared = this.#snapshot;
    if (shared !== null && shared.seq === seq && now - shared.atMs < snapshotShareMs) return shared;
    const snapshot = this.#collector.snapshot();
    this.#snapshot = { frame: eventFrame('snapshot', snapshot), seq: snapshot.seq, atMs: now };
    return this.#snapshot;
  }

  #heartbeatFrame(): Buffer {
    return eventFrame('heartbeat', {
      ...this.#currentPosition(),
      serverTimeMs: this.#clock.now(),
      intervalMs: this.#limits.heartbeatMs,
    });
  }

  #scheduleHeartbeat(): Disposable {
    return this.#clock.setTimeout(() => {
      this.#heartbeat = this.#scheduleHeartbeat();
      const frame = this.#heartbeatFrame();
      for (const client of [...this.#clients]) {
        if (!client.isCongested) client.write(frame);
      }
    }, this.#limits.heartbeatMs);
  }

  #stopHeartbeat(): void {
    this.#heartbeat?.dispose();
    this.#heartbeat = null;
    this.#snapshot = null;
  }
}

/** One open response. */
class StreamClient {
  readonly keyId: string;
  /** Sequence number the client has reached, `null` before its first snapshot. */
  sentSeq: number | null = null;
  onDidClose: () => void = () => undefined;
  onDidDrain: () => void = () => undefined;
  readonly #response: ServerResponse;
  #isCongested = false;
  #isClosed = false;

  constructor(response: ServerResponse, keyId: string) {
    this.#response = response;
    this.keyId = keyId;
    response.on('drain', () => {
      this.#isCongested = false;
      if (!this.#isClosed) this.onDidDrain();
    });
    response.on('close', () => this.#close());
    response.on('error', () => this.#close());
  }

  get isCongested(): boolean {
    return this.#isCongested || this.#isClosed;
  }

  write(frame: Buffer): void {
    if (this.#isClosed) return;
    if (!this.#response.write(frame)) this.#isCongested = true;
  }

  end(): void {
    if (this.#isClosed) return;
    this.#response.end();
    // A client that does not read would keep the connection half open for ever.
    if (this.#isCongested) this.#response.destroy();
    this.#close();
  }

  destroy(): void {
    this.#response.destroy();
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.onDidClose();
  }
}
