import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { type RecoverRunOptions, recoverRun } from './apply/recoverRun.ts';
import type { DeletionExecutor } from './deletion/deletionExecutor.ts';
import type { DeletionService } from './deletion/deletionService.ts';
import type { IntentStore } from './intentRecords.ts';

export interface IntentKeeperOptions {
  readonly store: IntentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly requests: DeletionService;
  readonly executor: DeletionExecutor;
  readonly recovery: RecoverRunOptions;
  /** Pause between rounds, milliseconds. */
  readonly everyMs: number;
}

/**
 * Does what nobody asks for: rejects requests that were not decided in time, and takes up what a process that died left
 * behind. Several processes may do so at once; each piece of work is claimed first.
 */
export class IntentKeeper implements Disposable {
  readonly #options: IntentKeeperOptions;
  #timer: Disposable | null = null;
  #isDisposed = false;

  constructor(options: IntentKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    void this.round().finally(() => this.#schedule());
  }

  /** One round; never rejects. */
  async round(): Promise<void> {
    const { store, clock, requests, executor, recovery } = this.#options;
    await this.#each(
      'expired deletion requests',
      () => store.deletions.expired(clock.now()),
      (record) => requests.expire(record),
    );
    await this.#each(
      'abandoned deletions',
      () => store.deletions.abandoned(clock.now()),
      (record) => executor.recover(record),
    );
    await this.#each(
      'abandoned runs',
      () => store.runs.abandoned(clock.now()),
      (uuid) => recoverRun(uuid, recovery),
    );
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.dispose();
  }

  #schedule(): void {
    if (this.#isDisposed) return;
    this.#timer = this.#options.clock.setTimeout(() => this.start(), this.#options.everyMs);
  }

  /** One piece that fails is tried again in the next round and does not hold up the others. */
  async #each<T>(what: string, find: () => Promise<T[]>, handle: (found: T) => Promise<void>): Promise<void> {
    try {
      for (const found of await find()) {
        if (this.#isDisposed) return;
        await handle(found).catch((error: unknown) =>
          this.#options.logger.error(`one of the ${what} could not be dealt with`, { error }),
        );
      }
    } catch (error) {
      this.#options.logger.error(`the ${what} could not be looked up`, { error });
    }
  }
}
