import type { ClusterPicture } from '../../src/ha/foresight/clusterPicture.ts';
import { explainPlacement } from '../../src/ha/foresight/explainPlacement.ts';
import { maintenanceReadiness } from '../../src/ha/foresight/maintenance.ts';
import { whatIf } from '../../src/ha/foresight/whatIf.ts';
import { buildCluster, buildNode, buildResource } from '../support/fleetBuilders.ts';
import type { Figure } from './index.ts';

const nodeCount = 32;
const resourceCount = 5_000;

/** Foresight over a large cluster: one node lost, and each node lost in turn. */
export async function measureForesight(): Promise<Figure[]> {
  const names = Array.from({ length: nodeCount }, (_, index) => `pve${index + 1}`);
  const picture: ClusterPicture = {
    cluster: buildCluster('prod', { quorum: { votes: nodeCount, neededVotes: nodeCount / 2 + 1 } }),
    nodes: names.map((name) => buildNode(name, { haState: 'online', votes: 1 })),
    groups: [],
    rules: [],
    resources: Array.from({ length: resourceCount }, (_, index) =>
      buildResource(100 + index, {
        node: names[index % nodeCount] ?? '',
        crmState: 'started',
        requestState: 'started',
        group: null,
      }),
    ),
    guests: [],
  };
  const time = (lost: readonly string[]): number => {
    const start = performance.now();
    const { resources } = whatIf(picture, lost);
    if (resources.length === 0) throw new Error('nothing was foreseen');
    return performance.now() - start;
  };
  const first = names[0] ?? '';
  time([first]);
  const times = Array.from({ length: 7 }, () => time([first])).sort((a, b) => a - b);
  const start = performance.now();
  for (const name of names) time([name]);
  const turnMs = performance.now() - start;
  const once = (act: () => unknown): number => {
    act();
    const begin = performance.now();
    act();
    return performance.now() - begin;
  };
  return [
    {
      name: `what-if for one of ${nodeCount} nodes with ${resourceCount} HA resources`,
      value: times[3] ?? 0,
      unit: 'ms',
      goal: 100,
    },
    {
      name: `what-if for each of ${nodeCount} nodes in turn`,
      value: turnMs,
      unit: 'ms',
      goal: 3_000,
    },
    {
      name: `maintenance readiness of one of ${nodeCount} nodes with ${resourceCount} HA resources`,
      value: once(() => maintenanceReadiness(picture, first)),
      unit: 'ms',
      goal: 250,
    },
    {
      name: `explaining one placement among ${resourceCount} HA resources`,
      value: once(() => explainPlacement(picture, 'vm:100')),
      unit: 'ms',
      goal: 250,
    },
  ];
}
