import type { PlanFinding } from '../../../contract/intent/plan.ts';
import type { ClusterFacts } from '../probe/clusterFacts.ts';
import { blocked, warning } from './findings.ts';

/** Whether a node can take a change now. */
export function nodeFindings(facts: ClusterFacts, node: string, isCreation: boolean): PlanFinding[] {
  const found = facts.nodes.find(({ name }) => name === node);
  if (found === undefined) {
    const names = facts.nodes.map(({ name }) => name).join(', ');
    return [blocked('node_unknown', `The cluster has no node ${node}. It has ${names}.`, 'node')];
  }
  if (found.online === false)
    return [
      blocked('node_offline', `Node ${node} is offline. Bring it back or choose another node.`, 'node'),
    ];
  if (found.online === null)
    return [
      blocked(
        'node_state_unknown',
        `Whether node ${node} is online was not told. Plan again when it is.`,
        'node',
      ),
    ];
  if (!isCreation)
    return found.maintenance === true
      ? [warning('node_in_maintenance', `Node ${node} is in maintenance.`, 'node')]
      : [];
  if (found.maintenance === true)
    return [
      blocked(
        'node_in_maintenance',
        `Node ${node} is in maintenance. End it or choose another node.`,
        'node',
      ),
    ];
  return found.maintenance === null
    ? [warning('maintenance_unknown', `Whether node ${node} is in maintenance was not told.`, 'node')]
    : [];
}

/**
 * Whether the memory of new guests fits what a node has left, counting those the same plan puts there before. Only a
 * warning, because nothing is started by a plan.
 */
export class MemoryLedger {
  readonly #plannedBytes = new Map<string, number>();

  add(facts: ClusterFacts, node: string, memoryMib: number): PlanFinding[] {
    const planned = (this.#plannedBytes.get(node) ?? 0) + memoryMib * 1_048_576;
    this.#plannedBytes.set(node, planned);
    const found = facts.nodes.find(({ name }) => name === node);
    if (found?.memoryBytes == null || found.memoryUsedBytes === null)
      return [warning('memory_unknown', `How much memory ${node} has left was not told.`, 'memory_mib')];
    const left = found.memoryBytes - found.memoryUsedBytes - planned;
    if (left < 0)
      return [
        warning(
          'memory_short',
          `With this, ${node} is ${inGib(-left)} GiB short of memory once it runs.`,
          'memory_mib',
        ),
      ];
    return left < found.memoryBytes * 0.1
      ? [
          warning(
            'memory_tight',
            `After this, ${node} has ${inGib(left)} GiB left once it runs.`,
            'memory_mib',
          ),
        ]
      : [];
  }
}

function inGib(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(1);
}
