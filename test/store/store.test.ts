import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { openStore } from '../../src/aggregator/store/openStore.ts';
import { nullLogger } from '../../src/base/logger.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { describeOnEngines } from './support/engines.ts';

describeOnEngines('store', (stores) => {
  it('keeps what was written when it is opened again', async () => {
    const place = await stores.next();
    const first = await stores.open(place);
    await first.settings.change({ intent_deletion_request_ttl_days: 3 }, { actor: 'anna', keyId: null });
    const second = await stores.open(place);
    assert.equal((await second.settings.read()).deletionTtlDays, 3);
    assert.equal((await second.audit.verify()).rows, 2);
    assert.notEqual(first.processId, second.processId);
  });

  it('can be opened by several processes at once while it is still empty', async () => {
    const place = await stores.next();
    const opened = await Promise.all([1, 2, 3, 4].map(() => stores.open(place)));
    for (const { settings } of opened) assert.equal((await settings.read()).isEnabled, false);
  });

  it('refuses tables of a newer version and leaves them alone', async () => {
    const place = await stores.next();
    const { db } = await stores.open(place);
    await sql`insert into kysely_migration (name, timestamp) values ('999Later', '2030-01-01')`.execute(db);
    await assert.rejects(stores.open(place), /newer version/);
  });

  it('gives back numbers as numbers', async () => {
    const { db } = await stores.fresh();
    const value = Date.UTC(2100, 0, 1);
    await db
      .insertInto('endpoint_settings')
      .values({ cluster: 'a', allow_writes: 1, updated_at_ms: value, updated_by: 'x' })
      .execute();
    const row = await db.selectFrom('endpoint_settings').selectAll().executeTakeFirst();
    assert.deepEqual(row, { cluster: 'a', allow_writes: 1, updated_at_ms: value, updated_by: 'x' });
    const count = await db
      .selectFrom('endpoint_settings')
      .select((select) => select.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    assert.equal(count.count, 1);
  });
});

describe('a store that cannot be opened', () => {
  const options = { clock: new FakeClock(), logger: nullLogger, secrets: [] };
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'proxbox-store-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('names the file that is no store', async () => {
    const file = path.join(folder, 'proxbox-no-store');
    writeFileSync(file, 'this is not a database, whatever its name says '.repeat(100));
    await assert.rejects(openStore({ kind: 'sqlite', file }, options), (error: Error) => {
      assert.match(error.message, /proxbox-no-store cannot be opened/);
      return true;
    });
  });

  it('names the PostgreSQL server that does not answer, without the password', async () => {
    const url = 'postgres://user:hunter2@127.0.0.1:1/proxbox';
    await assert.rejects(openStore({ kind: 'postgres', url }, options), (error: Error) => {
      assert.match(error.message, /127\.0\.0\.1:1\/proxbox cannot be used \(ECONNREFUSED\)/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  });

  it('keeps the file to its owner', async () => {
    const file = path.join(folder, 'own', 'store.db');
    const store = await openStore({ kind: 'sqlite', file }, options);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(`${file}-wal`).mode & 0o777, 0o600);
    await store.close();
  });
});
