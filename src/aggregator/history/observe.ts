import { createHash } from 'node:crypto';
import type { Cluster } from '../../contract/model/cluster.ts';
import type { FleetEventKind } from '../../contract/model/fleetEvent.ts';
import type { Guest } from '../../contract/model/guest.ts';
import type { ClusterNode } from '../../contract/model/node.ts';
import type { HaGroup, HaResource, HaRule, PrioritizedNode } from '../../contract/model/placement.ts';
import type { Sight } from './sight.ts';

/** What a record says of a subject. */
export interface Observation {
  readonly lane: string;
  readonly kind: FleetEventKind;
  /** Empty when nobody told. */
  readonly state: string;
  readonly node: string | null;
  readonly vmid: number | null;
  readonly name: string | null;
  readonly detail: string | null;
}

const plain = { node: null, vmid: null, name: null, detail: null };

/** Quorum, quorum device, master and arming, as far as they were told. */
export function observeCluster(cluster: Cluster, sight: Sight): Observation[] {
  const { quorum, master, fencing, sections } = cluster;
  const statusRead = sight.isQuorate !== null;
  const haRead = sight.isQuorate === true && sections.haStatus.state === 'read';
  const told = (state: string, mayBelieve: boolean): string =>
    mayBelieve && state !== 'unknown' ? state : '';
  return [
    {
      ...plain,
      lane: 'quorum',
      kind: 'quorum',
      state: told(quorum.state, statusRead),
      detail:
        quorum.votes === null || quorum.expectedVotes === null
          ? null
          : `${quorum.votes} of ${quorum.expectedVotes} votes`,
    },
    {
      ...plain,
      lane: 'quorumDevice',
      kind: 'quorum',
      state: told(quorum.device.state, statusRead && sections.qdevice.state === 'read'),
      detail: quorum.device.rawState,
    },
    {
      ...plain,
      lane: 'master',
      kind: 'master',
      state: told(master.state, haRead),
      node: master.node,
    },
    {
      ...plain,
      lane: 'arming',
      kind: 'arming',
      state: fencing.state === 'notOffered' ? '' : told(fencing.state, haRead),
      detail: fencing.resourceMode,
    },
  ];
}

export function observeNode(node: ClusterNode, sight: Sight): Observation {
  return {
    ...plain,
    lane: `node:${node.name}`,
    kind: 'node',
    state: nodeState(node, sight),
    node: node.name,
  };
}

function nodeState(node: ClusterNode, sight: Sight): string {
  if (node.online === null) return '';
  if (sight.isQuorate !== true) return node.online ? 'online' : 'unseen';
  if (node.haState === 'fence') return 'fence';
  if (node.haState === 'maintenance') return node.online ? 'maintenance' : 'maintenanceOff';
  return node.online ? 'online' : 'offline';
}

export function observeService(resource: HaResource): Observation {
  return {
    ...plain,
    lane: resource.sid,
    kind: 'service',
    state: resource.state === 'unknown' ? '' : (resource.state ?? ''),
    node: resource.node,
    vmid: resource.vmid,
    name: resource.name,
  };
}

/**
 * The run state of a guest on a lost node is nobody's word: Proxmox repeats the last one for minutes and then says
 * `unknown`.
 */
export function observeGuest(guest: Guest, lostNodes: ReadonlySet<string>): Observation {
  const isTold = guest.status !== 'unknown' && (guest.node === null || !lostNodes.has(guest.node));
  return {
    ...plain,
    lane: `guest:${guest.vmid}`,
    kind: 'guest',
    state: isTold ? (guest.status ?? '') : '',
    node: guest.node,
    vmid: guest.vmid,
    name: guest.name,
  };
}

export function observeRule(rule: HaRule): Observation {
  const verb =
    rule.kind === 'resourceAffinity'
      ? rule.affinity === 'negative'
        ? 'keeps apart'
        : 'keeps together'
      : rule.affinity === 'negative'
        ? 'avoids'
        : rule.strict === true
          ? 'allows only'
          : 'prefers';
  const parts = [
    `${verb} ${[...rule.resources].sort().join(', ')}`,
    rule.nodes.length === 0 ? null : `nodes ${nodeList(rule.nodes)}`,
    rule.disabled ? 'disabled' : null,
    Object.keys(rule.errors).length > 0 ? 'infeasible' : null,
  ];
  return { ...plain, lane: `rule:${rule.name}`, kind: 'rule', state: definition(parts) };
}

export function observeGroup(group: HaGroup): Observation {
  const parts = [
    `nodes ${nodeList(group.nodes)}`,
    group.restricted ? 'restricted' : null,
    group.nofailback ? 'no failback' : null,
  ];
  return { ...plain, lane: `group:${group.name}`, kind: 'rule', state: definition(parts) };
}

function nodeList(nodes: readonly PrioritizedNode[]): string {
  return nodes
    .map(({ name, priority }) => (priority === null ? name : `${name}:${priority}`))
    .sort()
    .join(', ');
}

const maxDefinition = 400;

/** A definition as one line. What is cut off still counts, by its hash. */
function definition(parts: readonly (string | null)[]): string {
  const text = parts.filter((part) => part !== null).join('; ');
  if (text.length <= maxDefinition) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return `${text.slice(0, maxDefinition)}… (${hash})`;
}
