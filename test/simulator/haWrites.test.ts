import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { WritingClient } from './support/writingClient.ts';

const folder = new URL('../../../shared/pve-ha/', import.meta.url);

interface RecordedCall {
  readonly method: string;
  readonly path: string;
  readonly params: Record<string, string | number>;
  readonly data?: unknown;
  readonly error?: { readonly http: number; readonly message: string; readonly errors?: unknown };
  readonly given?: string;
}

/** Guests of the recorded cluster: three more than HA resources, so that some can be added. */
const guests = [
  { vmid: 101, type: 'qemu', state: 'started' },
  { vmid: 102, type: 'qemu', state: 'started' },
  { vmid: 103, type: 'qemu', state: 'started' },
  { vmid: 104, type: 'qemu', state: 'ignored' },
  { vmid: 105, type: 'qemu', state: null },
  { vmid: 201, type: 'lxc', state: 'started' },
  { vmid: 202, type: 'lxc', state: 'started' },
] as const;

function startRecorded(release: '8.4' | '9.2'): Promise<WritingClient> {
  const groups = release === '8.4' ? [{ group: 'g1', nodes: new Map([['pve1', 1]]) }] : [];
  return WritingClient.start('lab', {
    specs: [
      {
        name: 'lab',
        release,
        nodes: ['pve1', 'pve2', 'pve3'].map((name, index) => ({ name, ip: `192.0.2.${index + 1}` })),
        storages: [
          {
            storage: 'nas',
            type: 'nfs',
            content: 'images,rootdir',
            shared: true,
            totalGib: 900,
            configuration: {},
          },
        ],
        groups,
        guests: guests.map(({ vmid, type, state }, index) => ({
          vmid,
          type,
          name: `g${vmid}`,
          node: `pve${(index % 3) + 1}`,
          storage: 'nas',
          ...(state === null ? {} : { ha: { state } }),
        })),
      },
    ],
  });
}

describe('simulated HA resources are written to', () => {
  let pve: WritingClient;
  afterEach(() => pve.close());

  for (const release of ['8.4', '9.2'] as const) {
    const file = new URL(`ha-api-calls-${release}.json`, folder);
    if (!existsSync(file)) continue;
    it(`${release}: every recorded call gets the recorded answer`, async () => {
      const calls = (JSON.parse(readFileSync(file, 'utf8')) as RecordedCall[]).filter(
        ({ method, path }) => method !== 'GET' && /^\/cluster\/ha\/resources(\/[^/]+)?$/.test(path),
      );
      assert.ok(calls.length > 10);
      pve = await startRecorded(release);
      for (const { method, path, params, error, given } of calls) {
        await pve.close();
        pve = await startRecorded(release);
        await pve.seconds(5);
        if (given === 'no quorum') {
          for (const node of ['pve2', 'pve3']) await pve.admin(`/nodes/${node}/power`, { on: false });
          await pve.seconds(10);
        }
        if (given === 'resource in error state') await pve.admin('/ha/vm:103', { crmState: 'error' });
        // The recorded groups have a name of their own.
        const fields = method === 'POST' && params.group !== undefined ? { ...params, group: 'g1' } : params;
        const result = await pve.send(method, path, fields);
        const label = `${method} ${path} ${JSON.stringify(params)}`;
        assert.equal(result.status, error?.http ?? 200, label);
        if (error === undefined) assert.deepEqual(result.json(), { data: null }, label);
        else {
          assert.equal(result.json().message, error.message, label);
          assert.deepEqual(result.json().errors, error.errors, label);
        }
      }
    });
  }

  it('the manager takes up an added guest and lets go of a removed one', async () => {
    pve = await startRecorded('9.2');
    await pve.accepted('POST', '/cluster/ha/resources', { sid: 'vm:105', state: 'started' });
    await pve.seconds(30);
    assert.equal((await pve.guest(105))?.hastate, 'started');
    await pve.accepted('PUT', '/cluster/ha/resources/vm:105', { state: 'stopped', comment: 'for now' });
    await pve.seconds(60);
    assert.deepEqual(
      [(await pve.guest(105))?.status, (await pve.guest(105))?.hastate],
      ['stopped', 'stopped'],
    );
    await pve.accepted('DELETE', '/cluster/ha/resources/vm:105');
    await pve.seconds(30);
    assert.equal((await pve.guest(105))?.hastate, undefined);
  });

  it('purging takes a guest out of the rules that name it, and an empty rule goes', async () => {
    pve = await WritingClient.start('prod');
    await pve.accepted('POST', '/nodes/px-04/lxc/2010/status/stop');
    await pve.accepted('POST', '/nodes/px-03/qemu/1051/status/stop');
    await pve.seconds(60);
    assert.equal(await pve.ends('DELETE', '/nodes/px-04/lxc/2010', { purge: 1 }), 'OK');
    assert.equal(await pve.ends('DELETE', '/nodes/px-03/qemu/1051', { purge: 1 }), 'OK');
    const rules = await pve.rows('/cluster/ha/rules');
    assert.equal(rules.find(({ rule }) => rule === 'shop-with-cache')?.resources, 'vm:1020');
    assert.equal(
      rules.some(({ rule }) => rule === 'lonely'),
      false,
    );
  });
});
