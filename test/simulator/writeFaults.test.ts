import assert from 'node:assert/strict';
import { WritingClient } from './support/writingClient.ts';

describe('simulated writes go wrong on demand', () => {
  let pve: WritingClient;
  beforeEach(async () => {
    pve = await WritingClient.start('lab');
  });
  afterEach(() => pve.close());

  const clone = '/nodes/pve1/qemu/900/clone';

  it('a task fails halfway and cleans up: no guest, no volumes, the error in its status and log', async () => {
    await pve.admin('/tasks/fault', {
      kind: 'fail',
      type: 'qmclone',
      error: 'clone failed: copy failed',
      times: 1,
    });
    const upid = String(await pve.accepted('POST', clone, { newid: 300, full: 1 }));
    assert.equal(await pve.endOf(upid), 'clone failed: copy failed');
    assert.equal((await pve.taskLog(upid)).at(-1), 'TASK ERROR: clone failed: copy failed');
    assert.equal(await pve.guest(300), undefined);
    assert.equal((await pve.rows('/nodes/pve1/storage/nas/content?vmid=300')).length, 0);
    assert.equal(await pve.ends('POST', clone, { newid: 300, full: 1 }), 'OK', 'it hits as often as asked');
  });

  it('a destroy that fails halfway leaves a guest without disks that says so', async () => {
    await pve.admin('/tasks/fault', { kind: 'fail', vmid: 150 });
    const end = await pve.ends('DELETE', '/nodes/pve1/qemu/150');
    assert.notEqual(end, 'OK');
    assert.equal((await pve.guest(150))?.lock, 'destroyed');
    assert.deepEqual(Object.keys(await pve.row('/nodes/pve1/qemu/150/config')), ['lock', 'digest']);
  });

  it('a slow task takes as much longer as asked', async () => {
    await pve.admin('/tasks/fault', { kind: 'slow', factor: 100 });
    const upid = String(await pve.accepted('POST', '/nodes/pve1/qemu', { vmid: 301 }));
    await pve.seconds(250);
    assert.equal((await pve.taskStatus(upid)).status, 'running');
    await pve.seconds(60);
    assert.equal((await pve.taskStatus(upid)).exitstatus, 'OK');
    await pve.admin('/tasks/faults/clear', {});
    assert.equal(await pve.ends('DELETE', '/nodes/pve1/qemu/301'), 'OK');
  });

  it('a task can end with warnings', async () => {
    await pve.admin('/tasks/fault', { kind: 'warn', error: 'disk is nearly full', times: 1 });
    const upid = String(await pve.accepted('POST', '/nodes/pve1/qemu', { vmid: 305 }));
    assert.equal(await pve.endOf(upid), 'WARNINGS: 1');
    assert.deepEqual((await pve.taskLog(upid)).slice(-2), ['WARN: disk is nearly full', 'TASK WARNINGS: 1']);
    assert.equal((await pve.guest(305))?.lock, undefined);
  });

  for (const http of [true, false]) {
    it(`a lost reply over ${http ? 'HTTP' : 'HTTPS'}: the write is done, the caller hears nothing`, async () => {
      await pve.close();
      pve = await WritingClient.start('lab', { http });
      await pve.admin('/fault', { kind: 'lostReply' });
      await assert.rejects(pve.send('POST', '/nodes/pve1/qemu', { vmid: 302 }));
      await assert.rejects(pve.send('PUT', '/nodes/pve1/qemu/150/config', { cores: 7 }));
      assert.equal((await pve.row('/nodes/pve1/qemu/150/config')).cores, 7, 'reading works');
      const [task] = await pve.rows('/nodes/pve1/tasks?vmid=302&source=all');
      assert.equal(task?.type, 'qmcreate');
      assert.equal(await pve.endOf(String(task?.upid)), 'OK');
      await pve.admin('/fault', { kind: 'none' });
      assert.equal((await pve.guest(302))?.status, 'stopped');
    });
  }

  it('a storage without room: seen in every list, and in the words of its kind', async () => {
    const free = 5 * 1024 ** 3;
    await pve.admin('/storages/local-zfs/room', { freeBytes: free, node: 'pve1' });
    assert.equal((await pve.row('/nodes/pve1/storage/local-zfs/status')).avail, free);
    const row = (await pve.rows('/cluster/resources?type=storage')).find(
      ({ id }) => id === 'storage/pve1/local-zfs',
    );
    assert.equal(Number(row?.maxdisk) - Number(row?.disk), free);
    assert.equal(
      await pve.ends('POST', '/nodes/pve1/qemu', { vmid: 303, scsi0: 'local-zfs:4', scsi1: 'local-zfs:4' }),
      "unable to create VM 303 - zfs error: cannot create 'rpool/data/vm-303-disk-1': out of space",
    );
    assert.equal(await pve.guest(303), undefined);
    assert.equal(
      (await pve.row('/nodes/pve1/storage/local-zfs/status')).avail,
      free,
      'the first disk was freed',
    );
    await pve.admin('/storages/nas/room', { freeBytes: 8 * 1024 ** 2 });
    assert.match(
      await pve.ends('POST', clone, { newid: 303, full: 1 }),
      /^clone failed: .*No space left on device$/,
    );
    assert.equal(
      await pve.ends('POST', clone, { newid: 303, full: 0 }),
      'OK',
      'a linked clone takes its cloud-init drive only',
    );
  });

  it('a node that dies takes its tasks with it', async () => {
    const upid = String(await pve.accepted('POST', '/nodes/pve3/qemu', { vmid: 304 }));
    await pve.admin('/nodes/pve3/power', { on: false });
    await pve.seconds(3);
    const listed = (await pve.rows('/cluster/tasks')).find((row) => row.upid === upid);
    assert.equal(listed?.status, 'unexpected status');
    assert.equal((await pve.guest(304))?.lock, 'create');
  });

  it('admin calls name what does not exist', async () => {
    assert.equal((await pve.admin('/storages/attic/room', { freeBytes: 0 })).status, 404);
    assert.equal((await pve.admin('/storages/local/room', { freeBytes: 0, node: 'pve9' })).status, 404);
    assert.equal((await pve.admin('/guests/999/lock', { lock: 'backup' })).status, 404);
    assert.equal((await pve.admin('/tasks/fault', { kind: 'explode' })).status, 400);
  });
});
