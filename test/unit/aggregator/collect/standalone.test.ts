import assert from 'node:assert/strict';
import { clusterBadge, isStandalone } from '../../../../src/pve/clusterStatus.ts';
import { CollectedCluster, rowsOf } from './harness.ts';

const lone = { type: 'node', id: 'node/n1', name: 'n1', nodeid: 0, ip: '10.0.0.1', local: 1, online: 1 };
const row = { version: null, quorate: null, level: null, id: null, ip: null, online: true, nodes: null };

describe('a node that stands alone', () => {
  it('is known by node id 0, as the local one, with nothing left out', async () => {
    const cluster = new CollectedCluster();
    cluster.lists['/cluster/status'] = [lone];
    await cluster.round();
    assert.deepEqual(
      [cluster.cluster.mode, cluster.cluster.quorum.state, cluster.cluster.name],
      ['standalone', 'standalone', 'n1'],
    );
  });

  const partial: readonly (readonly [what: string, rows: readonly unknown[]])[] = [
    ['lacks its node id', [{ ...lone, nodeid: undefined }]],
    ['has the node id of a member', [{ ...lone, nodeid: 3 }]],
    ['is not said to be local', [{ ...lone, local: undefined }]],
    ['came with rows that are no objects', [lone, 'x', 'y']],
    ['came with a row that cannot be understood', [lone, { type: 5 }]],
  ];
  for (const [what, rows] of partial) {
    it(`is not seen in a lone row that ${what}`, async () => {
      const cluster = new CollectedCluster();
      cluster.lists['/cluster/status'] = rows;
      const status = rowsOf(cluster.lists['/cluster/ha/status/current']);
      delete status[0]?.quorate;
      await cluster.round();
      assert.deepEqual([cluster.cluster.mode, cluster.cluster.quorum.state], ['undefined', 'unknown']);
    });
  }

  it('does not stand for a cluster that was seen before, by one odd reply', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    const whole = cluster.lists['/cluster/status'];
    cluster.lists['/cluster/status'] = [lone];
    await cluster.round();
    assert.deepEqual([cluster.cluster.mode, cluster.records.nodes.length], ['cluster', 3]);
    assert.equal(cluster.section('status').state, 'failed');
    assert.equal(cluster.cluster.quorum.state, 'quorate');
    cluster.lists['/cluster/status'] = whole;
    await cluster.round();
    assert.equal(cluster.cluster.freshness.error, null);
  });

  it('is believed when it goes on saying so, because a node can leave its cluster', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    cluster.lists['/cluster/status'] = [lone];
    await cluster.round();
    await cluster.round();
    assert.equal(cluster.cluster.mode, 'cluster');
    await cluster.round();
    assert.deepEqual([cluster.cluster.mode, cluster.records.nodes.length], ['standalone', 1]);
  });

  it('is never made of a cluster by rows that are missing, however often', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    cluster.lists['/cluster/status'] = [{ ...lone, nodeid: 1 }];
    for (let round = 0; round < 5; round += 1) await cluster.round();
    assert.deepEqual([cluster.cluster.mode, cluster.records.nodes.length], ['cluster', 3]);
    assert.equal(cluster.section('status').state, 'failed');
  });
});

describe('the mode badge', () => {
  const node = (name: string, nodeid = 1) => ({ ...row, type: 'node', name, nodeid, local: true });
  const named = { ...row, type: 'cluster', name: 'c', nodeid: null, local: null };
  it('says standalone for a cluster of one node, which still has a quorum of its own', async () => {
    assert.equal(clusterBadge([named, node('a')], 0), 'standalone');
    assert.equal(isStandalone([named, node('a')], 0), false);
    const cluster = new CollectedCluster();
    const status = rowsOf(cluster.lists['/cluster/status']).slice(0, 2);
    cluster.lists['/cluster/status'] = [{ ...status[0], nodes: 1, quorate: 0 }, status[1]];
    cluster.lists['/cluster/config/nodes'] = [{ node: 'n1', quorum_votes: '1' }];
    await cluster.round();
    const { mode, quorum } = cluster.cluster;
    assert.deepEqual([mode, quorum.state, quorum.expectedVotes], ['standalone', 'notQuorate', 1]);
  });

  it('says undefined for several nodes without a cluster, and cluster when one of its rows was left out', () => {
    assert.equal(clusterBadge([node('a'), node('b', 2)], 0), 'undefined');
    assert.equal(clusterBadge([named, node('a')], 1), 'cluster');
    assert.equal(clusterBadge([{ ...named, nodes: 3 }, node('a')], 0), 'cluster');
    assert.equal(clusterBadge([named, node('a'), node('b', 2)], 0), 'cluster');
  });
});
