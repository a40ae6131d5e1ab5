import { toFleetError } from '../../client/clientError.ts';
import type { EventsQuery } from '../../client/timelineClient.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import type { FleetEvent, FleetEvents } from '../../contract/model/fleetEvent.ts';

/** A server that is asked for events. */
export interface FeedSource {
  readonly connectionId: string;
  /** What is asked of it; each is read in pages of its own. */
  readonly queries: readonly Omit<EventsQuery, 'sinceMs' | 'untilMs' | 'limit' | 'before'>[];
  readonly read: (query: EventsQuery) => Promise<FleetEvents>;
  /** A time of the server on the console's clock. */
  readonly toConsoleTime: (serverMs: number) => number;
  readonly toServerTime: (consoleMs: number) => number;
}

/** An event with its times on the console's clock. */
export interface FeedEvent {
  readonly connectionId: string;
  readonly event: FleetEvent;
}

export interface FeedPicture {
  /** Oldest first. */
  readonly events: readonly FeedEvent[];
  /** By connection: since when the events read so far are complete. */
  readonly completeFromMs: ReadonlyMap<string, number>;
  /** By connection and cluster (`demo.prod`): since when the server records. */
  readonly recordedFromMs: ReadonlyMap<string, number>;
  readonly errors: ReadonlyMap<string, FleetError>;
  readonly notices: ReadonlyMap<string, string>;
  readonly hasMore: boolean;
  readonly isReading: boolean;
}

const pageRows = 1_000;
/** Most events on a page; whoever needs more narrows it or exports. */
const mostEvents = 20_000;
/** Events may be written late (a task that ended, a server that waited for its store): so far back is read anew. */
const overlapMs = 10 * 60_000;

interface Thread {
  readonly source: FeedSource;
  readonly query: FeedSource['queries'][number];
  hasStarted: boolean;
  next: string | null;
  /** Oldest event read, console clock. */
  oldestMs: number;
}

/** Reads the events of a window from several servers, page by page, and keeps them together. */
export class TimelineFeed {
  readonly #threads: readonly Thread[];
  readonly #sinceMs: () => number;
  readonly #events = new Map<string, FeedEvent>();
  readonly #recorded = new Map<string, number>();
  readonly #errors = new Map<string, FleetError>();
  readonly #notices = new Map<string, string>();
  #running: Promise<void> | null = null;

  /** @param sinceMs where the window begins now, console clock. */
  constructor(sources: readonly FeedSource[], sinceMs: () => number) {
    this.#sinceMs = sinceMs;
    this.#threads = sources.flatMap((source) =>
      source.queries.map((query) => ({ source, query, hasStarted: false, next: null, oldestMs: Infinity })),
    );
  }

  /** Reads what is new; the first time the newest page. Never rejects: failures are in the picture. */
  refresh(): Promise<void> {
    return this.#run((thread) => this.#readNew(thread));
  }

  /** Reads one older page of each list that has one. */
  more(): Promise<void> {
    return this.#run(async (thread) => {
      if (thread.next !== null) await this.#readPage(thread, { before: thread.next });
    });
  }

  picture(): FeedPicture {
    const sinceMs = this.#sinceMs();
    const complete = new Map<string, number>();
    for (const { source, hasStarted, next, oldestMs } of this.#threads) {
      const known = complete.get(source.connectionId) ?? sinceMs;
      const own = !hasStarted ? Infinity : next === null ? sinceMs : oldestMs;
      complete.set(source.connectionId, Math.max(known, own));
    }
    return {
      events: [...this.#events.values()]
        .filter(({ event }) => event.atMs >= sinceMs)
        .sort((a, b) => a.event.atMs - b.event.atMs),
      completeFromMs: complete,
      recordedFromMs: this.#recorded,
      errors: this.#errors,
      notices: this.#notices,
      hasMore: this.#events.size < mostEvents && this.#threads.some(({ next }) => next !== null),
      isReading: this.#running !== null,
    };
  }

  /** One reading after the other; who asks while one is under way waits for its turn. */
  #run(read: (thread: Thread) => Promise<void>): Promise<void> {
    const before = this.#running ?? Promise.resolve();
    const run = before
      .then(() => Promise.all(this.#threads.map((thread) => this.#guarded(thread, read))))
      .then(() => {
        if (this.#running === run) this.#running = null;
      });
    this.#running = run;
    return run;
  }

  async #guarded(thread: Thread, read: (thread: Thread) => Promise<void>): Promise<void> {
    const { connectionId } = thread.source;
    try {
      await read(thread);
      this.#errors.delete(connectionId);
    } catch (error) {
      this.#errors.set(connectionId, toFleetError(error));
    }
  }

  async #readNew(thread: Thread): Promise<void> {
    if (!thread.hasStarted) {
      await this.#readPage(thread, {});
      return;
    }
    const newest = Math.max(
      ...[...this.#events.values()]
        .filter(({ connectionId }) => connectionId === thread.source.connectionId)
        .map(({ event }) => event.atMs),
      this.#sinceMs(),
    );
    const { next } = await this.#ask(thread, { sinceMs: thread.source.toServerTime(newest - overlapMs) });
    if (next === null) return;
    // So much happened at once that a page does not reach back to what is known: begin anew.
    thread.hasStarted = false;
    thread.oldestMs = Infinity;
    await this.#readPage(thread, {});
  }

  async #readPage(thread: Thread, query: Pick<EventsQuery, 'before'>): Promise<void> {
    const page = await this.#ask(thread, {
      ...query,
      sinceMs: thread.source.toServerTime(this.#sinceMs()),
    });
    thread.hasStarted = true;
    thread.next = page.next;
    thread.oldestMs = Math.min(
      thread.oldestMs,
      ...page.events.map(({ atMs }) => thread.source.toConsoleTime(atMs)),
    );
  }

  async #ask({ source, query }: Thread, over: Partial<EventsQuery>): Promise<FleetEvents> {
    const reply = await source.read({ ...query, limit: pageRows, ...over });
    const { connectionId } = source;
    for (const event of reply.events)
      this.#events.set(`${connectionId} ${event.id}`, { connectionId, event: onConsoleClock(event, source) });
    for (const { cluster, sinceMs } of reply.recorded)
      this.#recorded.set(`${connectionId}.${cluster}`, source.toConsoleTime(sinceMs));
    if (reply.notice === null) this.#notices.delete(connectionId);
    else this.#notices.set(connectionId, reply.notice);
    return reply;
  }
}

function onConsoleClock(event: FleetEvent, { toConsoleTime }: FeedSource): FleetEvent {
  const orNull = (ms: number | null): number | null => (ms === null ? null : toConsoleTime(ms));
  return {
    ...event,
    atMs: toConsoleTime(event.atMs),
    afterMs: orNull(event.afterMs),
    endMs: orNull(event.endMs),
  };
}
