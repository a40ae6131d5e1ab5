import assert from 'node:assert/strict';
import { clockText } from '../../../../src/console/clockText.ts';
import type { FleetRecords } from '../../../../src/contract/model/fleet.ts';
import {
  buildCluster,
  buildError,
  buildFencing,
  buildGuest,
  buildLostNode,
  buildLrm,
  buildMaster,
  buildNode,
  buildResource,
  builtAtMs,
} from '../../../support/fleetBuilders.ts';
import { openNotices } from './support.ts';

const minute = 60_000;
const lostQuorum = { quorum: { state: 'notQuorate', votes: 2, margin: -1 } } as const;
const quorate = { quorum: { state: 'quorate', votes: 5, margin: 2 } } as const;
const notRead = { kind: 'waiting', error: buildError(), retryAtMs: builtAtMs } as const;

describe('notices of quorum', () => {
  it('tell its loss once, with votes, what follows and the next step, and its return with how long it was away', async () => {
    const bench = await openNotices();
    await bench.pass(minute);
    bench.change(lostQuorum);
    await bench.pass(190_000);
    const [lost, ...none] = bench.told();
    assert.deepEqual(none, []);
    assert.equal(
      lost?.text,
      'prod lost quorum: 2 of 5 votes, need 3. Nodes with HA guests reset in about 60 s. Restore network or power to a majority.',
    );
    assert.deepEqual([lost.kind, lost.severity], ['quorum', 'warning']);
    assert.deepEqual(
      lost.buttons.map(({ label, command, argument }) => [label, command, argument]),
      [
        ['Open HA Status', 'proxbox.cluster.openHaStatus', 'cluster:c0.prod'],
        ['What If', 'proxbox.cluster.whatIf', 'cluster:c0.prod'],
      ],
    );
    bench.change({ quorum: { state: 'quorate', votes: 4, margin: 1 } });
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), ['prod is quorate again: 4 of 5, can lose 1. Was without for 3m 10s.']);
    bench.close();
    assert.equal(bench.clock.pendingTimers, 0);
  });

  it('are none on the first picture of a cluster, whatever it shows', async () => {
    const bench = await openNotices({
      cluster: {
        ...lostQuorum,
        master: buildMaster({ state: 'silent' }),
        fencing: buildFencing({ state: 'disarmed', sinceMs: builtAtMs - 7_200_000 }),
      },
    });
    await bench.pass(5 * minute);
    assert.deepEqual(bench.texts(), []);
    // It comes back with everything else as bad as it was found.
    bench.change(
      { quorum: { state: 'quorate', votes: 3, margin: 0 } },
      {
        resources: [buildResource(101, { node: 'pve4', state: 'error' })],
        nodes: [buildLostNode('pve4', builtAtMs)],
      },
    );
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), ['prod is quorate again: 3 of 5, can lose none.']);
  });

  it('are none when the reading is lost, which is told once after a minute and never called a loss of quorum', async () => {
    const bench = await openNotices();
    await bench.pass(minute);
    bench.unread.add('c0');
    bench.connections.c0?.setState(notRead);
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), []);
    await bench.pass(30 * minute);
    const [only, ...none] = bench.told();
    assert.deepEqual(none, []);
    assert.match(only?.text ?? '', /^prod cannot be read since \d\d:\d\d, so its state is unknown\. /);
    assert.deepEqual(
      only?.buttons.map(({ label, argument }) => [label, argument]),
      [
        ['Test Connection', 'c0'],
        ['Open HA Status', 'cluster:c0.prod'],
      ],
    );
    // What had happened meanwhile is told when it is seen.
    bench.unread.clear();
    bench.connections.c0?.setState({ kind: 'live', via: 'stream', intervalMs: 5_000 });
    bench.change(lostQuorum);
    await bench.pass(minute);
    assert.equal(bench.told()[0]?.edge, 'quorumLost');
  });

  it('tell a loss that the part which knows it told just now, while other lists fail', async () => {
    const bench = await openNotices();
    await bench.pass(minute);
    bench.change({ ...lostQuorum, freshness: { consecutiveFailures: 3 } });
    await bench.clock.advance(3_000);
    assert.deepEqual(
      bench.told().map(({ edge }) => edge),
      ['quorumLost'],
    );
  });

  it('are none while nobody needs the cluster read', async () => {
    const bench = await openNotices();
    await bench.pass(minute);
    bench.unread.add('c0');
    bench.connections.c0?.setState({ kind: 'idle' });
    await bench.pass(30 * minute);
    assert.deepEqual(bench.texts(), []);
  });

  it('are none while quorum is not told, nor for a flicker', async () => {
    const bench = await openNotices();
    bench.change({ quorum: { state: 'unknown', votes: null, margin: null } });
    await bench.pass(10 * minute);
    bench.change(quorate);
    await bench.pass(minute);
    bench.change(lostQuorum);
    await bench.clock.advance(1_000);
    bench.change(quorate);
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), []);
  });

  it('come at most once in ten minutes while it comes and goes, and then say what is', async () => {
    const bench = await openNotices();
    for (let round = 0; round < 7; round += 1) {
      bench.change(lostQuorum);
      await bench.pass(30_000);
      bench.change(quorate);
      await bench.pass(30_000);
    }
    assert.deepEqual(
      bench.told().map(({ edge }) => edge),
      ['quorumLost', 'quorumRegained'],
    );
    bench.change(lostQuorum);
    await bench.pass(10 * minute);
    assert.deepEqual(
      bench.told().map(({ edge }) => edge),
      ['quorumLost'],
    );
  });

  it('are one for a cluster that two connections show, and two for namesakes', async () => {
    const twins = await openNotices({ connections: ['c0', 'c1'] });
    twins.change(lostQuorum);
    await twins.pass(minute);
    assert.equal(twins.told().length, 1);
    twins.change(quorate);
    await twins.pass(minute);
    assert.equal(twins.told().length, 1);

    const namesakes = await openNotices({
      connections: ['c0', 'c1'],
      picture: { nodes: [buildNode('pve1', { ip: null }), buildNode('pve2', { ip: null })] },
    });
    namesakes.change(lostQuorum);
    await namesakes.pass(minute);
    assert.deepEqual(
      namesakes.texts().map((text) => text.split(' lost')[0]),
      ['prod (c0)', 'prod (c1)'],
    );
  });

  it('are none of a kind that is off or a page that is looked at, not even later', async () => {
    const bench = await openNotices();
    bench.off.add('quorum');
    bench.change(lostQuorum);
    await bench.pass(minute);
    bench.off.clear();
    await bench.pass(20 * minute);
    assert.deepEqual(bench.texts(), []);
    bench.watched.add('cluster:c0.prod');
    bench.change(quorate);
    await bench.pass(minute);
    bench.watched.clear();
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), []);
  });

  it('cannot be made to show a link by a name', async () => {
    const bench = await openNotices({ cluster: { name: '[x](command:evil)' } });
    bench.change(lostQuorum);
    await bench.pass(minute);
    assert.match(bench.texts()[0] ?? '', /^\(x\)\(command:evil\) lost quorum/);
  });
});

describe('notices of margin and quorum device', () => {
  it('tell that no more votes can go, but not of a cluster that is small and complete', async () => {
    const bench = await openNotices();
    bench.change({ quorum: { votes: 3, margin: 0 } });
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), [
      'prod can lose no more votes (3 of 5). Bring a missing node or the device back before touching anything else.',
    ]);
    const small = await openNotices();
    small.change({ quorum: { votes: 2, expectedVotes: 2, neededVotes: 2, margin: 0 } });
    await small.pass(minute);
    assert.deepEqual(small.texts(), []);
  });

  it('are silent when the missing nodes are in declared maintenance', async () => {
    const bench = await openNotices();
    bench.change(
      { quorum: { votes: 3, margin: 0 } },
      { nodes: ['pve4', 'pve5'].map((name) => buildLostNode(name, builtAtMs, { haState: 'maintenance' })) },
    );
    await bench.pass(20 * minute);
    assert.deepEqual(bench.texts(), []);
  });

  it('tell the loss of the device together with the margin it took', async () => {
    const device = { state: 'connected', votes: 1, algorithm: null, host: null, rawState: null } as const;
    const bench = await openNotices({ cluster: { quorum: { device } } });
    bench.change({ quorum: { votes: 3, margin: 0, device: { ...device, state: 'notConnected' } } });
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), [
      'Quorum device of prod does not answer; margin now 0. Check the QNetd host.',
    ]);
    bench.change({ quorum: { device: { ...device, state: 'unknown' } } });
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), []);
  });
});

describe('notices of nodes', () => {
  const lost = (at: number, over = {}) => buildLostNode('pve4', at, over);
  const fourVotes = { quorum: { votes: 4, margin: 1 } } as const;

  it('tell the loss with what HA does about it, and later what became of it', async () => {
    const bench = await openNotices();
    const at = bench.clock.now();
    bench.change(fourVotes, { nodes: [lost(at)] });
    await bench.pass(10_000);
    const [notice] = bench.told();
    assert.equal(
      notice?.text,
      `pve4 (prod) does not answer since ${clockText(at)}. Its 9 HA guests restart from about ${clockText(at + 120_000)}. Check power and network.`,
    );
    assert.equal(notice.buttons[1]?.argument, 'node:c0.prod/pve4');
    await bench.pass(50_000);
    bench.change({}, { nodes: [lost(at, { haState: 'fence' })] });
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), []);
    bench.change(
      {},
      {
        nodes: [lost(at)],
        resources: Array.from({ length: 9 }, (_unused, index) =>
          buildResource(101 + index, { node: 'pve1' }),
        ),
      },
    );
    await bench.pass(minute);
    const [fenced, ...none] = bench.told();
    assert.equal(
      fenced?.text,
      'pve4 (prod) was fenced; 9 of 9 HA guests run elsewhere, 2 without HA stay down.',
    );
    assert.deepEqual([fenced.severity, none], ['information', []]);
  });

  it('promise no restart while HA is disarmed, and a later one when the master went', async () => {
    const disarmed = await openNotices({
      cluster: { fencing: buildFencing({ state: 'disarmed', sinceMs: builtAtMs }) },
    });
    disarmed.change(fourVotes, { nodes: [lost(builtAtMs)] });
    await disarmed.pass(10_000);
    assert.match(disarmed.texts()[0] ?? '', /Its 9 HA guests stay down, because HA is disarmed\./);
    const master = await openNotices({ cluster: { master: buildMaster({ node: 'pve4' }) } });
    master.change(fourVotes, { nodes: [lost(builtAtMs)] });
    await master.pass(10_000);
    assert.ok(master.texts()[0]?.includes(`restart from about ${clockText(builtAtMs + 180_000)}`));
  });

  it('are one for several at once, with a count and the margin they took', async () => {
    const bench = await openNotices();
    bench.change(
      { quorum: { votes: 3, margin: 0 } },
      { nodes: [lost(builtAtMs), buildLostNode('pve5', builtAtMs)] },
    );
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), [
      '2 nodes lost in prod: pve4, pve5. prod can lose no more votes (3 of 5). Check power and network.',
    ]);
  });

  it('are none for a node in declared maintenance, nor at its end', async () => {
    const bench = await openNotices();
    const kept = { haState: 'maintenance', lrm: buildLrm({ state: 'maintenance' }) };
    bench.change({}, { nodes: [buildNode('pve4', kept)] });
    await bench.pass(minute);
    bench.change(fourVotes, { nodes: [lost(bench.clock.now(), kept)] });
    await bench.pass(20 * minute);
    bench.change(quorate, { nodes: [buildNode('pve4')] });
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), []);
  });

  it('wait for a node that said it restarts, but not for ever', async () => {
    const bench = await openNotices();
    bench.change({}, { nodes: [buildNode('pve4', { lrm: buildLrm({ state: 'restarting' }) })] });
    await bench.pass(10_000);
    bench.change(fourVotes, { nodes: [lost(bench.clock.now(), { lrm: buildLrm({ state: 'silent' }) })] });
    await bench.pass(4 * minute);
    assert.deepEqual(bench.texts(), []);
    await bench.pass(2 * minute);
    assert.equal(bench.told()[0]?.edge, 'nodeLost');
  });

  it('are none when a node was only away for a moment, and when it is back', async () => {
    const bench = await openNotices();
    bench.change(fourVotes, { nodes: [lost(builtAtMs)] });
    await bench.clock.advance(3_000);
    bench.change(quorate, { nodes: [buildNode('pve4')] });
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), []);
    bench.change(fourVotes, { nodes: [lost(bench.clock.now())] });
    await bench.pass(10_000);
    bench.told();
    bench.change(quorate, { nodes: [buildNode('pve4')] });
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), []);
  });
});

describe('notices of HA resources', () => {
  const inError = (vmid: number): FleetRecords['resources'][number] =>
    buildResource(vmid, { node: 'pve4', state: 'error', crmState: 'error' });

  it('tell one with a way to its guest, many as one with a count, and the next only after ten minutes', async () => {
    const bench = await openNotices();
    bench.change({}, { resources: [inError(101)] });
    await bench.pass(10_000);
    const [first] = bench.told();
    assert.equal(first?.text, 'prod/vm:101 guest-101 failed and HA gave up. Recover: disable, fix, start.');
    assert.deepEqual(first.buttons[0], {
      label: 'Open Guest',
      command: 'proxbox.guest.open',
      argument: 'guest:c0.prod/101',
    });
    bench.change({}, { resources: [102, 103, 104, 105].map(inError) });
    await bench.pass(5 * minute);
    assert.deepEqual(bench.texts(), []);
    await bench.pass(6 * minute);
    assert.deepEqual(bench.texts(), [
      '4 HA resources of prod failed and HA gave up: vm:102 guest-102, vm:103 guest-103, vm:104 guest-104 and 1 more. Look at the rows in error.',
    ]);
  });

  it('tell one that looks for a node for three minutes, and none that found one in time', async () => {
    const bench = await openNotices();
    const looking = (vmid: number) =>
      buildResource(vmid, { node: 'pve4', state: 'recovery', stateSinceMs: bench.clock.now() });
    bench.change({}, { resources: [looking(101), looking(102)] });
    await bench.pass(2 * minute);
    bench.change({}, { resources: [buildResource(102, { node: 'pve1' })] });
    await bench.pass(50_000);
    assert.deepEqual(bench.texts(), []);
    await bench.pass(20_000);
    assert.deepEqual(bench.texts(), [
      'prod/vm:101 guest-101 finds no node for 3 min. Loosen the rule or bring a node back.',
    ]);
  });

  it('are none for what was in error when first seen, nor for a list that fails and comes back', async () => {
    const bench = await openNotices({
      picture: { resources: [inError(101)], guests: [buildGuest(101)] },
      cluster: { sections: { haStatus: { state: 'never' } } },
    });
    await bench.pass(minute);
    bench.change({ sections: { haStatus: { state: 'read' } } }, { resources: [inError(102)] });
    await bench.pass(minute);
    bench.change({ sections: { haStatus: { state: 'failed' } } });
    await bench.pass(minute);
    bench.change({ sections: { haStatus: { state: 'read' } } });
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), []);
    bench.change({}, { resources: [inError(103)] });
    await bench.pass(minute);
    assert.equal(bench.told().length, 1);
  });

  it('forget one that was removed', async () => {
    const bench = await openNotices();
    bench.change({}, { resources: [inError(101)] });
    await bench.pass(10_000);
    bench.told();
    bench.change({}, {}, ['ha:prod/vm:101']);
    await bench.pass(20 * minute);
    bench.change({}, { resources: [inError(101)] });
    await bench.pass(minute);
    assert.equal(bench.told().length, 1);
  });
});

describe('notices of the HA stack', () => {
  it('tell a silent manager with its age, once', async () => {
    const bench = await openNotices();
    const timestampS = bench.clock.now() / 1000 - 30;
    bench.change({ master: buildMaster({ state: 'silent', timestampS }) });
    await bench.pass(10 * minute);
    assert.deepEqual(bench.texts(), [
      'HA manager of prod is silent for 45 s. Another node takes over after about two minutes. Wait for the new master; check that node.',
    ]);
    const drifting = await openNotices();
    drifting.change({ master: buildMaster({ state: 'clockDrift' }) });
    await drifting.pass(minute);
    drifting.change({ master: buildMaster({ state: 'unknown' }) });
    await drifting.pass(minute);
    assert.deepEqual(drifting.texts(), []);
  });

  it('tell when HA is disarmed, remind after half an hour, and not once it is armed', async () => {
    const bench = await openNotices();
    const disarmed = () => ({
      fencing: buildFencing({ state: 'disarmed', resourceMode: 'freeze', sinceMs: bench.clock.now() }),
    });
    bench.change(disarmed());
    await bench.pass(20 * minute);
    assert.deepEqual(bench.texts(), [
      'HA on prod is disarmed; nothing is fenced or recovered. Arm HA when the work is done.',
    ]);
    await bench.pass(20 * minute);
    assert.deepEqual(bench.texts(), [
      'HA on prod is disarmed for 30 min; nothing is recovered. Arm HA when the work is done.',
    ]);
    bench.change({ fencing: buildFencing() });
    await bench.pass(minute);
    bench.change({ fencing: buildFencing({ state: 'notOffered' }) });
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), []);
  });
});

describe('the watch behind the notices', () => {
  it('tells clusters behind one server that went out of sight as one', async () => {
    const bench = await openNotices();
    await bench.pass(minute);
    bench.connections.c0?.change({
      clusters: [buildCluster('lab', { freshness: { lastSuccessMs: bench.clock.now() } })],
    });
    await bench.pass(10_000);
    bench.unread.add('c0');
    bench.connections.c0?.setState(notRead);
    await bench.pass(5 * minute);
    assert.deepEqual(bench.texts(), ['2 clusters cannot be read, so their state is unknown: prod, lab.']);
  });

  it('forgets a connection that goes, and takes it as new when it comes back', async () => {
    const bench = await openNotices();
    const connection = bench.connections.c0;
    assert.ok(connection !== undefined);
    const entry = { id: 'c0', name: 'c0', kind: 'aggregator', tls: null, connection } as const;
    await bench.pass(minute);
    bench.model.setConnections([]);
    bench.change(lostQuorum);
    await bench.pass(minute);
    bench.model.setConnections([entry]);
    await bench.pass(minute);
    assert.deepEqual(bench.texts(), []);
    bench.close();
    assert.equal(bench.clock.pendingTimers, 0);
  });
});
