import assert from 'node:assert/strict';
import { DeletionHarness, target, tom } from './deletionHarness.ts';
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
