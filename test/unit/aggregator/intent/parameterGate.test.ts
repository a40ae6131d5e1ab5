import assert from 'node:assert/strict';
import { ForbiddenChange, sendChange } from '../../../../src/aggregator/intent/guest/sendChange.ts';
import { makePlan } from '../../../../src/aggregator/intent/plan/makePlan.ts';
import type { PreparedCall } from '../../../../src/aggregator/intent/plan/preparedChange.ts';
import type { IntentDiff } from '../../../../src/contract/intent/diff.ts';
import { guestPayloadSchema } from '../../../../src/contract/intent/guestPayload.ts';
import { actorNamed, FakeCluster, settingsWith } from './fakeCluster.ts';

type Kind = 'qemu' | 'lxc';

/** A value for each field of a payload that is about the guest's settings. */
const samples: Readonly<Record<string, unknown>> = {
  vmid: 140,
  node: 'pve1',
  name: 'web-4',
  hostname: 'web-4',
  description: 'two\nlines',
  template_vmid: 9000,
  full_clone: true,
  cores: 3,
  memory_mib: 4096,
  memory: 4096,
  swap: 256,
  storage: 'local-lvm',
  disk_gb: 8,
  iso: 'local:iso/debian-13.iso',
  ostemplate: 'local:vztmpl/debian.tar.zst',
  rootfs: 'local-lvm:8',
  disks: [{ storage: 'local-lvm', size_gib: 4 }],
  nics: [{ bridge: 'vmbr0' }],
  tags: ['a', 'b'],
  onboot: true,
  unprivileged: true,
  password: 'never shown',
  cloud_init: {
    user: 'ops',
    ssh_keys: ['ssh-ed25519 AAAA me'],
    user_data: 'user=local:snippets/x.yaml',
    network: { ipconfig0: 'ip=dhcp' },
    search_domain: 'lab',
    dns_servers: ['10.0.0.1'],
  },
};

/** Parameters that must not be reached by a declared intent, however it is written. */
const harmful = [
  ...['delete', 'vmid', 'newid', 'target', 'archive', 'force', 'unique', 'restore', 'args', 'hookscript'],
  ...['cipassword', 'template', 'protection', 'skiplock', 'revert', 'lock', 'unused0', 'hostpci0', 'usb0'],
  ...['serial0', 'parallel0', 'features', 'lxc.init', 'dev0', 'digest', 'scsi31', 'virtio16', 'scsi00'],
  ...['net32', 'Scsi0', 'scsi0 ', 'toString', 'constructor0', 'rootfs0', '__proto__'],
];

describe('the parameters that reach Proxmox', () => {
  let cluster: FakeCluster;
  beforeEach(() => {
    cluster = new FakeCluster();
  });

  const prepared = async (diff: IntentDiff) => {
    const plan = await makePlan([diff], {
      cluster,
      actor: actorNamed('mira'),
      settings: settingsWith(),
      openRequest: () => Promise.resolve(null),
    });
    const [change] = plan.changes;
    assert.ok(change);
    return { ...change.prepared, verdict: change.verdict };
  };
  const diffOf = (op: 'create' | 'update', kind: Kind, payload: object): IntentDiff => ({
    op,
    kind,
    payload: {
      ...(op === 'create'
        ? {
            vmid: 140,
            node: 'pve1',
            name: 'web-4',
            ...(kind === 'lxc' ? { ostemplate: samples.ostemplate } : {}),
          }
        : kind === 'qemu'
          ? { vmid: 105, node: 'pve1' }
          : { vmid: 201, node: 'pve2' }),
      ...payload,
    },
  });

  it('have a sample for every field of a payload', () => {
    assert.deepEqual(Object.keys(samples).sort(), Object.keys(guestPayloadSchema.shape).sort());
  });

  for (const op of ['create', 'update'] as const)
    for (const kind of ['qemu', 'lxc'] as const)
      it(`are all on the list, whichever field a ${kind} ${op} gives`, async () => {
        let sent = 0;
        for (const [field, value] of Object.entries(samples)) {
          if (op === 'update' && (field === 'vmid' || field === 'node')) continue;
          const { calls } = await prepared(diffOf(op, kind, { [field]: value }));
          for (const call of calls) {
            await sendChange(cluster.api, call);
            sent += 1;
          }
        }
        assert.ok(sent >= 6, `${sent} calls`);
        assert.ok(cluster.writes.every(({ params }) => !Object.hasOwn(params, 'delete')));
      });

  for (const op of ['create', 'update'] as const)
    for (const kind of ['qemu', 'lxc'] as const)
      for (const list of ['disks', 'nics'] as const)
        it(`are not chosen by a name in ${list} of a ${kind} ${op}`, async () => {
          for (const field of ['slot', 'key', 'name'])
            for (const name of harmful) {
              const entry = { [field]: name, value: field === 'name' ? 'bridge=vmbr0' : 'scsi0' };
              const { calls, verdict } = await prepared(diffOf(op, kind, { [list]: [entry] }));
              // `name` names a device only when it looks like one, and is an option of a container's card otherwise.
              if (field === 'name') {
                for (const { params } of calls)
                  assert.ok(!Object.hasOwn(params, name) || name === 'vmid', `${field} ${name}`);
                continue;
              }
              assert.equal(verdict.verdict, 'blocked', `${field} ${name}`);
              assert.deepEqual(calls, [], `${field} ${name}`);
            }
        });

  const refusals: readonly (readonly [string, Kind, object, string])[] = [
    [
      'a disk given twice',
      'qemu',
      {
        disks: [
          { key: 'scsi1', value: 'ceph:1' },
          { slot: 'scsi1', value: 'ceph:2' },
        ],
      },
      'device_twice',
    ],
    [
      'a disk in the drive of the ISO',
      'qemu',
      { iso: samples.iso, disks: [{ key: 'ide2', value: 'ceph:1' }] },
      'device_twice',
    ],
    [
      'a card among the disks',
      'qemu',
      { disks: [{ key: 'net0', value: 'virtio,bridge=vmbr0' }] },
      'device_not_offered',
    ],
    ['a disk among the cards', 'qemu', { nics: [{ key: 'scsi1', value: 'ceph:1' }] }, 'device_not_offered'],
    [
      'a root volume of a virtual machine',
      'qemu',
      { disks: [{ key: 'rootfs', value: 'ceph:1' }] },
      'device_not_offered',
    ],
    ['a misspelled option', 'qemu', { nics: [{ key: 'net0', modle: 'e1000' }] }, 'device_option_unknown'],
    [
      'a misspelled option in a ready value',
      'qemu',
      { nics: [{ value: 'virtio,brigde=vmbr0' }] },
      'device_option_unknown',
    ],
    [
      'an option hidden in the value of another',
      'qemu',
      { disks: [{ key: 'scsi1', storage: 'ceph', size_gib: 1, cache: 'none,import-from=ceph:x' }] },
      'device_option_unknown',
    ],
    [
      'an option given twice',
      'qemu',
      { nics: [{ value: 'virtio,bridge=vmbr0,bridge=vmbr1' }] },
      'device_option_unknown',
    ],
    [
      'a disk that forgets what was written',
      'qemu',
      { disks: [{ key: 'scsi1', value: 'ceph:1,snapshot=1' }] },
      'device_option_unknown',
    ],
    ['a model that is none', 'qemu', { nics: [{ value: 'fast,bridge=vmbr0' }] }, 'device_option_unknown'],
  ];
  for (const [what, kind, payload, code] of refusals)
    it(`are not made of ${what}`, async () => {
      for (const op of ['create', 'update'] as const) {
        const { calls, verdict } = await prepared(diffOf(op, kind, payload));
        assert.deepEqual([verdict.verdict, verdict.reason, calls.length], ['blocked', code, 0]);
      }
    });

  it('are held to the list once more where they are sent, with nothing sent otherwise', async () => {
    const config = '/nodes/pve1/qemu/105/config';
    const bad: readonly PreparedCall[] = [
      ...harmful
        .filter((name) => name !== 'digest')
        .map((name): PreparedCall => ({ method: 'PUT', path: config, params: { [name]: '1' } })),
      { method: 'PUT', path: config, params: {}, cleared: ['scsi0'] },
      { method: 'PUT', path: config, params: {}, cleared: ['tags,scsi0'] },
      { method: 'PUT', path: config, params: {}, cleared: ['unused0'] },
      { method: 'PUT', path: config, params: { tags: 'x' }, cleared: ['tags'] },
      { method: 'PUT', path: config, params: { name: 'x\nargs: -evil' } },
      { method: 'PUT', path: config, params: { swap: 1 } },
      { method: 'POST', path: config, params: { cores: 1 } },
      { method: 'PUT', path: '/nodes/pve1/qemu/105/resize', params: {} },
      { method: 'PUT', path: '/nodes/pve1/qemu/105/../106/config', params: { cores: 1 } },
      { method: 'PUT', path: '/nodes/pve1/qemu/105/config?delete=scsi0', params: { cores: 1 } },
      { method: 'POST', path: '/nodes/pve1/qemu/105/status/stop', params: {} },
      { method: 'POST', path: '/nodes/pve1/qemu', params: { vmid: 140, archive: 'x', force: 1 } },
      { method: 'POST', path: '/nodes/pve1/qemu', params: { vmid: 140 }, cleared: ['tags'] },
      { method: 'POST', path: '/nodes/pve1/qemu/9000/clone', params: { newid: 140, scsi0: 'x' } },
    ];
    for (const call of bad)
      await assert.rejects(sendChange(cluster.api, call), ForbiddenChange, JSON.stringify(call));
    assert.equal(cluster.writes.length, 0);

    await sendChange(cluster.api, {
      method: 'PUT',
      path: config,
      params: { cores: 2 },
      cleared: ['tags', 'description'],
    });
    assert.deepEqual(cluster.writes[0]?.params, { cores: 2, delete: 'tags,description' });
  });
});
