import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import type { ClusterList, ClusterReader, Reading } from '../collector.ts';

/** How one cluster answered: a reading for every list that was asked for. */
export interface ClusterAnswer<List extends ClusterList> {
  readonly reader: ClusterReader;
  /** Value for `cluster_name`; the configured key while Proxmox has not told its name. */
  readonly clusterName: string;
  readonly readings: Readonly<Record<List, Reading>>;
}

export interface AskOptions<List extends ClusterList> {
  readonly clock: Clock;
  /** How much longer the others are waited for once a cluster answered, milliseconds. */
  readonly stragglerGraceMs: number;
  /** How long any cluster is waited for, milliseconds. Below the 10 s after which the published plugin gives up. */
  readonly waitAtMostMs: number;
  /** Ends the wait early. Gets the answers in the order of the readers, `undefined` where one is missing. */
  readonly isEnough?: (answers: readonly (ClusterAnswer<List> | undefined)[]) => boolean;
}

/** The grace of a cluster that is known to be quick, milliseconds. */
const quickGraceMs = 400;

/** How many times its usual duration a cluster may take before it is late. */
const usualTimes = 4;

/**
 * Reads lists of several clusters, all calls in parallel, and gives the answers in the order of the readers. No cluster
 * delays or fails another: one that is known to fail is answered from that failure at once, also while it is being tried
 * again, and one that is late is left behind when its grace after the latest good answer is over. The grace grows with what
 * the cluster usually takes, so that a slow line is no failure. What is missing then reads as failed, which callers word as
 * an error and never as "nothing there".
 */
export async function askClusters<List extends ClusterList>(
  readers: readonly ClusterReader[],
  lists: readonly List[],
  options: AskOptions<List>,
): Promise<ClusterAnswer<List>[]> {
  const questions = readers.map((reader) => new Question(reader, lists, options.clock.now()));
  // Where all are known to fail there is nobody whose time they would cost.
  if (questions.every((question) => question.isSettled))
    for (const question of questions) question.waitForRetries();
  const timers: { grace: Disposable | null; limit: Disposable | null } = { grace: null, limit: null };
  await new Promise<void>((resolve) => {
    const consider = (settled?: Question<List>): void => {
      const late = questions.filter((question) => !question.isSettled);
      const isOver =
        late.length === 0 ||
        options.isEnough?.(
          questions.map((question) => (question.isSettled ? question.answer(0) : undefined)),
        );
      // A failure is no sign that the others are late, so it does not start the grace.
      if (isOver === true) resolve();
      else if (settled?.hasRead === true) {
        timers.grace?.dispose();
        const graceMs = Math.max(...late.map((question) => question.graceMs(options.stragglerGraceMs)));
        timers.grace = options.clock.setTimeout(resolve, graceMs);
      }
    };
    timers.limit = options.clock.setTimeout(resolve, options.waitAtMostMs);
    for (const question of questions) question.onSettled = () => consider(question);
    consider();
  });
  for (const question of questions) question.onSettled = () => undefined;
  timers.grace?.dispose();
  timers.limit?.dispose();
  return questions.map((question) => question.answer(options.clock.now()));
}

/** The lists asked of one cluster and what has come back so far. */
class Question<List extends ClusterList> {
  onSettled: () => void = () => undefined;
  readonly #reader: ClusterReader;
  readonly #lists: readonly List[];
  readonly #readings = new Map<List, Reading>();
  /** What a list failed with before it was tried again now; its answer is taken when it comes in time. */
  readonly #slowFailures = new Map<List, FleetError>();
  /** How long each list was waited for by others before. */
  readonly #waitedMs = new Map<List, number>();
  readonly #startedMs: number;
  #name: string | null = null;
  #isNameAwaited = true;

  constructor(reader: ClusterReader, lists: readonly List[], startedMs: number) {
    this.#reader = reader;
    this.#lists = lists;
    this.#startedMs = startedMs;
    const failure = reader.standingFailure;
    for (const list of lists) {
      const { slowFailure: slow, underWaySinceMs } = reader.pace(list);
      this.#waitedMs.set(list, underWaySinceMs === null ? 0 : startedMs - underWaySinceMs);
      if (slow !== null && failure === null) this.#slowFailures.set(list, slow);
    }
    // The name comes with the status: where that is known to fail, it is not waited for either.
    this.#isNameAwaited =
      reader.pace('status').slowFailure === null && this.#slowFailures.size < lists.length;
    const knownName = reader.name().then(
      (name) => {
        this.#name ??= name;
      },
      () => {
        this.#name ??= reader.key;
      },
    );
    if (failure === null) {
      void knownName.then(() => this.onSettled());
      for (const list of lists)
        void reader.read(list).then((reading) => {
          this.#readings.set(list, reading);
          this.onSettled();
        });
      return;
    }
    for (const list of lists) this.#readings.set(list, { state: 'failed', error: failure });
    // A name learned before the failure is there within this turn; a failing cluster is not waited for to tell one.
    void Promise.race([knownName, nextTurn()]).then(() => {
      this.#name ??= reader.key;
      this.onSettled();
    });
  }

  /** From now on lists that failed before are waited for like any other. */
  waitForRetries(): void {
    this.#slowFailures.clear();
    this.#isNameAwaited = true;
  }

  get isSettled(): boolean {
    const isNamed = this.#name !== null || !this.#isNameAwaited;
    return isNamed && this.#lists.every((list) => this.#readings.has(list) || this.#slowFailures.has(list));
  }

  /** True when everything was waited for in vain or came, and at least one list did not fail. */
  get hasRead(): boolean {
    return this.isSettled && [...this.#readings.values()].some((reading) => reading.state !== 'failed');
  }

  /** How long the rest of this cluster is waited for after another one answered; `unknownMs` before it ever answered. */
  graceMs(unknownMs: number): number {
    const open = this.#lists.filter((list) => !this.#readings.has(list) && !this.#slowFailures.has(list));
    const graces = open.map((list) => {
      const { usualMs } = this.#reader.pace(list);
      const graceMs = usualMs === null ? unknownMs : Math.max(quickGraceMs, usualTimes * usualMs);
      return graceMs - (this.#waitedMs.get(list) ?? 0);
    });
    return graces.length === 0 ? unknownMs : Math.max(0, ...graces);
  }

  answer(nowMs: number): ClusterAnswer<List> {
    const readings = Object.fromEntries(
      this.#lists.map((list) => [list, this.#readings.get(list) ?? this.#missing(list, nowMs)]),
    ) as Record<List, Reading>;
    return { reader: this.#reader, clusterName: this.#name ?? this.#reader.key, readings };
  }

  #missing(list: List, nowMs: number): Reading {
    const slow = this.#slowFailures.get(list);
    if (slow !== undefined) return { state: 'failed', error: slow };
    const error: FleetError = {
      code: 'timeout',
      message: `no answer yet after ${nowMs - this.#startedMs} ms`,
      httpStatus: null,
      endpoint: null,
      sinceMs: this.#startedMs,
      retryAfterS: null,
      certificate: null,
      expectedFingerprint: null,
    };
    return { state: 'failed', error };
  }
}

/** Rows of a reading; none when it failed or when this Proxmox version has no such list. */
export function rowsOf(reading: Reading): Extract<Reading, { state: 'read' }>['rows'] {
  return reading.state === 'read' ? reading.rows : [];
}

/** How many entries of a reading were no rows and are left out. */
export function malformedOf(reading: Reading): number {
  return reading.state === 'read' ? (reading.malformed ?? 0) : 0;
}

/** What to say about a reading of which entries were left out. */
export function notUnderstood(malformed: number): string {
  return `entries that could not be understood: ${malformed}`;
}

/** What to say about a reading that failed, `null` for the others. */
export function failureOf(reading: Reading): FleetError | null {
  return reading.state === 'failed' ? reading.error : null;
}
