import assert from 'node:assert/strict';
import { FakeReader, failed, read } from './fakeCollector.ts';
import { startTestServer } from './harness.ts';

type Row = Record<string, unknown>;

const clusterRow = { id: 'cluster', type: 'cluster', name: 'pve-lab', nodes: 2, quorate: 1, version: 7 };
const node = (name: string, change: Row = {}): Row => ({
  id: `node/${name}`,
  type: 'node',
  name,
  ip: '10.0.0.1',
  level: '',
  local: 0,
  nodeid: 1,
  online: 1,
  ...change,
});

describe('GET /proxmox/cluster/status', () => {
  async function status(...readers: FakeReader[]): Promise<Row[]> {
    return (await startTestServer(readers).ask('/proxmox/cluster/status')).body as Row[];
  }

  it('gives one object per cluster with the published fields', async () => {
    const [row] = await status(new FakeReader('lab', { status: read(clusterRow, node('pve1')) }));
    assert.deepEqual(row, {
      id: 'cluster',
      name: 'pve-lab',
      type: 'cluster',
      mode: 'cluster',
      nodes: 2,
      quorate: true,
      version: 7,
      site_id: null,
      site_slug: null,
      site_name: null,
      tenant_id: null,
      tenant_slug: null,
      tenant_name: null,
      node_list: [
        {
          id: 'node/pve1',
          name: 'pve1',
          type: 'node',
          ip: '10.0.0.1',
          level: '',
          local: false,
          nodeid: 1,
          online: true,
        },
      ],
      error: null,
    });
  });

  it('keeps a missing quorum flag null and a false one false', async () => {
    const { quorate: _quorate, ...untold } = clusterRow;
    const rows = await status(
      new FakeReader('a', { status: read(untold, node('pve1'), node('pve2')) }),
      new FakeReader('b', { status: read({ ...clusterRow, quorate: 0 }, node('pve1')) }),
    );
    assert.deepEqual(
      rows.map((row) => row.quorate),
      [null, false],
    );
  });

  it('counts a lone node as standalone and quorate', async () => {
    const alone = node('edge1', { local: 1, nodeid: 0 });
    const [row] = await status(new FakeReader('edge', { status: read(alone) }));
    assert.deepEqual(
      [row?.id, row?.mode, row?.quorate, row?.nodes, row?.version],
      ['cluster/edge', 'standalone', true, 1, 0],
    );
  });

  it('takes what is left of a cluster for a cluster whose quorum nobody told', async () => {
    const alone = node('pve1', { local: 1, nodeid: 0 });
    const rows = await status(
      new FakeReader('a', { status: read({ ...alone, nodeid: 3 }) }),
      new FakeReader('b', { status: { state: 'read', rows: [alone], malformed: 3 } }),
      new FakeReader('c', { status: read(alone, { type: 7 }) }),
    );
    assert.deepEqual(
      rows.map((row) => [row.mode, row.quorate]),
      [
        ['cluster', null],
        ['cluster', null],
        ['cluster', null],
      ],
    );
  });

  it('fills what a node row lacks as published and never takes a missing flag for online', async () => {
    const [row] = await status(
      new FakeReader('lab', { status: read(clusterRow, { type: 'node', name: 'pve1' }) }),
    );
    assert.deepEqual(row?.node_list, [
      { id: null, name: 'pve1', type: 'node', ip: '', level: null, local: false, nodeid: 0, online: false },
    ]);
  });

  it('tells a failed cluster by a row with its error and no figures, next to the others', async () => {
    const rows = await status(
      new FakeReader('down', { status: failed('connection refused') }),
      new FakeReader('secret', {
        status: failed('permission denied', { code: 'forbidden', httpStatus: 403 }),
      }),
      new FakeReader('lab', { status: read(clusterRow) }),
    );
    assert.deepEqual(
      rows.map((row) => [row.name, row.mode, row.quorate, row.nodes, row.error]),
      [
        ['down', null, null, null, 'connection refused'],
        ['secret', 'restricted', null, null, 'permission denied'],
        ['pve-lab', 'cluster', true, 2, null],
      ],
    );
  });
});

describe('GET /proxmox/cluster/resources', () => {
  const resources = [
    {
      id: 'qemu/100',
      type: 'qemu',
      vmid: 100,
      cpu: 0,
      template: 0,
      'cgroup-mode': 2,
      diskread: 5,
      hastate: 'started',
    },
    { id: 'lxc/200', type: 'lxc', vmid: 200 },
    { id: 'node/pve1', type: 'node', node: 'pve1', uptime: 12 },
    { id: 'storage/pve1/local', type: 'storage', storage: 'local' },
    { id: 'sdn/pve1/zone', type: 'sdn' },
    { id: 'qemu/100', type: 'qemu', vmid: 100 },
  ];

  it('gives one map per cluster, published keys always there, others untouched, ids once', async () => {
    const { ask } = startTestServer([new FakeReader('lab', { resources: read(...resources) })]);
    const body = (await ask('/proxmox/cluster/resources')).body as Record<string, Row[]>[];
    assert.deepEqual(Object.keys(body[0] ?? {}), ['lab']);
    const rows = body[0]?.lab ?? [];
    assert.equal(rows.length, 5);
    const { 'cgroup-mode': kebab, diskread, template, ...published } = rows[0] ?? {};
    assert.deepEqual([kebab, diskread, template], [2, 5, false]);
    assert.deepEqual(Object.keys(published).sort(), [
      'cgroup_mode',
      'content',
      'cpu',
      'disk',
      'hastate',
      'id',
      'level',
      'maxcpu',
      'maxdisk',
      'maxmem',
      'mem',
      'name',
      'node',
      'plugintype',
      'pool',
      'status',
      'storage',
      'type',
      'uptime',
      'vmid',
    ]);
    assert.equal(published.cpu, 0);
    assert.equal(published.cgroup_mode, 2);
    assert.equal(published.pool, null);
  });

  for (const [type, ids] of Object.entries({
    vm: ['qemu/100', 'lxc/200'],
    node: ['node/pve1'],
    storage: ['storage/pve1/local'],
    sdn: ['sdn/pve1/zone'],
  })) {
    it(`filters by type=${type}`, async () => {
      const { ask } = startTestServer([new FakeReader('lab', { resources: read(...resources) })]);
      const body = (await ask(`/proxmox/cluster/resources?type=${type}`)).body as Record<string, Row[]>[];
      assert.deepEqual(
        body[0]?.lab?.map((row) => row.id),
        ids,
      );
    });
  }

  it('refuses another type without echoing it', async () => {
    const reply = await startTestServer([]).ask('/proxmox/cluster/resources?type=hunter2secret');
    assert.equal(reply.status, 422);
    assert.ok(!reply.text.includes('hunter2secret'));
  });

  it('keeps two clusters that Proxmox calls the same apart', async () => {
    const [a, b] = [
      new FakeReader('a', { resources: read({ id: 'qemu/1' }) }),
      new FakeReader('b', { resources: read({ id: 'qemu/1' }) }),
    ];
    a.pveName = 'pve';
    b.pveName = 'pve';
    const { body } = await startTestServer([a, b]).ask('/proxmox/cluster/resources');
    assert.equal((body as unknown[]).length, 2);
  });

  it('tells a failed cluster by an error row and gives the others', async () => {
    const { ask } = startTestServer([
      new FakeReader('down', { resources: failed('boom') }),
      new FakeReader('lab', { resources: read(...resources) }),
    ]);
    const body = (await ask('/proxmox/cluster/resources?type=vm')).body as Record<string, Row[]>[];
    assert.deepEqual([body[0]?.down?.[0]?.status, body[0]?.down?.[0]?.error], ['error: boom', 'boom']);
    assert.equal(body[1]?.lab?.length, 2);
  });

  it('says that a list is not whole when an entry of it was no row', async () => {
    const reader = new FakeReader('lab', { resources: { state: 'read', rows: resources, malformed: 1 } });
    const { body } = await startTestServer([reader]).ask('/proxmox/cluster/resources?type=vm');
    const rows = (body as Record<string, Row[]>[])[0]?.lab ?? [];
    assert.deepEqual(
      rows.map((row) => row.status ?? row.id),
      ['qemu/100', 'lxc/200', 'error: entries that could not be understood: 1'],
    );
  });
});

describe('GET /proxmox/nodes/', () => {
  const nodes = read(
    { node: 'pve10', status: 'offline' },
    {
      node: 'pve2',
      status: 'online',
      cpu: 0,
      maxcpu: 8,
      mem: 1.5,
      maxmem: 3,
      ssl_fingerprint: 'AB',
      uptime: 9,
    },
  );

  it('gives every node, naturally sorted, keyed by the cluster name, offline ones without figures', async () => {
    const { body } = await startTestServer([new FakeReader('lab', { nodes })]).ask('/proxmox/nodes/');
    assert.deepEqual(body, [
      {
        lab: {
          node: 'pve2',
          status: 'online',
          cpu: 0,
          level: null,
          maxcpu: 8,
          maxmem: 3,
          mem: 1.5,
          ssl_fingerprint: 'AB',
          uptime: 9,
          disk: null,
          maxdisk: null,
        },
      },
      {
        lab: {
          node: 'pve10',
          status: 'offline',
          cpu: null,
          level: null,
          maxcpu: null,
          maxmem: null,
          mem: null,
          ssl_fingerprint: null,
          uptime: null,
          disk: null,
          maxdisk: null,
        },
      },
    ]);
  });

  it('answers without the trailing slash as well', async () => {
    const { ask } = startTestServer([new FakeReader('lab', { nodes })]);
    assert.equal((await ask('/proxmox/nodes')).text, (await ask('/proxmox/nodes/')).text);
  });

  it('tells a failed cluster by an error row', async () => {
    const { body } = await startTestServer([new FakeReader('down', { nodes: failed('boom') })]).ask(
      '/proxmox/nodes/',
    );
    const [entry] = body as Record<string, Row>[];
    assert.deepEqual([entry?.down?.node, entry?.down?.status], [null, 'error: boom']);
  });
});
