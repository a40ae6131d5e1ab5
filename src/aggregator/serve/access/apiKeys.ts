import { createHash, timingSafeEqual } from 'node:crypto';
import { Emitter, type Event } from '../../../base/event.ts';
import type { Permission } from '../../../contract/intent/permissions.ts';

/** Whose key a request came with. Never the key itself. */
export interface KeyIdentity {
  readonly id: string;
  readonly label: string | null;
  /** Name of the person or service that acts with it. */
  readonly actor: string;
  readonly permissions: readonly Permission[];
  /** Who made the key or rotated it last, and was shown it then; `null` for a key of the configuration. */
  readonly madeBy: string | null;
}

/** Answers whether a presented key is valid. Where keys come from and how they are stored is the implementation's. */
export interface ApiKeyVerifier {
  /** False while no key exists at all: every protected request is refused then. */
  readonly isConfigured: boolean;
  /**
   * @param isFresh whether a key that was revoked elsewhere a moment ago must not pass: for requests that change something.
   * @throws when that cannot be found out.
   */
  verify(presented: string, isFresh: boolean): Promise<KeyIdentity | null>;
  /** Id of a key that became invalid; open streams of that key end. */
  readonly onDidRevoke: Event<string>;
}

export interface ConfiguredKey {
  readonly key: string;
  readonly label: string | null;
  readonly actor: string;
  readonly permissions: readonly Permission[];
}

/**
 * Keys from a configuration. They are random and at least 32 characters long, so one SHA-256 protects them as well as a
 * slow hash would, without costing a quarter second per request. Every stored digest is compared, in constant time each,
 * so that the time tells neither which key matched nor how much of it.
 */
export function createConfiguredKeys(keys: readonly ConfiguredKey[]): ApiKeyVerifier {
  const stored = keys.map(({ key, ...rest }, index) => ({
    identity: { id: `key-${index + 1}`, madeBy: null, ...rest },
    digest: sha256(key),
  }));
  const revoked = new Emitter<string>();
  return {
    isConfigured: stored.length > 0,
    async verify(presented) {
      const digest = sha256(presented);
      let match: KeyIdentity | null = null;
      for (const candidate of stored) {
        if (timingSafeEqual(candidate.digest, digest)) match ??= candidate.identity;
      }
      return match;
    },
    onDidRevoke: revoked.event,
  };
}

/** Keys of several sources; the first that knows a key answers. */
export function joinKeys(first: ApiKeyVerifier, second: ApiKeyVerifier): ApiKeyVerifier {
  return {
    get isConfigured() {
      return first.isConfigured || second.isConfigured;
    },
    async verify(presented, isFresh) {
      return (await first.verify(presented, isFresh)) ?? second.verify(presented, isFresh);
    },
    onDidRevoke: (listener) => {
      const subscriptions = [first.onDidRevoke(listener), second.onDidRevoke(listener)];
      return { dispose: () => subscriptions.forEach((subscription) => void subscription.dispose()) };
    },
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
