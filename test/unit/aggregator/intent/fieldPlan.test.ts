import assert from 'node:assert/strict';
import { makePlan } from '../../../../src/aggregator/intent/plan/makePlan.ts';
import { guestPayloadSchema } from '../../../../src/contract/intent/guestPayload.ts';
import { actorNamed, FakeCluster, settingsWith } from './fakeCluster.ts';

type Kind = 'qemu' | 'lxc';
type Way = 'make' | 'clone' | 'update';

/** What each field would be, other than it is. */
const wanted: Readonly<Record<string, unknown>> = {
  name: 'other-name',
  hostname: 'other-name',
  description: 'new notes',
  template_vmid: 9000,
  full_clone: true,
  cores: 3,
  memory_mib: 4096,
  memory: 4096,
  swap: 256,
  storage: 'ceph',
  disk_gb: 8,
  iso: 'local:iso/debian-13.iso',
  ostemplate: 'local:vztmpl/debian.tar.zst',
  rootfs: 'ceph:8',
  disks: [{ key: 'mp1', value: 'ceph:1,mp=/srv' }],
  nics: [{ key: 'net1', bridge: 'vmbr0' }],
  tags: ['other'],
  onboot: true,
  unprivileged: true,
  password: 'never shown',
  cloud_init: { ssh_keys: ['ssh-ed25519 AAAA me'] },
};

const base: Readonly<Record<Kind, Readonly<Record<Way, Readonly<Record<string, unknown>>>>>> = {
  qemu: {
    make: { vmid: 140, node: 'pve1', name: 'web-4' },
    clone: { vmid: 140, node: 'pve1', name: 'web-4', template_vmid: 9000, full_clone: true },
    update: { vmid: 105, node: 'pve1' },
  },
  lxc: {
    make: { vmid: 140, node: 'pve1', hostname: 'web-4', ostemplate: 'local:vztmpl/debian.tar.zst' },
    clone: { vmid: 140, node: 'pve1', hostname: 'web-4', template_vmid: 9001, full_clone: true },
    update: { vmid: 202, node: 'pve1' },
  },
};

describe('the fields of a plan', () => {
  let cluster: FakeCluster;
  beforeEach(() => {
    cluster = new FakeCluster();
    const rows = cluster.answers.get('/cluster/resources') as object[];
    const lxc = { type: 'lxc', node: 'pve1', status: 'stopped' };
    cluster.set('/cluster/resources', [
      ...rows,
      { ...lxc, id: 'lxc/202', vmid: 202, name: 'mail', template: 0 },
      { ...lxc, id: 'lxc/9001', vmid: 9001, name: 'small', template: 1 },
    ]);
    cluster.setConfig('pve1', 'lxc', 202, { hostname: 'mail', cores: 1, memory: 512, digest: 'd202' });
    cluster.setConfig('pve1', 'lxc', 9001, { hostname: 'small', digest: 'd9001' });
  });
  const planned = async (kind: Kind, way: Way, payload: object) => {
    const diff = {
      op: way === 'update' ? ('update' as const) : ('create' as const),
      kind,
      payload: { ...base[kind][way], ...payload },
    };
    const plan = await makePlan([diff], {
      cluster,
      actor: actorNamed('mira'),
      settings: settingsWith(),
      openRequest: () => Promise.resolve(null),
    });
    const [change] = plan.changes;
    assert.ok(change);
    return { ...change.verdict, calls: JSON.stringify(change.prepared.calls) };
  };

  it('are all tried here', () => {
    assert.deepEqual(
      [...Object.keys(wanted), 'vmid', 'node'].sort(),
      Object.keys(guestPayloadSchema.shape).sort(),
    );
  });

  for (const kind of ['qemu', 'lxc'] as const)
    for (const way of ['make', 'clone', 'update'] as const)
      it(`of a ${kind} to ${way} change a call, or are blocked by name`, async () => {
        const { calls: before } = await planned(kind, way, {});
        for (const [field, sample] of Object.entries(wanted)) {
          const value = field === 'disks' && kind === 'qemu' ? [{ key: 'scsi1', value: 'ceph:1' }] : sample;
          // These three are what the bare payload says already, or what Proxmox does by itself.
          if (field in base[kind][way] || (field === 'unprivileged' && kind === 'lxc' && way === 'make'))
            continue;
          const verdict = await planned(kind, way, { [field]: value });
          if (verdict.verdict === 'blocked') {
            assert.match(verdict.message ?? '', /\w/);
            assert.notEqual(verdict.no_change, true, field);
          } else assert.notEqual(verdict.calls, before, `${field} is passed over`);
        }
      });

  const ignored: readonly (readonly [Kind, Way, object, string])[] = [
    ['qemu', 'update', { template_vmid: 9000 }, 'template_vmid'],
    ['qemu', 'update', { iso: 'local:iso/debian-13.iso' }, 'iso'],
    ['qemu', 'update', { storage: 'nosuch' }, 'storage'],
    ['qemu', 'update', { swap: 256 }, 'swap'],
    ['qemu', 'make', { swap: 256 }, 'swap'],
    ['qemu', 'make', { rootfs: 'ceph:8' }, 'rootfs'],
    ['qemu', 'make', { ostemplate: 'local:vztmpl/debian.tar.zst' }, 'ostemplate'],
    ['qemu', 'make', { unprivileged: true }, 'unprivileged'],
    ['qemu', 'make', { password: 'never shown' }, 'password'],
    ['qemu', 'make', { full_clone: true }, 'full_clone'],
    ['qemu', 'clone', { disk_gb: 500 }, 'disk_gb'],
    ['qemu', 'make', { storage: 'ceph', disk_gb: 8, disks: [{ key: 'scsi1', value: 'ceph:1' }] }, 'storage'],
    ['qemu', 'make', { hostname: 'other-name' }, 'hostname'],
    ['qemu', 'make', { memory: 1024, memory_mib: 2048 }, 'memory'],
    ['qemu', 'make', { cloud_init: { network: { cidr: 24 } } }, 'cloud_init.network'],
    [
      'qemu',
      'make',
      { cloud_init: { network: { ipconfig0: 'ip=dhcp', ip: '10.0.0.5' } } },
      'cloud_init.network',
    ],
    ['lxc', 'update', { password: 'never shown' }, 'password'],
    ['lxc', 'update', { cloud_init: wanted.cloud_init }, 'cloud_init'],
    ['lxc', 'update', { disk_gb: 8 }, 'disk_gb'],
    ['lxc', 'make', { iso: 'local:iso/debian-13.iso' }, 'iso'],
    ['lxc', 'make', { storage: 'ceph', rootfs: 'ceph:8', disk_gb: 9 }, 'disk_gb'],
  ];
  for (const [kind, way, payload, field] of ignored)
    it(`are blocked where they have no effect: ${JSON.stringify(payload)} of a ${kind} to ${way}`, async () => {
      const verdict = await planned(kind, way, payload);
      assert.equal(verdict.verdict, 'blocked');
      assert.ok(
        verdict.findings.some(({ code, field: at }) => code === 'field_not_applied' && at === field),
        JSON.stringify(verdict.findings),
      );
    });

  it('need a storage for a size, and compare a size with the disk that is there', async () => {
    assert.equal((await planned('lxc', 'make', { disk_gb: 8 })).reason, 'disk_without_storage');
    assert.equal((await planned('qemu', 'update', { disk_gb: 500 })).reason, 'disk_resize_not_offered');
    assert.equal((await planned('qemu', 'update', { disk_gb: 32 })).no_change, true);
  });

  it('take a host name for the name of a virtual machine', async () => {
    const verdict = await planned('qemu', 'make', { name: undefined, hostname: 'web-9' });
    assert.equal(verdict.verdict, 'permitted');
    assert.match(verdict.calls, /"name":"web-9"/);
  });
});
