import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgres } from '../../scripts/lib/postgres.mjs';
import { startOwned, waitUntil } from '../../scripts/lib/processes.ts';

/** A real PostgreSQL server in a temporary folder, reachable through a socket in that folder. */
export interface PostgresServer {
  /** Makes an empty database and gives its connection string. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root; `nobody` owns the folder then. */
const nobody = { uid: 65_534, gid: 65_534 };

export async function startPostgres(): Promise<PostgresServer> {
  const bin = findPostgres();
  if (bin === undefined)
    throw new Error('PostgreSQL is not set up on this machine. Run: npm run setup postgres');
  const user = process.getuid?.() === 0 ? nobody : undefined;
  const folder = mkdtempSync(path.join(tmpdir(), 'proxbox-pg-'));
  const password = randomBytes(16).toString('hex');
  const passwordFile = path.join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) for (const name of [folder, passwordFile]) chownSync(name, user.uid, user.gid);
  const data = path.join(folder, 'data');
  await promisify(execFile)(
    path.join(bin, 'initdb'),
    [
      ...['-D', data, '-U', 'owner', '-A', 'scram-sha-256', '--pwfile', passwordFile],
      ...['-E', 'UTF8', '--locale=C', '--no-sync'],
    ],
    { cwd: folder, ...user },
  );
  const server = startOwned(
    path.join(bin, 'postgres'),
    ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'max_connections=100'],
    { cwd: folder, ...(user === undefined ? {} : { user }) },
  );
  const urlOf = (database: string): string =>
    `postgres://owner:${password}@${encodeURIComponent(folder)}/${database}`;
  const run = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: urlOf('postgres') });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  let ended = false;
  void server.exited.then(() => {
    ended = true;
  });
  const stop = async (): Promise<void> => {
    // A fast shutdown: connections that tests left open are cut.
    if (!ended) server.child.kill('SIGINT');
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitUntil(
      'PostgreSQL to answer',
      async () => {
        if (ended) return true;
        await run('select 1');
        return true;
      },
      20_000,
    );
    if (ended) throw new Error(`PostgreSQL did not start.\n${server.output()}`);
  } catch (error) {
    await stop();
    throw error;
  }
  let count = 0;
  return {
    async createDatabase() {
      count += 1;
      await run(`create database test${count}`);
      return urlOf(`test${count}`);
    },
    stop,
  };
}
