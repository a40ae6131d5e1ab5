import assert from 'node:assert/strict';
import { FleetModel } from '../../../src/console/fleetModel.ts';
import { nodesToLose, survivalState } from '../../../src/console/foresight/survival.ts';
import { SurvivalWatch } from '../../../src/console/foresight/survivalWatch.ts';
import { untoldInputs } from '../../../src/ha/foresight/missingInputs.ts';
import { whatIf } from '../../../src/ha/foresight/whatIf.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { buildCluster, builtAtMs, FakeConnection } from '../../support/fleetBuilders.ts';
import { pictureWith, rule, service } from '../ha/pictureBuilders.ts';

const stateOf = (picture: ReturnType<typeof pictureWith>) =>
  survivalState(
    nodesToLose(picture).map((node) => whatIf(picture, [node])),
    untoldInputs(picture),
  );

const strict = rule('gpu', {
  kind: 'nodeAffinity',
  nodes: [{ name: 'pve3', priority: 0 }],
  resources: ['vm:103'],
  strict: true,
});

describe('surviving the loss of any one node', () => {
  it('is yes only when quorum holds and every resource finds a node, whichever node it is', () => {
    assert.deepEqual([stateOf(pictureWith()).label, stateOf(pictureWith()).tone], ['yes', 'ok']);
    assert.equal(stateOf(pictureWith({ rules: [strict] })).label, 'no (pve3: 1 guest stuck)');
    const two = pictureWith();
    const state = stateOf({
      ...two,
      nodes: two.nodes.slice(0, 2),
      resources: [service(101, 'pve1')],
      cluster: { ...two.cluster, quorum: { ...two.cluster.quorum, votes: 2, neededVotes: 2 } },
    });
    assert.equal(state.label, 'no (pve1: quorum is lost; pve2: quorum is lost)');
  });

  it('is never yes when something was not told', () => {
    const picture = pictureWith();
    const silent = stateOf({ ...picture, nodes: picture.nodes.map((node) => ({ ...node, votes: null })) });
    assert.equal(silent.tone, 'unknown');
    const stale = stateOf({
      ...picture,
      cluster: { ...picture.cluster, freshness: { ...picture.cluster.freshness, consecutiveFailures: 1 } },
    });
    assert.deepEqual([stale.label, stale.tone], ['yes, as far as known', 'held']);
    assert.equal(survivalState([], []).tone, 'unknown');
  });

  it('is unknown as soon as a list could not be read, or not whole', () => {
    for (const name of ['status', 'haStatus', 'haResources', 'haRules', 'resources'] as const) {
      for (const section of [{ droppedRows: 5 }, { state: 'failed' as const }, { state: 'never' as const }]) {
        const state = stateOf(
          pictureWith({ cluster: buildCluster('prod', { sections: { [name]: section } }) }),
        );
        assert.deepEqual([state.tone, state.badge], ['unknown', 'N-1 unknown'], name);
      }
    }
    const unlisted = rule('odd', { kind: 'unknown', resources: ['vm:103'] });
    assert.equal(stateOf(pictureWith({ rules: [unlisted] })).tone, 'unknown');
    // What is lost for sure stays bad news whatever else was not told.
    const broken = { ...buildCluster('prod', { sections: { resources: { droppedRows: 1 } } }) };
    assert.equal(stateOf(pictureWith({ rules: [strict], cluster: broken })).tone, 'warn');
  });

  it('says in a few words for the row of the cluster which loss is the worst', () => {
    assert.equal(stateOf(pictureWith()).badge, 'survives any one node');
    assert.equal(stateOf(pictureWith({ rules: [strict] })).badge, 'pve3 strands 1');
    const picture = pictureWith();
    const few = {
      ...picture,
      nodes: picture.nodes.slice(0, 2),
      resources: [service(101, 'pve1')],
      cluster: { ...picture.cluster, quorum: { ...picture.cluster.quorum, votes: 2, neededVotes: 2 } },
    };
    assert.equal(stateOf(few).badge, 'losing pve1 ends quorum +1');
    assert.equal(survivalState([], []).badge, 'N-1 unknown');
  });

  it('is worked out beside everything else once a cluster was quiet, and again when it changed', async () => {
    const clock = new FakeClock(builtAtMs);
    const model = new FleetModel(clock);
    const { cluster, nodes, resources, guests } = pictureWith();
    const connection = new FakeConnection({
      clusters: [cluster],
      nodes: [...nodes],
      resources: [...resources],
      guests: [...guests],
    });
    model.setConnections([{ id: 'c0', name: 'c0', kind: 'proxmox', tls: null, connection }]);
    const watch = new SurvivalWatch(model, clock);
    const [{ id } = { id: '' }] = model.clusters();
    assert.equal(model.survival(id), undefined);
    await clock.advance(2_000);
    assert.equal(model.survival(id)?.label, 'yes');
    connection.change({ rules: [strict] });
    await clock.advance(3_000);
    assert.equal(model.survival(id)?.label, 'no (pve3: 1 guest stuck)');
    watch.dispose();
    model.dispose();
    assert.equal(clock.pendingTimers, 0);
  });
});

describe('a drain in the tree', () => {
  it('follows the states of resources, not only their places', async () => {
    const clock = new FakeClock(builtAtMs);
    const model = new FleetModel(clock);
    const { cluster, nodes, guests } = pictureWith();
    const maintained = nodes.map((node) =>
      node.name === 'pve3' ? { ...node, haState: 'maintenance' } : node,
    );
    const connection = new FakeConnection({
      clusters: [cluster],
      nodes: maintained,
      resources: [service(103, 'pve3'), service(104, 'pve3')],
      guests: [...guests],
    });
    model.setConnections([{ id: 'c0', name: 'c0', kind: 'proxmox', tls: null, connection }]);
    const label = (): string | undefined => model.state('node:c0.prod/pve3')?.label;
    assert.equal(label(), 'maintenance · 2 left');
    const watch = new SurvivalWatch(model, clock);
    const gpu = rule('gpu', {
      kind: 'nodeAffinity',
      nodes: [{ name: 'pve3', priority: 0 }],
      resources: ['vm:104'],
      strict: true,
    });
    connection.change({ rules: [gpu] });
    await clock.advance(3_000);
    assert.deepEqual(
      [label(), model.state('node:c0.prod/pve3')?.tone],
      ['maintenance · 2 left, 1 stuck', 'warn'],
    );
    connection.change({ rules: [{ ...gpu, strict: false }] });
    await clock.advance(3_000);
    assert.equal(label(), 'maintenance · 2 left');
    watch.dispose();
    connection.change({ resources: [service(104, 'pve1')] });
    await clock.advance(250);
    assert.equal(label(), 'maintenance · 1 left');
    connection.change({ resources: [service(103, 'pve3', { crmState: 'stopped' })] });
    await clock.advance(250);
    assert.equal(label(), 'maintenance · drained');
    connection.change({ resources: [service(103, 'pve3', { crmState: null })] });
    await clock.advance(250);
    assert.equal(label(), 'maintenance');
    model.dispose();
  });
});
