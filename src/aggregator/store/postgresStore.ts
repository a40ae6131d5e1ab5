import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Logger } from '../../base/logger.ts';
import type { StoreSchema } from './schema.ts';
import { StoreError } from './storeError.ts';

const connectTimeoutMs = 5_000;

/** Longest statement, and longest wait for a lock that another aggregator holds, milliseconds. */
const statementTimeoutMs = 15_000;
const lockTimeoutMs = 10_000;

const bigintType = 20;

/**
 * Opens a pool of connections to PostgreSQL and makes sure that it answers.
 *
 * @throws StoreError when it cannot be reached or refuses; the text holds neither user nor password.
 */
export async function openPostgres(url: string, logger: Logger): Promise<Kysely<StoreSchema>> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'proxbox-aggregator',
    max: 10,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    // The server may be gone without saying so.
    query_timeout: statementTimeoutMs + 5_000,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    types: { getTypeParser: readNumbers as typeof pg.types.getTypeParser },
  });
  // Without a listener a connection that breaks while idle would end the process.
  pool.on('error', (error) =>
    logger.warn('a connection to the store broke; the next query opens another', { cause: error.message }),
  );
  try {
    const client = await pool.connect();
    client.release();
  } catch (error) {
    await pool.end();
    throw new StoreError(
      `the PostgreSQL store at ${placeOf(url)} cannot be used (${codeOf(error)}). Check the connection string, the server and the password.`,
    );
  }
  return new Kysely<StoreSchema>({ dialect: new PostgresDialect({ pool }) });
}

/** Numbers of ours (times, ids, counts) stay below 2^53; the driver's default would make them texts. */
function readNumbers(type: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (type === bigintType && format !== 'binary') return Number;
  return pg.types.getTypeParser(type, format ?? 'text');
}

function placeOf(url: string): string {
  try {
    const { hostname, port, pathname, searchParams } = new URL(url);
    const host = hostname === '' ? (searchParams.get('host') ?? 'the default host') : hostname;
    return `${host}${port === '' ? '' : `:${port}`}${pathname}`;
  } catch {
    return 'the given connection string';
  }
}

/** PostgreSQL's own message may quote the user; its code (28P01, 3D000, ECONNREFUSED) says enough. */
function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error && error.message.includes('timeout') ? 'no answer in time' : 'unknown error';
}
