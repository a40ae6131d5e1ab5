import type { Cluster } from '../../contract/model/cluster.ts';
import type { Guest } from '../../contract/model/guest.ts';
import type { ClusterNode } from '../../contract/model/node.ts';
import type { HaGroup, HaResource, HaRule } from '../../contract/model/placement.ts';
import { type ServiceConfig, type ServiceRecord, type ServiceState, serviceStates } from '../haRecords.ts';
import type { Section } from '../rules/sections.ts';

/** Everything told about one cluster, the input of every foresight. */
export interface ClusterPicture {
  readonly cluster: Cluster;
  readonly nodes: readonly ClusterNode[];
  readonly groups: readonly HaGroup[];
  readonly rules: readonly HaRule[];
  readonly resources: readonly HaResource[];
  readonly guests: readonly Guest[];
}

/** Rules and groups as the configuration files would have them. */
export function sectionsOf({ rules, groups, nodes }: ClusterPicture): {
  readonly rules: Section[];
  readonly groups: Section[];
} {
  const known = new Set(groups.map(({ name }) => name));
  return {
    rules: rules
      // A rule that stands for a group is made from the group.
      .filter(({ fromGroup }) => fromGroup === null || !known.has(fromGroup))
      .map(
        (rule): Section => ({
          type: rule.kind === 'nodeAffinity' ? 'node-affinity' : 'resource-affinity',
          id: rule.name,
          properties: {
            resources: rule.resources.join(','),
            ...(rule.disabled ? { disable: '1' } : {}),
            ...(rule.kind === 'nodeAffinity'
              ? { nodes: nodesText(wantedNodes(rule, nodes)), strict: rule.strict === true ? '1' : '0' }
              : { affinity: rule.affinity }),
          },
        }),
      ),
    groups: groups.map(
      (group): Section => ({
        type: 'group',
        id: group.name,
        properties: {
          nodes: nodesText(group.nodes),
          restricted: group.restricted ? '1' : '0',
          nofailback: group.nofailback ? '1' : '0',
        },
      }),
    ),
  };
}

/** Nodes that a rule wants its resources on: those it names, or all others for one that names nodes to avoid. */
export function wantedNodes(
  rule: Pick<HaRule, 'affinity' | 'nodes'>,
  nodes: readonly Pick<ClusterNode, 'name'>[],
): HaRule['nodes'] {
  if (rule.affinity !== 'negative') return rule.nodes;
  const avoided = new Set(rule.nodes.map(({ name }) => name));
  return nodes.filter(({ name }) => !avoided.has(name)).map(({ name }) => ({ name, priority: 0 }));
}

function nodesText(nodes: HaGroup['nodes']): string {
  return nodes.map(({ name, priority }) => (priority === null ? name : `${name}:${priority}`)).join(',');
}

/** Configuration of a resource as far as the API tells it. */
export function configOf(resource: HaResource): ServiceConfig {
  return {
    type: resource.kind === 'unknown' ? '' : resource.kind,
    node: resource.node ?? '',
    state: resource.requestState === 'enabled' ? 'started' : (resource.requestState ?? ''),
    group: resource.group,
    failback: resource.failback ?? true,
    maxRestart: resource.maxRestart ?? 1,
    maxRelocate: resource.maxRelocate ?? 1,
    lock: null,
  };
}

/** Whether HA is told to leave a resource alone: the manager keeps no record of it, which is not a gap. */
export function isIgnored({ requestState, state }: Pick<HaResource, 'requestState' | 'state'>): boolean {
  return requestState === 'ignored' || (requestState === null && state === 'ignored');
}

/** The manager's record of a resource; `null` when its state or node was not told. */
export function recordOf({ crmState, node, sid, target, maintenanceNode }: HaResource): ServiceRecord | null {
  const state = serviceStates.find((known): known is ServiceState => known === crmState);
  if (state === undefined || node === null) return null;
  const isMoving = state === 'migrate' || state === 'relocate';
  return {
    state,
    node,
    uid: sid,
    ...(isMoving && target !== null ? { target } : {}),
    ...(maintenanceNode === null ? {} : { maintenance_node: maintenanceNode }),
  };
}
