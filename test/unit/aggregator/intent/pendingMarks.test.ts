import assert from 'node:assert/strict';
import { HttpFailure } from '../../../../src/http/httpFailure.ts';
import { settle } from '../../../support/fakeClock.ts';
import { DeletionHarness, mira, tom, wish } from './deletionHarness.ts';
import { actorNamed, lost, settingsWith } from './fakeCluster.ts';

const fiveMinutes = 5 * 60_000;

describe('the mark of a deletion request', () => {
  let harness: DeletionHarness;

  const tags = (): string =>
    (harness.cluster.answers.get('/nodes/pve1/qemu/105/config') as { tags: string }).tags;
  const round = async (): Promise<void> => {
    await harness.service.keeper.round();
    await harness.service.keeper.settled();
    await settle();
  };

  beforeEach(async () => {
    harness = new DeletionHarness();
    await harness.service.deletions.request(harness.cluster, mira, wish);
    assert.equal(tags(), 'prod;db;proxbox-pending-deletion');
  });

  it('is taken off once writing is on again, when a request was rejected while it was off', async () => {
    harness.settings = settingsWith({ writesEnabled: false });
    assert.equal((await harness.service.deletions.reject(1, tom, 'no')).state, 'rejected');
    assert.equal(tags(), 'prod;db;proxbox-pending-deletion');
    await harness.clock.advance(fiveMinutes);
    await round();
    assert.equal(tags(), 'prod;db;proxbox-pending-deletion', 'nothing is written while writing is off');
    harness.settings = settingsWith();
    await harness.clock.advance(fiveMinutes);
    await round();
    assert.deepEqual([tags(), (await harness.record()).tagged], ['prod;db', false]);
    assert.ok(harness.journal.lines.includes('proxbox deletion_request_unmark qemu/105 succeeded'));
  });

  it('is taken off once the cluster is back, and not asked for again and again until then', async () => {
    const status = harness.cluster.answers.get('/cluster/status');
    harness.cluster.set('/cluster/status', lost());
    await harness.service.deletions.reject(1, tom, 'no');
    const asked = harness.cluster.gets.length;
    await round();
    assert.equal(harness.cluster.gets.length, asked);
    harness.cluster.set('/cluster/status', status);
    await harness.clock.advance(fiveMinutes);
    await round();
    assert.deepEqual([tags(), (await harness.record()).tagged], ['prod;db', false]);
  });

  it('is owed no longer when the guest is gone', async () => {
    harness.settings = settingsWith({ writesEnabled: false });
    await harness.service.deletions.reject(1, tom, 'no');
    harness.settings = settingsWith();
    harness.cluster.change(105, null);
    await harness.clock.advance(fiveMinutes);
    await round();
    assert.deepEqual(await harness.store.deletions.marked(), []);
  });

  it('stays when a newer request for the guest needs it', async () => {
    harness.settings = settingsWith({ writesEnabled: false });
    await harness.service.deletions.reject(1, tom, 'no');
    harness.settings = settingsWith();
    await harness.service.deletions.request(harness.cluster, mira, wish);
    await harness.clock.advance(fiveMinutes);
    await round();
    assert.equal(tags(), 'prod;db;proxbox-pending-deletion');
    assert.deepEqual(await harness.store.deletions.marked(), []);
  });

  it('is neither removed nor set by an update', async () => {
    const update = async (runUuid: string, vmid: number, wanted: string[]) => {
      await harness.service.apply.start(harness.cluster, actorNamed('mira'), {
        runUuid,
        planHash: null,
        diffs: [{ op: 'update', kind: 'qemu', payload: { vmid, node: 'pve1', tags: wanted } }],
      });
      await harness.clock.advance(5_000);
    };
    await update('run-1', 105, ['archive']);
    assert.equal(tags(), 'archive;proxbox-pending-deletion');
    await update('run-2', 106, ['web', 'proxbox-pending-deletion']);
    assert.equal(
      (harness.cluster.answers.get('/nodes/pve1/qemu/106/config') as { tags: string }).tags,
      'web',
    );
  });

  it('is written only over what was read, and again when somebody else was faster', async () => {
    await harness.service.deletions.reject(1, tom, 'no');
    const path = '/nodes/pve1/qemu/105/config';
    const write = harness.cluster.onWrite;
    let tries = 0;
    harness.cluster.onWrite = async (call) => {
      tries += 1;
      if (tries > 1) return write(call);
      assert.equal(call.params.digest, 'd105');
      harness.cluster.set(path, {
        ...(harness.cluster.answers.get(path) as object),
        tags: 'hot',
        digest: 'e',
      });
      throw new HttpFailure('httpError', 'pve1', 'detected modified configuration', { httpStatus: 500 });
    };
    const again = await harness.service.deletions.request(harness.cluster, mira, wish);
    assert.deepEqual([again.tagged, tags(), tries], [true, 'hot;proxbox-pending-deletion', 2]);
  });

  it('is not written when it cannot be journaled', async () => {
    await harness.service.deletions.reject(1, tom, 'no');
    const begin = harness.journal.begin.bind(harness.journal);
    harness.journal.begin = (action) =>
      action.action === 'deletion_request_mark' ? Promise.reject(new Error('disk full')) : begin(action);
    const again = await harness.service.deletions.request(harness.cluster, mira, wish);
    assert.deepEqual([again.tagged, tags()], [false, 'prod;db']);
  });

  it('may be there when the answer to setting it was lost', async () => {
    await harness.service.deletions.reject(1, tom, 'no');
    harness.cluster.onWrite = () => Promise.reject(lost());
    const again = await harness.service.deletions.request(harness.cluster, mira, wish);
    assert.equal(again.tagged, null);
  });
});
