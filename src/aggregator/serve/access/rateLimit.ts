import type { Clock } from '../../../base/clock.ts';

const windowMs = 60_000;

/** Addresses that are remembered at once; beyond that the one that asked longest ago is forgotten. */
const maxAddresses = 10_000;

/** Requests per client, as `clientGroup` names it, in a sliding minute. Refused requests are not counted. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #perMinute: number;
  /** Times of counted requests, oldest first; addresses in order of their latest request. */
  readonly #times = new Map<string, number[]>();

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** Counts a request. Returns `null` when it may go on, else the whole seconds until the next one may. */
  take(address: string): number | null {
    const now = this.#clock.monotonicMs();
    const times = (this.#times.get(address) ?? []).filter((time) => time > now - windowMs);
    const oldest = times[0];
    const isFull = times.length >= this.#perMinute;
    if (!isFull) times.push(now);
    this.#times.delete(address);
    this.#times.set(address, times);
    if (this.#times.size > maxAddresses) this.#forgetOldest();
    if (!isFull || oldest === undefined) return null;
    return Math.max(1, Math.ceil((oldest + windowMs - now) / 1000));
  }

  #forgetOldest(): void {
    const first = this.#times.keys().next();
    if (first.done !== true) this.#times.delete(first.value);
  }
}
