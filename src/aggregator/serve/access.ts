import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { HttpError } from './httpError.ts';

/** Failed keys from one address before it is locked, and for how long after the first of them (wire contract, lockout). */
const lockAfterFailures = 5;
const lockWindowMs = 300_000;
const rateWindowMs = 60_000;

/** Most addresses remembered at once, so that a flood of them cannot fill the memory. */
const maxAddresses = 10_000;

interface AddressState {
  /** Times of requests in the running window, oldest first. */
  requests: number[];
  failures: number;
  firstFailureMs: number;
}

export interface AccessOptions {
  /** Keys as given; only their digests are kept. */
  readonly keys: readonly string[];
  readonly rateLimitPerMinute: number;
  readonly clock: Clock;
}

/**
 * Who may ask, and how often. Order of checks as in the wire contract: rate limit, lockout, any key?, present?, valid?;
 * but a right key passes a lockout, because somebody else's failures behind the same address must not blind an operator.
 */
export class Access {
  readonly #digests: readonly Buffer[];
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #addresses = new Map<string, AddressState>();

  constructor(options: AccessOptions) {
    this.#digests = options.keys.map(digest);
    this.#limit = options.rateLimitPerMinute;
    this.#clock = options.clock;
  }

  /** Throws the refusal as an {@link HttpError}. */
  check(address: string, key: string | undefined): void {
    const state = this.#stateOf(address);
    this.#checkRate(state);
    const valid = key !== undefined && key !== '' && this.#isKnown(key);
    if (valid) {
      state.failures = 0;
      return;
    }
    const now = this.#clock.now();
    if (state.failures >= lockAfterFailures && now - state.firstFailureMs < lockWindowMs) {
      const retryAfterS = Math.ceil((state.firstFailureMs + lockWindowMs - now) / 1000);
      throw HttpError.detail(429, 'Too many failed authentication attempts. Try again later.', {
        'retry-after': String(retryAfterS),
      });
    }
    if (this.#digests.length === 0)
      throw HttpError.detail(401, 'No API key configured. Add one to the configuration of the aggregator.');
    this.#countFailure(state, now);
    const left = Math.max(0, lockAfterFailures - state.failures);
    const what = key === undefined || key === '' ? 'API key required' : 'Invalid API key';
    throw HttpError.detail(401, `${what}. ${left} attempts left.`);
  }

  #checkRate(state: AddressState): void {
    const now = this.#clock.now();
    const from = state.requests.findIndex((time) => time > now - rateWindowMs);
    state.requests = from === -1 ? [] : from === 0 ? state.requests : state.requests.slice(from);
    if (state.requests.length >= this.#limit) {
      const retryAfterS = Math.max(1, Math.ceil(((state.requests[0] ?? now) + rateWindowMs - now) / 1000));
      throw HttpError.detail(429, 'Rate limit exceeded. Try again later.', {
        'retry-after': String(retryAfterS),
      });
    }
    state.requests.push(now);
  }

  #countFailure(state: AddressState, now: number): void {
    if (state.failures === 0 || now - state.firstFailureMs >= lockWindowMs) {
      state.failures = 1;
      state.firstFailureMs = now;
    } else state.failures += 1;
  }

  #isKnown(key: string): boolean {
    const given = digest(key);
    // Every key is compared, so the time taken does not tell which one was close.
    let known = false;
    for (const candidate of this.#digests) if (timingSafeEqual(candidate, given)) known = true;
    return known;
  }

  #stateOf(address: string): AddressState {
    const known = this.#addresses.get(address);
    if (known !== undefined) return known;
    if (this.#addresses.size >= maxAddresses) {
      const oldest = this.#addresses.keys().next().value;
      if (oldest !== undefined) this.#addresses.delete(oldest);
    }
    const created = { requests: [], failures: 0, firstFailureMs: 0 };
    this.#addresses.set(address, created);
    return created;
  }
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
