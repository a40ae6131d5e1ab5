import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely';
import type { StoreSchema } from './schema.ts';
import { StoreError } from './storeError.ts';

/** How long a statement waits for another process that is writing, and the pause between its tries, milliseconds. */
const patienceMs = 10_000;
const pauseMs = 10;

/** What the engine reports while another connection writes. */
const busyCode = 5;

const maxPrepared = 200;

/**
 * Opens a SQLite file with the engine built into Node, and makes file and folder when there are none. The file is
 * readable by its owner only.
 *
 * @throws StoreError when this Node has no SQLite or the file cannot be used.
 */
export async function openSqlite(file: string): Promise<Kysely<StoreSchema>> {
  const sqlite = await loadSqlite();
  const absolute = path.resolve(file);
  let database: DatabaseSync;
  try {
    mkdirSync(path.dirname(absolute), { recursive: true, mode: 0o700 });
    // SQLite gives its side files (-wal, -shm) the mode of the file itself.
    closeSync(openSync(absolute, 'a', 0o600));
    chmodSync(absolute, 0o600);
    database = new sqlite.DatabaseSync(absolute, { enableForeignKeyConstraints: true });
    database.exec('pragma journal_mode = wal; pragma synchronous = full');
  } catch (error) {
    throw new StoreError(
      `the store ${absolute} cannot be opened (${error instanceof Error ? error.message : 'unknown error'}). Check that the file is a store and that this user may write it.`,
    );
  }
  return new Kysely<StoreSchema>({ dialect: new BuiltInSqliteDialect({ database: adapt(database) }) });
}

async function loadSqlite(): Promise<typeof import('node:sqlite')> {
  let sqlite: typeof import('node:sqlite') | undefined;
  try {
    sqlite = await import('node:sqlite');
  } catch {
    // Told below, together with versions that have it only in part.
  }
  if (sqlite !== undefined && 'columns' in sqlite.StatementSync.prototype) return sqlite;
  throw new StoreError(
    `a SQLite store needs Node 22.16 or newer, and this is Node ${process.versions.node}. Start the aggregator with a newer Node, or use a PostgreSQL store.`,
  );
}

/** Presents the built-in engine as what Kysely's dialect expects. Prepared statements are kept. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = prepared.get(sql);
      if (known !== undefined) return known;
      const statement = adaptStatement(database.prepare(sql));
      if (prepared.size >= maxPrepared) prepared.clear();
      prepared.set(sql, statement);
      return statement;
    },
  };
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  type Parameters = Parameters_<StatementSync['all']>;
  return {
    reader: statement.columns().length > 0,
    // The engine's rows have no prototype, which sets them apart from every other object.
    all: (parameters) => statement.all(...(parameters as Parameters)).map((row) => ({ ...row })),
    run: (parameters) => statement.run(...(parameters as Parameters)),
    iterate: (parameters) => statement.iterate(...(parameters as Parameters)),
  };
}

type Parameters_<F> = F extends (...rest: infer Rest) => unknown ? Rest : never;

/**
 * SQLite's dialect with two differences: transactions take the write lock when they begin, because one that reads first
 * and writes later fails instead of waiting when another process wrote in between; and tables are changed inside
 * transactions, which SQLite can.
 */
class BuiltInSqliteDialect extends SqliteDialect implements Dialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#config);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter();
  }
}

class ImmediateDriver extends SqliteDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    return new PatientConnection(await super.acquireConnection());
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/**
 * Waits for a writer elsewhere without holding up this process: the engine's own waiting would stop everything else,
 * including whoever it waits for if that is in the same process.
 */
class PatientConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection;

  constructor(connection: DatabaseConnection) {
    this.#connection = connection;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    for (let waitedMs = 0; ; waitedMs += pauseMs) {
      try {
        return await this.#connection.executeQuery<Row>(query);
      } catch (error) {
        if (!isBusy(error) || waitedMs >= patienceMs) throw error;
      }
      await sleep(pauseMs);
    }
  }

  streamQuery<Row>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<Row>> {
    return this.#connection.streamQuery(query, chunkSize);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === busyCode;
}

class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
