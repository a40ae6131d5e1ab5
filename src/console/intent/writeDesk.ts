import type { Clock } from '../../base/clock.ts';
import { Emitter, type Event } from '../../base/event.ts';
import { type Disposable, toDisposable } from '../../base/lifecycle.ts';
import { toFleetError } from '../../client/clientError.ts';
import type { IntentClient, Page } from '../../client/intentClient.ts';
import { RefusedByServer } from '../../client/intentClient.ts';
import type { AuditEntry } from '../../contract/intent/audit.ts';
import type { DeletionRequest } from '../../contract/intent/deletionRequest.ts';
import type { Me } from '../../contract/intent/identity.ts';
import type { IntentRun } from '../../contract/intent/run.ts';
import { intentSentence } from './intentErrors.ts';

/** A connection that may have a write side. */
export interface DeskConnection {
  readonly id: string;
  readonly name: string;
  readonly intent: IntentClient;
  /** Whether the server answers now; a server that does not is not asked. */
  readonly isLive: boolean;
}

/** What is known of one server's write side. Last known stays, with the reason why it is old. */
export interface DeskPicture {
  readonly connectionId: string;
  readonly connectionName: string;
  readonly me: Me | null;
  readonly requests: readonly DeletionRequest[];
  readonly runs: readonly IntentRun[];
  readonly entries: readonly AuditEntry[];
  /** Console clock; `null` before the first answer. */
  readonly readAtMs: number | null;
  /** Why the newest reading failed; `null` when it did not. */
  readonly failure: string | null;
  /** `false`: the server has no write side; `null`: not known yet. */
  readonly isOffered: boolean | null;
}

export interface WriteDeskOptions {
  readonly connections: () => readonly DeskConnection[];
  readonly clock: Clock;
}

/** Pauses between readings, milliseconds: while something is destroyed or a run goes on, on screen, and for the badge. */
const busyEveryMs = 1_500;
const seenEveryMs = 5_000;
const restEveryMs = 30_000;

/** Newest rows of each list. Requests that are not decided yet are never cut off at that. */
const rows = 100;
const openRows = 500;

const openStates = ['pending', 'approved', 'executing'];
const closedStates = ['rejected', 'succeeded', 'failed'];

/**
 * Reads who we are, which deletion requests there are and what was done, on every server with a write side. Only reads,
 * and only servers that answer.
 */
export class WriteDesk implements Disposable {
  readonly #options: WriteDeskOptions;
  readonly #pictures = new Map<string, DeskPicture>();
  readonly #changed = new Emitter<void>();
  #watchers = 0;
  #timer: Disposable | null = null;
  #reading: Promise<void> | null = null;
  #isDisposed = false;

  readonly onDidChange: Event<void> = this.#changed.event;

  constructor(options: WriteDeskOptions) {
    this.#options = options;
  }

  get pictures(): readonly DeskPicture[] {
    return [...this.#pictures.values()];
  }

  picture(connectionId: string): DeskPicture | undefined {
    return this.#pictures.get(connectionId);
  }

  request(connectionId: string, requestId: number): DeletionRequest | undefined {
    return this.#pictures.get(connectionId)?.requests.find(({ id }) => id === requestId);
  }

  /** Reads more often while something of it is on screen. */
  watch(): Disposable {
    this.#watchers += 1;
    if (this.#watchers === 1) void this.refresh();
    return toDisposable(() => {
      this.#watchers -= 1;
    });
  }

  /** Reads now. Never rejects; failures are in the pictures. */
  refresh(): Promise<void> {
    this.#timer?.dispose();
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
      this.#schedule();
    });
    return this.#reading;
  }

  /** Forgets what was read with another identity, and reads anew. */
  identityChanged(connectionId: string): Promise<void> {
    this.#pictures.delete(connectionId);
    return (this.#reading ?? Promise.resolve()).then(() => this.refresh());
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.dispose();
    this.#changed.dispose();
  }

  #schedule(): void {
    if (this.#isDisposed) return;
    const isBusy = this.pictures.some(
      ({ requests, runs }) =>
        requests.some(({ state }) => state === 'executing') || runs.some(({ state }) => state === 'running'),
    );
    const pauseMs = this.#watchers === 0 ? restEveryMs : isBusy ? busyEveryMs : seenEveryMs;
    this.#timer = this.#options.clock.setTimeout(() => void this.refresh(), pauseMs);
  }

  async #readAll(): Promise<void> {
    const connections = this.#options.connections();
    for (const id of this.#pictures.keys())
      if (!connections.some((connection) => connection.id === id)) this.#pictures.delete(id);
    // What a server said before it fell silent stays, and says that it is old.
    for (const { id, name, isLive } of connections) {
      const known = this.#pictures.get(id);
      if (!isLive && known !== undefined)
        this.#pictures.set(id, {
          ...known,
          failure: `${name} does not answer; this is what was known last.`,
        });
    }
    await Promise.all(connections.filter(({ isLive }) => isLive).map((connection) => this.#read(connection)));
    if (!this.#isDisposed) this.#changed.fire();
  }

  async #read({ id, name, intent }: DeskConnection): Promise<void> {
    const before = this.#pictures.get(id);
    const start = { connectionId: id, connectionName: name };
    try {
      const me = await intent.me();
      if (!me.intent_available) {
        this.#pictures.set(id, { ...start, ...nothing, me, isOffered: false, readAtMs: this.#now });
        return;
      }
      // Each list fails alone, and one that fails leaves what it told before.
      const faults: string[] = [];
      const told = async <Row>(
        ask: Promise<Page<Row>>,
        known: readonly Row[] = [],
      ): Promise<readonly Row[]> =>
        ask.then(
          (page) => page.rows,
          (error: unknown) => {
            faults.push(intentSentence(error, name));
            return known;
          },
        );
      const [open, closed, runs, entries] = await Promise.all([
        told(
          intent.deletionRequests({ states: openStates, limit: openRows }),
          before?.requests.filter(isOpen),
        ),
        told(
          intent.deletionRequests({ states: closedStates, limit: rows }),
          before?.requests.filter((request) => !isOpen(request)),
        ),
        told(intent.runs({ limit: rows }), before?.runs),
        told(intent.audit({ limit: rows }), before?.entries),
      ]);
      this.#pictures.set(id, {
        ...start,
        me,
        requests: [...open, ...closed],
        runs,
        entries,
        readAtMs: faults.length === 0 ? this.#now : (before?.readAtMs ?? null),
        failure: faults[0] ?? null,
        isOffered: true,
      });
    } catch (error) {
      const isOffered = isMissing(error) ? false : (before?.isOffered ?? null);
      this.#pictures.set(id, {
        ...(before ?? { ...start, ...nothing, me: null, readAtMs: null }),
        isOffered,
        failure: isOffered === false ? null : intentSentence(error, name),
      });
    }
  }

  get #now(): number {
    return this.#options.clock.now();
  }
}

function isOpen({ state }: DeletionRequest): boolean {
  return openStates.includes(state);
}

const nothing = { requests: [], runs: [], entries: [], failure: null } as const;

/** Servers of the first generation have no such route. */
function isMissing(error: unknown): boolean {
  if (error instanceof RefusedByServer) return error.status === 404;
  return toFleetError(error).code === 'notOffered';
}
