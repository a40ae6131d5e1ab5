import assert from 'node:assert/strict';
import { CollectedCluster, failure, rowsOf } from './harness.ts';

const path = '/cluster/config/nodes';

describe('votes of the members', () => {
  it('are one where the configuration does not name a number, and zero where it says zero', async () => {
    const cluster = new CollectedCluster();
    cluster.lists[path] = [
      { node: 'n1' },
      { node: 'n2', quorum_votes: '0' },
      { node: 'n3', quorum_votes: '2' },
    ];
    await cluster.round();
    const { votes, expectedVotes } = cluster.cluster.quorum;
    assert.deepEqual([votes, expectedVotes], [3, 3]);
    assert.deepEqual(
      cluster.records.nodes.map((node) => node.votes),
      [1, 0, 2],
    );
  });

  for (const votes of ['many', -1, '-1', 0.5, null, {}, true]) {
    it(`are not told when one of them is ${JSON.stringify(votes)}`, async () => {
      const cluster = new CollectedCluster();
      const [first] = rowsOf(cluster.lists[path]);
      if (first !== undefined) first.quorum_votes = votes;
      await cluster.round();
      const { quorum } = cluster.cluster;
      assert.deepEqual([quorum.state, quorum.expectedVotes, quorum.margin], ['quorate', null, null]);
      assert.deepEqual(
        cluster.records.nodes.map((node) => node.votes),
        [null, 1, 1],
      );
    });
  }

  it('are not those of a configuration that has changed since they were read', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    assert.equal(cluster.cluster.quorum.margin, 1);
    for (const row of rowsOf(cluster.lists['/cluster/status'])) if (row.type === 'cluster') row.version = 6;
    cluster.lists[path] = failure('httpError', 'no', 500);
    for (let round = 0; round < 3; round += 1) {
      await cluster.round();
      const { quorum } = cluster.cluster;
      assert.deepEqual([quorum.votes, quorum.expectedVotes, quorum.margin], [null, null, null]);
      assert.deepEqual(
        cluster.records.nodes.map((node) => node.votes),
        [null, null, null],
      );
    }
    cluster.lists[path] = ['n1', 'n2', 'n3'].map((node) => ({ node, quorum_votes: '2' }));
    await cluster.round();
    assert.equal(cluster.cluster.quorum.expectedVotes, 6);
  });

  it('stay while the configuration cannot be read but is still the same', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    cluster.lists[path] = failure('httpError', 'no', 500);
    for (let round = 0; round < 8; round += 1) await cluster.round();
    assert.equal(cluster.cluster.quorum.margin, 1);
  });
});
