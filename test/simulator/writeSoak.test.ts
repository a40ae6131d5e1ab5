import assert from 'node:assert/strict';
import { disksOf, unusedOf } from '../../src/simulator/world/guestDisks.ts';
import type { ClusterWorld } from '../../src/simulator/world/model.ts';
import { createRandom } from '../../src/simulator/world/random.ts';
import { type Row, WritingClient } from './support/writingClient.ts';

const lists = [
  '/cluster/resources',
  '/cluster/tasks',
  '/cluster/ha/resources',
  '/cluster/ha/status/current',
  '/cluster/ha/status/manager_status',
  '/cluster/nextid',
  '/nodes/pve1/qemu',
  '/nodes/pve2/lxc',
  '/nodes/pve1/storage/nas/content',
  '/nodes/pve2/storage/local-zfs/content',
];

/** What must hold whatever was written. */
function checkWhole(cluster: ClusterWorld): void {
  for (const guest of cluster.guests.values()) {
    const node = cluster.store.guestNodes.get(guest.vmid) ?? '';
    assert.ok(cluster.guestsByNode.get(node)?.has(guest), `${guest.vmid} is indexed on ${node}`);
    if (guest.lock === 'create' || guest.lock === 'clone') continue;
    for (const { volid } of disksOf(guest.type, guest.config))
      assert.ok(cluster.volumes.find(node, volid), `${guest.vmid} has its ${volid} on ${node}`);
    for (const [, volid] of unusedOf(guest.config)) assert.ok(cluster.volumes.find(node, volid), volid);
  }
  for (const volume of cluster.volumes.all) {
    if (volume.vmid !== null)
      assert.ok(cluster.guests.has(volume.vmid), `${volume.volid} belongs to a guest`);
  }
  for (const storage of cluster.storages) {
    for (const used of storage.usedBytes.values())
      assert.ok(used >= 0 && used <= storage.totalBytes, `${storage.storage} holds no more than fits`);
  }
}

describe('any mix of simulated writes', () => {
  let pve: WritingClient;
  beforeEach(async () => {
    pve = await WritingClient.start('lab', { calm: false });
  });
  afterEach(() => pve.close());

  for (const seed of [2, 7]) {
    it(`keeps the world whole and every list readable (seed ${seed})`, async function () {
      this.timeout(60_000);
      const { world } = pve.simulator.world.cluster('lab');
      const random = createRandom(seed);
      const nodes = ['pve1', 'pve2', 'pve3'];
      const refused = new Set<string>();
      let done = 0;

      const write = async (guest: Row | undefined): Promise<void> => {
        const node = random.pick(nodes);
        const vmid = random.between(300, 330);
        const path = `/nodes/${guest?.node}/${guest?.type}/${guest?.vmid}`;
        const disk = `${random.pick(['nas', 'local-zfs'])}:${random.between(1, 40)}`;
        const [method, target, fields] = random.pick<[string, string, Record<string, string | number>]>([
          [
            'POST',
            `/nodes/${node}/qemu`,
            { vmid, scsi0: disk, net0: 'virtio,bridge=vmbr0', start: random.between(0, 1) },
          ],
          [
            'POST',
            `/nodes/${node}/lxc`,
            {
              vmid,
              ostemplate: 'local:vztmpl/alpine-3.22-default_20250617_amd64.tar.xz',
              rootfs: disk,
              unprivileged: 1,
            },
          ],
          ['POST', `${path}/clone`, { newid: vmid, full: random.between(0, 1), target: node }],
          ['PUT', `${path}/config`, { cores: random.between(1, 8), memory: random.between(64, 4096) }],
          ['PUT', `${path}/config`, guest?.type === 'qemu' ? { scsi1: disk } : { mp0: `${disk},mp=/data` }],
          ['PUT', `${path}/config`, { delete: random.pick(['scsi1', 'mp0', 'unused0', 'net0', 'tags']) }],
          ['PUT', `${path}/resize`, { disk: guest?.type === 'qemu' ? 'scsi0' : 'rootfs', size: '+1G' }],
          ['POST', `${path}/status/${random.pick(['start', 'stop', 'shutdown', 'reboot'])}`, {}],
          ['DELETE', path, { purge: random.between(0, 1) }],
          ['POST', '/cluster/ha/resources', { sid: String(guest?.vmid) }],
          ['DELETE', `/cluster/ha/resources/${guest?.type === 'lxc' ? 'ct' : 'vm'}:${guest?.vmid}`, {}],
        ]);
        const result = await pve.send(method, target, fields);
        if (result.status === 200) done += 1;
        else refused.add(result.reason);
        assert.notEqual(result.reason, 'internal error', `${method} ${target} ${JSON.stringify(fields)}`);
      };

      for (let round = 0; round < 400; round += 1) {
        if (round % 80 === 40) await pve.admin('/nodes/pve3/power', { on: false });
        if (round % 80 === 70) await pve.admin('/nodes/pve3/power', { on: true });
        if (round % 25 === 0) await pve.admin('/tasks/fault', { kind: 'fail', times: 1 });
        const guests = await pve.rows('/cluster/resources?type=vm');
        await write(random.pick(guests));
        await pve.seconds(random.between(0, 8));
        checkWhole(world);
        for (const path of lists) {
          const result = await pve.send('GET', path);
          const isAway = result.status === 595;
          assert.ok(result.status === 200 || isAway, `${path}: ${result.status} ${result.reason}`);
        }
      }
      assert.ok(done > 100, `${done} writes were accepted`);
      assert.ok(refused.size > 10, [...refused].join('\n'));
    });
  }
});
