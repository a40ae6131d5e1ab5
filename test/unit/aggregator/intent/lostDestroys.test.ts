import assert from 'node:assert/strict';
import { DeletionHarness, destroyUpid, target, tom } from './deletionHarness.ts';
import { lost } from './fakeCluster.ts';

describe('a destroy whose answer is lost', () => {
  let harness: DeletionHarness;

  beforeEach(async () => {
    harness = new DeletionHarness();
    await harness.approved();
    harness.cluster.onDestroy = () => Promise.reject(lost());
  });

  const execute = () => harness.service.executor.execute(1, tom, target);

  it('has not succeeded because the guest is not shown any more', async () => {
    await execute();
    harness.cluster.hidden.add(105);
    harness.cluster.change(105, null);
    await harness.clock.advance(3_000);
    assert.equal((await harness.record()).state, 'executing');
    harness.cluster.hidden.clear();
    await harness.clock.advance(3_000);
    assert.equal((await harness.record()).state, 'succeeded', 'now nobody has the number');
  });

  it('has not succeeded because the guest is shown without its node', async () => {
    await execute();
    harness.cluster.change(105, { node: null });
    await harness.clock.advance(180_000);
    assert.notEqual((await harness.record()).state, 'succeeded');
  });

  it('is called unknown when another guest has the number', async () => {
    await execute();
    harness.cluster.setConfig('pve1', 'qemu', 105, { name: 'db-01', vmgenid: 'b-999' });
    await harness.clock.advance(120_000);
    const record = await harness.record();
    assert.equal(record.state, 'failed');
    assert.match(record.error ?? '', /^Whether guest 105 of lab was destroyed is not known/);
    assert.ok(harness.journal.lines.includes('tom deletion_request_execute qemu/105 unknown'));
  });

  describe('on a node whose clock is a minute behind', () => {
    const began = () => ({
      upid: destroyUpid,
      type: 'qmdestroy',
      starttime: Math.floor(harness.clock.now() / 1000) - 60,
    });

    it('is followed by its task while that runs', async () => {
      harness.cluster.tellsTime('pve1', harness.clock, -60);
      harness.tasksAre([began()]);
      await execute();
      await harness.clock.advance(120_000);
      const record = await harness.record();
      assert.deepEqual([record.state, record.upid], ['executing', destroyUpid]);
    });

    it('and by its task when that has ended', async () => {
      harness.cluster.tellsTime('pve1', harness.clock, -60);
      harness.tasksAre([], [{ ...began(), endtime: began().starttime + 1 }]);
      harness.taskIs({ status: 'stopped', exitstatus: 'OK' });
      await execute();
      await harness.clock.advance(2_000);
      assert.equal((await harness.record()).state, 'succeeded');
    });

    it('even when the node does not tell its time', async () => {
      harness.cluster.answers.delete('/nodes/pve1/time');
      harness.tasksAre([began()]);
      await execute();
      await harness.clock.advance(2_000);
      assert.equal((await harness.record()).upid, destroyUpid);
    });
  });

  it('is not taken for the destroy of an earlier guest of that number', async () => {
    const before = Math.floor(harness.clock.now() / 1000) - 3600;
    harness.tasksAre([], [{ upid: destroyUpid, type: 'qmdestroy', starttime: before, endtime: before + 1 }]);
    await execute();
    await harness.clock.advance(120_000);
    const record = await harness.record();
    assert.deepEqual([record.state, record.upid], ['failed', null]);
    assert.match(record.error ?? '', /nothing was destroyed/);
  });

  it('is called unknown, not undone, when there is no task and the clocks cannot be compared', async () => {
    harness.cluster.answers.delete('/nodes/pve1/time');
    await execute();
    await harness.clock.advance(120_000);
    const record = await harness.record();
    assert.equal(record.state, 'failed');
    assert.match(record.error ?? '', /is not known.*Sys\.Audit/);
    assert.doesNotMatch(record.error ?? '', /nothing was destroyed/i);
  });
});

describe('a guest that is not shown', () => {
  it('does not count as gone', async () => {
    const harness = new DeletionHarness();
    await harness.approved();
    harness.cluster.hidden.add(105);
    harness.cluster.change(105, null);
    const comparison = await harness.service.deletions.compare(1);
    assert.equal(comparison.live, 'unknown');
    assert.match(comparison.message ?? '', /VM\.Audit/);
  });
});
