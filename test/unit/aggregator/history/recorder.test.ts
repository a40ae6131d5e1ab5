import assert from 'node:assert/strict';
import type { HistoryStore } from '../../../../src/aggregator/history/historyStore.ts';
import { memoryHistory } from '../../../../src/aggregator/history/memoryHistory.ts';
import type { FleetRecords } from '../../../../src/contract/model/fleet.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import {
  buildCluster,
  buildError,
  buildFencing,
  buildFleet,
  buildGroup,
  buildGuest,
  buildLostNode,
  buildMaster,
  buildNode,
  buildResource,
  buildRule,
} from '../../../support/fleetBuilders.ts';
import { fleetWith, RecordedFleet, roundMs } from './harness.ts';

const nodes = ['pve1', 'pve2'].map((name) => buildNode(name));
const withPve3 = (node: Parameters<typeof buildNode>[1]): FleetRecords =>
  fleetWith({ nodes: [...nodes, buildNode('pve3', node)] });

describe('timeline of a cluster', () => {
  let fleet: RecordedFleet;
  beforeEach(async () => {
    fleet = new RecordedFleet();
    await fleet.see(fleetWith());
  });

  /** What is told when the picture becomes another one. */
  const tellAfter = async (...pictures: FleetRecords[]): Promise<string[]> => {
    for (const picture of pictures) await fleet.see(picture);
    return fleet.told();
  };

  it('begins without events, but says when it began', async () => {
    assert.deepEqual(
      (await fleet.events()).map(({ kind, subject, from, to, detail }) => [kind, subject, from, to, detail]),
      [['reading', 'reading', null, 'read', 'began']],
    );
    assert.deepEqual(await fleet.store.recorded(), [{ cluster: 'prod', sinceMs: fleet.clock.now() }]);
    assert.deepEqual(await tellAfter(fleetWith(), fleetWith()), []);
  });

  it('tells states and nodes of HA resources, and those that come and go', async () => {
    const [first] = buildFleet('prod').resources;
    assert.ok(first);
    const change = (over: Partial<typeof first>): FleetRecords =>
      fleetWith({ resources: [{ ...first, ...over }, buildResource(102, { node: 'pve2' })] });
    assert.deepEqual(
      await tellAfter(
        change({ state: 'migrate' }),
        change({ state: 'started', node: 'pve2' }),
        fleetWith({ resources: [{ ...first, node: 'pve2' }] }),
        fleetWith({ resources: [{ ...first, node: 'pve2' }, buildResource(102), buildResource(103)] }),
      ),
      [
        'service vm:101 started@pve1>migrate@pve1',
        'service vm:101 migrate@pve1>started@pve2',
        'service vm:102 started@pve2>removed',
        'service vm:102 removed@pve2>started@pve1',
        'service vm:103 null>started@pve1',
      ],
    );
  });

  it('tells run states of guests, made and removed ones', async () => {
    const others = [buildGuest(101), buildGuest(102, { node: 'pve2' })];
    assert.deepEqual(
      await tellAfter(
        fleetWith({ guests: [...others, buildGuest(103, { status: 'stopped', haManaged: 'notManaged' })] }),
        fleetWith({ guests: others }),
        fleetWith({ guests: [...others, buildGuest(104)] }),
      ),
      [
        'guest guest:103 running@pve1>stopped@pve1',
        'guest guest:103 stopped@pve1>removed',
        'guest guest:104 null>running@pve1',
      ],
    );
  });

  it('tells nodes that go, are fenced, come back, and are put in maintenance', async () => {
    const lost = buildLostNode('pve3', 0);
    assert.deepEqual(
      await tellAfter(
        withPve3(lost),
        withPve3({ ...lost, haState: 'fence' }),
        withPve3(lost),
        withPve3({}),
        withPve3({ haState: 'maintenance' }),
        withPve3({ ...lost, haState: 'maintenance' }),
        fleetWith({ nodes }),
      ),
      [
        'node node:pve3 online@pve3>offline@pve3',
        'fencing node:pve3 offline@pve3>fence@pve3',
        'fencing node:pve3 fence@pve3>offline@pve3',
        'node node:pve3 offline@pve3>online@pve3',
        'node node:pve3 online@pve3>maintenance@pve3',
        'node node:pve3 maintenance@pve3>maintenanceOff@pve3',
        'node node:pve3 maintenanceOff@pve3>removed',
      ],
    );
  });

  it('tells master, arming, quorum and quorum device', async () => {
    const cluster = (over: Parameters<typeof buildCluster>[1]): FleetRecords =>
      fleetWith({ clusters: [buildCluster('prod', over)] });
    const device = { votes: 1, algorithm: null, host: null, rawState: null };
    const told = await tellAfter(
      cluster({ master: buildMaster({ node: 'pve2' }) }),
      cluster({ master: buildMaster({ node: 'pve2', state: 'silent' }) }),
      cluster({ fencing: buildFencing({ state: 'disarming', resourceMode: 'freeze' }) }),
      cluster({ quorum: { device: { ...device, state: 'notConnected' } } }),
      cluster({ quorum: { state: 'notQuorate', votes: 1 } }),
      cluster({}),
    );
    assert.deepEqual(
      [...told].sort(),
      [
        'master master active@pve1>active@pve2',
        'master master active@pve2>silent@pve2',
        'master master silent@pve2>active@pve1',
        'arming arming armed>disarming',
        'arming arming disarming>armed',
        'quorum quorumDevice none>notConnected',
        'quorum quorum quorate>notQuorate',
        'quorum quorumDevice notConnected>none',
        'quorum quorum notQuorate>quorate',
      ].sort(),
    );
  });

  it('tells rules and groups that are made, changed, switched off, infeasible and removed', async () => {
    const rule = buildRule('db-apart');
    const apart = 'keeps apart vm:101, vm:102';
    assert.deepEqual(
      await tellAfter(
        fleetWith({ rules: [{ ...rule, disabled: true }] }),
        fleetWith({ rules: [{ ...rule, errors: { resources: ['too few nodes'] } }] }),
        fleetWith({
          rules: [buildRule('web', { kind: 'nodeAffinity', affinity: 'positive', strict: false })],
        }),
        fleetWith({
          rules: [],
          clusters: [buildCluster('prod', { sections: { haGroups: { state: 'read' } } })],
          groups: [buildGroup('db', { restricted: true })],
        }),
      ),
      [
        `rule rule:db-apart ${apart}>${apart}; disabled`,
        `rule rule:db-apart ${apart}; disabled>${apart}; infeasible`,
        'rule rule:web null>prefers vm:101, vm:102',
        `rule rule:db-apart ${apart}; infeasible>removed`,
        'rule rule:web prefers vm:101, vm:102>removed',
        'rule group:db null>nodes pve1:2, pve2:1; restricted',
      ],
    );
  });

  it('says between which moments a change happened', async () => {
    const beforeMs = fleet.clock.now();
    await fleet.see(withPve3(buildLostNode('pve3', 0)));
    const event = (await fleet.events()).at(-1);
    assert.deepEqual([event?.afterMs, event?.atMs], [beforeMs, beforeMs + roundMs]);
  });

  it('believes no run state of guests on a lost node, and says since when it is not told', async () => {
    const onPve3 = (status: string): FleetRecords['guests'] => [
      buildGuest(101),
      buildGuest(102, { node: 'pve2' }),
      buildGuest(103, { node: 'pve3', status, haManaged: 'notManaged' }),
    ];
    const picture = (isLost: boolean, status: string): FleetRecords => ({
      ...withPve3(isLost ? buildLostNode('pve3', 0) : {}),
      guests: onPve3(status),
    });
    await fleet.see(picture(false, 'running'));
    const toldMs = fleet.clock.now();
    await fleet.see(picture(true, 'running'));
    await fleet.see(picture(true, 'stopped'));
    await fleet.see(picture(false, 'stopped'));
    const events = (await fleet.events()).filter(
      ({ subject, to }) => subject === 'guest:103' && to === 'stopped',
    );
    assert.deepEqual(
      events.map(({ afterMs, atMs }) => [afterMs, atMs]),
      [[toldMs, toldMs + 3 * roundMs]],
    );
  });

  it('says of what changed without quorum that it was told last before it was lost', async () => {
    const toldMs = fleet.clock.now();
    const minority = fleetWith({ clusters: [buildCluster('prod', { quorum: { state: 'notQuorate' } })] });
    await fleet.see(minority);
    await fleet.see(minority);
    await fleet.see(fleetWith({ resources: [buildResource(101, { state: 'error' })] }));
    const events = (await fleet.events()).filter(({ kind }) => kind === 'service');
    assert.deepEqual(
      events.map(({ subject, afterMs }) => [subject, afterMs]),
      [
        ['vm:101', toldMs],
        ['vm:102', toldMs],
      ],
    );
  });

  describe('when reading fails', () => {
    it('tells that reading is lost and regained, and nothing else', async () => {
      await fleet.fail();
      assert.deepEqual(await fleet.told(), [], 'one failed round is none');
      await fleet.fail();
      await fleet.fail();
      const failedMs = fleet.clock.now();
      await fleet.see(fleetWith());
      assert.deepEqual(await fleet.told(), ['reading reading read>lost', 'reading reading lost>read']);
      const lost = (await fleet.events()).find(({ to }) => to === 'lost');
      assert.equal(lost?.detail, 'timeout');
      assert.equal(lost?.afterMs, failedMs - 3 * roundMs);
    });

    it('tells what changed meanwhile as seen afterwards', async () => {
      const seenMs = fleet.clock.now();
      await fleet.fail();
      await fleet.fail();
      await fleet.see(withPve3(buildLostNode('pve3', 0)));
      const event = (await fleet.events()).find(({ kind }) => kind === 'node');
      assert.deepEqual([event?.afterMs, event?.atMs], [seenMs, fleet.clock.now()]);
    });

    it('takes no part that could not be read for a change', async () => {
      const sections = Object.fromEntries(
        (['status', 'resources', 'haStatus', 'haRules', 'haResources'] as const).map((name) => [
          name,
          { state: 'failed' as const, error: buildError() },
        ]),
      );
      await fleet.fail({
        ...fleetWith({ nodes: [], guests: [], resources: [], rules: [] }),
        clusters: [
          buildCluster('prod', {
            sections,
            quorum: { state: 'unknown' },
            master: buildMaster({ state: 'unknown', node: null }),
            fencing: buildFencing({ state: 'unknown' }),
          }),
        ],
      });
      await fleet.see(fleetWith());
      assert.deepEqual(await fleet.told(), []);
    });

    it('tells the hole when nobody asked for a while, once', async () => {
      await fleet.see(fleetWith(), 30_000);
      assert.deepEqual(await fleet.told(), [], 'a short pause is none');
      const lastMs = fleet.clock.now();
      await fleet.see(fleetWith(), 600_000);
      await fleet.see(fleetWith());
      const events = (await fleet.events()).slice(1);
      assert.deepEqual(
        events.map(({ to, atMs }) => [to, atMs]),
        [
          ['paused', lastMs],
          ['read', lastMs + 600_000],
        ],
      );
    });
  });

  describe('what nobody told', () => {
    it('is no event: quorum, states and nodes that are unknown', async () => {
      assert.deepEqual(
        await tellAfter(
          fleetWith({
            clusters: [buildCluster('prod', { quorum: { state: 'unknown', votes: null } })],
            nodes: [...nodes, buildNode('pve3', { online: null })],
            resources: [buildResource(101, { state: null, node: null }), buildResource(102, { node: null })],
            guests: [
              buildGuest(101, { status: 'unknown' }),
              buildGuest(102, { node: 'pve2', status: null }),
              buildGuest(103, { haManaged: 'unknown' }),
            ],
          }),
          fleetWith(),
        ),
        [],
      );
    });

    it('is no event when a list misses rows that could not be understood', async () => {
      const sections = { haStatus: { droppedRows: 1 }, resources: { droppedRows: 1 } };
      assert.deepEqual(
        await tellAfter(
          fleetWith({
            clusters: [buildCluster('prod', { sections })],
            resources: [buildResource(101)],
            guests: [buildGuest(101)],
          }),
          fleetWith(),
        ),
        [],
      );
    });

    it('keeps apart what a node without quorum remembers, and nodes it does not see', async () => {
      const minority = fleetWith({
        clusters: [
          buildCluster('prod', {
            quorum: { state: 'notQuorate', votes: 1 },
            master: buildMaster({ state: 'silent' }),
          }),
        ],
        nodes: [buildNode('pve1'), buildLostNode('pve2', 0), buildLostNode('pve3', 0, { haState: 'fence' })],
        resources: [buildResource(101, { state: 'stopped' })],
      });
      const told = await tellAfter(minority);
      assert.deepEqual(told.sort(), [
        'node node:pve2 online@pve2>unseen@pve2',
        'node node:pve3 online@pve3>unseen@pve3',
        'quorum quorum quorate>notQuorate',
      ]);
      await fleet.see(fleetWith({ nodes: [buildNode('pve1'), buildNode('pve2'), buildLostNode('pve3', 0)] }));
      assert.deepEqual((await fleet.told()).slice(-3).sort(), [
        'node node:pve2 unseen@pve2>online@pve2',
        'node node:pve3 unseen@pve3>offline@pve3',
        'quorum quorum notQuorate>quorate',
      ]);
    });
  });
});

describe('timeline over a restart', () => {
  it('repeats nothing, and tells what changed in between', async () => {
    const store = memoryHistory(1_000);
    const first = new RecordedFleet(store);
    await first.see(fleetWith());
    await first.see(withPve3(buildLostNode('pve3', 0)));
    await first.recorder.dispose();
    const told = await first.told();

    const second = new RecordedFleet(store, first.clock);
    await second.see(withPve3(buildLostNode('pve3', 0)));
    assert.deepEqual(await second.told(), told);
    await second.see(fleetWith());
    assert.deepEqual((await second.told()).slice(told.length), ['node node:pve3 offline@pve3>online@pve3']);
    await second.recorder.dispose();

    const third = new RecordedFleet(store, first.clock);
    await third.see(withPve3(buildLostNode('pve3', 0)), 120_000);
    assert.deepEqual((await third.told()).slice(-3).sort(), [
      'node node:pve3 online@pve3>offline@pve3',
      'reading reading paused>read',
      'reading reading read>paused',
    ]);
  });
});

describe('timeline of two aggregators over one store', () => {
  it('tells each change once, whoever sees it first', async () => {
    const store = memoryHistory(1_000);
    const clock = new FakeClock();
    const [one, two] = [new RecordedFleet(store, clock), new RecordedFleet(store, clock)];
    for (const fleet of [one, two]) await fleet.see(fleetWith(), 1_000);
    for (const fleet of [one, two]) await fleet.see(withPve3(buildLostNode('pve3', 0)), 1_000);
    // The second misses the moment at which the node was back.
    await one.see(fleetWith(), 1_000);
    await one.see(withPve3(buildLostNode('pve3', 0)), 1_000);
    for (const fleet of [two, one]) await fleet.see(withPve3({}), 1_000);
    assert.deepEqual(await one.told(), [
      'node node:pve3 online@pve3>offline@pve3',
      'node node:pve3 offline@pve3>online@pve3',
      'node node:pve3 online@pve3>offline@pve3',
      'node node:pve3 offline@pve3>online@pve3',
    ]);
  });

  it('does not call reading lost while the other reads', async () => {
    const store = memoryHistory(1_000);
    const clock = new FakeClock();
    const [one, two] = [new RecordedFleet(store, clock), new RecordedFleet(store, clock)];
    for (const fleet of [one, two]) await fleet.see(fleetWith(), 1_000);
    for (let round = 0; round < 20; round += 1) {
      await one.fail(undefined, 4_000);
      await two.see(fleetWith(), 1_000);
    }
    assert.deepEqual(await one.told(), []);
  });
});

describe('a store that fails for a while', () => {
  it('gets what was seen meanwhile', async () => {
    const store = memoryHistory(1_000);
    let isDown = false;
    const failing: HistoryStore = {
      ...store,
      apply: (...given) => (isDown ? Promise.reject(new Error('down')) : store.apply(...given)),
    };
    const fleet = new RecordedFleet(failing);
    await fleet.see(fleetWith());
    isDown = true;
    await fleet.see(withPve3(buildLostNode('pve3', 0)));
    await fleet.see(withPve3({}));
    assert.deepEqual(await fleet.told(), []);
    isDown = false;
    await fleet.clock.advance(10_000);
    assert.deepEqual(await fleet.told(), [
      'node node:pve3 online@pve3>offline@pve3',
      'node node:pve3 offline@pve3>online@pve3',
    ]);
  });
});

describe('tasks in the timeline', () => {
  const upid = 'UPID:pve1:0000A1B2:00C3D4E5:695D5A00:qmigrate:101:root@pam:';
  const task = { upid, node: 'pve1', type: 'qmigrate', user: 'root@pam', starttime: 1_767_225_600 };

  it('stand with their guest, once, and end when they ended', async () => {
    const fleet = new RecordedFleet();
    fleet.tasks = { state: 'read', rows: [task, { upid: 'broken' }] };
    await fleet.see(fleetWith());
    await fleet.see(fleetWith(), 30_000);
    fleet.tasks = { state: 'read', rows: [{ ...task, endtime: 1_767_225_640, status: 'OK' }] };
    await fleet.see(fleetWith(), 30_000);
    await fleet.see(fleetWith(), 30_000);
    const tasks = (await fleet.events()).filter(({ kind }) => kind === 'task');
    assert.deepEqual(
      tasks.map(({ vmid, detail, to, atMs, endMs, user }) => [vmid, detail, to, atMs, endMs, user]),
      [[101, 'qmigrate', 'OK', 1_767_225_600_000, 1_767_225_640_000, 'root@pam']],
    );
  });

  it('that cannot be read cost the timeline nothing', async () => {
    const fleet = new RecordedFleet();
    fleet.tasks = { state: 'failed', error: buildError({ code: 'forbidden' }) };
    await fleet.see(fleetWith());
    await fleet.see(withPve3(buildLostNode('pve3', 0)));
    assert.deepEqual(await fleet.told(), ['node node:pve3 online@pve3>offline@pve3']);
  });
});

describe('reading for the timeline', () => {
  it('goes on by itself only when that is wanted', async () => {
    assert.equal(new RecordedFleet().watchers, 0);
    const fleet = new RecordedFleet(memoryHistory(10), new FakeClock(), { readAlways: true });
    assert.equal(fleet.watchers, 1);
    await fleet.recorder.dispose();
    assert.equal(fleet.watchers, 0);
    assert.equal(fleet.clock.pendingTimers, 0);
  });
});
