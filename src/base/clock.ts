import type { Disposable } from './lifecycle.ts';

/** Time as a dependency, so that tests move it by hand and the engine runs on a virtual one. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Milliseconds since some moment of the past; goes on evenly when the machine's time is set. For how long something
   * took; means nothing to another process.
   */
  monotonicMs(): number;
  /** Runs the callback once after `delayMs`; disposing the handle cancels it. */
  setTimeout(callback: () => void, delayMs: number): Disposable;
}

declare const performance: { now(): number };
declare function setTimeout(callback: () => void, delayMs: number): unknown;
declare function clearTimeout(handle: unknown): void;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout(callback, delayMs) {
    const handle = setTimeout(callback, delayMs);
    return { dispose: () => clearTimeout(handle) };
  },
};

/** Resolves after `delayMs` on the given clock. */
export function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, delayMs);
  });
}
