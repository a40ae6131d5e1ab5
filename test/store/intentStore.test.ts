import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type {
  DeletionHistoryRecord,
  DeletionRecord,
  RunItemRecord,
  RunRecord,
} from '../../src/aggregator/intent/intentRecords.ts';
import { describeOnEngines } from './support/engines.ts';

const day = 24 * 3600_000;

const asked: DeletionHistoryRecord = {
  atMs: 1,
  actor: 'anna',
  fromState: null,
  toState: 'pending',
  note: 'decommissioned',
};

function request(fields: Partial<DeletionRecord> = {}): Omit<DeletionRecord, 'id' | 'version'> {
  return {
    endpointId: 1,
    cluster: 'prod',
    vmid: 105,
    node: 'pve1',
    kind: 'qemu',
    name: 'db-01',
    state: 'pending',
    createdMs: 1,
    updatedMs: 1,
    expiresMs: day,
    requestedBy: 'anna',
    reason: 'decommissioned',
    runUuid: null,
    authorizer: null,
    approvedMs: null,
    rejectReason: null,
    executedBy: null,
    executedMs: null,
    executorRunUuid: null,
    destroySentMs: null,
    upid: null,
    error: null,
    tagged: null,
    snapshot: {
      vmid: 105,
      kind: 'qemu',
      node: 'pve1',
      name: 'db-01',
      identity: 'a-105',
      status: 'stopped',
      config: { cores: '2' },
      ha: [],
      taken_at: 1,
    },
    approvedMaterial: null,
    auditEntry: null,
    owner: null,
    leaseUntilMs: null,
    ...fields,
  };
}

function run(fields: Partial<RunRecord> = {}): RunRecord {
  return {
    uuid: 'r-1',
    requestHash: 'x',
    cluster: 'prod',
    actor: 'anna',
    planHash: null,
    state: 'running',
    overall: null,
    cancelRequested: false,
    createdMs: 1_000,
    endedMs: null,
    owner: 'one',
    leaseUntilMs: 5_000,
    auditEntry: 'entry-1',
    ...fields,
  };
}

const item: RunItemRecord = {
  index: 0,
  netboxId: null,
  op: 'update',
  kind: 'qemu',
  vmid: 105,
  name: 'db-01',
  node: 'pve1',
  status: 'queued',
  reason: null,
  message: null,
  upid: null,
  deletionRequestId: null,
  progress: null,
  startedMs: null,
  endedMs: null,
  auditEntry: 'entry-2',
};

describeOnEngines('records of the intent path', (stores) => {
  it('are told again as they were written', async () => {
    const place = await stores.next();
    const { plans, runs, deletions } = await stores.open(place);
    const plan = {
      hash: 'h',
      diffsHash: 'd',
      cluster: 'prod',
      actor: 'anna',
      seen: ['a', 'b'],
      createdMs: 10 * day,
      expiresMs: 10 * day + 1,
    };
    await plans.save(plan);
    await runs.create(run(), [item]);
    const filed = await deletions.create(request(), asked);
    const again = await stores.open(place);
    assert.deepEqual(await again.plans.find('h'), plan);
    assert.deepEqual(await again.runs.find('r-1'), { run: run(), items: [item] });
    assert.deepEqual(await again.deletions.find(filed!.id), filed);
    assert.deepEqual(await again.deletions.history(filed!.id), [asked]);
    assert.equal(await again.plans.find('other'), null);
    assert.equal(await again.runs.find('other'), null);
    assert.equal(await again.deletions.find(99), null);
  });

  it('of runs outlive the step that gave them journal entries', async () => {
    const place = await stores.next();
    const before = await stores.open(place);
    await before.runs.create(run(), [item]);
    for (const table of ['intent_runs', 'intent_run_items'] as const)
      await before.db.schema.alterTable(table).dropColumn('audit_entry_id').execute();
    await sql`delete from kysely_migration where name = '004RunEntries'`.execute(before.db);
    const after = await stores.open(place);
    assert.deepEqual(await after.runs.find('r-1'), {
      run: run({ auditEntry: null }),
      items: [{ ...item, auditEntry: null }],
    });
  });

  it('forget a plan a day after its end, and renew one that is made again', async () => {
    const { plans } = await stores.fresh();
    const plan = {
      hash: 'old',
      diffsHash: 'd',
      cluster: 'prod',
      actor: 'anna',
      seen: [],
      createdMs: 0,
      expiresMs: 1,
    };
    await plans.save(plan);
    await plans.save({ ...plan, expiresMs: 2 });
    assert.equal((await plans.find('old'))?.expiresMs, 2);
    await plans.save({ ...plan, hash: 'new', createdMs: 2 * day, expiresMs: 3 * day });
    assert.equal(await plans.find('old'), null);
    assert.notEqual(await plans.find('new'), null);
  });

  it('hold a run once, however many make it at the same time', async () => {
    const place = await stores.next();
    const processes = [await stores.open(place), await stores.open(place)];
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, index) => processes[index % 2]!.runs.create(run(), [item])),
    );
    assert.equal(made.filter(Boolean).length, 1);
    assert.equal((await processes[0]!.runs.find('r-1'))?.items.length, 1);
  });

  it('let only the owner of a run write to it, and one other take it over when its lease ended', async () => {
    const place = await stores.next();
    const one = await stores.open(place);
    const two = await stores.open(place);
    await one.runs.create(run(), [item]);
    const event = { name: 'apply_progress' as const, data: '{}' };
    const running = { ...item, status: 'running' as const };
    assert.equal(await two.runs.saveItem('r-1', 'two', running, event), false);
    assert.equal(await one.runs.saveItem('r-1', 'one', running, event), true);
    assert.equal(await one.runs.renewLease('r-1', 'one', 6_000), true);
    assert.deepEqual(await two.runs.abandoned(5_999), []);
    assert.equal(await two.runs.takeOver('r-1', 'two', 5_999, 9_000), false);
    assert.deepEqual(await two.runs.abandoned(6_000), ['r-1']);
    const taken = await Promise.all(
      ['two', 'three', 'four'].map((owner) => two.runs.takeOver('r-1', owner, 6_000, 9_000)),
    );
    assert.equal(taken.filter(Boolean).length, 1);
    assert.equal(await one.runs.saveItem('r-1', 'one', running, event), false);
    assert.equal(await one.runs.finish('r-1', 'one', 'succeeded', 7_000), false);
    const { run: now } = (await one.runs.find('r-1'))!;
    assert.equal(await two.runs.finish('r-1', now.owner, 'failed', 7_000), true);
    const { run: ended } = (await one.runs.find('r-1'))!;
    assert.deepEqual([ended.state, ended.overall, ended.endedMs], ['done', 'failed', 7_000]);
    assert.deepEqual(await two.runs.abandoned(99_000), []);
  });

  it('keep an item as it ended, whoever writes it again', async () => {
    const { runs } = await stores.fresh();
    await runs.create(run(), [item]);
    const event = { name: 'apply_progress' as const, data: '{}' };
    const ended = { ...item, status: 'succeeded' as const, endedMs: 2_000 };
    assert.equal(await runs.saveItem('r-1', 'one', ended, event), true);
    assert.equal(await runs.saveItem('r-1', 'one', { ...ended, status: 'outcome_unknown' }, event), false);
    assert.equal((await runs.find('r-1'))?.items[0]?.status, 'succeeded');
    assert.equal((await runs.events('r-1', 0)).length, 1);
  });

  it('number the events of a run without gap or repetition, whoever adds them', async () => {
    const place = await stores.next();
    const processes = [await stores.open(place), await stores.open(place)];
    await processes[0]!.runs.create(run(), [item]);
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        processes[index % 2]!.runs.addEvent('r-1', { name: 'apply_progress', data: `{"n":${index}}` }),
      ),
    );
    const all = await processes[1]!.runs.events('r-1', 0);
    assert.deepEqual(
      all.map(({ seq }) => seq),
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    assert.deepEqual(
      (await processes[0]!.runs.events('r-1', 10)).map(({ seq }) => seq),
      [11, 12],
    );
  });

  it('list runs newest first, page by page', async () => {
    const { runs } = await stores.fresh();
    for (const [index, cluster] of ['prod', 'lab', 'prod'].entries())
      await runs.create(run({ uuid: `r-${index}`, cluster, createdMs: 1 }), [item]);
    const uuids = async (filter: Parameters<typeof runs.list>[0]): Promise<string[]> =>
      (await runs.list(filter)).runs.map(({ run: { uuid } }) => uuid);
    assert.deepEqual(await uuids({ limit: 2 }), ['r-2', 'r-1']);
    const { nextBefore } = await runs.list({ limit: 2 });
    assert.ok(nextBefore !== null);
    assert.deepEqual(await uuids({ limit: 2, before: nextBefore }), ['r-0'], 'begun in the same millisecond');
    assert.equal((await runs.list({ limit: 2, before: nextBefore })).nextBefore, null);
    assert.deepEqual(await uuids({ limit: 9, cluster: 'prod' }), ['r-2', 'r-0']);
  });

  it('hold at most one open deletion request per guest', async () => {
    const place = await stores.next();
    const processes = [await stores.open(place), await stores.open(place)];
    const filed = await Promise.all(
      Array.from({ length: 10 }, (_, index) => processes[index % 2]!.deletions.create(request(), asked)),
    );
    const won = filed.filter((record) => record !== null);
    assert.equal(won.length, 1);
    const { deletions } = processes[0]!;
    assert.equal((await deletions.findOpen('prod', 105))?.id, won[0]!.id);
    assert.notEqual(await deletions.create(request({ vmid: 106 }), asked), null);
    assert.notEqual(await deletions.create(request({ cluster: 'lab' }), asked), null);
    await deletions.change(won[0]!, { state: 'rejected' }, null);
    assert.equal(await deletions.findOpen('prod', 105), null);
    assert.notEqual(await deletions.create(request(), asked), null);
  });

  it('let exactly one of many take a deletion request', async () => {
    const place = await stores.next();
    const processes = [await stores.open(place), await stores.open(place)];
    const seen = (await processes[0]!.deletions.create(request({ state: 'approved' }), asked))!;
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        processes[index % 2]!.deletions.change(
          seen,
          { state: 'executing', owner: `p${index}`, leaseUntilMs: 99 },
          { atMs: 2, actor: `p${index}`, fromState: 'approved', toState: 'executing', note: null },
        ),
      ),
    );
    const winner = taken.filter((record) => record !== null);
    assert.equal(winner.length, 1);
    assert.equal(winner[0]!.version, seen.version + 1);
    assert.deepEqual(await processes[1]!.deletions.find(seen.id), winner[0]);
    assert.deepEqual(
      (await processes[0]!.deletions.history(seen.id)).map(({ actor }) => actor),
      ['anna', winner[0]!.owner],
    );
  });

  it('lose a snapshot that cannot be read, and nothing else', async () => {
    const { deletions, db } = await stores.fresh();
    for (const vmid of [401, 402, 403]) await deletions.create(request({ vmid }), asked);
    await db
      .updateTable('deletion_requests')
      .set({ snapshot_json: '{"vmid":' })
      .where('vmid', '=', 401)
      .execute();
    await db
      .updateTable('deletion_requests')
      .set({ snapshot_json: '{"vmid":"many"}' })
      .where('vmid', '=', 402)
      .execute();
    const listed = await deletions.list({ limit: 9 });
    assert.deepEqual(listed.map(({ vmid }) => vmid).sort(), [401, 402, 403]);
    const [bad] = listed.filter(({ vmid }) => vmid === 401);
    assert.deepEqual([bad?.snapshot.config, bad?.snapshot.identity], [{}, null]);
    assert.match(bad?.snapshot.ha[0]?.message ?? '', /cannot be read/);
    assert.notEqual(await deletions.change(bad!, { state: 'rejected' }, null), null);
  });

  it('tell of rejected requests whose mark is not known to be off', async () => {
    const { deletions } = await stores.fresh();
    for (const [index, tagged] of [true, null, false].entries())
      await deletions.create(request({ vmid: 200 + index, state: 'rejected', tagged }), asked);
    await deletions.create(request({ vmid: 300, state: 'pending', tagged: true }), asked);
    assert.deepEqual((await deletions.marked()).map(({ vmid }) => vmid).sort(), [200, 201]);
  });

  it('tell what ran out of time and what was left behind', async () => {
    const { deletions } = await stores.fresh();
    const pending = (await deletions.create(request({ expiresMs: 10 }), asked))!;
    const running = (await deletions.create(
      request({ vmid: 106, state: 'executing', owner: 'gone', leaseUntilMs: 20 }),
      asked,
    ))!;
    const approved = (await deletions.create(
      request({ vmid: 107, state: 'approved', expiresMs: 10 }),
      asked,
    ))!;
    const ids = (records: readonly DeletionRecord[]): number[] => records.map(({ id }) => id);
    assert.deepEqual(ids(await deletions.expired(9)), []);
    assert.deepEqual(ids(await deletions.expired(10)).sort(), [pending.id, approved.id]);
    await deletions.change(approved, { state: 'rejected' }, null);
    assert.deepEqual(ids(await deletions.abandoned(19)), []);
    assert.deepEqual(ids(await deletions.abandoned(20)), [running.id]);
    assert.deepEqual(ids(await deletions.list({ limit: 5, states: ['executing'] })), [running.id]);
    assert.deepEqual(ids(await deletions.list({ limit: 1 })), [approved.id]);
    assert.deepEqual(ids(await deletions.list({ limit: 5, beforeId: running.id })), [pending.id]);
  });
});
