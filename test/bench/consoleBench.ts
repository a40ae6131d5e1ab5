import { performance } from 'node:perf_hooks';
import { FleetModel, type ModelChange } from '../../src/console/fleetModel.ts';
import { createFleetTree } from '../../src/console/fleetTree.ts';
import { allClusters, HaStatusView } from '../../src/console/haStatusPage.ts';
import { summarizeQuorum } from '../../src/console/quorumSummary.ts';
import { searchFleet } from '../../src/console/search.ts';
import { emptyFilter } from '../../src/console/treeFilter.ts';
import type { FleetTree } from '../../src/console/treeRow.ts';
import type { FleetRecords } from '../../src/contract/model/fleet.ts';
import { FakeClock } from '../support/fakeClock.ts';
import {
  buildCluster,
  buildFleet,
  buildGuest,
  buildNode,
  buildResource,
  builtAtMs,
  FakeConnection,
} from '../support/fleetBuilders.ts';

/** A measured figure; `limit` is the most it may be. */
export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly limit?: number;
}

const size = 10_000;
const nodeCount = 32;
const rounds = 15;

const nodeOf = (vmid: number): string => `pve${(vmid % nodeCount) + 1}`;

function bigFleet(): FleetRecords {
  const vmids = Array.from({ length: size }, (_, index) => 100 + index);
  return {
    ...buildFleet('prod'),
    nodes: Array.from({ length: nodeCount }, (_, index) => buildNode(`pve${index + 1}`)),
    resources: vmids.map((vmid) => buildResource(vmid, { node: nodeOf(vmid) })),
    guests: vmids.map((vmid) => buildGuest(vmid, { node: nodeOf(vmid) })),
  };
}

/** One per cent of resources and guests with a new state, another one in every round. */
function onePercent(round: number): Partial<FleetRecords> {
  const vmids = Array.from({ length: size / 100 }, (_, index) => 100 + ((index * 97 + round * 31) % size));
  const [state, status] = round % 2 === 0 ? ['migrate', 'paused'] : ['error', 'stopped'];
  return {
    resources: vmids.map((vmid) => buildResource(vmid, { node: nodeOf(vmid), state })),
    guests: vmids.map((vmid) => buildGuest(vmid, { node: nodeOf(vmid), status })),
  };
}

function unfold(tree: FleetTree, id: string | null = null): number {
  return tree.children(id).reduce((sum, child) => {
    tree.row(child);
    return sum + 1 + unfold(tree, child);
  }, 0);
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** View models over 10,000 HA resources and 10,000 guests in one cluster. */
export async function run(): Promise<BenchResult[]> {
  const clock = new FakeClock(builtAtMs);
  const connection = new FakeConnection(bigFleet());
  const model = new FleetModel(clock);
  const opening = timed(() => {
    model.setConnections([{ id: 'demo', name: 'demo', kind: 'aggregator', tls: null, connection }]);
  });
  const tree = createFleetTree(model, clock);
  const unfolding = timed(() => unfold(tree));
  await clock.advance(300);

  // The fake clock delivers batches; only the work inside is measured.
  const modelMs: number[] = [];
  const treeMs: number[] = [];
  const pageMs: number[] = [];
  const view = new HaStatusView(model, allClusters);
  const building = timed(() => view.whole(clock.now()));
  const changes: ModelChange[] = [];
  model.onDidChange((change) => changes.push(change));
  let announced = 0;
  tree.onDidChange(({ rows }) => {
    announced += rows.length;
  });
  for (let round = 0; round < rounds; round += 1) {
    const delta = onePercent(round);
    modelMs.push(timed(() => connection.change(delta)));
    const start = performance.now();
    await clock.advance(250);
    treeMs.push(performance.now() - start);
    const change = changes.at(-1);
    if (change !== undefined) pageMs.push(timed(() => view.patch(change, clock.now())));
  }
  const quorumLost = timed(() => {
    connection.change({ clusters: [buildCluster('prod', { quorum: { state: 'notQuorate', margin: -1 } })] });
  });
  const start = performance.now();
  await clock.advance(250);
  const quorumLostTree = performance.now() - start;
  const filtering = timed(() => {
    tree.filter = { ...emptyFilter, text: 'guest-99' };
  });
  const searching = timed(() => searchFleet(model, 'guest-99', clock.now()));
  const summary = timed(() => summarizeQuorum(model, clock.now(), null));
  tree.dispose();
  model.dispose();
  if (announced === 0) throw new Error('the tree announced nothing, so nothing was measured');
  return [
    { name: 'console: model opened, 20,000 objects', value: opening, unit: 'ms' },
    { name: 'console: tree unfolded, branches cut at 1,000', value: unfolding, unit: 'ms' },
    { name: 'console: 1 % delta taken in by store and model, median', value: median(modelMs), unit: 'ms' },
    { name: 'console: 1 % delta shown by the tree, median', value: median(treeMs), unit: 'ms', limit: 50 },
    {
      name: 'console: 1 % delta from store to tree, worst',
      value: Math.max(...modelMs.map((ms, index) => ms + (treeMs[index] ?? 0))),
      unit: 'ms',
    },
    { name: 'console: HA page built, 10,000 resources', value: building, unit: 'ms', limit: 1_000 },
    { name: 'console: HA page patch of a 1 % delta, median', value: median(pageMs), unit: 'ms', limit: 50 },
    {
      name: 'console: quorum lost, model and every unfolded row',
      value: quorumLost + quorumLostTree,
      unit: 'ms',
    },
    { name: 'console: filter set on 20,000 objects', value: filtering, unit: 'ms' },
    { name: 'console: search over 20,000 objects', value: searching, unit: 'ms' },
    { name: 'console: status bar summary', value: summary, unit: 'ms' },
  ];
}
