import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const form = /^pbx_([0-9a-f]{12})_[\w-]{43}$/;

/** A new key, and its public part. */
export interface MintedKey {
  readonly id: string;
  /** Shown once to whoever asked for it, and never stored. */
  readonly key: string;
}

/** Makes a key `pbx_<id>_<secret>` with 256 random bits. A rotated key keeps its id. */
export function mintKey(id: string = randomBytes(6).toString('hex')): MintedKey {
  return { id, key: `pbx_${id}_${randomBytes(32).toString('base64url')}` };
}

/**
 * Id under which a presented key is stored: its middle part, or for a key of another form (one that a client chose itself
 * at registration) the start of its digest.
 */
export function keyIdOf(presented: string): string {
  return form.exec(presented)?.[1] ?? sha256(presented).toString('hex', 0, 6);
}

/**
 * What is stored of a key. Keys are random and long, so that one SHA-256 cannot be turned back; a slow hash would protect
 * them no better and cost a quarter second per request.
 */
export function digestOf(key: string): string {
  return sha256(key).toString('hex');
}

/** Compares in constant time. */
export function matchesDigest(presented: string, digest: string): boolean {
  const stored = Buffer.from(digest, 'hex');
  const given = sha256(presented);
  return stored.length === given.length && timingSafeEqual(stored, given);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
