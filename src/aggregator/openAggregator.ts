import { readFileSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { HistoryConfig } from '../contract/aggregatorConfig.ts';
import { journalOfIntent } from './audit/journalOfIntent.ts';
import { createReaders } from './collect/createReaders.ts';
import { createFleetCollector } from './collect/fleetCollector.ts';
import type { FleetCollector } from './collector.ts';
import { type ResolvedConfig, secretsOf } from './config.ts';
import {
  type Aggregator,
  type AggregatorOptions,
  createAggregator,
  type WriteSide,
} from './createAggregator.ts';
import {
  type HistoryRecorder,
  type HistoryRecorderOptions,
  recordHistory,
} from './history/historyRecorder.ts';
import { memoryHistory } from './history/memoryHistory.ts';
import { FirstKeyOffer } from './identity/firstKeyOffer.ts';
import { KeyRing } from './identity/keyRing.ts';
import type { IntentCluster } from './intent/intentCluster.ts';
import { IntentService } from './intent/intentService.ts';
import type { ReadIntentSettings } from './intent/intentSettings.ts';
import { createConfiguredKeys, joinKeys } from './serve/access/apiKeys.ts';
import { openStore } from './store/openStore.ts';
import type { SettingsRepository } from './store/settingsRepository.ts';

export interface OpenAggregatorOptions
  extends Pick<AggregatorOptions, 'allowedHosts' | 'fleetWaitMs' | 'stragglerGraceMs' | 'waitAtMostMs'> {
  readonly config: ResolvedConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** Pause between looks at a task of Proxmox, milliseconds. Default 1 000. */
  readonly taskPauseMs?: number;
}

export interface OpenedAggregator {
  readonly app: Aggregator['app'];
  readonly collector: FleetCollector;
  readonly history: HistoryRecorder;
  /** `null` without a store. */
  readonly writeSide: WriteSide | null;
  /** Lets running work come to a stop, then closes everything. */
  dispose(): Promise<void>;
}

/** Events kept without a store. */
const maxRowsInMemory = 10_000;

/**
 * An aggregator with all its parts, as a configuration asks for it. Listening is the caller's.
 *
 * @throws StoreError when the store cannot be used.
 */
export async function openAggregator(options: OpenAggregatorOptions): Promise<OpenedAggregator> {
  const { config, clock, logger, random } = options;
  const readers = createReaders(config, (path) => readFileSync(path, 'utf8'), clock);
  const clusters = readers.map(
    ({ key, addresses, endpoints }): IntentCluster => ({
      key,
      endpointIds: addresses.map(({ endpointId }) => endpointId),
      api: endpoints,
      destroyer: endpoints,
    }),
  );
  const configured = createConfiguredKeys(config.apiKeys);
  const writeSide = await openWriteSide(options, clusters, configured.isConfigured);
  const collector = createFleetCollector({
    readers,
    clock,
    logger,
    random,
    pollIntervalMs: config.pollIntervalMs,
  });
  const history = recordHistory({
    collector,
    clusters: readers.map((reader) => ({ key: reader.key, readTasks: () => reader.read('tasks') })),
    ...historyPlace(config.history, writeSide),
    clock,
    logger,
  });
  const aggregator = createAggregator({
    ...options,
    collector,
    history,
    keys: writeSide === null ? configured : joinKeys(configured, writeSide.ring),
    writeSide,
    rateLimitPerMinute: config.rateLimitPerMinute,
    maxAgeMs: config.pollIntervalMs,
  });
  writeSide?.intent.keeper.start();
  return {
    app: aggregator.app,
    collector,
    history,
    writeSide,
    async dispose() {
      await aggregator.dispose();
      await writeSide?.intent.dispose();
      writeSide?.ring.dispose();
      writeSide?.firstKey?.dispose();
      await history.dispose();
      collector.dispose();
      await writeSide?.store.close();
    },
  };
}

/** Where events are kept, and how many of them. */
function historyPlace(
  config: HistoryConfig,
  writeSide: WriteSide | null,
): Pick<HistoryRecorderOptions, 'store' | 'config'> {
  if (writeSide !== null) return { store: writeSide.store.history, config };
  const maxRows = Math.min(config.maxRows, maxRowsInMemory);
  return { store: memoryHistory(maxRows), config: { ...config, maxRows } };
}

async function openWriteSide(
  { config, clock, logger, taskPauseMs, allowedHosts }: OpenAggregatorOptions,
  clusters: readonly IntentCluster[],
  hasConfiguredKeys: boolean,
): Promise<WriteSide | null> {
  if (config.store === null) return null;
  const store = await openStore(config.store, { clock, logger, secrets: secretsOf(config) });
  const ring = new KeyRing({ keys: store.keys, clock, logger });
  await ring.start();
  const intent = new IntentService({
    clusters,
    store,
    journal: journalOfIntent(store.audit),
    settings: readIntentSettings(store.settings),
    clock,
    logger,
    owner: store.processId,
    ...(taskPauseMs === undefined ? {} : { taskPauseMs }),
  });
  // Over the network the first to come would own the server, so there the command line makes the first key.
  const isOffered = !hasConfiguredKeys && !ring.isConfigured && allowedHosts !== null;
  return { store, ring, intent, firstKey: isOffered ? offerFirstKey(logger) : null };
}

function offerFirstKey(logger: Logger): FirstKeyOffer | null {
  try {
    const offer = new FirstKeyOffer();
    logger.warn('there is no key yet: make the first with keys bootstrap, or register it with this secret', {
      file: offer.file,
    });
    return offer;
  } catch (error) {
    logger.warn('there is no key yet: make the first with keys bootstrap', { error });
    return null;
  }
}

/** The stored switches in the words of the intent path. */
function readIntentSettings(settings: SettingsRepository): ReadIntentSettings {
  return async () => {
    const now = await settings.read();
    return {
      writesEnabled: now.isEnabled,
      selfApprovalAllowed: now.isSelfApproveAllowed,
      warnPlaintextPassword: now.warnsPlaintextPassword,
      deletionTtlDays: now.deletionTtlDays,
      allowsWrites: ({ key }) =>
        now.endpoints.some(({ cluster, allowsWrites }) => cluster === key && allowsWrites),
    };
  };
}
