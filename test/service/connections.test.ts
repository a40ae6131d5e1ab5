import assert from 'node:assert/strict';
import { EventReader } from '../unit/aggregator/serve/eventReader.ts';
import {
  configFor,
  eventually,
  type Service,
  type ServiceOptions,
  serviceKey,
  startService,
} from './harness.ts';

type Row = Record<string, unknown>;

describe('connections to Proxmox', () => {
  const services: Service[] = [];
  const readers: EventReader[] = [];
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    for (const service of services.splice(0)) await service.stop();
  });

  async function start(options: ServiceOptions): Promise<Service> {
    const service = await startService(options);
    services.push(service);
    return service;
  }

  async function statusOf(service: Service, cluster: string): Promise<unknown> {
    const rows = (await service.ask('/proxmox/cluster/ha/status')).body as Row[];
    return rows.find((row) => row.cluster_name === cluster)?.status;
  }

  it('refuses a certificate that is not the pinned one and sends it no credential', async () => {
    const service = await start({
      simulator: { clusters: ['lab', 'prod'] },
      config: (clusters) => {
        const config = configFor(clusters);
        const pinned = config.clusters.map((cluster) => ({
          ...cluster,
          endpoints: cluster.endpoints.map((endpoint) => ({
            ...endpoint,
            ...(cluster.name === 'prod' ? { fingerprint: 'AA:'.repeat(31).concat('AA') } : {}),
          })),
        }));
        return { ...config, clusters: pinned };
      },
    });
    const rows = (await service.ask('/proxmox/cluster/ha/status')).body as Row[];
    assert.ok(rows.some((row) => row.cluster_name === 'lab' && row.id === 'quorum'));
    assert.match(String(rows.find((row) => row.cluster_name === 'prod')?.status), /^error: /);
    interface Fleet {
      clusters: { key: string; endpoints: { error: { code: string } | null }[] }[];
    }
    // On a busy machine the first look may end at its deadline before the certificate was seen.
    const code = await eventually(
      async () => {
        const { clusters } = (await service.ask('/fleet')).body as Fleet;
        return clusters.find(({ key }) => key === 'prod')?.endpoints[0]?.error?.code;
      },
      (told) => told !== 'timeout',
    );
    assert.equal(code, 'tlsFingerprintMismatch');
    assert.equal(service.simulator.requests.get('prod')?.counts.total, 0);
  });

  it('refuses a certificate nobody vouches for unless told not to check', async () => {
    const without = (verifyTls: boolean): ServiceOptions => ({
      simulator: { clusters: ['lab'] },
      config: (clusters) => ({
        ...configFor(clusters),
        clusters: clusters.map(({ name, url, token }) => ({ name, endpoints: [{ url, token, verifyTls }] })),
      }),
    });
    assert.match(String(await statusOf(await start(without(true)), 'lab')), /^error: /);
    assert.equal(await statusOf(await start(without(false)), 'lab'), 'OK');
  });

  it('logs in again when its ticket has expired', async () => {
    const service = await start({
      simulator: { clusters: ['lab'] },
      config: (clusters) => ({
        ...configFor(clusters),
        clusters: clusters.map(({ name, url, fingerprint, username, password }) => ({
          name,
          endpoints: [{ url, username, password, ...(fingerprint === null ? {} : { fingerprint }) }],
        })),
      }),
    });
    assert.equal(await statusOf(service, 'lab'), 'OK');
    const { admin } = service.simulator;
    const expired = await fetch(`${admin.url}/clusters/lab/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'expireTickets' }),
    });
    assert.equal(expired.status, 200);
    assert.deepEqual((await service.ask('/fleet/refresh', { method: 'POST' })).body, { refreshed: ['lab'] });
    assert.equal(await statusOf(service, 'lab'), 'OK');
  });

  it('tells a rejected token as such, for that cluster only', async () => {
    const service = await start({
      simulator: { clusters: ['lab', 'prod'] },
      config: (clusters) => {
        const config = configFor(clusters);
        const wrong = clusters[0]?.token.replace(/=.*/, '=00000000-0000-0000-0000-000000000000');
        return {
          ...config,
          clusters: config.clusters.map((cluster, index) => ({
            ...cluster,
            endpoints: cluster.endpoints.map((endpoint) => ({
              ...endpoint,
              ...(index === 0 ? { token: wrong } : {}),
            })),
          })),
        };
      },
    });
    assert.match(String(await statusOf(service, 'lab')), /^error: /);
    assert.equal(await statusOf(service, 'prod'), 'OK');
    const { text } = await service.ask('/proxmox/cluster/ha/summary');
    assert.ok(!text.includes('00000000-0000'));
  });

  it('goes on through the second endpoint of a cluster when the first one is gone', async () => {
    const service = await start({ simulator: { clusters: ['prod'], listenersPerCluster: 2 } });
    assert.equal(await statusOf(service, 'prod'), 'OK');
    await service.fault('prod', { kind: 'down', endpoint: 0 });
    assert.deepEqual((await service.ask('/fleet/refresh', { method: 'POST' })).body, { refreshed: ['prod'] });
    const rows = (await service.ask('/proxmox/cluster/ha/status')).body as Row[];
    assert.deepEqual(
      rows.filter((row) => row.id === 'quorum').map((row) => row.status),
      ['OK'],
    );
    assert.equal(rows.filter((row) => row.id === 'master').length, 1);
    // Both endpoint ids select the one cluster.
    for (const id of [1, 2]) {
      const selected = (await service.ask(`/proxmox/cluster/ha/status?endpoint_ids=${id}`)).body as Row[];
      assert.equal(selected.length, rows.length);
    }
  });

  it('shows a node that loses power in the stream', async () => {
    const service = await start({ simulator: { clusters: ['lab'], speed: 50 } });
    const reader = await EventReader.open(service.url, serviceKey);
    readers.push(reader);
    const nodeStates = (): Map<unknown, unknown> => {
      const states = new Map<unknown, unknown>();
      for (const { data } of reader.events) {
        const nodes =
          (data.upserted as Record<string, Row[]> | undefined)?.nodes ?? (data.nodes as Row[] | undefined);
        for (const node of nodes ?? []) states.set(node.name, node.online);
      }
      return states;
    };
    await reader.until(() => nodeStates().get('pve3') === true);
    service.simulator.world.command('lab', (behaviour, nowMs) =>
      behaviour.setNodePower('pve3', false, nowMs),
    );
    await reader.until(() => nodeStates().get('pve3') === false);
    assert.equal(nodeStates().get('pve1'), true);
    service.simulator.world.command('lab', (behaviour, nowMs) => behaviour.setNodePower('pve3', true, nowMs));
    await reader.until(() => nodeStates().get('pve3') === true);
    const last = reader.events.at(-1);
    const resumed = await EventReader.open(service.url, serviceKey, { 'last-event-id': last?.id ?? '' });
    readers.push(resumed);
    assert.notEqual((await resumed.received(1))[0]?.event, 'snapshot');
  });

  it('gives guest detail of a managed guest', async () => {
    const service = await start({ simulator: { clusters: ['lab'] } });
    const { body } = await service.ask('/proxmox/cluster/ha/resources');
    const sid = String((body as Row[])[0]?.sid);
    const reply = await service.ask(`/fleet/clusters/lab/guests/${sid.split(':')[1]}?timeframe=day`);
    assert.equal(reply.status, 200);
    const detail = reply.body as Record<string, Row>;
    assert.equal(detail.resource?.sid, sid);
    assert.notEqual(detail.config, null);
    assert.equal(detail.loadTimeframe, 'day');
  });

  it('sends nothing to a cluster without a credential, says so, and reads the others', async () => {
    const service = await start({
      simulator: { clusters: ['lab', 'prod'] },
      config: (clusters) => {
        const config = configFor(clusters);
        return {
          ...config,
          clusters: config.clusters.map((cluster) =>
            cluster.name === 'lab'
              ? cluster
              : {
                  ...cluster,
                  endpoints: cluster.endpoints.map(({ token: _, ...endpoint }) => ({
                    ...endpoint,
                    noCredential: true as const,
                  })),
                },
          ),
        };
      },
    });
    assert.equal(await statusOf(service, 'lab'), 'OK');
    assert.match(String(await statusOf(service, 'prod')), /^error: .*no token is stored/);
    assert.equal(service.simulator.requests.get('prod')?.counts.total, 0);
  });
}).timeout(30_000);
