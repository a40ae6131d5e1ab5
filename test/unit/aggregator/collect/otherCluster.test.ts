import assert from 'node:assert/strict';
import { EndpointSet } from '../../../../src/aggregator/collect/endpointSet.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { CollectedCluster, FakeProxmox, failure, healthyLists, rowsOf } from './harness.ts';

function other(): FakeProxmox {
  const lists = healthyLists('OTHER', ['o1', 'o2']);
  const resources = rowsOf(lists['/cluster/resources']);
  resources.push({ type: 'qemu', vmid: 900, node: 'o1', status: 'running', name: 'theirs' });
  return new FakeProxmox(lists, 'o1:8006');
}

describe('an address of another cluster', () => {
  it('is a failing one that says which cluster it leads to', async () => {
    const cluster = new CollectedCluster(new FakeProxmox(), other());
    await cluster.round();
    const [first, second] = cluster.cluster.endpoints;
    assert.deepEqual([first?.state, second?.state], ['answering', 'failing']);
    assert.match(second?.error?.message ?? '', /another cluster.*"OTHER" with o1, o2, not "c1"/);
    assert.equal(cluster.cluster.quorum.state, 'quorate');
  });

  it('does not take over when the right one dies', async () => {
    const cluster = new CollectedCluster(new FakeProxmox(), other());
    await cluster.round();
    cluster.proxmox.dead = failure('connectionRefused');
    for (let round = 0; round < 3; round += 1) await cluster.round();
    assert.equal(cluster.cluster.freshness.error?.code, 'connectionRefused');
    assert.equal(cluster.cluster.name, 'c1');
    assert.deepEqual(
      cluster.records.guests.map(({ vmid }) => vmid),
      [100, 101],
    );
    cluster.proxmox.dead = null;
    await cluster.round();
    assert.equal(cluster.cluster.freshness.error, null);
  });

  it('is told by its members when the names are the same, and by their addresses when those are too', async () => {
    const members = new FakeProxmox(healthyLists('c1', ['a1', 'a2']));
    const addresses = new FakeProxmox(healthyLists());
    for (const row of rowsOf(addresses.lists['/cluster/status']))
      if (typeof row.ip === 'string') row.ip = row.ip.replace('10.0.0', '10.9.9');
    const cluster = new CollectedCluster(new FakeProxmox(), members, addresses);
    await cluster.round();
    assert.deepEqual(
      cluster.cluster.endpoints.map(({ state }) => state),
      ['answering', 'failing', 'failing'],
    );
  });

  it('is not seen in a cluster that grows, is renamed, or tells only a part of itself', async () => {
    const [first, second] = [new FakeProxmox(), new FakeProxmox()];
    const cluster = new CollectedCluster(first, second);
    await cluster.round();
    for (const proxmox of [first, second]) proxmox.lists = healthyLists('renamed', ['n1', 'n2', 'n3', 'n4']);
    await cluster.round();
    assert.deepEqual([cluster.cluster.name, cluster.cluster.freshness.error], ['renamed', null]);
    second.lists['/cluster/status'] = [{ type: 'node', name: 'z', nodeid: 3, local: 1, online: 1 }];
    await cluster.round();
    assert.deepEqual(
      cluster.cluster.endpoints.map(({ error }) => error),
      [null, null],
    );
  });

  it('is given another try, and counts again once it leads to this cluster', async () => {
    const second = other();
    const cluster = new CollectedCluster(new FakeProxmox(), second);
    await cluster.round();
    second.lists = healthyLists();
    for (let round = 0; round < 10; round += 1) await cluster.round();
    assert.equal(cluster.cluster.endpoints[1]?.state, 'standby');
  });

  it('is never written to', async () => {
    const proxmox = other();
    let writes = 0;
    proxmox.write = () => {
      writes += 1;
      return Promise.resolve(null);
    };
    const right = new FakeProxmox();
    const slot = (reader: FakeProxmox, endpointId: number) => ({
      endpointId,
      url: 'https://h:8006',
      tls: 'verified' as const,
      reader,
    });
    const endpoints = new EndpointSet([slot(right, 1), slot(proxmox, 2)], new FakeClock());
    await endpoints.get('/cluster/status');
    right.write = () => Promise.reject(failure('connectionRefused'));
    await assert.rejects(endpoints.write('POST', '/nodes/n1/qemu/100/config', {}));
    assert.equal(writes, 0);
  });
});
