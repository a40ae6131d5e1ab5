import assert from 'node:assert/strict';
import { WritingClient } from './support/writingClient.ts';

describe('simulated writes are refused as Proxmox refuses them', () => {
  let pve: WritingClient;
  before(async () => {
    pve = await WritingClient.start('lab', { listenersPerCluster: 2 });
  });
  after(() => pve.close());
  afterEach(() => {
    pve.headers = null;
  });

  const create = '/nodes/pve1/qemu';
  const verification = 'Parameter verification failed.';

  const wrong: [what: string, fields: Record<string, string | number>, errors: Record<string, string>][] = [
    ['a missing number', { name: 'x' }, { vmid: 'property is missing and it is not optional' }],
    ['a number that is none', { vmid: 'ten' }, { vmid: "type check ('integer') failed - got 'ten'" }],
    ['a number that is too small', { vmid: 99 }, { vmid: 'value must have a minimum value of 100' }],
    ['no cores', { vmid: 400, cores: 0 }, { cores: 'value must have a minimum value of 1' }],
    [
      'an unknown key, and everything else that is wrong at once',
      { vmid: 400, colour: 'red', onboot: 'perhaps', ostype: 'amiga' },
      {
        colour: 'property is not defined in schema and the schema does not allow additional properties',
        onboot: "type check ('boolean') failed - got 'perhaps'",
        ostype:
          "value 'amiga' does not have a value in the enumeration 'other, wxp, w2k, w2k3, w2k8, wvista, win7, win8, win10, win11, l24, l26, solaris'",
      },
    ],
    [
      'a name that is no DNS name',
      { vmid: 400, name: 'my vm' },
      { name: 'invalid format - value does not look like a valid DNS name\n' },
    ],
    [
      'a tag with odd characters',
      { vmid: 400, tags: 'a<b' },
      { tags: 'invalid format - invalid characters in tag\n' },
    ],
    [
      'keys that are not URL-encoded',
      { vmid: 400, sshkeys: 'ssh-ed25519 AAAA me' },
      { sshkeys: 'invalid format - invalid urlencoded string\n' },
    ],
    [
      'a storage without disks',
      { vmid: 400, scsi0: 'local:8' },
      { storage: "storage 'local' does not support vm images" },
    ],
    [
      'an image that is no CD',
      { vmid: 400, ide2: 'local:iso/debian-13.1.0-amd64-netinst.iso' },
      { ide2: "explicit 'media=cdrom' is required for iso images" },
    ],
  ];
  for (const [what, fields, errors] of wrong) {
    it(`${what}: 400 with the reason by field`, async () => {
      assert.deepEqual(await pve.refusal('POST', create, fields), [400, verification, errors]);
      assert.equal(await pve.guest(400), undefined);
    });
  }

  it('what exists, and what does not', async () => {
    assert.deepEqual(await pve.refusal('POST', create, { vmid: 201 }), [
      500,
      "unable to create VM 201 - CT 201 already exists on node 'pve2'",
    ]);
    const ostemplate = 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst';
    assert.deepEqual(
      await pve.refusal('POST', '/nodes/pve1/lxc', {
        vmid: 101,
        ostemplate,
        storage: 'nas',
        unprivileged: 1,
      }),
      [500, "VM 101 already exists on node 'pve1'"],
    );
    assert.deepEqual(await pve.refusal('POST', create, { vmid: 400, scsi0: 'attic:8' }), [
      500,
      "storage 'attic' does not exist",
    ]);
    assert.deepEqual(await pve.refusal('POST', create, { vmid: 400, pool: 'none' }), [
      500,
      "pool 'none' does not exist",
    ]);
    assert.deepEqual(
      await pve.refusal('POST', '/nodes/pve1/qemu/900/clone', { newid: 400, target: 'pve9' }),
      [500, "no such cluster node 'pve9'"],
    );
    assert.deepEqual(await pve.refusal('POST', '/nodes/pve1/qemu/900/clone', { newid: 101 }), [
      500,
      'unable to create VM 101: config file already exists',
    ]);
    assert.deepEqual(
      await pve.refusal('POST', '/nodes/pve1/qemu/900/clone', { newid: 400, full: 0, storage: 'nas' }),
      [500, "parameter 'storage' not allowed for linked clones"],
    );
    assert.deepEqual(
      await pve.refusal('POST', '/nodes/pve1/qemu/150/clone', { newid: 400, target: 'pve2' }),
      [500, "can't clone VM to node 'pve2' (VM uses local storage)"],
    );
    assert.deepEqual(await pve.refusal('PUT', '/nodes/pve1/qemu/150/config'), [500, 'no options specified']);
    assert.deepEqual(await pve.refusal('PUT', '/nodes/pve1/qemu/150/config', { delete: 'colour' }), [
      400,
      verification,
      { delete: "unknown option 'colour'" },
    ]);
    assert.deepEqual(await pve.refusal('PUT', '/nodes/pve1/qemu/999/config', { cores: 1 }), [
      500,
      "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist",
    ]);
    assert.deepEqual(await pve.refusal('POST', '/nodes/pve1/qemu/900/snapshot', { snapname: 'x' }), [
      501,
      "Method 'POST /nodes/pve1/qemu/900/snapshot' not implemented",
    ]);
  });

  it('an image or a template that is not there ends the task, and nothing stays', async () => {
    assert.equal(
      await pve.ends('POST', create, { vmid: 401, scsi0: 'nas:4', ide2: 'local:iso/none.iso,media=cdrom' }),
      'unable to create VM 401 - volume local:iso/none.iso does not exist',
    );
    assert.equal(
      await pve.ends('POST', '/nodes/pve1/lxc', {
        vmid: 401,
        ostemplate: 'local:vztmpl/none.tar.zst',
        storage: 'nas',
        unprivileged: 1,
      }),
      "unable to create CT 401 - volume 'local:vztmpl/none.tar.zst' does not exist",
    );
    assert.equal(await pve.guest(401), undefined);
    assert.equal((await pve.rows('/nodes/pve1/storage/nas/content?vmid=401')).length, 0);
  });

  it('a restricted token gets 403 with what it lacks', async () => {
    const asToken = async (permissions: { path: string; privileges: string[] }[]): Promise<void> => {
      const made = await pve.admin('/tokens', { action: 'set', id: 'root@pam!narrow', permissions });
      const { token } = made.json() as unknown as { token: string };
      pve.headers = { authorization: `PVEAPIToken=${token}` };
    };
    await asToken([{ path: '/vms', privileges: ['VM.Audit'] }]);
    assert.deepEqual(await pve.refusal('POST', create, { vmid: 400 }), [403, 'Permission check failed']);
    assert.deepEqual(await pve.refusal('DELETE', '/nodes/pve1/qemu/150'), [
      403,
      'Permission check failed (/vms/150, VM.Allocate)',
    ]);
    assert.deepEqual(await pve.refusal('POST', '/nodes/pve1/qemu/900/clone', { newid: 'x' }), [
      403,
      'Permission check failed (/vms/900, VM.Clone)',
    ]);
    assert.match(
      (await pve.refusal('PUT', '/nodes/pve1/qemu/150/config', { cores: 1 }))[1],
      /^Permission check failed \(\/vms\/150, VM\.Config\.Disk\|.*VM\.Config\.Cloudinit\)$/,
    );
    assert.deepEqual(await pve.refusal('POST', '/nodes/pve1/qemu/150/status/start'), [
      403,
      'Permission check failed (/vms/150, VM.PowerMgmt)',
    ]);
    await asToken([
      { path: '/vms', privileges: ['VM.Audit', 'VM.Allocate', 'VM.Config.Options', 'VM.Config.Disk'] },
    ]);
    assert.deepEqual(await pve.refusal('PUT', '/nodes/pve1/qemu/150/config', { name: 'x1', cores: 1 }), [
      403,
      'Permission check failed (/vms/150, VM.Config.CPU)',
    ]);
    assert.deepEqual(await pve.refusal('POST', create, { vmid: 400, scsi0: 'nas:8' }), [
      403,
      'Permission check failed (/storage/nas, Datastore.AllocateSpace)',
    ]);
    await asToken([
      { path: '/vms', privileges: ['VM.Audit', 'VM.Allocate', 'VM.Config.Options', 'VM.Config.Network'] },
    ]);
    assert.deepEqual(await pve.refusal('POST', create, { vmid: 400, net0: 'virtio,bridge=vmbr0' }), [
      403,
      'Permission check failed (/sdn/zones/localnetwork/vmbr0, SDN.Use)',
    ]);
    assert.equal(await pve.accepted('PUT', '/nodes/pve1/qemu/150/config', { name: 'x1' }), null);
    assert.match(String(await pve.accepted('POST', create, { vmid: 400 })), /:root@pam!narrow:$/);
    pve.headers = null;
    await pve.seconds(5);
    assert.equal(await pve.ends('DELETE', '/nodes/pve1/qemu/400'), 'OK');
  });

  it('a write with a ticket needs the CSRF header, with it it is done', async () => {
    const { cookie = '', CSRFPreventionToken = '' } = await pve.ticketHeaders();
    pve.headers = { cookie };
    assert.deepEqual(await pve.refusal('PUT', '/nodes/pve1/qemu/150/config', { name: 'y1' }), [
      401,
      'Permission denied - invalid csrf token',
    ]);
    pve.headers = { cookie, CSRFPreventionToken };
    assert.equal(await pve.accepted('PUT', '/nodes/pve1/qemu/150/config', { name: 'y1' }), null);
  });

  it('a locked guest is left alone', async () => {
    await pve.admin('/guests/150/lock', { lock: 'backup' });
    assert.deepEqual(await pve.refusal('PUT', '/nodes/pve1/qemu/150/config', { cores: 1 }), [
      500,
      'VM is locked (backup)',
    ]);
    assert.equal(await pve.ends('DELETE', '/nodes/pve1/qemu/150'), 'VM is locked (backup)');
    assert.equal(await pve.ends('POST', '/nodes/pve1/qemu/150/status/start'), 'VM is locked (backup)');
    await pve.admin('/guests/150/lock', { lock: null });
    await pve.admin('/guests/201/lock', { lock: 'snapshot' });
    assert.deepEqual(await pve.refusal('DELETE', '/nodes/pve2/lxc/201', { purge: 1 }), [
      500,
      'CT is locked (snapshot)',
    ]);
    await pve.admin('/guests/201/lock', { lock: null });
  });

  it('two tasks on one guest: the second gives up waiting for its lock', async () => {
    await pve.accepted('POST', '/nodes/pve1/qemu/150/config', { name: 'z1' });
    const timeout = "can't lock file '/var/lock/qemu-server/lock-150.conf' - got timeout";
    assert.deepEqual(await pve.refusal('PUT', '/nodes/pve1/qemu/150/config', { cores: 1 }), [500, timeout]);
    const upid = String(await pve.accepted('DELETE', '/nodes/pve1/qemu/150'));
    assert.equal((await pve.taskStatus(upid)).exitstatus, timeout, 'what locks in its task fails there');
    await pve.seconds(5);
    assert.equal((await pve.guest(150))?.name, 'z1');
  });

  it('the next free number', async () => {
    assert.equal(await pve.data('/cluster/nextid'), '100');
    assert.deepEqual(await pve.refusal('GET', '/cluster/nextid?vmid=101'), [
      400,
      verification,
      { vmid: 'VM 101 already exists' },
    ]);
    assert.equal(await pve.data('/cluster/nextid?vmid=4711'), '4711');
  });

  it('without quorum nothing is written', async () => {
    await pve.admin('/nodes/pve2/power', { on: false });
    await pve.admin('/nodes/pve3/power', { on: false });
    await pve.seconds(10);
    for (const [method, path, fields] of [
      ['POST', create, { vmid: 400 }],
      ['POST', '/nodes/pve1/qemu/900/clone', { newid: 400 }],
      ['PUT', '/nodes/pve1/qemu/150/config', { cores: 1 }],
      ['DELETE', '/nodes/pve1/qemu/150', {}],
      ['POST', '/nodes/pve1/qemu/150/status/start', {}],
      ['POST', '/cluster/ha/resources', { sid: 'vm:150' }],
    ] as const) {
      assert.deepEqual(
        await pve.refusal(method, path, fields),
        [500, 'cluster not ready - no quorum?'],
        path,
      );
    }
    assert.deepEqual(await pve.refusal('DELETE', '/nodes/pve2/qemu/110'), [595, 'No route to host']);
  });
});
