import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { HistoryConfig } from '../../contract/aggregatorConfig.ts';
import { emptyRecords, type FleetRecords } from '../../contract/model/fleet.ts';
import { fleetListNames } from '../../contract/model/fleetLists.ts';
import type { FleetCollector, Reading } from '../collector.ts';
import { ClusterChronicle } from './clusterChronicle.ts';
import type { HistoryStore } from './historyStore.ts';

export interface HistoryRecorderOptions {
  readonly collector: Pick<FleetCollector, 'snapshot' | 'onDidChange' | 'watch'>;
  readonly clusters: readonly { readonly key: string; readonly readTasks: () => Promise<Reading> }[];
  readonly store: HistoryStore;
  readonly config: HistoryConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface HistoryRecorder {
  readonly store: HistoryStore;
  readonly config: HistoryConfig;
  /** Resolves when what was seen so far is written. */
  settle(): Promise<void>;
  dispose(): Promise<void>;
}

const pruneEveryMs = 3_600_000;

/** Writes the timeline of every cluster from the changes that the collector tells, and removes what is too old. */
export function recordHistory(options: HistoryRecorderOptions): HistoryRecorder {
  const { collector, store, config, clock, logger } = options;
  const chronicles = new Map(
    options.clusters.map(({ key, readTasks }) => [
      key,
      new ClusterChronicle({ key, store, clock, logger, readTasks }),
    ]),
  );
  const take = (records: FleetRecords, removed: readonly string[]): void => {
    for (const [key, part] of byCluster(records, removed))
      chronicles.get(key)?.note(part.records, part.removed);
  };
  take(collector.snapshot(), []);
  const changes = collector.onDidChange((delta) => take(delta.upserted, delta.removed));
  const watch = config.readAlways ? collector.watch() : null;

  let pruning: Disposable | null = null;
  let running: Promise<void> = Promise.resolve();
  const prune = (): void => {
    running = store.prune(clock.now() - config.retentionDays * 86_400_000, config.maxRows).catch((error) =>
      logger.warn('old events of the timeline could not be removed', {
        cause: error instanceof Error ? error.message : String(error),
      }),
    );
    pruning = clock.setTimeout(prune, pruneEveryMs);
  };
  prune();

  const settle = async (): Promise<void> => {
    await Promise.all([...chronicles.values()].map((chronicle) => chronicle.settle()));
  };
  return {
    store,
    config,
    settle,
    async dispose() {
      changes.dispose();
      watch?.dispose();
      pruning?.dispose();
      for (const chronicle of chronicles.values()) chronicle.dispose();
      await settle();
      await running;
    },
  };
}

interface Part {
  readonly records: FleetRecords;
  readonly removed: string[];
}

function byCluster(records: FleetRecords, removed: readonly string[]): Map<string, Part> {
  const parts = new Map<string, Part>();
  const of = (key: string): Part => {
    const part = parts.get(key) ?? { records: emptyRecords(), removed: [] };
    parts.set(key, part);
    return part;
  };
  for (const name of fleetListNames) {
    for (const record of records[name]) {
      const list: unknown[] = of('key' in record ? record.key : record.cluster).records[name];
      list.push(record);
    }
  }
  for (const id of removed) {
    const key = /^[a-z]+:([^/]+)\//.exec(id)?.[1];
    if (key !== undefined) of(key).removed.push(id);
  }
  return parts;
}
