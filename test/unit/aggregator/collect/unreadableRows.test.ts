import assert from 'node:assert/strict';
import { CollectedCluster, type ListPath } from './harness.ts';

/** Rows whose identity is no text, so that nothing can be made of them. */
const unreadable = [{ type: 7 }, { type: [] }, 'text', null];

describe('an answer of which nothing can be understood', () => {
  const lists = [
    ['/cluster/status', 'status', 'nodes', 3],
    ['/cluster/resources', 'resources', 'guests', 2],
    ['/cluster/ha/status/current', 'haStatus', 'resources', 1],
    ['/cluster/ha/resources', 'haResources', 'resources', 1],
    ['/cluster/ha/rules', 'haRules', 'rules', 1],
  ] as const satisfies readonly (readonly [ListPath, ...unknown[]])[];
  for (const [path, section, list, count] of lists) {
    it(`of ${path} is a failure that keeps the rows of before`, async () => {
      const cluster = new CollectedCluster();
      await cluster.round();
      const { readAtMs } = cluster.section(section);
      cluster.lists[path] = unreadable;
      await cluster.round();
      assert.equal(cluster.section(section).state, 'failed');
      assert.equal(cluster.section(section).error?.code, 'unexpectedShape');
      assert.equal(cluster.section(section).readAtMs, readAtMs);
      assert.equal(cluster.records[list].length, count);
    });
  }

  it('of a vital list is no good read of the cluster', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    const { lastSuccessMs } = cluster.cluster.freshness;
    cluster.lists['/cluster/resources'] = unreadable;
    assert.equal((await cluster.round()).outcome, 'partial');
    assert.equal(cluster.cluster.freshness.lastSuccessMs, lastSuccessMs);
    assert.equal(cluster.cluster.freshness.error?.code, 'unexpectedShape');
  });

  for (const path of ['/cluster/status', '/cluster/resources', '/cluster/ha/status/current'] as const) {
    it(`is an empty ${path} as well, because Proxmox always lists its own node there`, async () => {
      const cluster = new CollectedCluster();
      await cluster.round();
      cluster.lists[path] = [];
      await cluster.round();
      assert.equal(cluster.cluster.freshness.error?.code, 'unexpectedShape');
      assert.deepEqual([cluster.records.nodes.length, cluster.records.guests.length], [3, 2]);
      assert.equal(cluster.records.resources[0]?.state, 'started');
    });
  }

  it('is none when a list that may be empty is empty', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    cluster.lists['/cluster/ha/rules'] = [];
    await cluster.round();
    assert.equal(cluster.section('haRules').state, 'read');
    assert.deepEqual(cluster.records.rules, []);
  });

  it('costs the guests their news only, when the nodes beside them can be read', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    cluster.lists['/cluster/resources'] = [
      { type: 'node', node: 'n2', status: 'online', hastate: 'fence' },
      { type: 5, vmid: 100 },
    ];
    await cluster.round();
    assert.equal(cluster.section('resources').state, 'failed');
    assert.equal(cluster.records.guests.length, 2);
    assert.equal(cluster.records.nodes.find(({ name }) => name === 'n2')?.haState, 'fence');
  });

  it('counts rows that do not say what they are about as left out', async () => {
    const cluster = new CollectedCluster();
    cluster.lists['/cluster/ha/status/current'] = [
      { id: 'quorum', type: 'quorum', node: 'n1', quorate: 1 },
      { id: 'service:vm:1', type: 'service', sid: 5, state: 'started' },
      { id: 'lrm:n2', type: 'lrm', node: null, status: 'n2 (active, x)' },
    ];
    await cluster.round();
    assert.equal(cluster.section('haStatus').droppedRows, 2);
  });
});
