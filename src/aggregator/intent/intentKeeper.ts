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
 * Does what nobody asks for: rejects requests that were not decided in time, takes marks off that could not be taken off before,
 * and takes up what a process that died left behind. Several processes may do so at once; each piece of work is claimed first. A round only begins work: following a
 * task takes as long as Proxmox takes, and one cluster's task is not waited for by another's request.
 */
export class IntentKeeper implements Disposable {
  readonly #options: IntentKeeperOptions;
  /** Work that was begun and has not ended, by what it is about. */
  readonly #underWay = new Map<string, Promise<void>>();
  #timer: Disposable | null = null;
  #isDisposed = false;

  constructor(options: IntentKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    void this.round().finally(() => this.#schedule());
  }

  /** Begins what is due; never rejects. */
  async round(): Promise<void> {
    const { store, clock, requests, executor, recovery } = this.#options;
    await this.#each(
      'expired deletion requests',
      () => store.deletions.expired(clock.now()),
      ({ id }) => `request ${id}`,
      (record) => requests.expire(record),
    );
    await this.#each(
      'marks of rejected requests',
      () => store.deletions.marked(),
      ({ id }) => `mark ${id}`,
      (record) => requests.marks.retry(record),
    );
    await this.#each(
      'abandoned deletions',
      () => store.deletions.abandoned(clock.now()),
      ({ id }) => `request ${id}`,
      (record) => executor.recover(record),
    );
    await this.#each(
      'abandoned runs',
      () => store.runs.abandoned(clock.now()),
      (uuid) => `run ${uuid}`,
      (uuid) => recoverRun(uuid, recovery),
    );
  }

  /** Resolves once the work under way has come to its end. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay.values());
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
  async #each<T>(
    what: string,
    find: () => Promise<T[]>,
    nameOf: (found: T) => string,
    handle: (found: T) => Promise<void>,
  ): Promise<void> {
    const { logger } = this.#options;
    try {
      for (const found of await find()) {
        const name = nameOf(found);
        if (this.#isDisposed) return;
        if (this.#underWay.has(name)) continue;
        const work = handle(found)
          .catch((error: unknown) =>
            logger.error(`one of the ${what} could not be dealt with`, { which: name, error }),
          )
          .finally(() => this.#underWay.delete(name));
        this.#underWay.set(name, work);
      }
    } catch (error) {
      logger.error(`the ${what} could not be looked up`, { error });
    }
  }
}
