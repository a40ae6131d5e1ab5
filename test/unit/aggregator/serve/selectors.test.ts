import assert from 'node:assert/strict';
import { FakeReader, read } from './fakeCollector.ts';
import { startTestServer } from './harness.ts';

const reader = (key: string, ...addresses: [number, string][]): FakeReader =>
  new FakeReader(
    key,
    { haStatus: read({ id: 'quorum' }) },
    addresses.map(([endpointId, host]) => ({ endpointId, host, port: 8006 })),
  );

function server() {
  return startTestServer([
    reader('lab', [1, '10.0.0.1'], [2, 'lab.example']),
    reader('prod', [3, 'prod.example']),
    reader('edge', [4, '[fe80::1]'], [5, '10.0.0.1']),
  ]);
}

const status = '/proxmox/cluster/ha/status';

describe('endpoint selectors', () => {
  const selections: [string, string[]][] = [
    ['', ['lab', 'prod', 'edge']],
    ['source=database', ['lab', 'prod', 'edge']],
    ['proxmox_endpoint_ids=1', ['lab']],
    ['proxmox_endpoint_ids=2', ['lab']],
    ['endpoint_ids=3', ['prod']],
    ['endpoint_ids=%203%20,%204', ['prod', 'edge']],
    ['endpoint_ids=4,,3', ['prod', 'edge']],
    ['proxmox_endpoint_ids=1&endpoint_ids=3', ['lab']],
    ['proxmox_endpoint_ids=&endpoint_ids=3', ['prod']],
    ['proxmox_endpoint_ids=%20', ['lab', 'prod', 'edge']],
    ['endpoint_ids=99', []],
    ['endpoint_ids=-1', []],
    ['name=prod', ['prod']],
    ['domain=prod.example', ['prod']],
    ['ip_address=10.0.0.1', ['lab']],
    ['ip_address=fe80::1', ['edge']],
    ['ip_address=10.0.0.1&domain=prod.example&name=edge', ['lab']],
    ['domain=prod.example&name=edge', ['prod']],
    ['proxmox_endpoint_ids=5&ip_address=10.0.0.1', ['edge']],
    ['port=8007', ['lab', 'prod', 'edge']],
    ['unheard_of=1', ['lab', 'prod', 'edge']],
    ['name=lab&name=prod', ['prod']],
  ];
  for (const [query, keys] of selections) {
    it(`${query === '' ? 'no selector' : query} selects ${keys.join(', ') || 'nothing'}`, async () => {
      const reply = await server().ask(`${status}?${query}`);
      assert.equal(reply.status, 200);
      assert.deepEqual(
        (reply.body as { cluster_name: string }[]).map((row) => row.cluster_name),
        keys,
      );
    });
  }

  const envelopes = [
    'source=netbox',
    'source=elsewhere',
    'name=nobody',
    'name=',
    'domain=10.0.0.1',
    'ip_address=lab.example',
    'proxmox_endpoint_ids=1&name=prod',
    'endpoint_ids=one',
    'endpoint_ids=1;2',
    'endpoint_ids=1.5',
    'endpoint_ids=,',
    `endpoint_ids=${Array.from({ length: 101 }, () => '1').join(',')}`,
  ];
  for (const query of envelopes) {
    it(`${query.slice(0, 40)} is a 400 in the envelope of the application`, async () => {
      const reply = await server().ask(`${status}?${query}`);
      assert.equal(reply.status, 400);
      assert.deepEqual(Object.keys(reply.body as object), ['message', 'detail', 'python_exception']);
      assert.equal((reply.body as { python_exception: unknown }).python_exception, null);
    });
  }

  it('says "no result" and where to look when nothing matches', async () => {
    assert.deepEqual((await server().ask(`${status}?name=nobody`)).body, {
      message: 'No result found for Proxmox Sessions based on the provided name',
      detail: 'Check if the provided parameters are correct',
      python_exception: null,
    });
  });

  const misfits: [string, string][] = [
    [`endpoint_ids=${'1,'.repeat(128)}`, 'endpoint_ids'],
    [`proxmox_endpoint_ids=${'9'.repeat(256)}`, 'proxmox_endpoint_ids'],
    [`name=${'x'.repeat(256)}`, 'name'],
    [`domain=${'x'.repeat(256)}`, 'domain'],
    [`ip_address=${'1'.repeat(46)}`, 'ip_address'],
    ['port=0', 'port'],
    ['port=65536', 'port'],
    ['port=http', 'port'],
  ];
  for (const [query, field] of misfits) {
    it(`${query.slice(0, 30)}… is a 422 that names ${field} and does not echo the value`, async () => {
      const reply = await server().ask(`${status}?${query}`);
      assert.equal(reply.status, 422);
      const { detail } = reply.body as { detail: { type: string; loc: unknown[]; msg: string }[] };
      assert.deepEqual(
        detail.map(({ loc }) => loc),
        [['query', field]],
      );
      for (const finding of detail) assert.deepEqual(Object.keys(finding), ['type', 'loc', 'msg']);
      const value = query.split('=')[1] ?? '';
      if (value.length > 5) assert.ok(!reply.text.includes(value));
    });
  }

  it('an empty selection gives empty bodies on every reference route', async () => {
    const { ask } = server();
    for (const path of [
      '/proxmox/cluster/ha/resources',
      '/proxmox/cluster/ha/groups',
      '/proxmox/cluster/ha/rules',
      '/proxmox/cluster/status',
      '/proxmox/cluster/resources',
      '/proxmox/nodes/',
    ]) {
      assert.equal((await ask(`${path}?endpoint_ids=99`)).text, '[]', path);
    }
    assert.equal((await ask('/proxmox/cluster/ha/resources/by-vm/1?endpoint_ids=99')).text, 'null');
    assert.equal((await ask('/proxmox/cluster/ha/groups/a?endpoint_ids=99')).text, 'null');
  });
});
