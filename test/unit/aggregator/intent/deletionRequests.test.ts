import assert from 'node:assert/strict';
import { IntentRefusal } from '../../../../src/aggregator/intent/intentRefusal.ts';
import { IntentService } from '../../../../src/aggregator/intent/intentService.ts';
import type { IntentSettings } from '../../../../src/aggregator/intent/intentSettings.ts';
import { nullLogger } from '../../../../src/base/logger.ts';
import { HttpFailure } from '../../../../src/http/httpFailure.ts';
import { FakeClock, settle } from '../../../support/fakeClock.ts';
import { actorNamed, FakeCluster, lost, settingsWith } from './fakeCluster.ts';
import { MemoryJournal, MemoryStore } from './memoryStore.ts';

const upid = 'UPID:pve1:0001:0002:69200000:qmdestroy:105:root@pam:';
const target = { vmid: 105, node: 'pve1', kind: 'qemu' } as const;
const wish = { ...target, reason: 'decommissioned', runUuid: null };
const dayMs = 24 * 3600_000;

describe('deletion requests', () => {
  let cluster: FakeCluster;
  let store: MemoryStore;
  let journal: MemoryJournal;
  let clock: FakeClock;
  let settings: IntentSettings;
  let service: IntentService;
  const mira = actorNamed('mira', ['view', 'intent_delete_vm']);
  const tom = actorNamed('tom', ['view', 'authorize_deletion_request']);

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

  beforeEach(() => {
    cluster = new FakeCluster();
    store = new MemoryStore();
    journal = new MemoryJournal();
    clock = new FakeClock();
    settings = settingsWith();
    // Configuration writes take effect, as the mark's does.
    cluster.onWrite = async ({ path, params }) => {
      const old = cluster.answers.get(path) as Record<string, unknown>;
      const { digest: _digest, delete: gone, ...values } = params;
      const { [String(gone ?? '')]: _gone, ...kept } = old;
      cluster.set(path, { ...kept, ...values });
      return null;
    };
    cluster.set(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`, { status: 'running' });
    cluster.set(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/log`, []);
    cluster.set('/nodes/pve1/tasks', []);
    cluster.tellsTime('pve1', clock);
    service = startProcess('one');
  });

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
  const stateOf = async (id = 1): Promise<string | undefined> => (await store.deletions.find(id))?.state;
  const taskEnds = (exitstatus: string): void =>
    cluster.set(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`, { status: 'stopped', exitstatus });
  /** Somebody changes the guest in Proxmox. */
  const configure = (values: object): void =>
    cluster.setConfig('pve1', 'qemu', 105, {
      ...(cluster.answers.get('/nodes/pve1/qemu/105/config') as object),
      ...values,
    });
  const approved = async (): Promise<void> => {
    await service.deletions.request(cluster, mira, wish);
    await service.deletions.approve(1, tom, target);
  };

  it('go from asking over a second person to a destroyed guest', async () => {
    const request = await service.deletions.request(cluster, mira, wish);
    assert.deepEqual([request.state, request.requestedBy, request.tagged], ['pending', 'mira', true]);
    assert.equal(
      (cluster.answers.get('/nodes/pve1/qemu/105/config') as { tags: string }).tags,
      'prod;db;proxbox-pending-deletion',
    );
    await service.deletions.approve(1, tom, target);
    assert.deepEqual(cluster.destroys, []);
    const executing = await service.executor.execute(1, tom, target);
    assert.deepEqual([executing.state, executing.upid], ['executing', upid]);
    assert.deepEqual(cluster.destroys, ['/nodes/pve1/qemu/105?purge=1']);
    await clock.advance(5_000);
    assert.equal(await stateOf(), 'executing', 'it has not succeeded before Proxmox finished');
    taskEnds('OK');
    await clock.advance(2_000);
    assert.equal(await stateOf(), 'succeeded');
    assert.deepEqual(journal.lines, [
      'mira deletion_request_create qemu/105 succeeded',
      'mira deletion_request_mark qemu/105 succeeded',
      'tom deletion_request_approve qemu/105 succeeded',
      'tom deletion_request_execute qemu/105 succeeded',
    ]);
    assert.deepEqual(
      (await store.deletions.history(1)).map(({ actor, toState }) => [actor, toState]),
      [
        ['mira', 'pending'],
        ['tom', 'approved'],
        ['tom', 'executing'],
        [null, 'succeeded'],
      ],
    );
  });

  describe('need four eyes', () => {
    const both = ['view', 'intent_delete_vm', 'authorize_deletion_request'];

    it('so the requester is refused, whatever else they may', async () => {
      await service.deletions.request(cluster, actorNamed('mira', both), wish);
      await refused(
        service.deletions.approve(1, actorNamed('mira', both), target),
        403,
        'self_approval_not_allowed',
      );
      await refused(
        service.deletions.approve(1, actorNamed('mira'), target),
        403,
        'self_approval_not_allowed',
      );
      assert.equal(await stateOf(), 'pending');
      assert.ok(journal.lines.includes('mira deletion_request_approve qemu/105 blocked'));
    });

    it('and another key or another spelling of the same person is no second pair', async () => {
      await service.deletions.request(cluster, actorNamed('mira', both), wish);
      await refused(
        service.deletions.approve(1, { ...actorNamed('Mira ', both), keyId: 'other' }, target),
        403,
        'self_approval_not_allowed',
      );
    });

    it('and a key that the requester made or rotated is none either', async () => {
      await service.deletions.request(cluster, mira, wish);
      for (const maker of ['mira', 'MIRA ', 'mira\uFE0F', 'm\u3164ira', 'm\u0131ra'])
        await refused(
          service.deletions.approve(1, { ...tom, keyMadeBy: maker }, target),
          403,
          'key_made_by_requester',
        );
      assert.ok(journal.lines.includes('tom deletion_request_approve qemu/105 blocked'));
      assert.equal(
        (await service.deletions.approve(1, { ...tom, keyMadeBy: 'anna' }, target)).state,
        'approved',
      );
    });

    it('and a name that only looks different is the same person', async () => {
      await service.deletions.request(cluster, mira, wish);
      for (const name of ['mira\uFE0F', '\u3164mira', 'm\u0131ra', 'mir\u0061\u0301', '\u200bMira'])
        await refused(
          service.deletions.approve(1, actorNamed(name, both), target),
          403,
          'self_approval_not_allowed',
        );
    });

    it('unless the administrator allowed self-approval', async () => {
      settings = settingsWith({ selfApprovalAllowed: true });
      await service.deletions.request(cluster, actorNamed('mira', both), wish);
      assert.equal((await service.deletions.approve(1, actorNamed('mira', both), target)).state, 'approved');
      settings = settingsWith();
      await refused(service.executor.execute(1, tom, target), 403, 'self_approval_not_allowed');
      assert.deepEqual(cluster.destroys, []);
    });

    it('and the permission to decide is not the one to ask', async () => {
      await service.deletions.request(cluster, mira, wish);
      await refused(
        service.deletions.approve(1, actorNamed('ann', ['view', 'intent_delete_vm']), target),
        403,
        'permission_missing',
      );
      await refused(service.deletions.request(cluster, tom, wish), 403, 'permission_missing');
    });
  });

  it('are executed and rejected only by who may', async () => {
    await approved();
    await refused(
      service.executor.execute(1, actorNamed('vera', ['view', 'admin']), target),
      403,
      'permission_missing',
    );
    await refused(
      service.executor.execute(1, actorNamed('vera', ['view', 'intent_delete_lxc']), target),
      403,
      'permission_missing',
    );
    await refused(
      service.deletions.reject(1, actorNamed('vera', ['view', 'intent_delete_vm']), 'not mine'),
      403,
      'permission_missing',
    );
    assert.deepEqual([await stateOf(), cluster.destroys], ['approved', []]);
    const asker = actorNamed('vera', ['view', 'intent_delete_vm']);
    assert.equal((await service.executor.execute(1, asker, target)).state, 'executing');
  });

  describe('are looked at once more after they were claimed', () => {
    /** Something happens between the claim and the destroy. */
    const afterClaim = (what: () => void): void => {
      const begin = journal.begin.bind(journal);
      journal.begin = (action) => {
        if (action.action === 'deletion_request_execute') what();
        return begin(action);
      };
    };
    const moments: readonly (readonly [string, () => void, number, string])[] = [
      [
        'writing was switched off',
        () => (settings = settingsWith({ writesEnabled: false })),
        403,
        'writes_disabled',
      ],
      [
        'writing was switched off for the cluster',
        () => (settings = settingsWith({ allowsWrites: () => false })),
        403,
        'endpoint_writes_disabled',
      ],
      ['the guest was changed', () => configure({ name: 'payroll-prod' }), 409, 'guest_changed'],
      ['the guest was started', () => cluster.change(105, { status: 'running' }), 409, 'guest_not_stopped'],
    ];
    for (const [what, change, status, reason] of moments)
      it(`and not destroyed when ${what} in that moment`, async () => {
        await approved();
        afterClaim(change);
        await refused(service.executor.execute(1, tom, target), status, reason);
        assert.deepEqual([await stateOf(), cluster.destroys], ['failed', []]);
        assert.ok(journal.lines.includes('tom deletion_request_execute qemu/105 failed'));
      });
  });

  it('are off until writing is switched on, at every step that changes something', async () => {
    settings = settingsWith({ writesEnabled: false });
    await refused(service.deletions.request(cluster, mira, wish), 403, 'writes_disabled');
    settings = settingsWith({ allowsWrites: () => false });
    await refused(service.deletions.request(cluster, mira, wish), 403, 'endpoint_writes_disabled');
    settings = settingsWith();
    await service.deletions.request(cluster, mira, wish);
    settings = settingsWith({ writesEnabled: false });
    await refused(service.deletions.approve(1, tom, target), 403, 'writes_disabled');
    settings = settingsWith();
    await service.deletions.approve(1, tom, target);
    settings = settingsWith({ writesEnabled: false });
    await refused(service.executor.execute(1, tom, target), 403, 'writes_disabled');
    assert.deepEqual(
      journal.lines.filter((line) => line.endsWith('blocked')),
      ['tom deletion_request_approve qemu/105 blocked', 'tom deletion_request_execute qemu/105 blocked'],
    );
    assert.equal(
      (await service.deletions.reject(1, tom, 'not now')).state,
      'rejected',
      'keeping a guest needs no switch',
    );
    assert.deepEqual(cluster.destroys, []);
  });

  it('must be repeated right to be approved or executed', async () => {
    await service.deletions.request(cluster, mira, wish);
    for (const wrong of [{ vmid: 106 }, { node: 'pve2' }, { kind: 'lxc' as const }])
      await refused(service.deletions.approve(1, tom, { ...target, ...wrong }), 409, 'target_mismatch');
    await service.deletions.approve(1, tom, target);
    await refused(service.executor.execute(1, tom, { ...target, vmid: 106 }), 409, 'target_mismatch');
    await refused(service.deletions.approve(99, tom, target), 404, 'deletion_request_unknown');
  });

  it('keep to the table of states', async () => {
    await service.deletions.request(cluster, mira, wish);
    await refused(service.executor.execute(1, tom, target), 409, 'wrong_state');
    await service.deletions.approve(1, tom, target);
    assert.equal(
      (await service.deletions.approve(1, tom, target)).state,
      'approved',
      'the same decision again is fine',
    );
    await service.executor.execute(1, tom, target);
    await refused(service.deletions.approve(1, tom, target), 409, 'wrong_state');
    await refused(service.deletions.reject(1, tom, 'too late'), 409, 'wrong_state');
    await refused(service.executor.execute(1, tom, target), 409, 'wrong_state');
    taskEnds('command failed');
    await clock.advance(2_000);
    assert.equal(await stateOf(), 'failed');
    await refused(service.deletions.approve(1, tom, target), 409, 'wrong_state');
    await refused(service.executor.execute(1, tom, target), 409, 'wrong_state');
    assert.equal((await service.deletions.reject(1, tom, 'give up')).state, 'rejected');
    assert.equal((await service.deletions.reject(1, tom, 'give up')).state, 'rejected');
    await refused(service.deletions.approve(1, tom, target), 409, 'wrong_state');
    assert.equal(cluster.destroys.length, 1);
  });

  it('are not filed for a guest that Proxmox protects', async () => {
    configure({ protection: 1 });
    await refused(service.deletions.request(cluster, mira, wish), 409, 'guest_protected');
  });

  it('ask once for a guest', async () => {
    await service.deletions.request(cluster, mira, wish);
    const refusal = await refused(service.deletions.request(cluster, mira, wish), 409, 'already_requested');
    assert.equal(refusal.extra.deletion_request_id, 1);
  });

  it('lose the mark when they are rejected, and leave other tags alone', async () => {
    await service.deletions.request(cluster, mira, wish);
    const rejected = await service.deletions.reject(1, tom, 'still needed');
    assert.deepEqual(
      [rejected.state, rejected.rejectReason, rejected.tagged],
      ['rejected', 'still needed', false],
    );
    assert.equal((cluster.answers.get('/nodes/pve1/qemu/105/config') as { tags: string }).tags, 'prod;db');
  });

  it('can be taken back by who asked', async () => {
    await service.deletions.request(cluster, mira, wish);
    assert.equal((await service.deletions.reject(1, mira, 'my mistake')).state, 'rejected');
  });

  it('are rejected by time, with the reason TTL', async () => {
    await service.deletions.request(cluster, mira, wish);
    await clock.advance(7 * dayMs - 1);
    await service.keeper.round();
    assert.equal(await stateOf(), 'pending');
    await clock.advance(1);
    await refused(service.deletions.approve(1, tom, target), 409, 'expired');
    const record = await store.deletions.find(1);
    assert.deepEqual([record?.state, record?.rejectReason, record?.tagged], ['rejected', 'TTL', false]);
    await service.keeper.round();
    assert.equal(journal.lines.filter((line) => line.includes('reject')).length, 1);
  });

  it('whose approval nobody acts on are rejected by time as well', async () => {
    await service.deletions.request(cluster, mira, wish);
    await clock.advance(6 * dayMs);
    await service.deletions.approve(1, tom, target);
    await clock.advance(7 * dayMs - 1);
    await service.keeper.round();
    await settle();
    assert.equal(await stateOf(), 'approved', 'an approval has as much time as a request');
    await clock.advance(1);
    await refused(service.executor.execute(1, tom, target), 409, 'expired');
    assert.deepEqual(cluster.destroys, []);
    assert.deepEqual(
      (await store.deletions.history(1))
        .map(({ fromState, toState, note }) => [fromState, toState, note])
        .at(-1),
      ['approved', 'rejected', 'TTL'],
    );
  });

  it('are rejected by the keeper when an approval is too old', async () => {
    await approved();
    await clock.advance(7 * dayMs);
    await service.keeper.round();
    await settle();
    assert.equal(await stateOf(), 'rejected');
  });

  it('stand without the mark when it cannot be set, and say so', async () => {
    cluster.onWrite = () => Promise.reject(new HttpFailure('forbidden', 'pve1', 'Permission check failed'));
    assert.equal((await service.deletions.request(cluster, mira, wish)).tagged, false);
  });

  describe('are compared with the live guest before anything is destroyed', () => {
    const changes: readonly (readonly [string, () => void, string])[] = [
      ['is gone', () => cluster.change(105, null), 'guest_gone'],
      [
        'was replaced by another',
        () => cluster.setConfig('pve1', 'qemu', 105, { name: 'db-01', vmgenid: 'b-999' }),
        'guest_replaced',
      ],
      [
        'is of another kind',
        () => {
          cluster.change(105, { type: 'lxc' });
          cluster.setConfig('pve1', 'lxc', 105, { hostname: 'db-01' });
        },
        'guest_replaced',
      ],
      [
        'moved',
        () => {
          cluster.change(105, { node: 'pve2' });
          cluster.setConfig(
            'pve2',
            'qemu',
            105,
            cluster.answers.get('/nodes/pve1/qemu/105/config') as object,
          );
        },
        'guest_moved',
      ],
      ['has another disk', () => configure({ scsi1: 'local-lvm:vm-105-disk-1,size=1T' }), 'guest_changed'],
      ['has another name', () => configure({ name: 'db-main' }), 'guest_changed'],
      ['became part of a rule', () => cluster.set('/cluster/ha/rules', []), 'guest_changed'],
      ['runs', () => cluster.change(105, { status: 'running' }), 'guest_not_stopped'],
      ['is in an unknown state', () => cluster.change(105, { status: undefined }), 'guest_not_stopped'],
      ['is locked', () => cluster.change(105, { lock: 'backup' }), 'guest_locked'],
      [
        'is in a cluster without quorum',
        () => cluster.set('/cluster/status', [{ type: 'cluster', quorate: 0 }]),
        'not_quorate',
      ],
    ];
    for (const [what, change, reason] of changes)
      it(`and refused when it ${what}`, async () => {
        await approved();
        change();
        await refused(service.executor.execute(1, tom, target), 409, reason);
        assert.deepEqual(cluster.destroys, []);
        assert.equal(await stateOf(), 'approved');
      });

    const since: readonly (readonly [string, () => void, string[]])[] = [
      ['another name', () => configure({ name: 'payroll-prod' }), ['name']],
      ['another size', () => configure({ cores: 8, memory: '16384' }), ['cores', 'memory']],
      ['another disk', () => configure({ scsi1: 'local-lvm:vm-105-disk-1,size=1T' }), ['scsi1']],
      ['another place in HA', () => cluster.set('/cluster/ha/rules', []), ['HA']],
    ];
    for (const [what, change, parts] of since)
      it(`and not approved with ${what} than the guest that was asked for`, async () => {
        await service.deletions.request(cluster, mira, wish);
        change();
        const compared = await service.deletions.compare(1);
        assert.deepEqual([compared.live, compared.material], ['changed', true]);
        const refusal = await refused(service.deletions.approve(1, tom, target), 409, 'guest_changed');
        assert.deepEqual(refusal.extra.changed, parts);
        assert.equal(await stateOf(), 'pending');
        assert.ok(journal.lines.includes('tom deletion_request_approve qemu/105 blocked'));
        await refused(service.executor.execute(1, tom, target), 409, 'wrong_state');
      });

    it('and approved with other notes and tags, which say nothing about what would be lost', async () => {
      await service.deletions.request(cluster, mira, wish);
      configure({ description: 'goes on Friday', tags: 'prod;db;proxbox-pending-deletion;friday' });
      const compared = await service.deletions.compare(1);
      assert.deepEqual([compared.live, compared.material], ['changed', false]);
      assert.equal((await service.deletions.approve(1, tom, target)).state, 'approved');
    });

    it('and refused when the cluster does not answer', async () => {
      await approved();
      cluster.set('/cluster/status', new HttpFailure('timeout', 'pve1', 'no answer'));
      await refused(service.executor.execute(1, tom, target), 502, 'cluster_unreachable');
      assert.deepEqual(cluster.destroys, []);
    });
  });

  it('are executed once, however many ask at the same time from however many processes', async () => {
    await approved();
    const other = startProcess('two');
    const results = await Promise.allSettled([
      service.executor.execute(1, tom, target),
      other.executor.execute(1, tom, target),
      service.executor.execute(1, mira, target),
    ]);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.deepEqual(cluster.destroys, ['/nodes/pve1/qemu/105?purge=1']);
  });

  it('destroy nothing when the journal cannot be written', async () => {
    await approved();
    journal.fail = true;
    await refused(service.executor.execute(1, tom, target), 503, 'journal_unavailable');
    assert.deepEqual(cluster.destroys, []);
    assert.equal(await stateOf(), 'failed');
  });

  it('fail clearly when Proxmox refuses', async () => {
    await approved();
    cluster.onDestroy = () =>
      Promise.reject(new HttpFailure('httpError', 'pve1', 'VM is locked', { httpStatus: 500 }));
    await refused(service.executor.execute(1, tom, target), 502, 'proxmox_error');
    assert.equal(await stateOf(), 'failed');
    assert.match((await store.deletions.find(1))?.error ?? '', /VM is locked.*Nothing was destroyed/);
  });

  describe('whose answer is lost', () => {
    beforeEach(async () => {
      await approved();
      cluster.onDestroy = () => Promise.reject(lost());
    });

    it('are followed by their task when there is one', async () => {
      cluster.set('/nodes/pve1/tasks', [{ upid, type: 'qmdestroy', starttime: clock.now() / 1000 }]);
      assert.equal((await service.executor.execute(1, tom, target)).upid, null);
      taskEnds('OK');
      await clock.advance(3_000);
      assert.equal(await stateOf(), 'succeeded');
      assert.equal((await store.deletions.find(1))?.upid, upid);
    });

    it('fail, when after a while there is no task and the guest is still there', async () => {
      await service.executor.execute(1, tom, target);
      await clock.advance(60_000);
      assert.equal(await stateOf(), 'executing', 'Proxmox may still be at work');
      await clock.advance(60_000);
      assert.equal(await stateOf(), 'failed');
      assert.equal(cluster.destroys.length, 1, 'and are not sent again');
    });

    it('count as done when the guest is gone', async () => {
      await service.executor.execute(1, tom, target);
      cluster.change(105, null);
      await clock.advance(3_000);
      assert.equal(await stateOf(), 'succeeded');
    });

    it('wait for a cluster that does not answer, without ever calling it done', async () => {
      cluster.set('/nodes/pve1/tasks', lost());
      await service.executor.execute(1, tom, target);
      cluster.set('/cluster/nextid?vmid=105', lost());
      await clock.advance(30 * 60_000);
      assert.equal(await stateOf(), 'executing');
      cluster.set('/nodes/pve1/tasks', [{ upid, type: 'qmdestroy', starttime: clock.now() / 1000 }]);
      taskEnds('OK');
      await clock.advance(3_000);
      assert.equal(await stateOf(), 'succeeded');
    });
  });

  it('are taken up by another process when the one at work dies', async () => {
    await approved();
    await service.executor.execute(1, tom, target);
    // The first process dies without a word: its timers never fire again.
    clock = new FakeClock(clock.now() + 31_000);
    taskEnds('OK');
    const other = startProcess('two');
    await other.keeper.round();
    await settle();
    assert.equal(await stateOf(), 'succeeded');
    assert.equal(cluster.destroys.length, 1);
    assert.ok(journal.lines.includes('tom deletion_request_execute qemu/105 succeeded'));
  });

  it('end with the process that follows them, and are taken up after the next start', async () => {
    await approved();
    await service.executor.execute(1, tom, target);
    const ending = service.dispose();
    await clock.advance(2_000);
    await ending;
    taskEnds('OK');
    const next = startProcess('two');
    await next.keeper.round();
    await clock.advance(2_000);
    assert.equal(await stateOf(), 'succeeded');
    assert.equal(cluster.destroys.length, 1);
  });
});
