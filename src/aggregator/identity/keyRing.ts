import type { Clock } from '../../base/clock.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { ApiKeyVerifier, KeyIdentity } from '../serve/access/apiKeys.ts';
import { keyIdOf, matchesDigest } from './keyFormat.ts';
import { isUsable, type KeyRepository, type StoredKey } from './keyRepository.ts';

export interface KeyRingOptions {
  readonly keys: KeyRepository;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often changes by other processes are looked for, and how often uses are noted, milliseconds. */
const lookEveryMs = 2_000;
const noteEveryMs = 60_000;

/**
 * The keys of the store at hand. Reading requests are answered from memory, which follows the store within two seconds;
 * requests that change something look into the store itself, so that a revoked key is void there at once.
 */
export class KeyRing implements ApiKeyVerifier, Disposable {
  readonly #options: KeyRingOptions;
  readonly #known = new Map<string, StoredKey>();
  readonly #used = new Set<string>();
  readonly #revoked = new Emitter<string>();
  #notedAtMs: number;
  #timer: Disposable | null = null;
  #isDisposed = false;
  #isFailing = false;

  constructor(options: KeyRingOptions) {
    this.#options = options;
    this.#notedAtMs = options.clock.now();
  }

  get isConfigured(): boolean {
    return this.#known.size > 0;
  }

  get onDidRevoke(): Event<string> {
    return this.#revoked.event;
  }

  /** Reads the keys and follows them from now on. @throws when the store cannot be read. */
  async start(): Promise<void> {
    await this.refresh();
    this.#schedule();
  }

  async verify(presented: string, isFresh: boolean): Promise<KeyIdentity | null> {
    const id = keyIdOf(presented);
    let stored = this.#known.get(id);
    if (isFresh || stored === undefined || !matchesDigest(presented, stored.digest)) {
      stored = (await this.#options.keys.find(id)) ?? undefined;
      if (stored !== undefined) this.#take(stored);
    }
    if (stored === undefined || !matchesDigest(presented, stored.digest)) return null;
    if (!isUsable(stored, this.#options.clock.now())) return null;
    this.#used.add(id);
    const { label, actor, permissions } = stored;
    return { id, label, actor, permissions, madeBy: stored.rotatedBy ?? stored.createdBy };
  }

  /** Takes over what the store holds now. Call it after a change, so that it counts at once. */
  async refresh(): Promise<void> {
    for (const stored of await this.#options.keys.list()) this.#take(stored);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.dispose();
    this.#revoked.dispose();
  }

  #take(stored: StoredKey): void {
    const before = this.#known.get(stored.id);
    this.#known.set(stored.id, stored);
    if (before === undefined || before.revokedAtMs !== null) return;
    if (stored.revokedAtMs !== null || stored.digest !== before.digest) this.#revoked.fire(stored.id);
  }

  #schedule(): void {
    if (this.#isDisposed) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      void this.#round().finally(() => this.#schedule());
    }, lookEveryMs);
  }

  async #round(): Promise<void> {
    const { clock, keys, logger } = this.#options;
    try {
      await this.refresh();
      this.#endExpired();
      if (this.#used.size > 0 && clock.now() - this.#notedAtMs >= noteEveryMs) {
        const used = [...this.#used];
        this.#used.clear();
        this.#notedAtMs = clock.now();
        await keys.noteUse(used, clock.now());
      }
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing)
        logger.warn('the keys in the store cannot be read; known keys may go on reading', { error });
      this.#isFailing = true;
    }
  }

  /** A stream that is open when its key expires ends, too. */
  #endExpired(): void {
    const nowMs = this.#options.clock.now();
    for (const { id, expiresAtMs } of this.#known.values())
      if (expiresAtMs !== null && expiresAtMs <= nowMs && expiresAtMs > nowMs - 2 * lookEveryMs)
        this.#revoked.fire(id);
  }
}
