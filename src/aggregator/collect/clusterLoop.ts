import { backoffDelayMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';

/** How a round went: read, read in part, not read at all, or our credential was refused. */
export type RoundOutcome = 'good' | 'partial' | 'failed' | 'refused';

export interface ClusterLoopOptions {
  /** One round. Never rejects. */
  readonly round: () => Promise<RoundOutcome>;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Longest pause between tries while a cluster fails, milliseconds. */
const maxPauseMs = 60_000;

/** As many failures as make the pause the longest one. */
const refusedFailures = 10;

/**
 * Runs rounds while it is switched on, never two at once. A failing cluster is tried less and less often; one that
 * refused our credential rarely, because wrong tries can lock the account for everybody. A cluster of which a part could
 * be read is there, and keeps its pace.
 */
export class ClusterLoop implements Disposable {
  readonly #options: ClusterLoopOptions;
  #running: Promise<void> | null = null;
  #startedMs = 0;
  #again: Promise<void> | null = null;
  #timer: Disposable | null = null;
  #on = false;
  #failures = 0;
  #refused = false;
  #notBeforeMs = 0;
  #disposed = false;

  constructor(options: ClusterLoopOptions) {
    this.#options = options;
  }

  /** Switching on reads at once, unless a refused credential is still to be left alone. */
  setOn(on: boolean): void {
    if (this.#on === on || this.#disposed) return;
    this.#on = on;
    if (!on) this.#clearTimer();
    else if (this.#refused && this.#pauses()) this.#wait();
    else if (this.#running === null) void this.runNow();
  }

  /** Starts a round now, or one more right after the one that is under way; resolves when it ended. */
  runNow(): Promise<void> {
    if (this.#disposed) return Promise.resolve();
    this.#clearTimer();
    if (this.#running === null) return this.#start();
    this.#again ??= this.#running.then(() => {
      this.#again = null;
      return this.#disposed ? undefined : this.#start();
    });
    return this.#again;
  }

  /** Resolves when the round under way ended; starts one when there is none, unless a failure's pause is not over. */
  runIfDue(): Promise<void> {
    if (this.#running !== null) return this.#running;
    return this.#pauses() ? Promise.resolve() : this.runNow();
  }

  dispose(): void {
    this.#disposed = true;
    this.#clearTimer();
  }

  /** When the round under way began, epoch milliseconds; `null` when there is none. */
  get underWaySinceMs(): number | null {
    return this.#running === null ? null : this.#startedMs;
  }

  #start(): Promise<void> {
    this.#clearTimer();
    this.#startedMs = this.#options.clock.now();
    this.#running = this.#options.round().then((outcome) => {
      this.#running = null;
      this.#note(outcome);
      this.#wait();
    });
    return this.#running;
  }

  #note(outcome: RoundOutcome): void {
    const { intervalMs, clock, random } = this.#options;
    this.#refused = outcome === 'refused';
    this.#failures = outcome === 'good' || outcome === 'partial' ? 0 : this.#failures + 1;
    if (this.#refused) this.#failures = Math.max(refusedFailures, this.#failures);
    const pauseMs =
      this.#failures === 0
        ? intervalMs
        : Math.max(
            intervalMs,
            backoffDelayMs(this.#failures, { baseMs: intervalMs, maxMs: maxPauseMs, random }),
          );
    this.#notBeforeMs = clock.now() + pauseMs;
  }

  /** Whether the pause after a failure is not over. */
  #pauses(): boolean {
    return this.#failures > 0 && this.#options.clock.now() < this.#notBeforeMs;
  }

  #wait(): void {
    if (!this.#on || this.#disposed || this.#again !== null) return;
    const { clock } = this.#options;
    this.#clearTimer();
    this.#timer = clock.setTimeout(() => void this.runNow(), Math.max(0, this.#notBeforeMs - clock.now()));
  }

  #clearTimer(): void {
    this.#timer?.dispose();
    this.#timer = null;
  }
}
