import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  FleetModel,
  type ModelChange,
  parseConsoleId,
  recordIdOfRow,
  toConsoleId,
} from '../../../src/console/fleetModel.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import {
  buildCluster,
  buildFleet,
  buildGuest,
  buildLostNode,
  buildNode,
  buildResource,
  buildRule,
  builtAtMs,
  FakeConnection,
} from '../../support/fleetBuilders.ts';
import { only, openModel } from './support.ts';

function recordChanges(model: FleetModel): ModelChange[] {
  const changes: ModelChange[] = [];
  model.onDidChange((change) => changes.push(change));
  return changes;
}

describe('console ids', () => {
  it('carry the connection and come apart again', () => {
    for (const recordId of [
      'cluster:prod',
      'node:prod/pve1',
      'ha:my.lab/vm:105',
      'guest:a.b.c/105',
      'rule:prod/x.y',
    ]) {
      const id = toConsoleId('demo-2', recordId);
      assert.deepEqual(parseConsoleId(id), {
        connectionId: 'demo-2',
        kind: recordId.split(':')[0],
        recordId,
      });
    }
    assert.equal(toConsoleId('demo', 'node:prod/pve1'), 'node:demo.prod/pve1');
  });

  it('lead from a link under "Needs attention" to its record', () => {
    assert.equal(recordIdOfRow('attention:demo.prod/ha/vm:105'), 'ha:demo.prod/vm:105');
    assert.equal(parseConsoleId('connection:demo'), null);
    assert.equal(parseConsoleId('nonsense'), null);
  });

  it('keep equal clusters of two connections apart', () => {
    const { model } = openModel({ left: buildFleet('prod'), right: buildFleet('prod') });
    assert.deepEqual(
      model.clusters().map(({ id }) => id),
      ['cluster:left.prod', 'cluster:right.prod'],
    );
    assert.equal(model.resource('ha:left.prod/vm:101')?.sid, 'vm:101');
    assert.equal(model.resource('ha:middle.prod/vm:101'), undefined);
  });
});

describe('fleet model', () => {
  it('joins guests, resources, rules and nodes', () => {
    const { model } = openModel({ demo: buildFleet('prod') });
    const index = model.index('cluster:demo.prod');
    assert.equal(model.guestOf('ha:demo.prod/vm:102')?.vmid, 102);
    assert.equal(model.resourceIdOf('guest:demo.prod/102'), 'ha:demo.prod/vm:102');
    assert.equal(model.resourceIdOf('guest:demo.prod/103'), undefined);
    assert.deepEqual(
      model.rulesNaming('cluster:demo.prod', 'vm:101').map(({ name }) => name),
      ['db-apart'],
    );
    assert.equal(index.resourcesOn('pve2').size, 1);
    assert.deepEqual(index.guestCounts, { managed: 2, notManaged: 1, unknown: 0, templates: 0 });
  });

  it('keeps joins and counts up through moves, changes and removals', async () => {
    const bench = openModel({ demo: buildFleet('prod') });
    const index = bench.model.index('cluster:demo.prod');
    only(bench).change({
      resources: [buildResource(101, { node: 'pve3' }), buildResource(104, { state: 'error' })],
      rules: [buildRule('db-apart', { resources: ['vm:102', 'vm:104'] })],
      guests: [buildGuest(103, { node: 'pve2', haManaged: 'unknown' })],
    });
    assert.deepEqual([index.resourcesOn('pve1').size, index.resourcesOn('pve3').size], [1, 1]);
    assert.deepEqual([...index.problems], ['ha:demo.prod/vm:104']);
    assert.equal(index.rulesNaming('vm:101').size, 0);
    assert.equal(index.guestCounts.unknown, 1);
    only(bench).change({}, ['ha:prod/vm:104', 'guest:prod/103']);
    assert.equal(index.tallies.ha.total, 2);
    assert.equal(index.problems.size, 0);
    assert.deepEqual(index.guestCounts, { managed: 2, notManaged: 0, unknown: 0, templates: 0 });
  });

  it('lets a lost node cast doubt on its guests, and takes it back', () => {
    const bench = openModel({ demo: buildFleet('prod') });
    only(bench).change({ nodes: [buildLostNode('pve2', builtAtMs)] });
    assert.equal(bench.model.state('guest:demo.prod/102')?.label, 'last seen running');
    assert.equal(bench.model.state('guest:demo.prod/101')?.label, 'running');
    only(bench).change({ nodes: [buildNode('pve2')] });
    assert.equal(bench.model.state('guest:demo.prod/102')?.label, 'running');
  });

  it('grades a lost node by the HA resources still on it', () => {
    const bench = openModel({ demo: buildFleet('prod') });
    only(bench).change({ nodes: [buildLostNode('pve2', builtAtMs)] });
    assert.equal(bench.model.state('node:demo.prod/pve2')?.tone, 'fail');
    only(bench).change({ resources: [buildResource(102, { node: 'pve3' })] });
    assert.equal(bench.model.state('node:demo.prod/pve2')?.tone, 'warn');
  });

  it('finds that a keep-apart rule is broken once its members meet', () => {
    const bench = openModel({ demo: buildFleet('prod') });
    assert.equal(bench.model.state('rule:demo.prod/db-apart')?.label, 'in force');
    only(bench).change({ resources: [buildResource(102, { node: 'pve1' })] });
    assert.equal(bench.model.state('rule:demo.prod/db-apart')?.label, 'violated');
  });

  it('announces one batch for many changes, and each of them at once to those who ask', async () => {
    const bench = openModel({ demo: buildFleet('prod') });
    await bench.clock.advance(300);
    const batches = recordChanges(bench.model);
    let immediate = 0;
    bench.model.onDidChangeNow(() => {
      immediate += 1;
    });
    for (const state of ['migrate', 'error', 'stopped'])
      only(bench).change({ resources: [buildResource(101, { state })] });
    assert.deepEqual([immediate, batches.length], [3, 0]);
    await bench.clock.advance(250);
    assert.equal(batches.length, 1);
    assert.ok(batches[0]?.changed.has('ha:demo.prod/vm:101'));
    assert.ok(!batches[0]?.changed.has('ha:demo.prod/vm:102'));
  });

  it('turns rows into memories without quorum and back', async () => {
    const bench = openModel({ demo: buildFleet('prod') });
    await bench.clock.advance(300);
    const batches = recordChanges(bench.model);
    only(bench).change({
      clusters: [buildCluster('prod', { quorum: { state: 'notQuorate', votes: 1, margin: -1 } })],
    });
    await bench.clock.advance(250);
    assert.deepEqual([...(batches[0]?.contexts ?? [])], ['cluster:demo.prod']);
    const shown = bench.model.state('ha:demo.prod/vm:101');
    assert.deepEqual([shown?.label, shown?.tone], ['last known: started', 'unknown']);
    only(bench).change({ clusters: [buildCluster('prod')] });
    assert.equal(bench.model.state('ha:demo.prod/vm:101')?.label, 'started');
  });

  it('turns rows into memories by time alone', async () => {
    const bench = openModel({ demo: buildFleet('prod') });
    assert.equal(bench.model.lastKnown('cluster:demo.prod'), null);
    await bench.clock.advance(66_000);
    assert.equal(bench.model.lastKnown('cluster:demo.prod'), 'stale');
    assert.equal(bench.model.state('node:demo.prod/pve1')?.tone, 'unknown');
  });

  it('trusts rows of a split view only when they come from the quorate side', () => {
    const views = [
      { endpoint: 'a', node: 'pve1', quorate: false, atMs: null, error: null },
      { endpoint: 'b', node: 'pve2', quorate: true, atMs: null, error: null },
    ];
    const of = (answeringNode: string) =>
      openModel({
        demo: buildFleet('prod', { quorum: { state: 'split', answeringNode, views } }),
      }).model.lastKnown('cluster:demo.prod');
    assert.equal(of('pve1'), 'noQuorum');
    assert.equal(of('pve2'), null);
  });

  it('finds a resource stuck by time alone', async () => {
    const bench = openModel({
      demo: {
        ...buildFleet('prod', { freshness: { intervalMs: 600_000 } }),
        resources: [buildResource(101, { state: 'recovery', stateSinceMs: builtAtMs })],
      },
    });
    assert.equal(bench.model.state('ha:demo.prod/vm:101')?.tone, 'busy');
    await bench.clock.advance(186_000);
    assert.equal(bench.model.state('ha:demo.prod/vm:101')?.label, 'stuck: no node fits');
    assert.ok(bench.model.index('cluster:demo.prod').problems.has('ha:demo.prod/vm:101'));
  });

  it('forgets a connection with everything that came over it, and nothing else', async () => {
    const bench = openModel({ left: buildFleet('prod'), right: buildFleet('prod') });
    await bench.clock.advance(300);
    const batches = recordChanges(bench.model);
    bench.model.setConnections(bench.model.connections.filter(({ id }) => id === 'right'));
    await bench.clock.advance(300);
    assert.deepEqual(
      bench.model.clusters().map(({ id }) => id),
      ['cluster:right.prod'],
    );
    assert.ok(batches[0]?.removed.has('ha:left.prod/vm:101'));
    assert.ok([...(batches[0]?.removed ?? [])].every((id) => id.includes('left.')));
    bench.connections.left?.change({ resources: [buildResource(101, { state: 'error' })] });
    assert.equal(bench.model.record('ha:left.prod/vm:101'), undefined);
  });

  it('keeps rows when a server goes away', () => {
    const bench = openModel({ demo: buildFleet('prod') });
    only(bench).setState({
      kind: 'waiting',
      error: {
        ...(buildCluster().freshness.error ?? {
          code: 'timeout',
          message: '',
          httpStatus: null,
          endpoint: null,
          sinceMs: null,
          retryAfterS: null,
          certificate: null,
          expectedFingerprint: null,
        }),
      },
      retryAtMs: builtAtMs,
    });
    assert.equal(bench.model.index('cluster:demo.prod').tallies.ha.total, 2);
  });

  it('tells times on its own clock', () => {
    const connection = new FakeConnection();
    connection.store.applySnapshot(
      {
        ...buildFleet('prod'),
        schemaVersion: 1,
        epoch: 'e',
        seq: 1,
        serverTimeMs: builtAtMs + 90_000,
        aggregatorVersion: '1',
      },
      builtAtMs,
    );
    const model = new FleetModel(new FakeClock(builtAtMs));
    model.setConnections([{ id: 'demo', name: 'demo', kind: 'aggregator', tls: null, connection }]);
    assert.equal(model.toConsoleTime('demo', builtAtMs + 90_000), builtAtMs);
  });

  it('lets no timer run on after it was disposed or emptied', async () => {
    const bench = openModel({ demo: buildFleet('prod') });
    await bench.clock.advance(300);
    bench.model.setConnections([]);
    await bench.clock.advance(300);
    assert.equal(bench.clock.pendingTimers, 0);
    const other = openModel({ demo: buildFleet('prod') });
    other.model.dispose();
    assert.equal(other.clock.pendingTimers, 0);
  });
});
