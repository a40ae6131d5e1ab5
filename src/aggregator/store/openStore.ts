import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { AuditJournal } from '../audit/auditJournal.ts';
import type { HistoryStore } from '../history/historyStore.ts';
import type { KeyRepository } from '../identity/keyRepository.ts';
import type { IntentStore } from '../intent/intentRecords.ts';
import type { Dialect } from './migrations.ts';
import type { StoreSchema } from './schema.ts';
import type { SettingsRepository } from './settingsRepository.ts';

/** Where the store is, secrets resolved. */
export type ResolvedStore =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** What outlives the process: keys, settings, journal, timeline, plans, runs and deletion requests. */
export interface Store extends IntentStore {
  readonly dialect: Dialect;
  readonly db: Kysely<StoreSchema>;
  /** Names this process in leases; new with every start. */
  readonly processId: string;
  readonly keys: KeyRepository;
  readonly settings: SettingsRepository;
  readonly audit: AuditJournal;
  readonly history: HistoryStore;
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Secrets of the configuration; removed by value from whatever is written to the journal. */
  readonly secrets: readonly string[];
}

/**
 * Opens the store and brings its tables up to date. The query layer and the engines are loaded only here, so that an
 * aggregator without a store starts without them.
 *
 * @throws StoreError with a text for the person who runs the aggregator.
 */
export async function openStore(config: ResolvedStore, options: StoreOptions): Promise<Store> {
  const { openTables } = await import('./openTables.ts');
  const opened = await openTables(config, options);
  return { ...opened, processId: randomUUID() };
}
