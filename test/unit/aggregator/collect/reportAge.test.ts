import assert from 'node:assert/strict';
import { CollectedCluster, failure, rowsOf } from './harness.ts';

const path = '/cluster/ha/status/current';

/** Sets how many seconds before now, by our clock, each node reported. */
function report(cluster: CollectedCluster, agesS: Readonly<Record<string, number | null>>): void {
  const nowS = cluster.clock.now() / 1000;
  for (const row of rowsOf(cluster.lists[path])) {
    if (row.type === 'master') row.timestamp = nowS - (agesS.master ?? 45);
    const ageS = agesS[String(row.node)];
    if (row.type === 'lrm' && ageS !== undefined) row.timestamp = ageS === null ? null : nowS - ageS;
  }
}

function behind(cluster: CollectedCluster): (number | null | undefined)[] {
  return cluster.records.nodes.map(({ lrm }) => lrm?.behindS);
}

describe('the age of an LRM report', () => {
  it('is counted from the newest report of the same reply, whatever our clock says', async () => {
    const cluster = new CollectedCluster();
    report(cluster, { master: 45, n1: 45, n2: 46, n3: 90 });
    await cluster.round();
    assert.deepEqual(behind(cluster), [0, 1, 45]);
  });

  it('is not counted from a clock that Proxmox says runs ahead', async () => {
    const cluster = new CollectedCluster();
    report(cluster, { master: 1, n1: 1, n2: -60, n3: 3 });
    for (const row of rowsOf(cluster.lists[path]))
      if (row.id === 'lrm:n2') row.status = 'n2 (detected time drift!, Thu Jan  1 00:00:00 2026)';
    await cluster.round();
    assert.deepEqual(behind(cluster), [0, 0, 2]);
  });

  it('is not told without a time', async () => {
    const cluster = new CollectedCluster();
    report(cluster, { n1: 0, n2: null, n3: 0 });
    await cluster.round();
    assert.deepEqual(behind(cluster), [0, null, 0]);
  });
});

describe('the moment a node was lost', () => {
  const lose = (cluster: CollectedCluster): void => {
    for (const row of rowsOf(cluster.lists['/cluster/status'])) if (row.name === 'n3') row.online = 0;
  };
  const lost = (cluster: CollectedCluster) => cluster.records.nodes.find(({ name }) => name === 'n3');

  it('is known between two reads when it was seen online before', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    const onlineMs = cluster.clock.now();
    lose(cluster);
    await cluster.round();
    assert.deepEqual(
      [lost(cluster)?.lastOnlineMs, lost(cluster)?.lostSinceMs],
      [onlineMs, cluster.clock.now()],
    );
  });

  it('is not known when it was lost before anything was read', async () => {
    const cluster = new CollectedCluster();
    lose(cluster);
    await cluster.round();
    await cluster.round();
    assert.equal(lost(cluster)?.lastOnlineMs, null);
  });

  it('is as wide as the time that nothing was read in between', async () => {
    const cluster = new CollectedCluster();
    await cluster.round();
    const onlineMs = cluster.clock.now();
    cluster.proxmox.dead = failure('timeout');
    for (let round = 0; round < 3; round += 1) await cluster.round();
    cluster.proxmox.dead = null;
    lose(cluster);
    await cluster.round();
    assert.equal(lost(cluster)?.lastOnlineMs, onlineMs);
    assert.equal((lost(cluster)?.lostSinceMs ?? 0) - onlineMs, 8_000);
  });
});
