import assert from 'node:assert/strict';
import { CollectedCluster, rowsOf } from './harness.ts';

const path = '/cluster/ha/status/current';

function without(cluster: CollectedCluster, type: string): void {
  cluster.lists[path] = rowsOf(cluster.lists[path]).filter((row) => row.type !== type);
}

describe('master and fencing of the HA stack', () => {
  it('were never there when the whole status was read and has no such rows', async () => {
    const cluster = new CollectedCluster();
    without(cluster, 'master');
    without(cluster, 'fencing');
    await cluster.round();
    assert.deepEqual([cluster.cluster.master.state, cluster.cluster.fencing.state], ['never', 'notOffered']);
  });

  for (const type of ['master', 'fencing'] as const) {
    it(`are not told when the ${type} row may be the one that could not be understood`, async () => {
      const cluster = new CollectedCluster();
      for (const row of rowsOf(cluster.lists[path])) if (row.type === type) row.type = 7;
      await cluster.round();
      assert.equal(cluster.cluster[type].state, 'unknown');
    });

    it(`are not told without the quorum row, which Proxmox never leaves out beside the ${type} row`, async () => {
      const cluster = new CollectedCluster();
      without(cluster, type);
      without(cluster, 'quorum');
      await cluster.round();
      assert.equal(cluster.cluster[type].state, 'unknown');
    });
  }

  it('are not told when entries of the status were no rows at all', async () => {
    const cluster = new CollectedCluster();
    without(cluster, 'master');
    rowsOf(cluster.lists[path]).push('master' as unknown as Record<string, unknown>);
    await cluster.round();
    assert.equal(cluster.cluster.master.state, 'unknown');
  });
});
