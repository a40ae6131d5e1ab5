export interface BackoffOptions {
  /** Delay before the first retry, in milliseconds. */
  readonly baseMs: number;
  /** Upper bound of any delay, in milliseconds. */
  readonly maxMs: number;
  /** Source of numbers in [0, 1); injected so that tests are repeatable. */
  readonly random: () => number;
}

/**
 * Delay before retry number `attempt` (1 for the first): doubles each time up to `maxMs`, then a random half is taken
 * off so that many clients that lost the same server do not return in the same moment.
 */
export function backoffDelayMs(attempt: number, options: BackoffOptions): number {
  const exponent = Math.min(Math.max(attempt, 1) - 1, 30);
  const ceiling = Math.min(options.maxMs, options.baseMs * 2 ** exponent);
  return Math.round(ceiling / 2 + (ceiling / 2) * options.random());
}
