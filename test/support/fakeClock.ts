import type { Clock } from '../../src/base/clock.ts';
import type { Disposable } from '../../src/base/lifecycle.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. Timers fire in time order, ties in order of creation. */
export class FakeClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #timers = new Set<Timer>();
  #setByMs = 0;

  constructor(nowMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs + this.#setByMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Somebody sets the machine's time, forward or back; no time passes. */
  set(byMs: number): void {
    this.#setByMs += byMs;
  }

  setTimeout(callback: () => void, delayMs: number): Disposable {
    const timer: Timer = { at: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return { dispose: () => this.#timers.delete(timer) };
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Moves time forward, firing due timers and letting promise callbacks run after each of them. */
  async advance(byMs: number): Promise<void> {
    // What is under way may be about to set a timer.
    await settle();
    const target = this.#nowMs + byMs;
    for (;;) {
      const next = [...this.#timers]
        .filter((timer) => timer.at <= target)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.at);
      next.callback();
      await settle();
    }
    this.#nowMs = target;
    await settle();
  }
}

/** Lets promise callbacks that are due run, and those that they make due, to the last. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
