import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { describeOnEngines } from './support/engines.ts';

describeOnEngines('audit journal', (stores) => {
  const action = {
    actor: 'anna',
    keyId: 'k1',
    action: 'intent_update_qemu',
    target: 'vm:prod/105',
    cluster: 'prod',
  };

  it('shows an action as open until it is completed, then with its result', async () => {
    const { audit } = await stores.fresh();
    const announced = await audit.begin({ ...action, details: { cores: 4 } });
    const [open] = (await audit.list({})).entries;
    assert.equal(open?.result, 'open');
    assert.equal(open?.completed_at, null);
    await stores.clock.advance(5_000);
    await announced.complete({ result: 'succeeded', message: 'done', outcome: { upid: 'UPID:pve1:1' } });
    const [entry] = (await audit.list({})).entries;
    assert.deepEqual(
      { ...entry, entry_id: '', hash: '' },
      {
        seq: 1,
        entry_id: '',
        at: Date.UTC(2026, 0, 1) / 1000,
        actor: 'anna',
        key_id: 'k1',
        action: 'intent_update_qemu',
        target: 'vm:prod/105',
        cluster: 'prod',
        result: 'succeeded',
        message: 'done',
        details: { cores: 4 },
        outcome: { upid: 'UPID:pve1:1' },
        completed_at: Date.UTC(2026, 0, 1) / 1000 + 5,
        hash: '',
      },
    );
    await assert.rejects(announced.complete({ result: 'failed' }), /journal cannot be written/);
  });

  it('is whole after any number of rows, and tells its head', async () => {
    const { audit } = await stores.fresh();
    for (let i = 0; i < 5; i += 1) {
      await (await audit.begin({ ...action, target: `vm:prod/${i}` })).complete({ result: 'succeeded' });
    }
    const verified = await audit.verify();
    assert.deepEqual([verified.intact, verified.rows, verified.head_seq], [true, 10, 10]);
    assert.match(verified.head_hash ?? '', /^[0-9a-f]{64}$/);
  });

  it('refuses to change or remove a row', async () => {
    const { audit, db } = await stores.fresh();
    await audit.begin(action);
    await assert.rejects(db.updateTable('audit').set({ actor: 'eve' }).execute(), /never changed/);
    await assert.rejects(db.deleteFrom('audit').execute(), /never changed/);
    assert.equal((await audit.list({})).entries[0]?.actor, 'anna');
  });

  for (const [what, tamper] of [
    ['a changed row', `update audit set actor = 'eve' where seq = 2`],
    ['a changed time', `update audit set at_ms = at_ms + 1 where seq = 2`],
    ['a removed row', `delete from audit where seq = 2`],
    ['exchanged rows', `update audit set seq = case seq when 2 then -3 else -2 end where seq in (2, 3)`],
  ] as const) {
    it(`finds ${what}`, async () => {
      const store = await stores.fresh();
      for (let i = 0; i < 4; i += 1) await store.audit.begin(action);
      const triggers =
        store.dialect === 'sqlite'
          ? ['drop trigger audit_no_update', 'drop trigger audit_no_delete']
          : ['drop trigger audit_no_change on audit'];
      for (const statement of [...triggers, tamper]) await sql.raw(statement).execute(store.db);
      await sql`update audit set seq = -seq where seq < 0`.execute(store.db);
      const verified = await store.audit.verify();
      assert.equal(verified.intact, false);
      assert.equal(verified.broken_at, what === 'a removed row' ? 3 : 2);
      assert.match(verified.message ?? '', /^Row \d/);
    });
  }

  it('does not fork when two processes write at once', async () => {
    const place = await stores.next();
    const writers = [await stores.open(place), await stores.open(place)];
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const journal = writers[index % 2]?.audit;
        const announced = await journal?.begin({ ...action, target: `vm:prod/${index}` });
        await announced?.complete({ result: 'succeeded' });
      }),
    );
    const verified = await writers[0]!.audit.verify();
    assert.deepEqual([verified.intact, verified.rows], [true, 120]);
  });

  it('stops the action when it cannot be written', async () => {
    const { audit, db } = await stores.fresh();
    await sql`drop table audit`.execute(db);
    await assert.rejects(audit.begin(action), /audit journal cannot be written/);
  });

  it('stands or falls with the change when it is written in its transaction', async () => {
    const { audit, db } = await stores.fresh();
    await assert.rejects(
      db.transaction().execute(async (transaction) => {
        await audit.begin(action, transaction);
        throw new Error('changed my mind');
      }),
      /changed my mind/,
    );
    assert.deepEqual((await audit.list({})).entries, []);
    assert.equal((await audit.verify()).intact, true);
  });

  it('filters by actor, action, target, cluster, result and time, in pages', async () => {
    const { audit } = await stores.fresh();
    for (const [index, actor] of ['anna', 'bert', 'anna', 'anna'].entries()) {
      const announced = await audit.begin({
        ...action,
        actor,
        target: `vm:prod/${index}`,
        cluster: index === 3 ? 'lab' : 'prod',
      });
      await stores.clock.advance(60_000);
      if (index !== 2) await announced.complete({ result: index === 0 ? 'failed' : 'succeeded' });
    }
    await audit.event({ ...action, action: 'intent_apply', result: 'blocked', message: 'writes are off' });
    const targets = async (query: Parameters<typeof audit.list>[0]) =>
      (await audit.list(query)).entries.map((entry) => entry.target);
    assert.deepEqual(await targets({ actor: 'bert' }), ['vm:prod/1']);
    assert.deepEqual(await targets({ cluster: 'lab' }), ['vm:prod/3']);
    assert.deepEqual(await targets({ result: 'open' }), ['vm:prod/2']);
    assert.deepEqual(await targets({ result: 'failed' }), ['vm:prod/0']);
    assert.deepEqual(await targets({ result: 'blocked' }), ['vm:prod/105']);
    assert.deepEqual(await targets({ action: 'intent_apply' }), ['vm:prod/105']);
    const start = Date.UTC(2026, 0, 1) / 1000;
    assert.deepEqual(await targets({ from: start + 60, to: start + 120 }), ['vm:prod/2', 'vm:prod/1']);
    const first = await audit.list({ actor: 'anna', limit: 2 });
    assert.deepEqual(
      first.entries.map((entry) => entry.target),
      ['vm:prod/105', 'vm:prod/3'],
    );
    const second = await audit.list({ actor: 'anna', limit: 2, before: first.nextBefore ?? assert.fail() });
    assert.deepEqual(
      second.entries.map((entry) => entry.target),
      ['vm:prod/2', 'vm:prod/0'],
    );
    assert.equal(second.nextBefore, null);
  });

  it('lets another process complete what one announced', async () => {
    const place = await stores.next();
    const { audit } = await stores.open(place);
    const { entryId } = await audit.begin(action);
    const other = await stores.open(place);
    await other.audit.complete(entryId, { result: 'outcome_unknown' });
    assert.equal((await audit.list({})).entries[0]?.result, 'outcome_unknown');
    await assert.rejects(other.audit.complete('nothing', { result: 'failed' }), /no announcement/);
  });

  it('writes no secret, wherever it stands', async () => {
    const { audit, db } = await stores.fresh(['configured-token-value']);
    const announced = await audit.begin({
      ...action,
      details: { cipassword: 'hunter2', note: 'he typed hunter2', nested: [{ api_key: 'abcdef' }] },
    });
    await announced.complete({ result: 'failed', message: 'cipassword=other2 and configured-token-value' });
    const rows = await db.selectFrom('audit').selectAll().execute();
    assert.doesNotMatch(JSON.stringify(rows), /hunter2|abcdef|other2|configured-token-value/);
  });
});
