import assert from 'node:assert/strict';
import { taskPath, WritingClient } from './support/writingClient.ts';

describe('simulated guests are changed', () => {
  let pve: WritingClient;
  beforeEach(async () => {
    pve = await WritingClient.start('lab');
  });
  afterEach(() => pve.close());

  const scratch = '/nodes/pve1/qemu/150';

  it('at once while stopped; the digest refuses who has not seen the last change', async () => {
    const before = await pve.row(`${scratch}/config`);
    const digest = String(before.digest);
    assert.equal(await pve.accepted('PUT', `${scratch}/config`, { cores: 6, tags: 'b;a', digest }), null);
    const after = await pve.row(`${scratch}/config`);
    assert.deepEqual([after.cores, after.tags], [6, 'a;b']);
    assert.notEqual(after.digest, digest);
    assert.deepEqual(await pve.refusal('PUT', `${scratch}/config`, { cores: 8, digest }), [
      500,
      'checksum mismatch (file change by other user?)',
    ]);
    assert.equal((await pve.guest(150))?.maxcpu, 6);
    await pve.accepted('PUT', `${scratch}/config`, { delete: 'tags' });
    assert.equal((await pve.row(`${scratch}/config`)).tags, undefined);
    const tools = await pve.row('/nodes/pve3/lxc/250/config');
    assert.deepEqual(
      await pve.refusal('PUT', '/nodes/pve3/lxc/250/config', { memory: 1024, digest: 'f'.repeat(40) }),
      [500, 'detected modified configuration - file changed by other user? Try again.'],
    );
    await pve.accepted('PUT', '/nodes/pve3/lxc/250/config', { memory: 1024, digest: String(tools.digest) });
    assert.equal((await pve.row('/nodes/pve3/lxc/250/config')).memory, 1024);
  });

  it('a running machine takes tags now and cores at its next start', async () => {
    const runner = '/nodes/pve2/qemu/110';
    await pve.accepted('PUT', `${runner}/config`, { cores: 2, tags: 'ci;big', description: 'runner' });
    const current = await pve.row(`${runner}/config?current=1`);
    assert.deepEqual([current.cores, current.tags, current.description], [8, 'big;ci', 'runner']);
    assert.equal((await pve.row(`${runner}/config`)).cores, 2, 'what waits is shown as set');
    assert.equal((await pve.guest(110))?.maxcpu, 8);
    const cores = (await pve.rows(`${runner}/pending`)).find((row) => row.key === 'cores');
    assert.deepEqual(cores, { key: 'cores', value: 8, pending: 2 });
    await pve.accepted('PUT', `${runner}/config`, { revert: 'cores' });
    assert.equal((await pve.row(`${runner}/config`)).cores, 8);
    await pve.accepted('PUT', `${runner}/config`, { cores: 2 });
    assert.equal(await pve.ends('POST', `${runner}/status/shutdown`), 'OK');
    assert.equal((await pve.guest(110))?.status, 'stopped');
    assert.equal(await pve.ends('POST', `${runner}/status/start`), 'OK');
    assert.deepEqual([(await pve.guest(110))?.maxcpu, (await pve.guest(110))?.status], [2, 'running']);
  });

  it('POST changes in a task, PUT is done when answered', async () => {
    const upid = String(
      await pve.accepted('POST', `${scratch}/config`, { name: 'later', cipassword: 'top-secret' }),
    );
    assert.match(upid, /:qmconfig:150:/);
    assert.equal((await pve.row(`${scratch}/config`)).name, 'scratch');
    assert.equal(await pve.endOf(upid), 'OK');
    assert.equal((await pve.row(`${scratch}/config`)).name, 'later');
    assert.equal((await pve.taskLog(upid)).join().includes('top-secret'), false);
    assert.equal(
      await pve.accepted('POST', `${scratch}/config`, { name: 'soon', background_delay: 5 }),
      null,
    );
  });

  it('disks are added, grown, set aside and freed', async () => {
    await pve.accepted('PUT', `${scratch}/config`, { scsi1: 'nas:10,discard=on' });
    assert.equal(
      (await pve.row(`${scratch}/config`)).scsi1,
      'nas:150/vm-150-disk-0.qcow2,discard=on,size=10G',
    );
    const room = async (): Promise<number> => Number((await pve.row('/nodes/pve1/storage/nas/status')).avail);
    const before = await room();
    assert.equal(await pve.ends('PUT', `${scratch}/resize`, { disk: 'scsi1', size: '+6G' }), 'OK');
    assert.match(String((await pve.row(`${scratch}/config`)).scsi1), /size=16G$/);
    assert.equal(before - (await room()), 6 * 1024 ** 3);
    assert.equal(
      await pve.ends('PUT', `${scratch}/resize`, { disk: 'scsi1', size: '8G' }),
      'shrinking disks is not supported',
    );
    await pve.accepted('PUT', `${scratch}/config`, { delete: 'scsi1' });
    assert.equal((await pve.row(`${scratch}/config`)).unused0, 'nas:150/vm-150-disk-0.qcow2');
    await pve.accepted('PUT', `${scratch}/config`, { delete: 'unused0' });
    assert.equal((await room()) - before, 10 * 1024 ** 3);
  });

  it('protection and locks hold', async () => {
    await pve.accepted('PUT', `${scratch}/config`, { protection: 1 });
    assert.deepEqual(await pve.refusal('DELETE', scratch), [
      500,
      "can't remove VM 150 - protection mode enabled",
    ]);
    await pve.accepted('POST', '/nodes/pve1/qemu/900/clone', { newid: 320, full: 1 });
    assert.deepEqual(await pve.refusal('PUT', '/nodes/pve1/qemu/320/config', { cores: 2 }), [
      500,
      'VM is locked (clone)',
    ]);
    assert.deepEqual(await pve.refusal('POST', '/nodes/pve1/qemu/320/clone', { newid: 321 }), [
      500,
      'VM is locked (clone)',
    ]);
  });

  it('power: refused where it makes no sense, by HA where HA rules', async () => {
    assert.equal(
      await pve.ends('POST', '/nodes/pve1/qemu/900/status/start'),
      "you can't start a vm if it's a template",
    );
    assert.equal(await pve.ends('POST', '/nodes/pve2/qemu/110/status/start'), 'VM 110 already running');
    assert.deepEqual(await pve.refusal('POST', '/nodes/pve3/lxc/250/status/start'), [
      500,
      'CT 250 already running',
    ]);
    assert.equal(await pve.ends('POST', '/nodes/pve3/lxc/250/status/reboot'), 'OK');
    assert.equal(await pve.ends('POST', '/nodes/pve3/lxc/250/status/stop'), 'OK');
    assert.deepEqual(await pve.refusal('POST', '/nodes/pve3/lxc/250/status/stop'), [
      500,
      'CT 250 not running',
    ]);
    const upid = String(await pve.accepted('POST', '/nodes/pve2/qemu/105/status/start'));
    assert.match(upid, /:hastart:105:/);
    assert.equal(await pve.endOf(upid), 'OK');
    assert.equal((await pve.guest(105))?.status, 'stopped', 'HA follows in its own time');
    await pve.seconds(60);
    assert.deepEqual(
      [(await pve.guest(105))?.status, (await pve.guest(105))?.hastate],
      ['running', 'started'],
    );
  });

  it('a task can be stopped, and leaves nothing behind', async () => {
    const upid = String(await pve.accepted('POST', '/nodes/pve1/qemu/900/clone', { newid: 330, full: 1 }));
    const { avail } = await pve.row('/nodes/pve1/storage/nas/status');
    await pve.accepted('DELETE', `/nodes/pve1/tasks/${encodeURIComponent(upid)}`);
    assert.equal((await pve.taskStatus(upid)).exitstatus, 'interrupted by signal');
    assert.equal(await pve.guest(330), undefined);
    assert.ok(Number((await pve.row('/nodes/pve1/storage/nas/status')).avail) > Number(avail));
  });

  it('a device that goes is no longer started from, and a root disk stays', async () => {
    assert.equal((await pve.row(`${scratch}/config`)).boot, 'order=scsi0;net0');
    await pve.accepted('PUT', `${scratch}/config`, { delete: 'net0' });
    assert.equal((await pve.row(`${scratch}/config`)).boot, 'order=scsi0');
    assert.deepEqual(await pve.refusal('PUT', '/nodes/pve3/lxc/250/config', { delete: 'rootfs' }), [
      500,
      "unable to delete required option 'rootfs'",
    ]);
    await pve.accepted('PUT', '/nodes/pve3/lxc/250/config', { protection: 1 });
    assert.deepEqual(await pve.refusal('PUT', '/nodes/pve3/lxc/250/config', { mp0: 'nas:1,mp=/data' }), [
      500,
      "can't update CT 250 drive 'mp0' - protection mode enabled",
    ]);
  });

  it('a token may not look over a lock, root may', async () => {
    await pve.admin('/guests/150/lock', { lock: 'backup' });
    assert.deepEqual(await pve.refusal('PUT', `${scratch}/config`, { cores: 1, skiplock: 1 }), [
      400,
      'Parameter verification failed.',
      { skiplock: 'Only root may use this option.' },
    ]);
    pve.headers = await pve.ticketHeaders();
    await pve.accepted('PUT', `${scratch}/config`, { cores: 1, skiplock: 1 });
    await pve.accepted('PUT', `${scratch}/config`, { delete: 'lock', skiplock: 1 });
    assert.equal((await pve.guest(150))?.lock, undefined);
  });

  it('tasks name the user apart from the token, and others need Sys.Audit to see them', async () => {
    const upid = String(await pve.accepted('POST', `${scratch}/config`, { cores: 1 }));
    await pve.endOf(upid);
    const { user, tokenid } = await pve.taskStatus(upid);
    assert.deepEqual([user, tokenid], ['root@pam', 'console']);
    const made = await pve.admin('/tokens', {
      action: 'set',
      id: 'eve@pve!look',
      permissions: [{ path: '/vms', privileges: ['VM.Audit', 'VM.Config.Options'] }],
    });
    pve.headers = { authorization: `PVEAPIToken=${(made.json() as unknown as { token: string }).token}` };
    assert.deepEqual(await pve.refusal('GET', `${taskPath(upid)}/status`), [
      403,
      'Permission check failed (/nodes/pve1, Sys.Audit)',
    ]);
    const own = String(await pve.accepted('POST', `${scratch}/config`, { name: 'mine' }));
    assert.equal(await pve.endOf(own), 'OK');
    assert.deepEqual(
      (await pve.rows('/cluster/tasks')).map((task) => task.upid),
      [own],
    );
  });

  it('disks on a local storage go with a guest that moves', async () => {
    const onNode = async (node: string): Promise<number> =>
      (await pve.rows(`/nodes/${node}/storage/local-zfs/content?vmid=110`)).length;
    assert.deepEqual([await onNode('pve2'), await onNode('pve1')], [1, 0]);
    await pve.admin('/guests/110/migrate', { target: 'pve1' });
    await pve.seconds(40);
    assert.deepEqual([await onNode('pve2'), await onNode('pve1')], [0, 1]);
  });

  it('a node that is cut off does not see guests that were made meanwhile', async () => {
    await pve.close();
    pve = await WritingClient.start('lab', { listenersPerCluster: 3 });
    await pve.admin('/nodes/pve3/partition', { isolated: true });
    await pve.seconds(10);
    assert.equal(await pve.ends('POST', '/nodes/pve1/qemu', { vmid: 340 }), 'OK');
    const seen = async (endpoint: number): Promise<boolean> =>
      (await pve.send('GET', '/cluster/resources?type=vm', {}, endpoint))
        .rows()
        .some(({ vmid }) => vmid === 340);
    assert.deepEqual([await seen(0), await seen(2)], [true, false]);
  });
});
