import assert from 'node:assert/strict';
import { fleetError } from '../../../src/client/clientError.ts';
import { FleetStore } from '../../../src/client/fleetStore.ts';
import type { Cluster } from '../../../src/contract/model/cluster.ts';
import {
  buildCluster,
  buildDelta,
  buildFleet,
  buildNode,
  buildSnapshot,
  builtAtMs,
  joinFleets,
} from '../../support/fleetBuilders.ts';

/** The cluster as a server tells it that has just begun. */
function unread(key: string, over: Partial<Cluster['freshness']> = {}): Cluster {
  const cluster = buildCluster(key);
  return {
    ...cluster,
    quorum: { ...cluster.quorum, state: 'unknown', votes: null },
    freshness: {
      lastSuccessMs: null,
      lastAttemptMs: null,
      consecutiveFailures: 0,
      intervalMs: 5_000,
      error: null,
      ...over,
    },
  };
}

function known(): FleetStore {
  const store = new FleetStore();
  store.applySnapshot(
    buildSnapshot(joinFleets(buildFleet('prod'), buildFleet('lab')), { epoch: 'first', seq: 9 }),
    builtAtMs,
  );
  return store;
}

/** The store after the server began anew and told that it has read nothing yet. */
function restarted(): FleetStore {
  const store = known();
  store.applySnapshot(
    buildSnapshot({ clusters: [unread('prod'), unread('lab')] }, { epoch: 'second', seq: 0 }),
    builtAtMs,
  );
  return store;
}

describe('fleet store', () => {
  it('keeps the picture when a server began anew and has read nothing yet', () => {
    const before = known();
    const store = restarted();
    for (const list of ['nodes', 'resources', 'guests', 'rules'] as const)
      assert.deepEqual([...store.list(list).keys()].sort(), [...before.list(list).keys()].sort());
    assert.equal(store.list('clusters').get('cluster:prod')?.quorum.state, 'quorate');
  });

  it('keeps the time of the last reading with it, so that it grows old, and the reason why it is not renewed', () => {
    const store = restarted();
    const error = fleetError('timeout', 'no answer');
    store.applyDelta(
      buildDelta(1, { clusters: [unread('prod', { consecutiveFailures: 2, error })] }, [], {
        epoch: 'second',
      }),
      builtAtMs,
    );
    const cluster = store.list('clusters').get('cluster:prod');
    assert.equal(cluster?.freshness.lastSuccessMs, buildCluster('prod').freshness.lastSuccessMs);
    assert.equal(cluster?.freshness.error?.code, 'timeout');
    assert.equal(cluster?.freshness.consecutiveFailures, 2);
    assert.ok(store.list('guests').size > 0);
  });

  it('forgets what is no longer there once the new server has read the cluster, and only that cluster', () => {
    const store = restarted();
    const removed: string[] = [];
    store.onDidChange((change) => removed.push(...change.removed));
    store.applyDelta(
      buildDelta(
        1,
        { clusters: [buildCluster('prod')], nodes: [buildNode('pve1', { cluster: 'prod' })] },
        [],
        {
          epoch: 'second',
        },
      ),
      builtAtMs,
    );
    assert.deepEqual([...store.idsOf('prod', 'nodes')], ['node:prod/pve1']);
    assert.equal(store.idsOf('prod', 'guests').size, 0);
    assert.equal(store.idsOf('lab', 'nodes').size, 3);
    assert.ok(removed.includes('node:prod/pve2') && !removed.includes('node:prod/pve1'));
  });

  it('keeps a list that the new server could not read, until it can', () => {
    const store = restarted();
    const cluster = buildCluster('prod');
    const failed = { state: 'failed', readAtMs: null, error: null, droppedRows: 0 } as const;
    store.applyDelta(
      buildDelta(
        1,
        { clusters: [{ ...cluster, sections: { ...cluster.sections, resources: failed } }] },
        [],
        {
          epoch: 'second',
        },
      ),
      builtAtMs,
    );
    assert.equal(store.idsOf('prod', 'guests').size, 3);
    assert.equal(store.idsOf('prod', 'nodes').size, 0);
    store.applyDelta(buildDelta(2, { clusters: [cluster] }, [], { epoch: 'second' }), builtAtMs);
    assert.equal(store.idsOf('prod', 'guests').size, 0);
  });

  it('drops a cluster that the new server does not know', () => {
    const store = known();
    store.applySnapshot(buildSnapshot({ clusters: [unread('lab')] }, { epoch: 'second', seq: 0 }), builtAtMs);
    assert.deepEqual([...store.list('clusters').keys()], ['cluster:lab']);
    assert.equal(store.idsOf('prod', 'nodes').size, 0);
    assert.equal(store.idsOf('lab', 'nodes').size, 3);
  });

  it('takes the same server at its word', () => {
    const store = known();
    store.applySnapshot(
      buildSnapshot({ clusters: [unread('prod')] }, { epoch: 'first', seq: 10 }),
      builtAtMs,
    );
    assert.equal(store.list('nodes').size, 0);
  });
});
