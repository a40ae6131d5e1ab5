import { backoffDelayMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';

export interface ClusterLoopOptions {
  /** One round; tells whether the cluster could be read. Never rejects. */
  readonly round: () => Promise<'good' | 'failed' | 'refused'>;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Longest pause between tries while a cluster fails, milliseconds. */
const maxPauseMs = 60_000;

/**
 * Runs rounds while it is switched on, never two at once. A failing cluster is tried less and less often; one that
 * refused our credential rarely, because wrong tries can lock the account for everybody.
 */
export class ClusterLoop implements Disposable {
  readonly #options: ClusterLoopOptions;
  #running: Promise<void> | null = null;
  #again: Promise<void> | null = null;
  #timer: Disposable | null = null;
  #on = false;
  #failures = 0;
  #disposed = false;

  constructor(options: ClusterLoopOptions) {
    this.#options = options;
  }

  /** Pause before the next round in the present state, milliseconds. */
  get pauseMs(): number {
    return this.#failures === 0 ? this.#options.intervalMs : maxPauseMs;
  }

  setOn(on: boolean): void {
    if (this.#on === on || this.#disposed) return;
    this.#on = on;
    if (on) void this.runNow();
    else this.#clearTimer();
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

  dispose(): void {
    this.#disposed = true;
    this.#clearTimer();
  }

  #start(): Promise<void> {
    this.#clearTimer();
    this.#running = this.#options.round().then((outcome) => {
      this.#running = null;
      this.#failures =
        outcome === 'good'
          ? 0
          : outcome === 'refused'
            ? Math.max(10, this.#failures + 1)
            : this.#failures + 1;
      this.#schedule();
    });
    return this.#running;
  }

  #schedule(): void {
    if (!this.#on || this.#disposed || this.#again !== null) return;
    const { intervalMs, clock, random } = this.#options;
    const delayMs =
      this.#failures === 0
        ? intervalMs
        : Math.max(
            intervalMs,
            backoffDelayMs(this.#failures, { baseMs: intervalMs, maxMs: maxPauseMs, random }),
          );
    this.#timer = clock.setTimeout(() => void this.runNow(), delayMs);
  }

  #clearTimer(): void {
    this.#timer?.dispose();
    this.#timer = null;
  }
}
