import assert from 'node:assert/strict';
import { makePlan, type PlanContext } from '../../../../src/aggregator/intent/plan/makePlan.ts';
import type { IntentDiff } from '../../../../src/contract/intent/diff.ts';
import { HttpFailure } from '../../../../src/http/httpFailure.ts';
import { actorNamed, FakeCluster, settingsWith } from './fakeCluster.ts';

const create = (payload: Record<string, unknown>, kind: IntentDiff['kind'] = 'qemu'): IntentDiff => ({
  op: 'create',
  kind,
  payload: { vmid: 140, node: 'pve1', name: 'web-4', ...payload },
});
const update = (payload: Record<string, unknown>, kind: IntentDiff['kind'] = 'qemu'): IntentDiff => ({
  op: 'update',
  kind,
  payload: { vmid: 105, node: 'pve1', ...payload },
});
const remove = (payload: Record<string, unknown>): IntentDiff => ({
  op: 'delete',
  kind: 'qemu',
  payload: { vmid: 105, node: 'pve1', ...payload },
});

describe('a plan', () => {
  let cluster: FakeCluster;
  beforeEach(() => {
    cluster = new FakeCluster();
  });
  const plan = (diffs: readonly IntentDiff[], changes: Partial<PlanContext> = {}) =>
    makePlan(diffs, {
      cluster,
      actor: actorNamed('mira'),
      settings: settingsWith(),
      openRequest: () => Promise.resolve(null),
      ...changes,
    });
  const verdictOf = async (diff: IntentDiff, changes: Partial<PlanContext> = {}) => {
    const [change] = (await plan([diff], changes)).changes;
    assert.ok(change);
    return { ...change.verdict, calls: change.prepared.calls };
  };
  const codes = (verdict: { readonly findings: readonly { readonly code: string }[] }): string[] =>
    verdict.findings.map(({ code }) => code);

  describe('of a creation', () => {
    it('is permitted when everything is there, and shows what the guest gets', async () => {
      const verdict = await verdictOf(
        create({
          cores: 2,
          memory_mib: 2048,
          storage: 'local-lvm',
          disk_gb: 32,
          iso: 'local:iso/debian-13.iso',
        }),
      );
      assert.equal(verdict.verdict, 'permitted');
      assert.deepEqual(verdict.calls, [
        {
          method: 'POST',
          path: '/nodes/pve1/qemu',
          params: {
            vmid: 140,
            cores: 2,
            memory: 2048,
            name: 'web-4',
            scsi0: 'local-lvm:32',
            scsihw: 'virtio-scsi-single',
            ide2: 'local:iso/debian-13.iso,media=cdrom',
          },
        },
      ]);
      assert.deepEqual(
        verdict.changes.find(({ key }) => key === 'scsi0'),
        { key: 'scsi0', before: null, after: 'local-lvm:32' },
      );
    });

    const refusals: readonly (readonly [string, IntentDiff, string])[] = [
      ['a VMID that is taken', create({ vmid: 105 }), 'vmid_taken'],
      ['a node that is not there', create({ node: 'pve9' }), 'node_unknown'],
      ['a node that is offline', create({ node: 'pve3' }), 'node_offline'],
      ['no name', create({ name: undefined }), 'name_missing'],
      ['a storage that is not there', create({ storage: 'nfs', disk_gb: 8 }), 'storage_unknown'],
      ['a storage without room', create({ storage: 'ceph', disk_gb: 41 }), 'storage_full'],
      ['a storage for other things', create({ storage: 'local', disk_gb: 1 }), 'storage_content'],
      ['an ISO that is not there', create({ iso: 'local:iso/none.iso' }), 'iso_missing'],
      ['a template that is not there', create({ template_vmid: 9001 }), 'template_missing'],
      ['a template that is none', create({ template_vmid: 105 }), 'template_not_a_template'],
      [
        'a template of another node that is not shared',
        create({ node: 'pve2', template_vmid: 9000 }),
        'template_not_reachable',
      ],
      ['user data that is no YAML', create({ cloud_init: { user_data: 'a: [' } }), 'user_data_not_yaml'],
      [
        'user data that Proxmox cannot take',
        create({ cloud_init: { user_data: '#cloud-config\npackages: [vim]' } }),
        'user_data_needs_snippet',
      ],
      ['a container without a template', create({}, 'lxc'), 'ostemplate_missing'],
      [
        'a container template that is not there',
        create({ ostemplate: 'local:vztmpl/none.tar.zst' }, 'lxc'),
        'template_missing',
      ],
      ['a payload with an unknown field', create({ colour: 'red' }), 'payload_invalid'],
      ['a cloud-init password', create({ cloud_init: { password: 'hunter22' } }), 'payload_invalid'],
      [
        'a private key among public ones',
        create({ cloud_init: { ssh_keys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] } }),
        'payload_invalid',
      ],
      [
        'line ends in a property',
        create({ disks: [{ key: 'scsi0', value: 'local-lvm:8\nargs: -evil' }] }),
        'payload_invalid',
      ],
      ['a firewall change', { op: 'create', kind: 'firewall', payload: {} }, 'firewall_not_offered'],
    ];
    for (const [what, diff, code] of refusals)
      it(`is blocked by ${what}`, async () => {
        const verdict = await verdictOf(diff);
        assert.equal(verdict.verdict, 'blocked');
        assert.equal(verdict.reason, code);
        assert.deepEqual(verdict.calls.length === 0 || verdict.reason !== 'vmid_taken', true);
      });

    it('is blocked by a node in maintenance, and warns when that is not told', async () => {
      cluster.set('/cluster/ha/status/manager_status', {
        manager_status: { node_status: { pve1: 'maintenance' } },
      });
      assert.equal((await verdictOf(create({}))).reason, 'node_in_maintenance');
      cluster.set('/cluster/ha/status/manager_status', new HttpFailure('timeout', 'pve1', 'no answer'));
      const verdict = await verdictOf(create({}));
      assert.equal(verdict.verdict, 'warning');
      assert.equal(verdict.reason, 'maintenance_unknown');
    });

    it('counts room and memory over all changes of the plan', async () => {
      const { changes } = await plan([
        create({ vmid: 140, storage: 'ceph', disk_gb: 30, memory_mib: 40 * 1024 }),
        create({ vmid: 141, storage: 'ceph', disk_gb: 30, memory_mib: 40 * 1024 }),
      ]);
      assert.deepEqual(
        changes.map(({ verdict }) => [verdict.verdict, codes(verdict)]),
        [
          ['permitted', []],
          ['blocked', ['storage_full', 'memory_short']],
        ],
      );
    });

    it('is blocked when an earlier change of the plan has the same VMID', async () => {
      const { changes } = await plan([create({}), create({ name: 'other' })]);
      assert.deepEqual(
        changes.map(({ verdict }) => verdict.reason),
        ['default_permit', 'vmid_twice'],
      );
    });

    it('clones a template, and then sets what the payload says', async () => {
      const verdict = await verdictOf(
        create({
          template_vmid: 9000,
          cores: 4,
          cloud_init: {
            user: 'ops',
            ssh_keys: ['ssh-ed25519 AAAA me'],
            network: { ip: '10.0.0.5', cidr: 24, gw: '10.0.0.1' },
          },
        }),
      );
      assert.equal(verdict.verdict, 'permitted');
      assert.deepEqual(verdict.calls, [
        {
          method: 'POST',
          path: '/nodes/pve1/qemu/9000/clone',
          params: { newid: 140, target: 'pve1', name: 'web-4', full: 1 },
        },
        {
          method: 'PUT',
          path: '/nodes/pve1/qemu/140/config',
          params: {
            cores: 4,
            ciuser: 'ops',
            sshkeys: 'ssh-ed25519%20AAAA%20me',
            ipconfig0: 'ip=10.0.0.5/24,gw=10.0.0.1',
          },
        },
      ]);
    });

    it('counts the memory that a clone takes over', async () => {
      cluster.setConfig('pve1', 'qemu', 9000, { name: 'debian', memory: 1024 * 1024, digest: 'd9000' });
      assert.ok(codes(await verdictOf(create({ template_vmid: 9000 }))).includes('memory_short'));
      assert.deepEqual(codes(await verdictOf(create({ template_vmid: 9000, memory_mib: 1024 }))), []);
    });

    it('warns about a readable password in user data', async () => {
      const verdict = await verdictOf(
        create({ cloud_init: { user_data: 'users:\n  - name: x\n    plain_text_passwd: hunter2\n' } }),
      );
      assert.ok(codes(verdict).includes('plaintext_password_warning'));
      assert.ok(!JSON.stringify({ ...verdict, calls: [] }).includes('hunter2'), 'and does not repeat it');
    });

    it('reads the short form of the published plan request', async () => {
      const verdict = await verdictOf({
        op: 'create',
        kind: 'virtualmachine',
        name: 'web-5',
        proxmox_node: 'pve1',
        proxmox_template_vmid: 9000,
        desired_vmid: 150,
        netbox_id: 7,
      });
      assert.equal(verdict.verdict, 'permitted');
      assert.deepEqual([verdict.vmid, verdict.node, verdict.netbox_id], [150, 'pve1', 7]);
    });
  });

  describe('of an update', () => {
    it('shows before and after of each key that changes, and nothing else', async () => {
      const verdict = await verdictOf(
        update({
          cores: 4,
          memory_mib: 2048,
          tags: ['db', 'prod'],
          nics: [{ model: 'virtio', bridge: 'vmbr1' }],
        }),
      );
      assert.equal(verdict.verdict, 'permitted');
      assert.deepEqual(verdict.changes, [
        { key: 'cores', before: '2', after: '4' },
        {
          key: 'net0',
          before: 'virtio=BC:24:11:00:00:05,bridge=vmbr0,firewall=1',
          after: 'virtio=BC:24:11:00:00:05,bridge=vmbr1,firewall=1',
        },
      ]);
    });

    it('is bound to the configuration that was looked at', async () => {
      const verdict = await verdictOf(update({ cores: 4 }));
      assert.deepEqual(verdict.calls, [
        { method: 'PUT', path: '/nodes/pve1/qemu/105/config', params: { cores: 4, digest: 'd105' } },
      ]);
    });

    it('clears tags with an empty list', async () => {
      const verdict = await verdictOf(update({ tags: [] }));
      assert.deepEqual(verdict.calls[0]?.params, { digest: 'd105' });
      assert.deepEqual(verdict.calls[0]?.cleared, ['tags']);
    });

    it('is no change when live already is what is wanted', async () => {
      const verdict = await verdictOf(update({ cores: 2, name: 'db-01' }));
      assert.equal(verdict.no_change, true);
      assert.deepEqual(verdict.calls, []);
    });

    it('is blocked for keys that need a running guest off, and never stops it', async () => {
      const verdict = await verdictOf(update({ vmid: 106, cores: 4 }));
      assert.equal(verdict.reason, 'update_requires_vm_stop');
      assert.match(verdict.message ?? '', /Nothing is stopped here/);
    });

    it('may change other keys of a running guest', async () => {
      assert.equal((await verdictOf(update({ vmid: 106, tags: ['x'] }))).verdict, 'permitted');
    });

    it('counts the memory that a guest will take, and names maintenance of its node', async () => {
      assert.ok(codes(await verdictOf(update({ memory_mib: 1024 * 1024 }))).includes('memory_short'));
      assert.deepEqual(codes(await verdictOf(update({ memory_mib: 1024 }))), []);
      cluster.set('/cluster/ha/status/manager_status', {
        manager_status: { node_status: { pve1: 'maintenance' } },
      });
      const verdict = await verdictOf(update({ cores: 4 }));
      assert.deepEqual([verdict.verdict, codes(verdict)], ['warning', ['node_in_maintenance']]);
    });

    it('treats a guest whose state was not told as running', async () => {
      cluster.change(105, { status: undefined });
      assert.equal((await verdictOf(update({ cores: 4 }))).reason, 'update_requires_vm_stop');
    });

    const refusals: readonly (readonly [string, IntentDiff, string])[] = [
      ['a guest that is not there', update({ vmid: 150 }), 'guest_missing'],
      ['a guest on another node', update({ node: 'pve2', cores: 4 }), 'toctou_mismatch'],
      ['a guest of the other kind', update({ vmid: 201, node: 'pve2' }), 'guest_kind'],
      ['a locked guest', update({ vmid: 107, tags: ['x'] }), 'guest_locked'],
      [
        'a disk that would have to move',
        update({ disks: [{ key: 'scsi0', storage: 'ceph', size: '32G' }] }),
        'disk_move_not_offered',
      ],
      [
        'a disk that would have to grow',
        update({ disks: [{ key: 'scsi0', storage: 'local-lvm', size: '64G' }] }),
        'disk_resize_not_offered',
      ],
    ];
    for (const [what, diff, code] of refusals)
      it(`is blocked by ${what}`, async () => {
        const verdict = await verdictOf(diff);
        assert.equal(verdict.verdict, 'blocked');
        assert.equal(verdict.reason, code);
      });
  });

  describe('of a deletion', () => {
    it('prepares no call, and says that a second person decides', async () => {
      const verdict = await verdictOf(remove({}));
      assert.equal(verdict.verdict, 'warning');
      assert.equal(verdict.reason, 'delete_routed_to_deletion_request');
      assert.deepEqual(verdict.calls, []);
    });

    it('names what leaves HA with the guest', async () => {
      const verdict = await verdictOf(remove({}));
      assert.deepEqual(
        verdict.ha.map(({ subject, id, effect }) => [subject, id, effect]),
        [
          ['resource', 'vm:105', 'removed'],
          ['rule', 'keep-db', 'removed'],
          ['rule', 'apart', 'changed'],
        ],
      );
    });

    it('is blocked on a node that is off, and for a guest that is protected or cannot be read', async () => {
      cluster.setConfig('pve1', 'qemu', 105, { name: 'db-01', protection: 1 });
      assert.equal((await verdictOf(remove({}))).reason, 'guest_protected');
      cluster.set('/nodes/pve1/qemu/105/config', new HttpFailure('timeout', 'pve1', 'no answer'));
      assert.equal((await verdictOf(remove({}))).reason, 'guest_unreadable');
      cluster.change(105, { node: 'pve3' });
      cluster.setConfig('pve3', 'qemu', 105, { name: 'db-01' });
      assert.equal((await verdictOf(remove({ node: 'pve3' }))).reason, 'node_offline');
    });

    it('no longer holds when another guest of that name got the number', async () => {
      const { hash } = await plan([remove({})]);
      cluster.setConfig('pve1', 'qemu', 105, { name: 'db-01', vmgenid: 'b-999', digest: 'd105' });
      assert.notEqual((await plan([remove({})])).hash, hash);
    });

    it('is blocked when HA cannot be read', async () => {
      cluster.set('/cluster/ha/rules', new HttpFailure('timeout', 'pve1', 'no answer'));
      assert.equal((await verdictOf(remove({}))).reason, 'ha_unknown');
    });

    it('is no change when it is asked for already', async () => {
      const verdict = await verdictOf(remove({}), { openRequest: () => Promise.resolve(42) });
      assert.equal(verdict.no_change, true);
      assert.match(verdict.message ?? '', /42/);
    });
  });

  it('is not permitted while writing is off, and still shows every verdict', async () => {
    const { permitted, blockers, changes } = await plan([create({})], {
      settings: settingsWith({ writesEnabled: false }),
    });
    assert.equal(permitted, false);
    assert.deepEqual(
      blockers.map(({ code }) => code),
      ['writes_disabled'],
    );
    assert.equal(changes[0]?.verdict.verdict, 'permitted');
  });

  it('is not permitted without quorum, nor when quorum was not told', async () => {
    for (const quorate of [0, undefined]) {
      cluster.set('/cluster/status', [
        { type: 'cluster', name: 'lab', quorate },
        { type: 'node', name: 'pve1', online: 1 },
        { type: 'node', name: 'pve2', online: 1 },
      ]);
      const { permitted, blockers } = await plan([create({})]);
      assert.equal(permitted, false);
      assert.deepEqual(
        blockers.map(({ code }) => code),
        ['not_quorate'],
      );
    }
  });

  it('is not permitted by what is left of a cluster, and is by a node that stands alone', async () => {
    const alone = { type: 'node', name: 'pve1', nodeid: 0, online: 1, local: 1 };
    for (const [rows, codes] of [
      [[alone], []],
      [[{ ...alone, nodeid: 2 }], ['not_quorate']],
      [[{ type: 'node', name: 'pve1', online: 1 }], ['not_quorate']],
      [[alone, { type: 7 }], ['not_quorate']],
    ] as const) {
      cluster.set('/cluster/status', rows);
      const { blockers } = await plan([create({})]);
      assert.deepEqual(
        blockers.map(({ code }) => code),
        codes,
      );
    }
  });

  it('blocks each change that the key has no permission for', async () => {
    const { changes } = await plan([create({}), update({ cores: 4 })], {
      actor: actorNamed('eve', ['view', 'intent_update_vm']),
    });
    assert.deepEqual(
      changes.map(({ verdict }) => verdict.reason),
      ['permission_missing', 'default_permit'],
    );
  });

  it('says of a cluster that does not answer that it knows nothing', async () => {
    cluster.set('/cluster/status', new HttpFailure('timeout', 'pve1', 'no answer within 5 s'));
    const { permitted, blockers, changes } = await plan([create({}), remove({})]);
    assert.equal(permitted, false);
    assert.deepEqual(
      blockers.map(({ code }) => code),
      ['cluster_unreachable'],
    );
    assert.deepEqual(
      changes.map(({ verdict }) => [verdict.verdict, verdict.reason]),
      [
        ['blocked', 'cluster_unreachable'],
        ['blocked', 'cluster_unreachable'],
      ],
    );
  });

  it('asks Proxmox once for what several changes need', async () => {
    await plan(
      Array.from({ length: 20 }, (_, index) => create({ vmid: 200 + index + 10, template_vmid: 9000 })),
    );
    assert.equal(new Set(cluster.gets).size, cluster.gets.length);
    assert.equal(cluster.gets.length, 7);
  });

  it('has another name as soon as something it depends on moved, and the same as long as nothing did', async () => {
    const diffs = [update({ tags: ['x'] }), create({ template_vmid: 9000 }), remove({ vmid: 106 })];
    const first = await plan(diffs);
    assert.equal((await plan(diffs)).hash, first.hash);
    cluster.setConfig('pve1', 'qemu', 9000, {
      name: 'debian',
      scsi0: 'local-lvm:base-9000-disk-0,size=8G',
      digest: 'other',
    });
    const templateChanged = await plan(diffs);
    assert.notEqual(templateChanged.hash, first.hash);
    assert.equal(templateChanged.diffsHash, first.diffsHash);
    cluster.change(106, { node: 'pve2' });
    assert.notEqual((await plan(diffs)).hash, templateChanged.hash);
  });
});
