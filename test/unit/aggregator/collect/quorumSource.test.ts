import assert from 'node:assert/strict';
import { CollectedCluster, failure, type ListPath, rowsOf } from './harness.ts';

const paths = { status: '/cluster/status', haStatus: '/cluster/ha/status/current' } as const;

function setQuorate(cluster: CollectedCluster, path: ListPath, quorate: 0 | 1): void {
  for (const row of rowsOf(cluster.lists[path]))
    if (row.type === 'cluster' || row.type === 'quorum') row.quorate = quorate;
}

describe('quorum of which one part cannot be read', () => {
  for (const [failing, telling] of [
    ['status', 'haStatus'],
    ['haStatus', 'status'],
  ] as const) {
    it(`comes from ${telling} alone while ${failing} fails, and says so`, async () => {
      const cluster = new CollectedCluster();
      setQuorate(cluster, paths[failing], 0);
      await cluster.round();
      assert.equal(cluster.cluster.quorum.state, 'notQuorate');
      cluster.lists[paths[failing]] = failure('timeout');
      await cluster.round();
      const { quorum, sections } = cluster.cluster;
      assert.deepEqual([quorum.state, quorum.provenance.quorate], ['quorate', paths[telling]]);
      assert.equal(sections[telling].readAtMs, cluster.clock.now());
      assert.ok((sections[failing].readAtMs ?? 0) < cluster.clock.now());
    });

    it(`is lost when ${telling} says so, however good ${failing} was before it failed`, async () => {
      const cluster = new CollectedCluster();
      await cluster.round();
      cluster.lists[paths[failing]] = failure('timeout');
      setQuorate(cluster, paths[telling], 0);
      await cluster.round();
      const { quorum } = cluster.cluster;
      assert.deepEqual([quorum.state, quorum.provenance.quorate], ['notQuorate', paths[telling]]);
    });
  }

  it('has no margin while the members are those of before', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    assert.equal(cluster.cluster.quorum.margin, 1);
    cluster.lists['/cluster/status'] = failure('timeout');
    await cluster.round();
    const { state, votes, margin } = cluster.cluster.quorum;
    assert.deepEqual([state, votes, margin], ['quorate', null, null]);
  });

  it('keeps what both parts told last when neither can be read', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    cluster.proxmox.dead = failure('connectionRefused');
    await cluster.round();
    const { state, margin } = cluster.cluster.quorum;
    assert.deepEqual([state, margin], ['quorate', 1]);
    assert.equal(cluster.cluster.freshness.error?.code, 'connectionRefused');
  });

  it('is read with the time of its own parts, while guests are as old as their list', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    const beforeMs = cluster.clock.now();
    cluster.lists['/cluster/resources'] = failure('timeout');
    setQuorate(cluster, '/cluster/status', 0);
    await cluster.round();
    const { sections, quorum } = cluster.cluster;
    assert.equal(quorum.state, 'notQuorate');
    assert.deepEqual(
      [sections.status.readAtMs, sections.haStatus.readAtMs, sections.resources.readAtMs],
      [cluster.clock.now(), cluster.clock.now(), beforeMs],
    );
  });

  it('is lost when the row says so in words only, and not there when its words are good', async () => {
    for (const [words, statusFlag, expected] of [
      ["No quorum on node 'n1'!", 1, 'notQuorate'],
      ['OK', 1, 'quorate'],
      ['OK', undefined, 'unknown'],
    ] as const) {
      const cluster = new CollectedCluster();
      for (const row of rowsOf(cluster.lists[paths.status]))
        if (row.type === 'cluster') row.quorate = statusFlag;
      for (const row of rowsOf(cluster.lists[paths.haStatus]))
        if (row.type === 'quorum') Object.assign(row, { quorate: undefined, status: words });
      await cluster.round();
      assert.equal(cluster.cluster.quorum.state, expected, words);
    }
  });
});
