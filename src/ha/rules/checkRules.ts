import {
  type AffinityRule,
  groupPositives,
  isNegative,
  isPositive,
  type NodeAffinityRule,
  shares,
} from './compileRules.ts';

/**
 * Rules that cannot hold or contradict each other, by the feasibility checks of Proxmox VE 9. All checks look at the
 * unchanged set.
 *
 * @param nodeCount nodes that the manager knows.
 */
export function findBadRules(rules: readonly AffinityRule[], nodeCount: number): Set<AffinityRule> {
  const bad = new Set<AffinityRule>();
  const add = (found: readonly AffinityRule[]): void => {
    for (const rule of found) bad.add(rule);
  };
  const affinities = rules.filter((rule) => rule.kind === 'node');
  const negatives = rules.filter(isNegative);
  const groups = groupPositives(rules.filter(isPositive));
  const touching = (resources: ReadonlySet<string>): NodeAffinityRule[] =>
    affinities.filter((rule) => shares(rule.resources, resources));

  // A service in two node rules: nobody could say which one counts.
  for (const rule of affinities)
    if (affinities.some((other) => other !== rule && shares(other.resources, rule.resources))) add([rule]);

  for (const rule of rules) {
    if (rule.kind !== 'resource') continue;
    if (rule.resources.size < 2) add([rule]);
    // More services apart than there are nodes.
    if (!rule.isPositive && rule.resources.size > nodeCount) add([rule]);
    // A preference by priority cannot be kept together with an affinity.
    const touched = touching(rule.resources);
    if (touched.some(({ nodes }) => new Set(nodes.values()).size > 1)) add([rule, ...touched]);
  }

  for (const group of groups) {
    const union = new Set(group.flatMap(({ resources }) => [...resources]));
    // Together by one rule and apart by another.
    for (const negative of negatives)
      if ([...negative.resources].filter((sid) => union.has(sid)).length >= 2) add([negative, ...group]);
    const touched = touching(union);
    if (touched.length > 1) add([...group, ...touched]);
  }

  // Apart, but with fewer nodes allowed than services that need them.
  for (const negative of negatives) {
    const touched = touching(negative.resources);
    const nodes = new Set(touched.flatMap((rule) => [...rule.nodes.keys()]));
    const shared = new Set(
      touched.flatMap((rule) => [...rule.resources].filter((sid) => negative.resources.has(sid))),
    );
    if (nodes.size < shared.size) add([negative, ...touched]);
  }
  return bad;
}
