import assert from 'node:assert/strict';
import { IntentRefusal } from '../../../../src/aggregator/intent/intentRefusal.ts';
import { IntentService, planLifeMs } from '../../../../src/aggregator/intent/intentService.ts';
import type { IntentSettings } from '../../../../src/aggregator/intent/intentSettings.ts';
import { nullLogger } from '../../../../src/base/logger.ts';
import type { IntentDiff } from '../../../../src/contract/intent/diff.ts';
import { HttpFailure } from '../../../../src/http/httpFailure.ts';
import { FakeClock, settle } from '../../../support/fakeClock.ts';
import { actorNamed, FakeCluster, lost, settingsWith } from './fakeCluster.ts';
import { MemoryJournal, MemoryStore } from './memoryStore.ts';

const createUpid = 'UPID:pve1:0001:0002:69200000:qmcreate:140:root@pam:';
const create: IntentDiff = {
  op: 'create',
  kind: 'qemu',
  payload: { vmid: 140, node: 'pve1', name: 'web-4', cores: 2 },
};
const retag: IntentDiff = { op: 'update', kind: 'qemu', payload: { vmid: 106, node: 'pve1', tags: ['web'] } };
const remove: IntentDiff = {
  op: 'delete',
  kind: 'qemu',
  payload: { vmid: 105, node: 'pve1' },
  reason: 'decommissioned',
};

describe('applying', () => {
  let cluster: FakeCluster;
  let store: MemoryStore;
  let journal: MemoryJournal;
  let clock: FakeClock;
  let settings: IntentSettings;
  let service: IntentService;
  const mira = actorNamed('mira');

  const startProcess = (owner: string): IntentService =>
    new IntentService({
      clusters: [cluster],
      store,
      journal,
      settings: () => Promise.resolve(settings),
      clock,
      logger: nullLogger,
      owner,
    });

  const taskIs = (upid: string, status: object): void => {
    const path = `/nodes/pve1/tasks/${encodeURIComponent(upid)}`;
    cluster.set(`${path}/status`, status);
    cluster.set(`${path}/log`, [{ n: 1, t: 'transferred 1.2 GiB of 8.0 GiB (15.00%)' }]);
  };

  beforeEach(() => {
    cluster = new FakeCluster();
    store = new MemoryStore();
    journal = new MemoryJournal();
    clock = new FakeClock();
    settings = settingsWith();
    cluster.onWrite = async ({ method, path, params }) => {
      if (method === 'POST') return createUpid;
      cluster.set(path, { ...(cluster.answers.get(path) as object), ...params });
      return null;
    };
    taskIs(createUpid, { status: 'stopped', exitstatus: 'OK' });
    service = startProcess('one');
  });

  const start = (
    diffs: readonly IntentDiff[],
    changes: { runUuid?: string; planHash?: string | null } = {},
  ) => service.apply.start(cluster, mira, { runUuid: 'run-1', planHash: null, diffs, ...changes });
  const run = async (
    diffs: readonly IntentDiff[],
    changes: { runUuid?: string; planHash?: string | null } = {},
  ) => {
    await start(diffs, changes);
    await clock.advance(5_000);
    const found = await store.runs.find(changes.runUuid ?? 'run-1');
    assert.ok(found);
    return found;
  };
  const refused = async (work: Promise<unknown>, status: number, reason: string): Promise<IntentRefusal> => {
    try {
      await work;
    } catch (error) {
      assert.ok(error instanceof IntentRefusal, String(error));
      assert.deepEqual([error.status, error.reason], [status, reason], error.detail);
      return error;
    }
    throw new assert.AssertionError({ message: `expected ${reason}` });
  };

  it('makes the calls of the plan, follows the task, and journals before it acts', async () => {
    cluster.onWrite = async ({ method }) => {
      assert.deepEqual(journal.lines.slice(0, 2), [
        'mira intent_apply run/run-1 null',
        'mira intent_create_qemu qemu/140 null',
      ]);
      return method === 'POST' ? createUpid : null;
    };
    const { run: ended, items } = await run([create]);
    assert.deepEqual([ended.state, ended.overall], ['done', 'succeeded']);
    assert.deepEqual([items[0]?.status, items[0]?.upid], ['succeeded', createUpid]);
    assert.deepEqual(cluster.writes, [
      { method: 'POST', path: '/nodes/pve1/qemu', params: { vmid: 140, cores: 2, name: 'web-4' } },
    ]);
    assert.deepEqual(journal.lines, [
      'mira intent_apply run/run-1 succeeded',
      'mira intent_create_qemu qemu/140 succeeded',
    ]);
  });

  it('changes nothing about a guest whose change cannot be journaled, and goes on', async () => {
    const begin = journal.begin.bind(journal);
    journal.begin = async (action) => {
      if (action.target === 'qemu/105' || action.target === 'qemu/140') throw new Error('disk full');
      return begin(action);
    };
    const { run: ended, items } = await run([remove, create, retag]);
    assert.deepEqual([ended.state, ended.overall], ['done', 'partial']);
    assert.deepEqual(
      items.map(({ status, reason }) => [status, reason]),
      [
        ['failed', 'journal_unavailable'],
        ['failed', 'journal_unavailable'],
        ['succeeded', null],
      ],
    );
    assert.equal(await store.deletions.find(1), null);
    assert.equal(cluster.writes.length, 1);
  });

  it('changes nothing more once the key that began it is revoked or may no longer do it', async () => {
    const answers = [mira, actorNamed('mira', ['view', 'intent_create_vm']), null];
    const holder = { ...mira, renewed: async () => answers.shift() ?? null };
    const update = (vmid: number): IntentDiff => ({
      op: 'update',
      kind: 'qemu',
      payload: { vmid, node: 'pve1', tags: ['web'] },
    });
    const diffs = [retag, update(105), update(9000)];
    await service.apply.start(cluster, holder, { runUuid: 'run-1', planHash: null, diffs });
    await clock.advance(5_000);
    assert.deepEqual(
      (await store.runs.find('run-1'))?.items.map(({ status, reason }) => [status, reason]),
      [
        ['succeeded', null],
        ['failed', 'permission_missing'],
        ['failed', 'key_revoked'],
      ],
    );
    assert.equal(cluster.writes.length, 1);
  });

  it('names the open request of a deletion that was asked for before', async () => {
    await run([remove]);
    const { items } = await run([remove], { runUuid: 'run-2' });
    assert.deepEqual([items[0]?.status, items[0]?.deletionRequestId], ['skipped', 1]);
  });

  it('begins no run for a key that may do none of its changes', async () => {
    const viewer = actorNamed('vera', ['view']);
    await refused(
      service.apply.start(cluster, viewer, { runUuid: 'run-1', planHash: null, diffs: [create, retag] }),
      403,
      'permission_missing',
    );
    assert.equal(await store.runs.find('run-1'), null);
    assert.deepEqual(journal.lines, []);
  });

  it('goes on when one change ends in a defect, and does not know what became of that one', async () => {
    let isBroken = false;
    settings = settingsWith({
      allowsWrites: () => {
        if (isBroken) throw new TypeError('a defect');
        return true;
      },
    });
    const { saveItem } = store.runs;
    store.runs.saveItem = (uuid, owner, item, event) => {
      isBroken = item.index === 0 && item.endedMs === null;
      return saveItem(uuid, owner, item, event);
    };
    const { run: ended, items } = await run([create, retag]);
    assert.equal(ended.state, 'done');
    assert.deepEqual([items[0]?.status, items[1]?.status], ['outcome_unknown', 'succeeded']);
  });

  it('never destroys: a deletion becomes a request with the guest marked', async () => {
    const { run: ended, items } = await run([remove]);
    assert.deepEqual(
      [ended.overall, items[0]?.status, items[0]?.deletionRequestId],
      ['succeeded', 'delete-pending-approval', 1],
    );
    assert.deepEqual(cluster.destroys, []);
    const request = await store.deletions.find(1);
    assert.deepEqual(
      [request?.state, request?.requestedBy, request?.reason, request?.runUuid, request?.tagged],
      ['pending', 'mira', 'decommissioned', 'run-1', true],
    );
    assert.equal(request?.snapshot.config.scsi0, 'local-lvm:vm-105-disk-0,size=32G');
  });

  it('keeps failures apart: one bad change does not stop the others', async () => {
    cluster.onWrite = async ({ path }) => {
      if (path.endsWith('/qemu'))
        throw new HttpFailure('httpError', 'pve1', 'no space left', { httpStatus: 500 });
      return null;
    };
    const { run: ended, items } = await run([
      create,
      retag,
      { ...create, payload: { vmid: 105, node: 'pve1', name: 'x' } },
    ]);
    assert.deepEqual(
      items.map(({ status, reason }) => [status, reason]),
      [
        ['failed', 'proxmox_error'],
        ['succeeded', null],
        ['failed', 'vmid_taken'],
      ],
    );
    assert.equal(ended.overall, 'partial');
    assert.match(items[0]?.message ?? '', /no space left/);
  });

  it('tells a failed task as a failure', async () => {
    taskIs(createUpid, { status: 'stopped', exitstatus: "command 'lvcreate' failed" });
    const { items } = await run([create]);
    assert.equal(items[0]?.status, 'failed');
    assert.match(items[0]?.message ?? '', /lvcreate/);
  });

  it('shows progress while the task runs', async () => {
    taskIs(createUpid, { status: 'running' });
    const { items } = await run([create]);
    assert.deepEqual([items[0]?.status, items[0]?.progress], ['running', 0.15]);
    taskIs(createUpid, { status: 'stopped', exitstatus: 'WARNINGS: 1' });
    await clock.advance(2_000);
    assert.equal((await store.runs.find('run-1'))?.items[0]?.status, 'succeeded');
  });

  it('says of an empty list that there was nothing to do', async () => {
    assert.equal((await run([])).run.overall, 'no_op');
  });

  it('skips what is so already', async () => {
    const { items, run: ended } = await run([{ ...retag, payload: { vmid: 106, node: 'pve1', cores: 2 } }]);
    assert.deepEqual(
      [items[0]?.status, items[0]?.reason, ended.overall],
      ['skipped', 'no_change', 'succeeded'],
    );
    assert.deepEqual(cluster.writes, []);
  });

  it('is off until writing is switched on', async () => {
    settings = settingsWith({ writesEnabled: false });
    await refused(start([create]), 403, 'writes_disabled');
    settings = settingsWith({ allowsWrites: () => false });
    await refused(start([create]), 403, 'endpoint_writes_disabled');
    assert.deepEqual(cluster.writes, []);
    assert.equal(await store.runs.find('run-1'), null);
  });

  it('stops between changes when writing is switched off meanwhile', async () => {
    cluster.onWrite = async () => {
      settings = settingsWith({ writesEnabled: false });
      return createUpid;
    };
    const { items } = await run([create, retag]);
    assert.deepEqual(
      items.map(({ status, reason }) => [status, reason]),
      [
        ['succeeded', null],
        ['failed', 'writes_disabled'],
      ],
    );
  });

  it('does nothing without quorum', async () => {
    cluster.set('/cluster/status', [
      { type: 'cluster', quorate: 0 },
      { type: 'node', name: 'pve1', online: 1 },
    ]);
    await refused(start([create]), 409, 'not_quorate');
    assert.deepEqual(cluster.writes, []);
  });

  it('does nothing when the journal cannot be written', async () => {
    journal.fail = true;
    await assert.rejects(start([create]));
    assert.deepEqual(cluster.writes, []);
    journal.fail = false;
    const begin = journal.begin.bind(journal);
    journal.begin = async (action) => {
      if (action.action === 'intent_create_qemu') throw new Error('disk full');
      return begin(action);
    };
    const { items } = await run([create], { runUuid: 'run-2' });
    assert.deepEqual([items[0]?.status, items[0]?.reason], ['failed', 'journal_unavailable']);
    assert.deepEqual(cluster.writes, []);
  });

  describe('the same run again', () => {
    it('is the same run, not a second one', async () => {
      await run([create]);
      const again = await start([create]);
      assert.equal(again.run.overall, 'succeeded');
      assert.equal(cluster.writes.length, 1);
    });

    it('is the same run while it is under way, and from another process', async () => {
      const other = startProcess('two');
      const [first, second] = await Promise.all([
        start([create]),
        other.apply.start(cluster, mira, { runUuid: 'run-1', planHash: null, diffs: [create] }),
      ]);
      await clock.advance(5_000);
      assert.equal(first.run.uuid, second.run.uuid);
      assert.equal(cluster.writes.length, 1);
    });

    it('is refused with other changes or from somebody else', async () => {
      await run([create]);
      await refused(start([retag]), 409, 'run_uuid_reused');
      await refused(
        service.apply.start(cluster, actorNamed('eve'), {
          runUuid: 'run-1',
          planHash: null,
          diffs: [create],
        }),
        409,
        'run_uuid_reused',
      );
    });
  });

  describe('bound to a plan', () => {
    const planned = async (diffs: readonly IntentDiff[]): Promise<string> => {
      const { plan_hash: hash } = await service.plan(cluster, mira, diffs);
      assert.ok(hash);
      return hash;
    };

    it('goes through while nothing moved', async () => {
      const { run: ended } = await run([create, retag], { planHash: await planned([create, retag]) });
      assert.equal(ended.overall, 'succeeded');
    });

    it('is refused to somebody else than who made the plan', async () => {
      const planHash = await planned([create]);
      await refused(
        service.apply.start(cluster, actorNamed('eve'), { runUuid: 'run-1', planHash, diffs: [create] }),
        409,
        'plan_mismatch',
      );
    });

    it('is refused when the live state moved, and says what', async () => {
      const planHash = await planned([create, retag]);
      cluster.setConfig('pve1', 'qemu', 106, { name: 'web-01', cores: 4, digest: 'later' });
      const refusal = await refused(start([create, retag], { planHash }), 409, 'plan_state_moved');
      assert.deepEqual(
        (refusal.extra.moved as { vmid: number }[]).map(({ vmid }) => vmid),
        [106],
      );
      assert.deepEqual(cluster.writes, []);
    });

    it('is refused when the plan is over, unknown, or was made from other changes', async () => {
      const planHash = await planned([create]);
      await refused(start([retag], { planHash }), 409, 'plan_mismatch');
      await refused(start([create], { planHash: 'none' }), 409, 'plan_unknown');
      await clock.advance(planLifeMs);
      await refused(start([create], { planHash }), 409, 'plan_expired');
    });

    it('fails the change whose guest moved while earlier changes were made', async () => {
      const planHash = await planned([create, retag]);
      taskIs(createUpid, { status: 'running' });
      await start([create, retag], { planHash });
      await clock.advance(2_000);
      cluster.setConfig('pve1', 'qemu', 106, { name: 'web-01', cores: 4, digest: 'later' });
      taskIs(createUpid, { status: 'stopped', exitstatus: 'OK' });
      await clock.advance(2_000);
      const items = (await store.runs.find('run-1'))?.items ?? [];
      assert.deepEqual(
        items.map(({ status, reason }) => [status, reason]),
        [
          ['succeeded', null],
          ['failed', 'plan_state_moved'],
        ],
      );
    });
  });

  describe('when an answer is lost', () => {
    it('finds the task of a creation and follows it', async () => {
      cluster.onWrite = () => Promise.reject(lost());
      cluster.set('/nodes/pve1/tasks', [
        { upid: createUpid, type: 'qmcreate', starttime: clock.now() / 1000 },
      ]);
      const { items } = await run([create]);
      assert.deepEqual([items[0]?.status, items[0]?.upid], ['succeeded', createUpid]);
      assert.equal(cluster.writes.length, 1, 'and does not send it again');
    });

    it('says that the outcome is unknown when there is none', async () => {
      cluster.onWrite = () => Promise.reject(lost());
      cluster.set('/nodes/pve1/tasks', []);
      await start([create]);
      await clock.advance(30_000);
      const item = (await store.runs.find('run-1'))?.items[0];
      assert.deepEqual([item?.status, item?.reason], ['outcome_unknown', 'outcome_unknown']);
      assert.equal(cluster.writes.length, 1);
    });

    it('looks whether a change is in force', async () => {
      cluster.onWrite = async ({ path, params }) => {
        cluster.set(path, { ...(cluster.answers.get(path) as object), ...params });
        throw lost();
      };
      assert.equal((await run([retag])).items[0]?.status, 'succeeded');
      cluster.onWrite = () => Promise.reject(lost());
      const other: IntentDiff = { ...retag, payload: { vmid: 106, node: 'pve1', tags: ['other'] } };
      assert.equal((await run([other], { runUuid: 'run-2' })).items[0]?.status, 'failed');
    });

    it('waits for a node that is away, and gives up as unknown rather than as done', async () => {
      taskIs(createUpid, { status: 'running' });
      await run([create]);
      cluster.set(`/nodes/pve1/tasks/${encodeURIComponent(createUpid)}/status`, lost());
      await clock.advance(60_000);
      assert.equal((await store.runs.find('run-1'))?.items[0]?.status, 'running');
      await clock.advance(90_000);
      assert.equal((await store.runs.find('run-1'))?.items[0]?.status, 'outcome_unknown');
    });
  });

  it('leaves out what has not begun when it is cancelled', async () => {
    taskIs(createUpid, { status: 'running' });
    await run([create, retag]);
    await service.apply.cancel('run-1', mira);
    assert.ok(journal.lines.includes('mira intent_run_cancel run/run-1 succeeded'));
    taskIs(createUpid, { status: 'stopped', exitstatus: 'OK' });
    await clock.advance(5_000);
    const found = await store.runs.find('run-1');
    assert.deepEqual(
      found?.items.map(({ status }) => status),
      ['succeeded', 'cancelled'],
    );
    assert.equal(found?.run.overall, 'partial');
    await refused(service.apply.cancel('run-1', mira), 409, 'run_ended');
    await refused(service.apply.cancel('none', mira), 404, 'run_unknown');
  });

  it('tells each change as an event that can be read again', async () => {
    await run([create, retag]);
    const events = await store.runs.events('run-1', 0);
    assert.deepEqual([events[0]?.name, events.at(-1)?.name], ['plan_summary', 'done']);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_event, index) => index + 1),
    );
    assert.ok(events.slice(1, -1).every(({ name }) => name === 'apply_progress'));
  });

  it('stays with its process for as long as its tasks take', async () => {
    taskIs(createUpid, { status: 'running' });
    await run([create, retag]);
    const other = startProcess('two');
    for (let minute = 0; minute < 5; minute += 1) {
      await clock.advance(60_000);
      assert.deepEqual(await store.runs.abandoned(clock.now()), []);
      await other.keeper.round();
    }
    taskIs(createUpid, { status: 'stopped', exitstatus: 'OK' });
    await clock.advance(5_000);
    assert.equal((await store.runs.find('run-1'))?.run.overall, 'succeeded');
  });

  it('is not waited for without end', async () => {
    taskIs(createUpid, { status: 'running' });
    await run([create]);
    let isOver = false;
    void service.apply.settledWithin('run-1', 120_000).then(() => {
      isOver = true;
    });
    await clock.advance(119_000);
    assert.equal(isOver, false);
    await clock.advance(1_000);
    assert.equal(isOver, true);
    assert.equal((await store.runs.find('run-1'))?.run.state, 'running');
  });

  it('is let go when its process ends, and taken up at once by the next', async () => {
    taskIs(createUpid, { status: 'running' });
    await run([create]);
    let isOver = false;
    void service.dispose().then(() => {
      isOver = true;
    });
    await clock.advance(1_000);
    assert.equal(isOver, true, 'it does not wait for the task');
    assert.equal((await store.runs.find('run-1'))?.items[0]?.status, 'running');
    taskIs(createUpid, { status: 'stopped', exitstatus: 'unable to create VM' });
    const next = startProcess('two');
    await next.keeper.round();
    await clock.advance(2_000);
    assert.equal((await store.runs.find('run-1'))?.items[0]?.status, 'failed');
    assert.deepEqual(journal.lines, [
      'mira intent_apply run/run-1 failed',
      'mira intent_create_qemu qemu/140 failed',
    ]);
  });

  it('is brought to a clear end by another process when the one at work dies', async () => {
    taskIs(createUpid, { status: 'running' });
    await run([create, retag]);
    clock = new FakeClock(clock.now() + 31_000);
    taskIs(createUpid, { status: 'stopped', exitstatus: 'OK' });
    const other = startProcess('two');
    void other.keeper.round();
    await settle();
    await clock.advance(5_000);
    const found = await store.runs.find('run-1');
    assert.equal(found?.run.state, 'done');
    assert.deepEqual(
      found?.items.map(({ status, reason }) => [status, reason]),
      [
        ['outcome_unknown', 'interrupted'],
        ['cancelled', 'interrupted'],
      ],
    );
    assert.equal(cluster.writes.length, 1, 'nothing is sent again');
    assert.deepEqual(
      journal.lines,
      ['mira intent_apply run/run-1 unknown', 'mira intent_create_qemu qemu/140 unknown'],
      'what was announced is completed by who took over',
    );
  });
});
