import { backoffDelayMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/event.ts';
import { type Disposable, toDisposable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import {
  type FleetRecords,
  fleetDeltaSchema,
  fleetHeartbeatSchema,
  fleetSnapshotSchema,
} from '../contract/model/fleet.ts';
import type { FleetError, FleetErrorCode } from '../contract/model/fleetError.ts';
import type { FleetEvents } from '../contract/model/fleetEvent.ts';
import { fleetListNames } from '../contract/model/fleetLists.ts';
import { type GuestDetail, guestDetailSchema } from '../contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../contract/model/loadTimeframe.ts';
import { routePath, routes } from '../contract/routes.ts';
import { formatEventId } from '../contract/stream.ts';
import { fleetSchemaVersion } from '../contract/version.ts';
import { ClientError, fleetError, replyFailure, toFleetError } from './clientError.ts';
import type { ConnectionState, FleetConnection, ServerCapabilities } from './connection.ts';
import { EventStreamParser, type StreamEvent } from './eventStream.ts';
import { FleetStore } from './fleetStore.ts';
import type { HttpClient } from './httpClient.ts';
import { pollReference, referenceGuestDetail } from './referencePolling.ts';
import { type EventsFilter, type EventsQuery, exportEvents, readEvents } from './timelineClient.ts';

export interface FleetConnectionOptions {
  /** Called with the first need and again after a failure; may start a server. */
  readonly client: () => Promise<HttpClient>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** Interval for servers without a stream; asked before each poll. */
  readonly pollIntervalMs: () => number;
}

/** Failures that do not go away by themselves; trying a wrong key again would lock the address for everybody. */
const haltingCodes: ReadonlySet<FleetErrorCode> = new Set([
  'unauthorized',
  'tlsUntrusted',
  'tlsFingerprintMismatch',
  'tlsToPlainPort',
  'plainToTlsPort',
  'redirected',
  'htmlInsteadOfJson',
  'notOffered',
  'secretUnavailable',
]);

/** Quiet time after which a stream counts as dead: three heartbeats. */
const silenceMs = 30_000;
/** How long data keeps flowing after the last watcher went. */
const lingerMs = 5_000;
const requestDeadlineMs = 15_000;
const backoff = { baseMs: 1_000, maxMs: 60_000 };
/** For a server that was live and now answers as another program would, such as a proxy in front of it. */
const patientBackoff = { baseMs: 8_000, maxMs: 300_000 };

/** Failures that halt a first attempt, but pass by themselves where the server was live a moment ago. */
const passingCodes: ReadonlySet<FleetErrorCode> = new Set(['notOffered', 'redirected', 'htmlInsteadOfJson']);

/** Makes a connection. It does nothing before it is watched. */
export function createFleetConnection(options: FleetConnectionOptions): FleetConnection {
  return new StreamedConnection(options);
}

class StreamedConnection implements FleetConnection {
  readonly store = new FleetStore();
  readonly #options: FleetConnectionOptions;
  readonly #stateChanged = new Emitter<ConnectionState>();
  readonly onDidChangeState = this.#stateChanged.event;
  #state: ConnectionState = { kind: 'idle' };
  #capabilities: ServerCapabilities | null = null;
  #watchers = 0;
  /** Names the present attempt; what an older one still delivers is dropped. */
  #generation = 0;
  #failures = 0;
  /** The server has shown that it is one; it is not taken for another program because of one reply. */
  #wasLive = false;
  /** Set when the known position is of no use and a whole picture is needed. */
  #wantSnapshot = false;
  /** A resumed stream repeats old deltas with their old times, until a heartbeat tells the present one. */
  #isReplaying = false;
  #stream: Disposable | null = null;
  #timer: Disposable | null = null;
  #linger: Disposable | null = null;
  #disposed = false;

  constructor(options: FleetConnectionOptions) {
    this.#options = options;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get capabilities(): ServerCapabilities | null {
    return this.#capabilities;
  }

  watch(): Disposable {
    this.#watchers += 1;
    this.#linger?.dispose();
    this.#linger = null;
    if (this.#state.kind === 'idle') this.#connect();
    return toDisposable(() => {
      this.#watchers -= 1;
      if (this.#watchers > 0 || this.#disposed) return;
      this.#linger = this.#options.clock.setTimeout(() => this.#pause(), lingerMs);
    });
  }

  async refresh(): Promise<void> {
    if (this.#disposed) return;
    if (this.#state.kind !== 'live') {
      if (this.#watchers > 0) this.#connect();
      return;
    }
    if (this.#state.via === 'polling') {
      await this.#poll(this.#generation);
      return;
    }
    const client = await this.#options.client();
    const reply = await client.request({
      method: 'POST',
      path: routes.fleetRefresh.path,
      deadlineMs: requestDeadlineMs,
    });
    const failure = replyFailure(reply, '');
    if (failure !== null) throw new ClientError(failure);
  }

  reconnect(): void {
    if (this.#disposed) return;
    this.#failures = 0;
    if (this.#watchers > 0) this.#connect();
    else this.#pause();
  }

  async guestDetail(cluster: string, vmid: number, timeframe: LoadTimeframe): Promise<GuestDetail> {
    const client = await this.#options.client();
    if (this.#capabilities?.fleet === false)
      return referenceGuestDetail(this.store, cluster, vmid, timeframe, this.#options.clock);
    const reply = await client.request({
      method: 'GET',
      path: routePath(routes.guestDetail.path, { cluster, vmid }),
      query: { timeframe },
      deadlineMs: requestDeadlineMs,
    });
    const failure = replyFailure(reply, '');
    if (failure !== null) throw new ClientError(failure);
    const parsed = guestDetailSchema.safeParse(parseJson(reply.body));
    if (!parsed.success)
      throw new ClientError(fleetError('unexpectedShape', 'the guest came in another form than expected'));
    return parsed.data;
  }

  async events(query: EventsQuery): Promise<FleetEvents> {
    return readEvents(await this.#options.client(), query);
  }

  async exportEvents(filter: EventsFilter, format: 'json' | 'csv'): Promise<string> {
    return exportEvents(await this.#options.client(), filter, format);
  }

  dispose(): void {
    this.#disposed = true;
    this.#stop();
    this.#linger?.dispose();
    this.#stateChanged.dispose();
  }

  #pause(): void {
    this.#stop();
    this.#failures = 0;
    this.#setState({ kind: 'idle' });
  }

  /** Ends whatever runs; late results of it are dropped by their generation. */
  #stop(): void {
    this.#generation += 1;
    this.#stream?.dispose();
    this.#stream = null;
    this.#timer?.dispose();
    this.#timer = null;
  }

  #connect(): void {
    this.#stop();
    const generation = this.#generation;
    this.#setState({ kind: 'connecting', sinceMs: this.#options.clock.now() });
    this.#options.client().then(
      (client) => {
        if (generation === this.#generation) this.#openStream(client, generation);
      },
      (error: unknown) => this.#fail(generation, error),
    );
  }

  #openStream(client: HttpClient, generation: number): void {
    const position = this.#wantSnapshot ? null : this.store.position;
    this.#isReplaying = position !== null;
    const headers: Record<string, string> =
      position === null ? {} : { 'last-event-id': formatEventId(position.epoch, position.seq) };
    const parser = new EventStreamParser((event) => {
      if (generation === this.#generation) this.#receive(event, generation);
    });
    this.#stream = client.stream(routes.fleetStream.path, headers, {
      onOpen: () => {
        if (generation !== this.#generation) return;
        this.#awaitSignOfLife(generation);
        // With a resumed position there may be nothing to send, so the open stream itself is the good news.
        if (position !== null) this.#goLive('stream');
      },
      onText: (text) => {
        if (generation !== this.#generation) return;
        this.#awaitSignOfLife(generation);
        try {
          parser.push(text);
        } catch (error) {
          this.#fail(generation, error);
        }
      },
      onEnd: (error) => this.#streamEnded(generation, error),
    });
  }

  #streamEnded(generation: number, error: unknown): void {
    if (generation !== this.#generation) return;
    const failure =
      error === null ? fleetError('connectionReset', 'the server ended the stream') : toFleetError(error);
    if (failure.code === 'notOffered' && this.#capabilities?.fleet !== true) {
      this.#capabilities = { version: null, fleet: false, ha: true };
      this.#options.logger.info('the server has no fleet stream; its HA reference is polled');
      void this.#poll(generation);
    } else this.#fail(generation, new ClientError(failure));
  }

  #receive(event: StreamEvent, generation: number): void {
    const nowMs = this.#options.clock.now();
    const data = parseJson(event.data);
    if (event.event === 'snapshot') {
      this.#receiveSnapshot(data, generation, nowMs);
    } else if (event.event === 'delta') {
      const parsed = fleetDeltaSchema.safeParse(data);
      if (
        !parsed.success ||
        !this.store.applyDelta(
          parsed.data,
          this.#isReplaying ? null : nowMs,
          unreadableIds(data, 'upserted', parsed.data.upserted),
        )
      )
        this.#startOver();
    } else if (event.event === 'heartbeat') {
      const parsed = fleetHeartbeatSchema.safeParse(data);
      const { position } = this.store;
      if (!parsed.success || position === null) return;
      if (parsed.data.epoch !== position.epoch || parsed.data.seq !== position.seq) {
        this.#startOver();
        return;
      }
      this.#isReplaying = false;
      this.store.noteServerTime(parsed.data.serverTimeMs, nowMs);
    }
  }

  #receiveSnapshot(data: unknown, generation: number, nowMs: number): void {
    const parsed = fleetSnapshotSchema.safeParse(data);
    const fault = !parsed.success
      ? 'the snapshot came in another form than expected'
      : parsed.data.schemaVersion > fleetSchemaVersion
        ? `the server speaks schema ${parsed.data.schemaVersion}, this console ${fleetSchemaVersion}`
        : null;
    if (!parsed.success || fault !== null) {
      this.#fail(generation, new ClientError(fleetError('unexpectedShape', fault ?? '')));
      return;
    }
    this.#wantSnapshot = false;
    this.#isReplaying = false;
    this.#capabilities = { version: parsed.data.aggregatorVersion, fleet: true, ha: true };
    this.store.applySnapshot(parsed.data, nowMs, unreadableIds(data, null, parsed.data));
    this.#goLive('stream');
  }

  /** Something was missed: only a whole picture is right again. */
  #startOver(): void {
    this.#wantSnapshot = true;
    this.#connect();
  }

  async #poll(generation: number): Promise<void> {
    this.#timer?.dispose();
    this.#timer = null;
    try {
      const client = await this.#options.client();
      const result = await pollReference(client, this.store, this.#options.clock);
      if (generation !== this.#generation) return;
      this.#capabilities = result.capabilities;
      this.store.applySnapshot(result.snapshot, this.#options.clock.now());
      this.#goLive('polling');
      const intervalMs = this.#options.pollIntervalMs();
      const jitterMs = intervalMs * 0.1 * this.#options.random();
      this.#timer = this.#options.clock.setTimeout(() => void this.#poll(generation), intervalMs + jitterMs);
    } catch (error) {
      this.#fail(generation, error);
    }
  }

  #goLive(via: 'stream' | 'polling'): void {
    this.#failures = 0;
    this.#wasLive = true;
    if (this.#state.kind === 'live' && this.#state.via === via) return;
    this.#setState({ kind: 'live', via, intervalMs: via === 'stream' ? 0 : this.#options.pollIntervalMs() });
  }

  #awaitSignOfLife(generation: number): void {
    this.#timer?.dispose();
    this.#timer = this.#options.clock.setTimeout(
      () => this.#fail(generation, new ClientError(fleetError('timeout', 'the stream has gone silent'))),
      silenceMs,
    );
  }

  #fail(generation: number, error: unknown): void {
    if (generation !== this.#generation || this.#disposed) return;
    this.#stop();
    const nowMs = this.#options.clock.now();
    const told = toFleetError(error);
    const isPassing = this.#wasLive && passingCodes.has(told.code);
    const failure = sinceFirst(isPassing ? asPassing(told) : told, this.#state, nowMs);
    this.#failures += 1;
    if (!isPassing && haltingCodes.has(failure.code)) {
      this.#options.logger.warn('reading has stopped', { code: failure.code, message: failure.message });
      this.#setState({ kind: 'halted', error: failure });
      return;
    }
    const delayMs =
      failure.retryAfterS !== null
        ? failure.retryAfterS * 1000
        : backoffDelayMs(this.#failures, {
            ...(isPassing ? patientBackoff : backoff),
            random: this.#options.random,
          });
    this.#setState({ kind: 'waiting', error: failure, retryAtMs: nowMs + delayMs });
    this.#timer = this.#options.clock.setTimeout(() => this.#connect(), delayMs);
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.#stateChanged.fire(state);
  }
}

/** "Too old" is not what a 404 means where the route was there before. */
function asPassing(error: FleetError): FleetError {
  return error.code === 'notOffered'
    ? { ...error, code: 'httpError', httpStatus: error.httpStatus ?? 404 }
    : error;
}

/** A failure that goes on keeps the time it began. */
function sinceFirst(error: FleetError, before: ConnectionState, nowMs: number): FleetError {
  const known = before.kind === 'waiting' || before.kind === 'halted' ? before.error : null;
  return { ...error, sinceMs: known?.code === error.code ? known.sinceMs : nowMs };
}

/** Ids of records that were told but left out, because their form is not understood. */
function unreadableIds(data: unknown, under: 'upserted' | null, read: FleetRecords): string[] {
  const lists = under === null ? data : fieldOf(data, under);
  return fleetListNames.flatMap((name) => {
    const told = fieldOf(lists, name);
    // Nothing was left out of most messages, and then nothing is looked for.
    if (!Array.isArray(told) || told.length === read[name].length) return [];
    const known = new Set<string>(read[name].map(({ id }) => id));
    return told.flatMap((row: unknown) => {
      const id = fieldOf(row, 'id');
      return typeof id === 'string' && !known.has(id) ? [id] : [];
    });
  });
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
