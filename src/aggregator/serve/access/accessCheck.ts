import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { ReplyError } from '../replyError.ts';
import type { ApiKeyVerifier, KeyIdentity } from './apiKeys.ts';
import { clientGroup } from './clientGroup.ts';
import { Lockout } from './lockout.ts';
import { RateLimit } from './rateLimit.ts';

export interface AccessCheckOptions {
  readonly keys: ApiKeyVerifier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rateLimitPerMinute: number;
}

/**
 * Decides whether a protected request may go on: rate limit, lockout, any key configured, key present, key valid. It
 * differs from the wire contract in one point: what others behind the same address do never counts against a right key.
 * So the key is looked at first; each right key has a rate of its own at
 * each address, and what comes without one shares the rate of its address.
 */
export class AccessCheck {
  readonly #keys: ApiKeyVerifier;
  readonly #logger: Logger;
  readonly #rateLimit: RateLimit;
  readonly #lockout: Lockout;

  constructor(options: AccessCheckOptions) {
    this.#keys = options.keys;
    this.#logger = options.logger;
    this.#rateLimit = new RateLimit(options.clock, options.rateLimitPerMinute);
    this.#lockout = new Lockout(options.clock);
  }

  /**
   * Returns whose key it is, or throws the 401 or 429.
   *
   * @param address of the client; rate limit and lockout count IPv6 clients by their /64.
   * @param isChange whether the request changes something, for which a revoked key is void at once.
   */
  async check(address: string, presented: string | undefined, isChange: boolean): Promise<KeyIdentity> {
    const client = clientGroup(address);
    const key = presented === undefined || presented === '' ? null : presented;
    const identity = key === null ? null : await this.#keys.verify(key, isChange);
    const waitS = this.#rateLimit.take(identity === null ? client : `${identity.id} ${client}`);
    if (waitS !== null) {
      throw ReplyError.detail(429, `Rate limit exceeded. Try again in ${waitS} s.`, {
        'retry-after': String(waitS),
      });
    }
    if (identity !== null) {
      this.#lockout.succeed(client);
      return identity;
    }
    const lockedS = this.#lockout.lockedForS(client);
    if (lockedS !== null) {
      throw ReplyError.detail(429, `Too many failed attempts. Try again in ${lockedS} s.`, {
        'retry-after': String(lockedS),
      });
    }
    if (!this.#keys.isConfigured) {
      throw ReplyError.detail(401, 'No API key configured. Add one to the configuration of the aggregator.');
    }
    const remaining = this.#lockout.fail(client);
    if (remaining === 0) this.#logger.warn('locked a client address after wrong keys', { address, client });
    const start = key === null ? 'API key required in header X-Proxbox-API-Key' : 'Invalid API key';
    throw ReplyError.detail(401, `${start}. ${remaining} attempts remaining before this address is locked.`);
  }
}
