import { haDocument } from '../../src/console/findings/haDocument.ts';
import { problemsOf } from '../../src/console/findings/problems.ts';
import { findFindings } from '../../src/ha/findings/findFindings.ts';
import type { ClusterPicture } from '../../src/ha/foresight/clusterPicture.ts';
import {
  buildCluster,
  buildGuest,
  buildNode,
  buildResource,
  buildRule,
  builtAtMs,
} from '../support/fleetBuilders.ts';
import type { Figure } from './index.ts';

const nodeCount = 32;
const resourceCount = 5_000;
const ruleCount = 200;

/** A large cluster with a third of its rules for nodes, for keeping apart and for keeping together, many of them broken. */
function largePicture(): ClusterPicture {
  const names = Array.from({ length: nodeCount }, (_, index) => `pve${index + 1}`);
  const nodeOf = (index: number): string => names[index % nodeCount] ?? '';
  const members = (index: number, count: number): string[] =>
    Array.from({ length: count }, (_, member) => `vm:${100 + ((index * 5 + member) % resourceCount)}`);
  return {
    cluster: buildCluster('prod'),
    nodes: names.map((name) => buildNode(name)),
    groups: [],
    rules: Array.from({ length: ruleCount }, (_, index) =>
      index % 3 === 0
        ? buildRule(`nodes-${index}`, {
            kind: 'nodeAffinity',
            affinity: 'positive',
            strict: index % 2 === 0,
            resources: members(index, 4),
            nodes: [0, 1, 2].map((offset) => ({ name: nodeOf(index + offset), priority: 0 })),
          })
        : buildRule(`pairs-${index}`, {
            affinity: index % 3 === 1 ? 'negative' : 'positive',
            resources: members(index, 3),
          }),
    ),
    resources: Array.from({ length: resourceCount }, (_, index) =>
      buildResource(100 + index, { node: nodeOf(index) }),
    ),
    guests: Array.from({ length: resourceCount }, (_, index) =>
      buildGuest(100 + index, { node: nodeOf(index) }),
    ),
  };
}

/** Findings of a large cluster, and the document at whose lines they stand. */
export async function measureFindings(): Promise<Figure[]> {
  const picture = largePicture();
  const find = () =>
    findFindings({
      picture,
      notCurrent: null,
      nowMs: builtAtMs,
      atRestSinceMs: 0,
      disarmedLimitMs: 1_800_000,
    });
  const findings = find();
  if (findings.length === 0) throw new Error('nothing was found');
  const median = (work: () => unknown): number => {
    const times = Array.from({ length: 9 }, () => {
      const start = performance.now();
      work();
      return performance.now() - start;
    });
    return times.sort((a, b) => a - b)[4] ?? Number.NaN;
  };
  return [
    {
      name: `findings of ${resourceCount} HA resources, ${ruleCount} rules`,
      value: median(find),
      unit: 'ms',
      goal: 100,
    },
    {
      name: `their document and problems, ${findings.length} findings`,
      value: median(() => problemsOf(findings, haDocument(picture, 'prod'))),
      unit: 'ms',
      goal: 100,
    },
  ];
}
