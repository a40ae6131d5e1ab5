import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { firstTables } from './migrations/001FirstTables.ts';
import { timelineTables } from './migrations/002Timeline.ts';
import { keyRotation } from './migrations/003KeyRotation.ts';
import { runEntries } from './migrations/004RunEntries.ts';
import type { StoreSchema } from './schema.ts';
import { StoreError } from './storeError.ts';

export type Dialect = 'sqlite' | 'postgres';

/** Steps in the order of their names. A step that shipped is never edited; a change is a new step. */
function migrationsOf(dialect: Dialect): Record<string, Migration> {
  return {
    '001FirstTables': { up: (db) => firstTables(db, dialect) },
    '002Timeline': { up: (db) => timelineTables(db, dialect) },
    '003KeyRotation': { up: keyRotation },
    '004RunEntries': { up: (db) => runEntries(db) },
  };
}

/**
 * Brings the tables to the newest version, all steps or none. Several processes may start at once: one migrates, the
 * others wait for it.
 *
 * @throws StoreError when a step fails, or when a newer version of the product already changed the tables.
 */
export async function migrate(db: Kysely<StoreSchema>, dialect: Dialect): Promise<void> {
  const migrations = migrationsOf(dialect);
  const run = async (on: Kysely<StoreSchema>): Promise<void> => {
    const { error } = await new Migrator({
      db: on,
      provider: { getMigrations: () => Promise.resolve(migrations) },
    }).migrateToLatest();
    if (error === undefined) return;
    throw (await isNewer(on, migrations))
      ? new StoreError('the store was written by a newer version of this program. Start that version.')
      : new StoreError('the tables of the store could not be brought up to date; nothing was changed', error);
  };
  // One write transaction around everything is what makes a second process wait on SQLite; PostgreSQL has the migrator's
  // own lock, which must outlive the transaction.
  if (dialect === 'sqlite') await db.transaction().execute(run);
  else await run(db);
}

async function isNewer(db: Kysely<StoreSchema>, known: Record<string, Migration>): Promise<boolean> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
    return rows.some(({ name }) => !(name in known));
  } catch {
    return false;
  }
}
