import type { ChronicleOptions } from './clusterChronicle.ts';
import { toSeenTasks } from './taskEvents.ts';

/** How often tasks are read: right after something moved, and otherwise, milliseconds. */
const soonMs = 5_000;
const everyMs = 30_000;

/** Adds a cluster's tasks to its timeline, beside its other events: a list that is slow holds nothing up. */
export class ClusterTasks {
  readonly #options: Pick<ChronicleOptions, 'key' | 'store' | 'readTasks' | 'clock' | 'logger'>;
  #lastMs = 0;
  #isReading = false;
  /** Tasks that were saved with their end. */
  #ended = new Set<string>();

  constructor(options: Pick<ChronicleOptions, 'key' | 'store' | 'readTasks' | 'clock' | 'logger'>) {
    this.#options = options;
  }

  /** @param hasMoved whether something changed, which tasks may explain. */
  readIfDue(hasMoved: boolean): void {
    const nowMs = this.#options.clock.now();
    if (this.#isReading || nowMs - this.#lastMs < (hasMoved ? soonMs : everyMs)) return;
    this.#lastMs = nowMs;
    this.#isReading = true;
    const { key, logger } = this.#options;
    this.#read()
      .catch((error: unknown) =>
        logger.debug('tasks could not be added to the timeline', { cluster: key, error }),
      )
      .finally(() => {
        this.#isReading = false;
      });
  }

  async #read(): Promise<void> {
    const { store, key, readTasks } = this.#options;
    const reading = await readTasks();
    // Without the right to see tasks there are none in the timeline, and the rest is as good as before.
    if (reading.state !== 'read') return;
    const tasks = toSeenTasks(reading.rows);
    const fresh = tasks.filter(({ upid }) => !this.#ended.has(upid));
    if (fresh.length > 0) await store.saveTasks(key, fresh);
    this.#ended = new Set(tasks.filter(({ endMs }) => endMs !== null).map(({ upid }) => upid));
  }
}
