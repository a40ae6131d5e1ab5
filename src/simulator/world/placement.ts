import {
  type ClusterStore,
  type ClusterWorld,
  guestOfSid,
  type HaRule,
  type ServiceRecord,
} from './model.ts';

/** The node preference that holds for a resource: from its group (PVE 8) or its node affinity rule (PVE 9). */
export interface NodePreference {
  readonly nodes: ReadonlyMap<string, number>;
  readonly strict: boolean;
}

/** Rules that hold: neither disabled nor infeasible. */
export function feasibleRules(cluster: ClusterWorld, store: ClusterStore = cluster.store): HaRule[] {
  const rules: HaRule[] = [];
  for (const rule of store.rules.values()) {
    if (rule.disable === undefined && ruleErrors(cluster, rule, store) === null) rules.push(rule);
  }
  return rules;
}

/** Why a rule cannot hold, by field, in the words of the HA manager; null when it can. */
export function ruleErrors(
  cluster: ClusterWorld,
  rule: HaRule,
  store: ClusterStore = cluster.store,
): Record<string, string[]> | null {
  if (rule.type === 'node-affinity') {
    return null;
  }
  const texts: string[] = [];
  if (rule.resources.length < 2) texts.push('rule is ineffective as there are less than two resources');
  if (rule.affinity === 'negative' && rule.resources.length > cluster.nodes.size) {
    texts.push('rule defines more resources than available nodes');
  }
  const opposite = rule.affinity === 'positive' ? 'negative' : 'positive';
  for (const other of store.rules.values()) {
    if (other.type !== 'resource-affinity' || other.affinity !== opposite || other.disable !== undefined)
      continue;
    if (other.resources.filter((sid) => rule.resources.includes(sid)).length >= 2) {
      texts.push(`rule shares two or more resources with a ${opposite} resource affinity rule`);
    }
  }
  return texts.length === 0 ? null : { resources: texts };
}

export function preferenceOf(
  cluster: ClusterWorld,
  rules: readonly HaRule[],
  sid: string,
): NodePreference | null {
  const groupName = cluster.store.resources.get(sid)?.group;
  if (groupName !== undefined) {
    const group = cluster.store.groups.get(groupName);
    return group === undefined ? null : { nodes: group.nodes, strict: group.restricted === 1 };
  }
  for (const rule of rules) {
    if (rule.type === 'node-affinity' && rule.resources.includes(sid)) {
      return { nodes: rule.nodes, strict: rule.strict === 1 };
    }
  }
  return null;
}

/** True when the resource should return to a better node by itself. */
export function hasFailback(cluster: ClusterWorld, sid: string): boolean {
  const resource = cluster.store.resources.get(sid);
  if (resource?.group !== undefined) return cluster.store.groups.get(resource.group)?.nofailback !== 1;
  return (resource?.failback ?? 1) === 1;
}

/** What choosing a node needs to know; computed once per manager round. */
export interface PlacementInput {
  readonly cluster: ClusterWorld;
  /** Nodes whose view is `online`, sorted. */
  readonly online: readonly string[];
  readonly rules: readonly HaRule[];
  readonly services: Readonly<Record<string, ServiceRecord>>;
  /** Services per node, for balance. */
  readonly serviceCount: Map<string, number>;
}

/**
 * Chooses a node for a resource: best priority class that has a node, without nodes of keep-apart partners, with
 * keep-together partners, then the fewest services, then by name. Null when no node is allowed.
 */
export function selectNode(
  input: PlacementInput,
  sid: string,
  current: string,
  options: { readonly stay: boolean; readonly failback: boolean },
): string | null {
  const preference = preferenceOf(input.cluster, input.rules, sid);
  let candidates = [...input.online];
  if (preference !== null) {
    const listed = candidates.filter((node) => preference.nodes.has(node));
    const best = Math.max(...listed.map((node) => preference.nodes.get(node) ?? 0));
    const first = listed.filter((node) => (preference.nodes.get(node) ?? 0) === best);
    const allowed = listed.length > 0 || preference.strict ? listed : candidates;
    if (options.stay && !options.failback && allowed.includes(current)) candidates = allowed;
    else candidates = listed.length > 0 ? first : preference.strict ? [] : candidates;
  }
  const apart = partnersOf(input, sid, 'negative').flatMap((partner) => occupiedBy(input.services[partner]));
  candidates = candidates.filter((node) => !apart.includes(node));
  const together = partnersOf(input, sid, 'positive').flatMap((partner) =>
    occupiedBy(input.services[partner]),
  );
  const withPartners = candidates.filter((node) => together.includes(node));
  if (withPartners.length > 0) candidates = withPartners;
  if (options.stay && candidates.includes(current)) return current;
  return (
    candidates.sort(
      (a, b) =>
        (input.serviceCount.get(a) ?? 0) - (input.serviceCount.get(b) ?? 0) || (a < b ? -1 : a > b ? 1 : 0),
    )[0] ?? null
  );
}

/** Services that a resource must be kept together with or apart from. */
export function partnersOf(
  input: Pick<PlacementInput, 'rules'>,
  sid: string,
  affinity: 'positive' | 'negative',
): string[] {
  const partners = new Set<string>();
  for (const rule of input.rules) {
    if (rule.type !== 'resource-affinity' || rule.affinity !== affinity || !rule.resources.includes(sid))
      continue;
    for (const other of rule.resources) if (other !== sid) partners.add(other);
  }
  return [...partners].sort();
}

function occupiedBy(record: ServiceRecord | undefined): string[] {
  if (record === undefined) return [];
  return record.target === undefined ? [record.node] : [record.node, record.target];
}

/** Node on which the guest of a service lies. */
export function homeOf(cluster: ClusterWorld, sid: string): string | undefined {
  const guest = guestOfSid(cluster, sid);
  return guest === undefined ? undefined : cluster.store.guestNodes.get(guest.vmid);
}
