import assert from 'node:assert/strict';
import {
  type Failover,
  failoverFacts,
  failoverMarks,
  failoverOf,
  failoversOf,
} from '../../../src/console/failover.ts';
import { createFleetTree } from '../../../src/console/fleetTree.ts';
import { HaStatusView } from '../../../src/console/haStatusPage.ts';
import { summarizeQuorum } from '../../../src/console/quorumSummary.ts';
import { countdownText, nextMark } from '../../../src/contract/countdown.ts';
import type { FleetRecords } from '../../../src/contract/model/fleet.ts';
import {
  buildCluster,
  buildFencing,
  buildLostNode,
  buildMaster,
  buildNode,
  buildResource,
  buildSnapshot,
  builtAtMs,
  type ClusterOverrides,
} from '../../support/fleetBuilders.ts';
import { only, openModel } from './support.ts';

const long: ClusterOverrides = { freshness: { intervalMs: 600_000 } };
const nodeId = 'node:c0.prod/pve2';

/** pve2 with one HA resource, lost at `builtAtMs`. */
function openLoss(over: ClusterOverrides = {}, upserted: Partial<FleetRecords> = {}) {
  const bench = openModel({
    c0: {
      clusters: [buildCluster('prod', { ...long, ...over })],
      nodes: [buildNode('pve1'), buildLostNode('pve2', builtAtMs), buildNode('pve3')],
      resources: [buildResource(101, { node: 'pve2' })],
      ...upserted,
    },
  });
  const failover = (): Failover | null => {
    const [entry] = bench.model.clusters();
    assert.ok(entry !== undefined);
    return failoverOf(bench.model, entry, nodeId);
  };
  const facts = (atS: number): string[] => failoverFacts(failover() as Failover, builtAtMs + atS * 1000);
  return { ...bench, failover, facts };
}

describe('the countdown of a lost node', () => {
  it('names the fence at a minute and the earliest recovery at two, and never goes below zero', () => {
    const { facts, failover } = openLoss();
    assert.deepEqual(facts(0), ['fence at 1:00']);
    assert.deepEqual(facts(59), ['fence at 1:00']);
    assert.deepEqual(facts(60), ['fencing is due', 'recovery from 2:00']);
    assert.deepEqual(facts(500), ['fencing is due', 'recovery is due']);
    const marks = failoverMarks(failover() as Failover);
    const told = (atMs: number) => marks.map((mark) => countdownText(mark, builtAtMs + atMs));
    assert.deepEqual(told(42_000), ['fence in 18 s', 'earliest recovery in about 1m 18s']);
    assert.deepEqual(told(59_600), ['fence in 1 s', 'earliest recovery in about 1m 1s']);
    assert.deepEqual(told(1e9), ['fencing is due', 'recovery is due']);
    assert.equal(nextMark(marks, builtAtMs + 70_000)?.what, 'earliest recovery');
  });

  it('waits only for recovery once the manager fences it', () => {
    const { facts } = openLoss({}, { nodes: [buildLostNode('pve2', builtAtMs, { haState: 'fence' })] });
    assert.deepEqual(facts(70), ['recovery from 2:00']);
  });

  it('says "at most" when nobody saw the node before it was lost, or not for a while', () => {
    for (const lastOnlineMs of [null, builtAtMs - 60_000]) {
      const { facts } = openLoss({}, { nodes: [buildLostNode('pve2', builtAtMs, { lastOnlineMs })] });
      assert.deepEqual(facts(42), ['fence in at most 18 s']);
      assert.deepEqual(facts(61), ['fencing is due', 'earliest recovery in at most 59 s']);
    }
    const untold = openLoss({}, { nodes: [buildLostNode('pve2', builtAtMs, { lostSinceMs: null })] });
    assert.deepEqual(untold.facts(42), ['fence in at most 18 s']);
  });

  it('takes longer when the master went with it, also once another one was chosen', () => {
    const bench = openLoss({ master: buildMaster({ node: 'pve2' }) });
    assert.deepEqual(bench.facts(70), ['fence at 3:00']);
    only(bench).change({
      clusters: [buildCluster('prod', { ...long, master: buildMaster({ node: 'pve1' }) })],
    });
    assert.deepEqual(bench.facts(130), ['fence at 3:00']);
    assert.deepEqual(bench.facts(181), ['fencing is due', 'recovery is due']);
  });

  it("runs by the server's clock, told on the console's", () => {
    const bench = openLoss();
    const serverMs = builtAtMs + 600_000;
    const ahead = buildSnapshot(
      {
        clusters: [buildCluster('prod', { freshness: { lastSuccessMs: serverMs } })],
        nodes: [buildNode('pve1'), buildLostNode('pve2', serverMs - 42_000)],
        resources: [buildResource(101, { node: 'pve2' })],
      },
      { seq: 9, serverTimeMs: serverMs },
    );
    only(bench).store.applySnapshot(ahead, builtAtMs);
    assert.equal(bench.failover()?.sinceMs, builtAtMs - 42_000);
    assert.deepEqual(bench.facts(0), ['fence at 1:00']);
  });

  const none: [string, ClusterOverrides, Partial<FleetRecords>][] = [
    ['HA is disarmed', { fencing: buildFencing({ state: 'disarmed' }) }, {}],
    ['the cluster has no quorum', { quorum: { state: 'notQuorate', votes: 1, margin: -1 } }, {}],
    [
      'it is in declared maintenance',
      {},
      { nodes: [buildLostNode('pve2', builtAtMs, { haState: 'maintenance' })] },
    ],
    ['it was removed', {}, { nodes: [buildLostNode('pve2', builtAtMs, { haState: 'gone' })] }],
    ['nothing of HA is on it', {}, { resources: [buildResource(101, { node: 'pve1' })] }],
    [
      'what is on it is not to run',
      {},
      { resources: [buildResource(101, { node: 'pve2', requestState: 'disabled' })] },
    ],
    ['what is on it is frozen', {}, { resources: [buildResource(101, { node: 'pve2', state: 'freeze' })] }],
    ['it is there', {}, { nodes: [buildNode('pve2')] }],
  ];
  for (const [why, over, upserted] of none)
    it(`does not run when ${why}`, () => assert.equal(openLoss(over, upserted).failover(), null));
});

describe('countdowns on screen', () => {
  it('tick in the tree for rows that count, and only for those', async () => {
    const bench = openLoss();
    const tree = createFleetTree(bench.model, bench.clock);
    assert.equal(tree.isCounting, false);
    tree.row(nodeId);
    tree.row('node:c0.prod/pve1');
    assert.equal(tree.isCounting, true);
    const announced: (string | null)[] = [];
    tree.onDidChange(({ rows }) => announced.push(...rows));
    await bench.clock.advance(1_000);
    tree.tick();
    assert.deepEqual(announced, [nodeId]);
    assert.equal(tree.row(nodeId)?.description, 'lost 0:01 · fence at 1:00 · 1 HA');
    assert.match(tree.row(nodeId)?.accessibleLabel ?? '', /^pve2, node, lost, fence at 1:00, 1 HA, act now/);
    assert.match(
      tree.tooltip(nodeId).markdown,
      /\n- Fence: about \d\d\\:\d\d\\:00\n- Earliest recovery: about \d\d\\:\d\d\\:00\n/,
    );
    only(bench).change({ nodes: [buildNode('pve2')] });
    await bench.clock.advance(300);
    assert.equal(tree.isCounting, false);
  });

  it('stand in the hover of the status bar for every lost node, of whatever cluster, and tick by the second', () => {
    const bench = openLoss();
    only(bench).change({
      clusters: [buildCluster('alpha', { ...long, quorum: { state: 'notQuorate', votes: 1, margin: -1 } })],
    });
    const summary = summarizeQuorum(bench.model, builtAtMs + 65_000, null);
    assert.match(summary.text, /no quorum/);
    assert.match(
      summary.tooltipMarkdown,
      /\n- prod\/pve2\\: lost 1\\:05 · fencing is due · recovery from 2\\:00\n/,
    );
    assert.equal(summary.nextTickMs, 1_000);
    assert.equal(summarizeQuorum(bench.model, builtAtMs + 181_000, null).nextTickMs, null);
  });

  it('are a list on the HA page, the oldest first, and stand behind the state of the node', () => {
    const bench = openLoss(
      {},
      {
        nodes: [
          buildNode('pve1'),
          buildLostNode('pve2', builtAtMs),
          buildLostNode('pve3', builtAtMs - 30_000),
        ],
        resources: [buildResource(101, { node: 'pve2' }), buildResource(102, { node: 'pve3' })],
      },
    );
    const { header, tables } = new HaStatusView(bench.model, 'cluster:c0.prod').whole(builtAtMs);
    assert.deepEqual(
      header.failovers.map(({ label, waiting, marks }) => [
        label,
        waiting,
        marks.map(({ atMs }) => atMs - builtAtMs),
      ]),
      [
        ['pve3', '1 HA resource', [30_000, 90_000]],
        ['pve2', '1 HA resource', [60_000, 120_000]],
      ],
    );
    const cell = tables.nodes.rows.find(({ id }) => id === nodeId)?.cells.state;
    assert.deepEqual(
      cell?.marks?.map(({ what }) => what),
      ['fence', 'earliest recovery'],
    );
    const [entry] = bench.model.clusters();
    assert.ok(entry !== undefined);
    assert.equal(failoversOf(bench.model, entry).length, 2);
    const all = new HaStatusView(bench.model, 'all').whole(builtAtMs).header.failovers;
    assert.equal(all[0]?.label, 'pve3 (prod)');
  });
});
