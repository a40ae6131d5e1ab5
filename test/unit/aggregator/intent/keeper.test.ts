import assert from 'node:assert/strict';
import { FakeClock, settle } from '../../../support/fakeClock.ts';
import { DeletionHarness, destroyUpid, mira, target, tom } from './deletionHarness.ts';
import { lost } from './fakeCluster.ts';

const minute = 60_000;
const dayMs = 24 * 60 * minute;

/** The process at work dies without a word: its timers never fire again. */
function dies(harness: DeletionHarness, forMs: number): void {
  harness.clock = new FakeClock(harness.clock.now() + forMs);
  harness.cluster.tellsTime('pve1', harness.clock);
}

describe('the keeper', () => {
  let harness: DeletionHarness;

  beforeEach(() => {
    harness = new DeletionHarness();
  });

  it('goes on with other work while it follows a destroy on a node that is away', async () => {
    const other = { vmid: 106, node: 'pve1', kind: 'qemu' } as const;
    await harness.approved();
    await harness.service.executor.execute(1, tom, target);
    await harness.service.deletions.request(harness.cluster, mira, { ...other, reason: 'x', runUuid: null });
    dies(harness, 7 * dayMs - minute);
    harness.taskIs(lost());
    const { keeper } = harness.process('two');
    keeper.start();
    await settle();
    assert.equal((await harness.record(2)).state, 'pending');
    await harness.clock.advance(2 * minute);
    keeper.dispose();
    assert.equal((await harness.record(1)).state, 'executing');
    assert.deepEqual(
      [(await harness.record(2)).state, (await harness.record(2)).rejectReason],
      ['rejected', 'TTL'],
    );
  });

  describe('when the node of a destroy stays silent', () => {
    const story = async (): Promise<void> => {
      await harness.approved();
      await harness.service.executor.execute(1, tom, target);
      harness.taskIs(lost());
    };

    it('calls its end unknown after a while, so that the guest can be dealt with again', async () => {
      await story();
      await harness.clock.advance(14 * minute);
      assert.equal((await harness.record()).state, 'executing');
      await harness.clock.advance(2 * minute);
      const record = await harness.record();
      assert.equal(record.state, 'failed');
      assert.match(
        record.error ?? '',
        /^Whether guest 105 of lab was destroyed is not known: pve1 has not told/,
      );
      assert.ok(harness.journal.lines.includes('tom deletion_request_execute qemu/105 unknown'));
      assert.equal(await harness.store.deletions.findOpen('lab', 105), null);
    });

    it('calls it done when nobody has the number any more', async () => {
      await story();
      harness.cluster.change(105, null);
      await harness.clock.advance(16 * minute);
      assert.equal((await harness.record()).state, 'succeeded');
    });

    it('and says nothing while the whole cluster is silent', async () => {
      await story();
      harness.cluster.set('/cluster/nextid?vmid=105', lost());
      await harness.clock.advance(60 * minute);
      assert.equal((await harness.record()).state, 'executing');
      harness.taskIs({ status: 'stopped', exitstatus: 'OK' });
      await harness.clock.advance(2_000);
      assert.deepEqual(
        [(await harness.record()).state, (await harness.record()).upid],
        ['succeeded', destroyUpid],
      );
    });
  });
});

describe('the keeper, round after round', () => {
  it('looks again while it lives, and no more after its end', async () => {
    const harness = new DeletionHarness();
    let looks = 0;
    const { expired } = harness.store.deletions;
    harness.store.deletions.expired = (nowMs) => {
      looks += 1;
      return expired(nowMs);
    };
    const { keeper } = harness.service;
    keeper.start();
    await harness.clock.advance(45_000);
    assert.equal(looks, 4);
    keeper.dispose();
    await harness.clock.advance(45_000);
    assert.equal(looks, 4);
    assert.equal(harness.clock.pendingTimers, 0);
  });

  it('looks again although the store did not answer', async () => {
    const harness = new DeletionHarness();
    await harness.service.deletions.request(harness.cluster, mira, { ...target, reason: 'x', runUuid: null });
    const { expired } = harness.store.deletions;
    harness.store.deletions.expired = () => Promise.reject(new Error('the store is away'));
    const { keeper } = harness.service;
    await harness.clock.advance(7 * dayMs);
    keeper.start();
    await harness.clock.advance(1_000);
    assert.equal((await harness.record()).state, 'pending');
    harness.store.deletions.expired = expired;
    await harness.clock.advance(15_000);
    keeper.dispose();
    assert.equal((await harness.record()).state, 'rejected');
  });
});
