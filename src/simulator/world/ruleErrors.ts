import type { ClusterStore, ClusterWorld, HaRule } from './model.ts';

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
