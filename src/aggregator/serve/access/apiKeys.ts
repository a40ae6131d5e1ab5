import { createHash, timingSafeEqual } from 'node:crypto';
import { Emitter, type Event } from '../../../base/event.ts';

/** Which key a request came with. Never the key itself. */
export interface KeyIdentity {
  readonly id: string;
  readonly label: string | null;
}

/** Answers whether a presented key is valid. Where keys come from and how they are stored is the implementation's. */
export interface ApiKeyVerifier {
  /** False while no key exists at all: every protected request is refused then. */
  readonly isConfigured: boolean;
  verify(presented: string): KeyIdentity | null;
  /** Id of a key that became invalid; open streams of that key end. */
  readonly onDidRevoke: Event<string>;
}

export interface ConfiguredKey {
  readonly key: string;
  readonly label: string | null;
}

/**
 * Keys from a configuration. They are random and at least 32 characters long, so one SHA-256 protects them as well as a
 * slow hash would, without costing a quarter second per request. Every stored digest is compared, in constant time each,
 * so that the time tells neither which key matched nor how much of it.
 */
export function createConfiguredKeys(keys: readonly ConfiguredKey[]): ApiKeyVerifier {
  const stored = keys.map(({ key, label }, index) => ({
    identity: { id: `key-${index + 1}`, label },
    digest: sha256(key),
  }));
  const revoked = new Emitter<string>();
  return {
    isConfigured: stored.length > 0,
    verify(presented) {
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

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
