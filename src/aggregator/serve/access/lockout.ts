import type { Clock } from '../../../base/clock.ts';

const threshold = 5;
const windowMs = 300_000;
const maxAddresses = 10_000;

/**
 * Counts wrong and missing keys per client, as `clientGroup` names it. Five within 300 s of the first lock the address until that time is
 * over; tries while locked neither count nor extend it.
 */
export class Lockout {
  readonly #clock: Clock;
  readonly #failures = new Map<string, { count: number; readonly firstMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whole seconds the address is still locked, `null` when it is not. */
  lockedForS(address: string): number | null {
    const failures = this.#current(address);
    if (failures === undefined || failures.count < threshold) return null;
    return Math.max(1, Math.ceil((failures.firstMs + windowMs - this.#clock.monotonicMs()) / 1000));
  }

  /** Counts a failure and returns how many tries remain. */
  fail(address: string): number {
    const failures = this.#current(address) ?? { count: 0, firstMs: this.#clock.monotonicMs() };
    failures.count += 1;
    this.#failures.set(address, failures);
    if (this.#failures.size > maxAddresses) {
      const first = this.#failures.keys().next();
      if (first.done !== true) this.#failures.delete(first.value);
    }
    return Math.max(0, threshold - failures.count);
  }

  /** A right key clears the count, but not a lock: others behind the same address may have earned it. */
  succeed(address: string): void {
    if (this.lockedForS(address) === null) this.#failures.delete(address);
  }

  #current(address: string): { count: number; readonly firstMs: number } | undefined {
    const failures = this.#failures.get(address);
    if (failures === undefined || this.#clock.monotonicMs() - failures.firstMs < windowMs) return failures;
    this.#failures.delete(address);
    return undefined;
  }
}
