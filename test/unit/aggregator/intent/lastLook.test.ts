import assert from 'node:assert/strict';
import { DeletionHarness, mira, refused, target, tom, wish } from './deletionHarness.ts';
import { actorNamed, settingsWith } from './fakeCluster.ts';

describe('between the claim of a request and its destroy', () => {
  let harness: DeletionHarness;

  /** Something happens in the moment between the claim and the last look. */
  const onClaim = (happen: () => void): void => {
    const begin = harness.journal.begin.bind(harness.journal);
    harness.journal.begin = (action) => {
      if (action.action === 'deletion_request_execute') happen();
      return begin(action);
    };
  };
  const ended = async (reason: RegExp): Promise<void> => {
    const record = await harness.record();
    assert.deepEqual([record.state, record.destroySentMs], ['failed', null]);
    assert.match(record.error ?? '', reason);
    assert.deepEqual(harness.cluster.destroys, []);
    assert.ok(harness.journal.lines.includes('tom deletion_request_execute qemu/105 failed'));
  };

  beforeEach(async () => {
    harness = new DeletionHarness();
    await harness.approved();
  });

  it('writing that was switched off stops it', async () => {
    onClaim(() => {
      harness.settings = settingsWith({ writesEnabled: false });
    });
    await refused(harness.service.executor.execute(1, tom, target), 403, 'writes_disabled');
    await ended(/switched off/);
  });

  it('a guest that was started stops it', async () => {
    onClaim(() => harness.cluster.change(105, { status: 'running' }));
    await refused(harness.service.executor.execute(1, tom, target), 409, 'guest_not_stopped');
    await ended(/is running/);
  });

  it('a guest that was changed stops it', async () => {
    onClaim(() =>
      harness.cluster.setConfig('pve1', 'qemu', 105, {
        ...(harness.cluster.answers.get('/nodes/pve1/qemu/105/config') as object),
        scsi1: 'local-lvm:vm-105-disk-1,size=1T',
      }),
    );
    await refused(harness.service.executor.execute(1, tom, target), 409, 'guest_changed');
    await ended(/has changed since it was approved/);
  });
});

describe('a key without the permission', () => {
  let harness: DeletionHarness;

  beforeEach(async () => {
    harness = new DeletionHarness();
    await harness.approved();
  });

  it('to delete or to decide may not execute', async () => {
    const vera = actorNamed('vera', ['view', 'intent_delete_lxc', 'intent_update_vm']);
    await refused(harness.service.executor.execute(1, vera, target), 403, 'permission_missing');
    assert.deepEqual(harness.cluster.destroys, []);
    assert.equal((await harness.record()).state, 'approved');
  });

  it('to decide may not reject what somebody else asked for', async () => {
    const ann = actorNamed('ann', ['view', 'intent_delete_vm']);
    await refused(harness.service.deletions.reject(1, ann, 'mine now'), 403, 'permission_missing');
    assert.equal((await harness.record()).state, 'approved');
  });

  it('but who repeats the wrong node or kind is refused as well', async () => {
    await refused(
      harness.service.executor.execute(1, tom, { ...target, node: 'pve2' }),
      409,
      'target_mismatch',
    );
    await refused(
      harness.service.executor.execute(1, tom, { ...target, kind: 'lxc' }),
      409,
      'target_mismatch',
    );
  });

  it('an execution that four eyes forbid is on record as blocked', async () => {
    harness = new DeletionHarness();
    harness.settings = settingsWith({ selfApprovalAllowed: true });
    const both = actorNamed('mira', ['view', 'intent_delete_vm', 'authorize_deletion_request']);
    await harness.service.deletions.request(harness.cluster, both, wish);
    await harness.service.deletions.approve(1, both, target);
    harness.settings = settingsWith();
    await refused(harness.service.executor.execute(1, tom, target), 403, 'self_approval_not_allowed');
    assert.ok(harness.journal.lines.includes('tom deletion_request_execute qemu/105 blocked'));
  });

  it('a request names the guest as it is, with its node and kind', async () => {
    harness = new DeletionHarness();
    const { deletions } = harness.service;
    await refused(
      deletions.request(harness.cluster, mira, { ...wish, node: 'pve2' }),
      409,
      'target_mismatch',
    );
    const lxc = actorNamed('mira', ['view', 'intent_delete_lxc']);
    await refused(deletions.request(harness.cluster, lxc, { ...wish, kind: 'lxc' }), 409, 'target_mismatch');
    assert.deepEqual(await harness.store.deletions.list({ limit: 9 }), []);
  });
});
