import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Disposable } from '../../base/lifecycle.ts';
import { digestOf, matchesDigest } from './keyFormat.ts';

/**
 * What somebody has to know to store the very first key over HTTP: a secret in a file that only the owner of this process
 * can read. Being on the same machine is not enough, since every program of every user there is.
 */
export class FirstKeyOffer implements Disposable {
  /** Where the secret stands. */
  readonly file: string;
  readonly #digest: string;

  /** @throws when the file cannot be written. */
  constructor(folder: string = tmpdir()) {
    const secret = randomBytes(32).toString('base64url');
    this.#digest = digestOf(secret);
    this.file = path.join(mkdtempSync(path.join(folder, 'proxbox-first-key-')), 'secret');
    writeFileSync(this.file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  }

  /** Compares in constant time. */
  matches(presented: string): boolean {
    return matchesDigest(presented.trim(), this.#digest);
  }

  dispose(): void {
    rmSync(path.dirname(this.file), { recursive: true, force: true });
  }
}
