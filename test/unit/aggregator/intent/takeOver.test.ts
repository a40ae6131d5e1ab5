import assert from 'node:assert/strict';
import type { IntentDiff } from '../../../../src/contract/intent/diff.ts';
import { settle } from '../../../support/fakeClock.ts';
import { DeletionHarness, destroyUpid, target, tom } from './deletionHarness.ts';
import { actorNamed, lost } from './fakeCluster.ts';

const createUpid = 'UPID:pve1:0001:0002:69200000:qmcreate:140:root@pam:';
const diffs: readonly IntentDiff[] = [
  { op: 'create', kind: 'qemu', payload: { vmid: 140, node: 'pve1', name: 'web-4', cores: 2 } },
  { op: 'update', kind: 'qemu', payload: { vmid: 106, node: 'pve1', tags: ['web'] } },
];

describe('a run whose lease ended', () => {
  let harness: DeletionHarness;

  const createTaskIs = (status: object): void => {
    const path = `/nodes/pve1/tasks/${encodeURIComponent(createUpid)}`;
    harness.cluster.set(`${path}/status`, status);
    harness.cluster.set(`${path}/log`, []);
  };
  const found = async () => {
    const run = await harness.store.runs.find('run-1');
    assert.ok(run);
    return run;
  };
  const statuses = async () => (await found()).items.map(({ status }) => status);

  beforeEach(async () => {
    harness = new DeletionHarness();
    const { cluster, service } = harness;
    const write = cluster.onWrite;
    cluster.onWrite = (call) => (call.method === 'POST' ? Promise.resolve(createUpid) : write(call));
    createTaskIs({ status: 'running' });
    await service.apply.start(cluster, actorNamed('mira'), { runUuid: 'run-1', planHash: null, diffs });
    await settle();
    // The store forgets to renew, as one does that is away for a while.
    const { renewLease } = harness.store.runs;
    harness.store.runs.renewLease = () => Promise.reject(new Error('the store is away'));
    await harness.clock.advance(60_000);
    harness.store.runs.renewLease = renewLease;
  });

  it('is not taken from itself by the process that is at work on it', async () => {
    await harness.service.keeper.round();
    await harness.clock.advance(3_000);
    assert.deepEqual(await statuses(), ['running', 'queued']);
    createTaskIs({ status: 'stopped', exitstatus: 'OK' });
    await harness.clock.advance(3_000);
    assert.deepEqual(await statuses(), ['succeeded', 'succeeded']);
  });

  it('is left alone by its first process once another has it', async () => {
    const other = harness.process('one');
    await other.keeper.round();
    await harness.clock.advance(15_000);
    assert.equal(harness.service.apply.isWorkingOn('run-1'), true);
    createTaskIs({ status: 'stopped', exitstatus: 'OK' });
    await harness.clock.advance(5_000);
    const { run, items } = await found();
    assert.deepEqual([run.state, run.overall], ['done', 'partial']);
    assert.deepEqual(
      items.map(({ status, reason }) => [status, reason]),
      [
        ['outcome_unknown', 'interrupted'],
        ['cancelled', 'interrupted'],
      ],
    );
    assert.equal(harness.cluster.writes.length, 1, 'the second change was never sent');
    assert.equal(harness.service.apply.isWorkingOn('run-1'), false);
  });
});

describe('a destroy whose call takes longer than a lease', () => {
  let harness: DeletionHarness;
  let answer: (upid: string) => void;

  beforeEach(async () => {
    harness = new DeletionHarness();
    await harness.approved();
    harness.cluster.onDestroy = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
  });

  it('stays with its process', async () => {
    const executing = harness.service.executor.execute(1, tom, target);
    await harness.clock.advance(60_000);
    assert.deepEqual(await harness.store.deletions.abandoned(harness.clock.now()), []);
    answer(destroyUpid);
    assert.equal((await executing).upid, destroyUpid);
  });

  it('and is not taken from itself when the store could not renew it', async () => {
    const executing = harness.service.executor.execute(1, tom, target);
    await harness.clock.advance(180_000);
    await harness.service.keeper.round();
    await harness.clock.advance(5_000);
    assert.equal((await harness.record()).state, 'executing');
    answer(destroyUpid);
    assert.equal((await executing).upid, destroyUpid);
  });

  it('is answered with the present record when another process has it by then', async () => {
    const executing = harness.service.executor.execute(1, tom, target);
    await harness.clock.advance(180_000);
    harness.cluster.set('/nodes/pve1/tasks', lost());
    await harness.process('two').keeper.round();
    await harness.clock.advance(5_000);
    answer(destroyUpid);
    const record = await executing;
    assert.deepEqual([record.id, record.state], [1, 'executing']);
    assert.equal(harness.cluster.destroys.length, 1);
  });
});
