import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStore, type ResolvedStore, type Store } from '../../../src/aggregator/store/openStore.ts';
import { nullLogger } from '../../../src/base/logger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { startPostgres } from '../../support/postgresServer.ts';

/** Places for stores on one engine. */
export interface Places {
  /** An empty place. */
  next(): Promise<ResolvedStore>;
  stop(): Promise<void>;
}

/** Stores of one test file on one engine. */
export interface Stores {
  readonly clock: FakeClock;
  next(): Promise<ResolvedStore>;
  open(place: ResolvedStore, secrets?: readonly string[]): Promise<Store>;
  /** Opens a store at an empty place. */
  fresh(secrets?: readonly string[]): Promise<Store>;
}

const engines: Readonly<Record<string, () => Promise<Places>>> = {
  SQLite: async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'proxbox-store-'));
    let count = 0;
    return {
      next: () => Promise.resolve({ kind: 'sqlite', file: path.join(folder, `${++count}`, 'store.db') }),
      stop: () => Promise.resolve(rmSync(folder, { recursive: true })),
    };
  },
  PostgreSQL: async () => {
    const server = await startPostgres();
    return {
      next: async () => ({ kind: 'postgres', url: await server.createDatabase() }),
      stop: () => server.stop(),
    };
  },
};

/** Describes a behaviour once and checks it on every engine. Stores are closed after each test. */
export function describeOnEngines(title: string, define: (stores: Stores) => void): void {
  for (const [engine, start] of Object.entries(engines)) {
    describe(`${title} on ${engine}`, () => {
      let places: Places;
      let clock = new FakeClock();
      const opened: Store[] = [];
      before(async () => {
        places = await start();
      });
      after(() => places.stop());
      beforeEach(() => {
        clock = new FakeClock();
      });
      afterEach(async () => {
        await Promise.all(opened.splice(0).map((store) => store.close()));
      });
      const stores: Stores = {
        get clock() {
          return clock;
        },
        next: () => places.next(),
        async open(place, secrets = []) {
          const store = await openStore(place, { clock, logger: nullLogger, secrets });
          opened.push(store);
          return store;
        },
        fresh: async (secrets) => stores.open(await places.next(), secrets),
      };
      define(stores);
    });
  }
}
