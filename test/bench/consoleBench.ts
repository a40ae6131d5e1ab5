import { performance } from 'node:perf_hooks';
import { createFleetTree } from '../../src/console/fleetTree.ts';
import { HaStatusPage } from '../../src/console/haStatusPage.ts';
import { aCluster, aGuest, aNode, aResource } from '../support/fleetBuilders.ts';
import { ModelHarness } from '../support/modelHarness.ts';
import type { Figure } from './index.ts';

/** A cluster with ten thousand HA resources, all rows open in the tree. */
export async function measureConsole(): Promise<Figure[]> {
  const count = 10_000;
  const vmids = Array.from({ length: count }, (_unused, index) => 100 + index);
  const harness = new ModelHarness({
    clusters: [aCluster()],
    nodes: Array.from({ length: 32 }, (_unused, index) => aNode(`pve${index}`)),
    resources: vmids.map((vmid) => aResource(vmid, { node: `pve${vmid % 32}` })),
    guests: vmids.map((vmid) => aGuest(vmid, { node: `pve${vmid % 32}`, haManaged: 'managed' })),
  });
  const tree = createFleetTree(harness.model, harness.clock);
  for (const root of tree.children(null)) {
    tree.row(root);
    for (const category of tree.children(root)) {
      tree.row(category);
      for (const id of tree.children(category)) tree.row(id);
    }
  }
  const times: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    const state = round % 2 === 0 ? 'error' : 'started';
    const start = performance.now();
    harness.change({
      resources: vmids
        .slice(0, count / 100)
        .map((vmid) => aResource(vmid, { state, node: `pve${vmid % 32}` })),
    });
    await harness.clock.advance(250);
    times.push(performance.now() - start);
  }
  const page = new HaStatusPage(harness.model, 'cluster:c0.prod');
  const startModel = performance.now();
  page.current();
  const modelMs = performance.now() - startModel;
  const ids = new Set(vmids.slice(0, 100).map((vmid) => `ha:c0.prod/vm:${vmid}`));
  const startPatch = performance.now();
  page.patch(ids);
  return [
    {
      name: 'tree, 10,000 HA resources: update after a delta of 1 %',
      value: times.sort((a, b) => a - b)[3] ?? 0,
      unit: 'ms',
      goal: 50,
    },
    { name: 'HA page, 10,000 HA resources: whole model made by the host', value: modelMs, unit: 'ms' },
    { name: 'HA page: patch of 1 % made by the host', value: performance.now() - startPatch, unit: 'ms' },
  ];
}
