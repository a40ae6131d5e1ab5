import { AuditJournal } from '../audit/auditJournal.ts';
import { KeyRepository } from '../identity/keyRepository.ts';
import { deletionRepository } from './deletionRepository.ts';
import { historyRepository } from './historyRepository.ts';
import { migrate } from './migrations.ts';
import type { ResolvedStore, Store, StoreOptions } from './openStore.ts';
import { planRepository } from './planRepository.ts';
import { runRepository } from './runRepository.ts';
import { SettingsRepository } from './settingsRepository.ts';

/** The part of {@link openStore} that needs the query layer loaded. */
export async function openTables(
  config: ResolvedStore,
  { clock, logger, secrets }: StoreOptions,
): Promise<Omit<Store, 'processId'>> {
  const dialect = config.kind;
  const db =
    config.kind === 'sqlite'
      ? await (await import('./sqliteStore.ts')).openSqlite(config.file)
      : await (await import('./postgresStore.ts')).openPostgres(config.url, logger);
  try {
    await migrate(db, dialect);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const audit = new AuditJournal({ db, dialect, clock, secrets });
  return {
    dialect,
    db,
    audit,
    keys: new KeyRepository({ db, dialect, clock, audit }),
    settings: new SettingsRepository({ db, clock, audit }),
    plans: planRepository(db),
    runs: runRepository(db),
    deletions: deletionRepository(db),
    history: historyRepository(db),
    close: () => db.destroy(),
  };
}
