import assert from 'node:assert/strict';
import { taskPath, WritingClient } from './support/writingClient.ts';

describe('simulated guests come and go', () => {
  let pve: WritingClient;
  beforeEach(async () => {
    pve = await WritingClient.start('lab');
  });
  afterEach(() => pve.close());

  it('a machine is created by a task that takes its time, locked meanwhile', async () => {
    const upid = String(
      await pve.accepted('POST', '/nodes/pve1/qemu', {
        vmid: 300,
        name: 'fresh',
        cores: 4,
        memory: 8192,
        scsi0: 'local-zfs:20,iothread=1',
        ide2: 'local:iso/debian-13.1.0-amd64-netinst.iso,media=cdrom',
        net0: 'virtio,bridge=vmbr0',
        tags: 'web;lab;web',
        scsihw: 'virtio-scsi-single',
      }),
    );
    assert.match(upid, /^UPID:pve1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmcreate:300:root@pam!console:$/);
    assert.equal((await pve.taskStatus(upid)).status, 'running');
    assert.equal((await pve.guest(300))?.lock, 'create');
    assert.equal(await pve.endOf(upid), 'OK');
    const { lock, name, maxcpu, maxmem, maxdisk, status, tags, node } = (await pve.guest(300)) ?? {};
    assert.deepEqual(
      { lock, name, maxcpu, maxmem, maxdisk, status, tags, node },
      {
        lock: undefined,
        name: 'fresh',
        maxcpu: 4,
        maxmem: 8 * 1024 ** 3,
        maxdisk: 20 * 1024 ** 3,
        status: 'stopped',
        tags: 'lab;web',
        node: 'pve1',
      },
    );
    const config = await pve.row('/nodes/pve1/qemu/300/config');
    assert.equal(config.scsi0, 'local-zfs:vm-300-disk-0,iothread=1,size=20G');
    assert.equal(config.ide2, 'local:iso/debian-13.1.0-amd64-netinst.iso,media=cdrom,size=783M');
    assert.match(String(config.net0), /^virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0$/);
    assert.equal(config.boot, 'order=scsi0;ide2;net0');
    assert.match(String(config.vmgenid), /^[0-9a-f]{8}-/);
    assert.match(String(config.digest), /^[0-9a-f]{40}$/);
    const listed = (await pve.rows('/cluster/tasks')).find((row) => row.upid === upid);
    assert.equal(listed?.status, 'OK');
  });

  it('a container is created from a template, its password nowhere to be seen', async () => {
    const end = await pve.ends('POST', '/nodes/pve2/lxc', {
      vmid: 301,
      hostname: 'ct-fresh',
      ostemplate: 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
      rootfs: 'nas:8',
      memory: 1024,
      password: 'correct-horse',
      unprivileged: 1,
      net0: 'name=eth0,bridge=vmbr0,ip=dhcp',
    });
    assert.equal(end, 'OK');
    const config = await pve.row('/nodes/pve2/lxc/301/config');
    assert.equal(config.rootfs, 'nas:301/vm-301-disk-0.raw,size=8G');
    assert.match(String(config.net0), /^name=eth0,bridge=vmbr0,hwaddr=BC:24:11:.*,ip=dhcp,type=veth$/);
    assert.deepEqual([config.memory, config.ostype, config.unprivileged], [1024, 'debian', 1]);
    assert.equal(JSON.stringify(config).includes('correct-horse'), false);
  });

  it('a template is cloned: whole with progress and new identifiers, or linked', async () => {
    const upid = String(
      await pve.accepted('POST', '/nodes/pve1/qemu/900/clone', {
        newid: 310,
        name: 'copy',
        full: 1,
        target: 'pve2',
        storage: 'nas',
      }),
    );
    assert.match(upid, /:qmclone:900:/);
    await pve.seconds(12);
    assert.equal((await pve.guest(310))?.lock, 'clone');
    assert.ok((await pve.taskLog(upid)).some((line) => /transferred .*\(\d+\.\d\d%\)/.test(line)));
    assert.equal(await pve.endOf(upid), 'OK');
    assert.equal((await pve.guest(310))?.node, 'pve2');
    const source = await pve.row('/nodes/pve1/qemu/900/config');
    const copy = await pve.row('/nodes/pve2/qemu/310/config');
    for (const key of ['net0', 'smbios1', 'vmgenid', 'scsi0']) assert.notEqual(copy[key], source[key], key);
    assert.deepEqual([copy.name, copy.template, copy.memory], ['copy', undefined, source.memory]);
    assert.equal(await pve.ends('POST', '/nodes/pve1/qemu/900/clone', { newid: 311 }), 'OK');
    assert.match(
      String((await pve.row('/nodes/pve1/qemu/311/config')).scsi0),
      /^nas:900\/base-900-disk-0\.qcow2\/311\/vm-311-disk-0\.qcow2,/,
    );
    assert.equal(
      await pve.ends('DELETE', '/nodes/pve1/qemu/900'),
      "base volume 'nas:900/base-900-disk-0.qcow2' is still in use by linked cloned",
    );
  });

  it('a guest is destroyed with its volumes, and with purge leaves HA', async () => {
    assert.deepEqual(await pve.refusal('DELETE', '/nodes/pve2/qemu/105'), [
      500,
      'unable to remove VM 105 - used in HA resources and purge parameter not set.',
    ]);
    const upid = String(await pve.accepted('DELETE', '/nodes/pve2/qemu/105', { purge: 1 }));
    assert.equal(await pve.endOf(upid), 'OK');
    assert.equal(await pve.guest(105), undefined);
    const ha = await pve.rows('/cluster/ha/resources');
    assert.equal(
      ha.some((row) => row.sid === 'vm:105'),
      false,
    );
    assert.ok((await pve.taskLog(upid)).includes('NOTE: removed VM 105 from HA resource configuration.'));
    assert.deepEqual(await pve.refusal('GET', '/nodes/pve2/qemu/105/config'), [
      500,
      "Configuration file 'nodes/pve2/qemu-server/105.conf' does not exist",
    ]);
    assert.equal(await pve.ends('POST', '/nodes/pve2/qemu', { vmid: 105 }), 'OK', 'its number is free again');
  });

  it('running guests are not destroyed', async () => {
    assert.deepEqual(await pve.refusal('DELETE', '/nodes/pve2/qemu/110'), [
      500,
      'VM 110 is running - destroy failed',
    ]);
    assert.deepEqual(await pve.refusal('DELETE', '/nodes/pve3/lxc/250', { purge: 1 }), [
      500,
      'unable to destroy CT 250 - container is running',
    ]);
  });

  it('task logs come in pages', async () => {
    const upid = String(await pve.accepted('POST', '/nodes/pve1/qemu/900/clone', { newid: 312, full: 1 }));
    await pve.endOf(upid);
    const all = await pve.taskLog(upid);
    const page = (await pve.send('GET', `${taskPath(upid)}/log?start=2&limit=3`)).json();
    assert.deepEqual(
      (page.data as { n: number; t: string }[]).map(({ n, t }) => [n, t]),
      all.slice(2, 5).map((line, index) => [index + 3, line]),
    );
    assert.equal(page.total, all.length);
    assert.equal(all.at(-1), 'TASK OK');
  });

  it('a stopped container is copied whole; its source is locked meanwhile', async () => {
    assert.deepEqual(await pve.refusal('POST', '/nodes/pve3/lxc/250/clone', { newid: 350, full: 1 }), [
      500,
      'Full clone of a running container is only possible from a snapshot',
    ]);
    assert.equal(await pve.ends('POST', '/nodes/pve3/lxc/250/status/shutdown'), 'OK');
    const upid = String(
      await pve.accepted('POST', '/nodes/pve3/lxc/250/clone', { newid: 350, hostname: 'twin', full: 1 }),
    );
    assert.match(upid, /:vzclone:250:/);
    assert.deepEqual([(await pve.guest(250))?.lock, (await pve.guest(350))?.lock], ['disk', 'create']);
    assert.equal(await pve.endOf(upid), 'OK');
    assert.equal((await pve.guest(250))?.lock, undefined);
    const source = await pve.row('/nodes/pve3/lxc/250/config');
    const copy = await pve.row('/nodes/pve3/lxc/350/config');
    assert.equal(copy.hostname, 'twin');
    assert.equal(copy.rootfs, 'local-zfs:subvol-350-disk-0,size=8G');
    assert.notEqual(copy.net0, source.net0);
  });

  it('volumes that no configuration names go only when asked for', async () => {
    await pve.accepted('PUT', '/nodes/pve1/qemu/150/config', { scsi1: 'nas:1' });
    const { volumes, guests } = pve.simulator.world.cluster('lab').world;
    guests.get(150)?.config.delete('scsi1');
    const left = async (): Promise<number> =>
      (await pve.rows('/nodes/pve1/storage/nas/content?vmid=150')).length;
    assert.equal(await left(), 1);
    assert.equal(await pve.ends('DELETE', '/nodes/pve1/qemu/150'), 'OK');
    assert.equal(await left(), 1);
    await pve.ends('POST', '/nodes/pve1/qemu', { vmid: 150 });
    assert.equal(await pve.ends('DELETE', '/nodes/pve1/qemu/150', { 'destroy-unreferenced-disks': 1 }), 'OK');
    assert.equal(await left(), 0);
    assert.equal(volumes.ofGuest(150).length, 0);
  });

  it('cloud-init: a copy of a template has a drive of its own, a new machine gets one where it is asked for', async () => {
    assert.equal(await pve.ends('POST', '/nodes/pve1/qemu/900/clone', { newid: 360, full: 0 }), 'OK');
    await pve.accepted('PUT', '/nodes/pve1/qemu/360/config', {
      ciuser: 'ops',
      sshkeys: encodeURIComponent('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ops@desk'),
      ipconfig0: 'ip=192.0.2.80/24,gw=192.0.2.1',
    });
    const config = await pve.row('/nodes/pve1/qemu/360/config');
    assert.equal(config.ide2, 'nas:360/vm-360-cloudinit.qcow2,media=cdrom');
    assert.equal(
      decodeURIComponent(String(config.sshkeys)),
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ops@desk',
    );
    assert.equal(
      await pve.ends('POST', '/nodes/pve1/qemu', { vmid: 361, ide2: 'local-zfs:cloudinit' }),
      'OK',
    );
    const [drive] = await pve.rows('/nodes/pve1/storage/local-zfs/content?vmid=361');
    assert.equal(drive?.volid, 'local-zfs:vm-361-cloudinit');
    assert.equal(await pve.ends('DELETE', '/nodes/pve1/qemu/361'), 'OK');
    assert.equal((await pve.rows('/nodes/pve1/storage/local-zfs/content?vmid=361')).length, 0);
  });

  it('content lists name images, templates and disks by kind', async () => {
    const volids = async (path: string): Promise<unknown[]> => (await pve.rows(path)).map((row) => row.volid);
    assert.ok(
      (await volids('/nodes/pve2/storage/local/content?content=iso')).includes(
        'local:iso/debian-13.1.0-amd64-netinst.iso',
      ),
    );
    assert.deepEqual(await volids('/nodes/pve2/storage/local/content?content=vztmpl'), [
      'local:vztmpl/alpine-3.22-default_20250617_amd64.tar.xz',
      'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
    ]);
    const [disk] = await pve.rows('/nodes/pve2/storage/nas/content?vmid=201');
    assert.deepEqual(
      [disk?.volid, disk?.content, disk?.format, disk?.size],
      ['nas:201/vm-201-disk-0.raw', 'rootdir', 'raw', 8 * 1024 ** 3],
    );
    assert.deepEqual(await pve.refusal('GET', '/nodes/pve1/storage/attic/content'), [
      500,
      "storage 'attic' does not exist",
    ]);
  });
});
