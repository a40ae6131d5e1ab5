import assert from 'node:assert/strict';
import { makePlan } from '../../../../src/aggregator/intent/plan/makePlan.ts';
import type { IntentDiff } from '../../../../src/contract/intent/diff.ts';
import { actorNamed, FakeCluster, settingsWith } from './fakeCluster.ts';

type Kind = 'qemu' | 'lxc';

describe('the disks of a plan', () => {
  let cluster: FakeCluster;
  beforeEach(() => {
    cluster = new FakeCluster();
  });
  const planned = async (op: 'create' | 'update', kind: Kind, payload: object) => {
    const diff: IntentDiff = {
      op,
      kind,
      payload: {
        ...(op === 'create' ? { vmid: 140, node: 'pve1', name: 'web-4' } : { vmid: 105, node: 'pve1' }),
        ...(op === 'create' && kind === 'lxc' ? { ostemplate: 'local:vztmpl/debian.tar.zst' } : {}),
        ...payload,
      },
    };
    const plan = await makePlan([diff], {
      cluster,
      actor: actorNamed('mira'),
      settings: settingsWith(),
      openRequest: () => Promise.resolve(null),
    });
    const [change] = plan.changes;
    assert.ok(change);
    return { ...change.verdict, calls: change.prepared.calls };
  };
  const disk = (value: string, rest: object = {}) => ({ disks: [{ key: 'scsi1', value, ...rest }] });

  const refusals: readonly (readonly [string, Kind, object, string])[] = [
    ['a storage that is not there', 'qemu', disk('nosuch:32'), 'storage_unknown'],
    ['a storage without room', 'qemu', disk('ceph:999999'), 'storage_full'],
    ['a storage for other things', 'qemu', disk('local:8'), 'storage_content'],
    ['no storage', 'qemu', { disks: [{ key: 'scsi1', size_gib: 8 }] }, 'disk_without_storage'],
    ['no storage for the first disk', 'qemu', { disk_gb: 8 }, 'disk_without_storage'],
    ['no size', 'qemu', { disks: [{ key: 'scsi1', storage: 'ceph' }] }, 'disk_without_size'],
    [
      'a size that cannot be read',
      'qemu',
      { disks: [{ key: 'scsi1', storage: 'ceph', size: 'big' }] },
      'disk_without_size',
    ],
    ['no size but zero', 'qemu', disk('ceph:0'), 'disk_without_size'],
    ['options alone', 'qemu', { disks: [{ key: 'scsi1', discard: 'on' }] }, 'disk_without_volume'],
    ['nothing', 'qemu', { disks: [{ key: 'scsi1' }] }, 'disk_without_volume'],
    ['a size beside the volume', 'qemu', disk('ceph:8,size=640G'), 'disk_size_misplaced'],
    ['the volume of another guest', 'qemu', disk('ceph:vm-101-disk-0'), 'volume_not_offered'],
    [
      'the volume of another guest as an option',
      'qemu',
      { disks: [{ key: 'scsi1', file: 'ceph:vm-101-disk-0' }] },
      'volume_not_offered',
    ],
    [
      'the volume of another guest in a folder',
      'qemu',
      disk('ceph:101/vm-101-disk-0.qcow2'),
      'volume_not_offered',
    ],
    ['a device of the node', 'qemu', disk('/dev/sda'), 'volume_not_offered'],
    ['an image as a disk', 'qemu', disk('local:iso/debian-13.iso'), 'volume_not_offered'],
    [
      'an image that is not there',
      'qemu',
      { disks: [{ key: 'ide2', value: 'local:iso/none.iso,media=cdrom' }] },
      'iso_missing',
    ],
    [
      'a cloud-init drive nowhere',
      'qemu',
      { disks: [{ key: 'ide0', value: 'nosuch:cloudinit' }] },
      'storage_unknown',
    ],
    ['a root volume nowhere', 'lxc', { rootfs: 'nosuch:9999999' }, 'storage_unknown'],
    ['a root volume without room', 'lxc', { rootfs: 'ceph:41' }, 'storage_full'],
    ['a folder of the node', 'lxc', { disks: [{ value: '/etc,mp=/mnt' }] }, 'volume_not_offered'],
  ];
  for (const [what, kind, payload, code] of refusals)
    it(`are not made of ${what}`, async () => {
      const verdict = await planned('create', kind, payload);
      assert.deepEqual([verdict.verdict, verdict.reason], ['blocked', code], verdict.message ?? '');
      if (kind === 'lxc' || 'disk_gb' in payload) return;
      const added = await planned('update', kind, payload);
      assert.deepEqual([added.verdict, added.reason], ['blocked', code], added.message ?? '');
    });

  it('are made in each documented form', async () => {
    for (const payload of [
      disk('ceph:8'),
      disk('ceph:8,discard=on,ssd=1'),
      { disks: [{ key: 'scsi1', storage: 'ceph', size: '8G', cache: 'none' }] },
      { disks: [{ key: 'ide2', value: 'local:iso/debian-13.iso,media=cdrom' }] },
      { disks: [{ key: 'ide2', value: 'none,media=cdrom' }] },
      { disks: [{ key: 'ide0', value: 'local-lvm:cloudinit' }] },
      { storage: 'ceph', disk_gb: 8 },
    ])
      assert.equal((await planned('create', 'qemu', payload)).verdict, 'permitted', JSON.stringify(payload));
    for (const payload of [
      { rootfs: 'ceph:8' },
      { storage: 'ceph', disk_gb: 8 },
      { disks: [{ value: 'ceph:8,mp=/srv' }] },
    ])
      assert.equal((await planned('create', 'lxc', payload)).verdict, 'permitted', JSON.stringify(payload));
  });

  it('count the room of every form', async () => {
    const verdict = await planned('create', 'qemu', {
      disks: [
        { key: 'scsi0', value: 'ceph:30' },
        { key: 'scsi1', storage: 'ceph', size: 30 },
      ],
    });
    assert.equal(verdict.reason, 'storage_full');
  });

  const kept: readonly (readonly [string, object, string])[] = [
    ['moved', { key: 'scsi0', value: 'ceph:32' }, 'disk_move_not_offered'],
    ['grown', { key: 'scsi0', value: 'local-lvm:64' }, 'disk_resize_not_offered'],
    [
      'grown by its option',
      { key: 'scsi0', value: 'local-lvm:vm-105-disk-0,size=640G' },
      'disk_resize_not_offered',
    ],
    ['grown by an option alone', { key: 'scsi0', value: 'size=640G' }, 'disk_resize_not_offered'],
    ['grown without naming its storage', { key: 'scsi0', size: '64G' }, 'disk_resize_not_offered'],
    ['swapped for another', { key: 'scsi0', value: 'local-lvm:vm-101-disk-0' }, 'disk_move_not_offered'],
    ['swapped by an option', { key: 'scsi0', file: 'local-lvm:vm-101-disk-0' }, 'disk_move_not_offered'],
    ['emptied', { key: 'scsi0', value: 'none,media=cdrom' }, 'disk_move_not_offered'],
    ['made a cloud-init drive', { key: 'scsi0', value: 'local-lvm:cloudinit' }, 'disk_move_not_offered'],
  ];
  for (const [what, entry, code] of kept)
    it(`that exist are not ${what}`, async () => {
      const verdict = await planned('update', 'qemu', { disks: [entry] });
      assert.deepEqual(
        [verdict.verdict, verdict.reason, verdict.no_change],
        ['blocked', code, false],
        verdict.message ?? '',
      );
    });

  it('that exist are no change when they are named as they are', async () => {
    for (const entry of [
      { key: 'scsi0', value: 'local-lvm:vm-105-disk-0,size=32G' },
      { key: 'scsi0', value: 'local-lvm:32' },
      { key: 'scsi0', storage: 'local-lvm', size: '32G' },
    ])
      assert.equal(
        (await planned('update', 'qemu', { disks: [entry] })).no_change,
        true,
        JSON.stringify(entry),
      );
  });

  it('name each thing once', async () => {
    for (const entry of [
      { key: 'scsi1', slot: 'scsi2', value: 'ceph:1' },
      { key: 'scsi1', value: 'ceph:1', config: 'ceph:2' },
      { key: 'scsi1', value: 'ceph:1', size: '64G' },
      { key: 'scsi1', value: 'ceph:1', cache: 'none' },
      { key: 'scsi1', storage: 'ceph', size: 1, size_gib: 2 },
    ])
      assert.equal(
        (await planned('create', 'qemu', { disks: [entry] })).reason,
        'field_not_applied',
        JSON.stringify(entry),
      );
  });
});
