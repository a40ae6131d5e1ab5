import {
  type AffinityRule,
  groupPositives,
  isNegative,
  isPositive,
  type NodeAffinityRule,
} from './compileRules.ts';

/** The feasibility checks of Proxmox VE 9, by what they find. */
export const ruleChecks = [
  /** A service in several node rules: nobody could say which one counts. */
  'severalNodeRules',
  /** A resource rule with fewer than two services. */
  'tooFewResources',
  /** More services apart than there are nodes. */
  'moreApartThanNodes',
  /** A preference by priority cannot be kept together with a resource rule. */
  'prioritiesWithResourceRule',
  /** Together by one rule and apart by another. */
  'togetherAndApart',
  /** Services kept together that several node rules name. */
  'togetherInSeveralNodeRules',
  /** Apart, but with fewer nodes allowed than services that need them. */
  'apartOnTooFewNodes',
] as const;
export type RuleCheck = (typeof ruleChecks)[number];

/** Rules that cannot hold, with the services on which they meet. */
export interface RuleConflict {
  readonly check: RuleCheck;
  readonly rules: readonly AffinityRule[];
  readonly resources: readonly string[];
}

/** Rules that HA leaves out because they cannot hold or contradict each other. */
export function findBadRules(rules: readonly AffinityRule[], nodeCount: number): Set<AffinityRule> {
  return new Set(findConflicts(rules, nodeCount).flatMap((conflict) => conflict.rules));
}

/**
 * Rules that cannot hold or contradict each other, by the feasibility checks of Proxmox VE 9. All checks look at the
 * unchanged set.
 *
 * @param nodeCount nodes that the manager knows.
 */
export function findConflicts(rules: readonly AffinityRule[], nodeCount: number): RuleConflict[] {
  const naming = byResource(rules.filter((rule) => rule.kind === 'node'));
  const touching = (resources: Iterable<string>): NodeAffinityRule[] => [
    ...new Set([...resources].flatMap((sid) => naming.get(sid) ?? [])),
  ];
  const isNamed = (sid: string): boolean => naming.has(sid);
  const conflicts = severalNodeRules(naming);

  for (const rule of rules) {
    if (rule.kind !== 'resource') continue;
    const resources = [...rule.resources];
    if (resources.length < 2) conflicts.push({ check: 'tooFewResources', rules: [rule], resources });
    if (!rule.isPositive && resources.length > nodeCount)
      conflicts.push({ check: 'moreApartThanNodes', rules: [rule], resources });
    const touched = touching(resources);
    if (touched.some(({ nodes }) => new Set(nodes.values()).size > 1))
      conflicts.push({
        check: 'prioritiesWithResourceRule',
        rules: [rule, ...touched],
        resources: resources.filter(isNamed),
      });
  }

  const negatives = rules.filter(isNegative);
  const separating = byResource(negatives);
  for (const group of groupPositives(rules.filter(isPositive))) {
    const union = new Set(group.flatMap(({ resources }) => [...resources]));
    for (const negative of new Set([...union].flatMap((sid) => separating.get(sid) ?? []))) {
      const both = [...negative.resources].filter((sid) => union.has(sid));
      if (both.length >= 2)
        conflicts.push({ check: 'togetherAndApart', rules: [...group, negative], resources: both });
    }
    const touched = touching(union);
    if (touched.length > 1)
      conflicts.push({
        check: 'togetherInSeveralNodeRules',
        rules: [...group, ...touched],
        resources: [...union].filter(isNamed),
      });
  }

  for (const negative of negatives) {
    const touched = touching(negative.resources);
    const nodes = new Set(touched.flatMap((rule) => [...rule.nodes.keys()]));
    const resources = [...negative.resources].filter(isNamed);
    if (nodes.size < resources.length)
      conflicts.push({ check: 'apartOnTooFewNodes', rules: [negative, ...touched], resources });
  }
  return conflicts;
}

function byResource<Rule extends AffinityRule>(rules: readonly Rule[]): Map<string, Rule[]> {
  const naming = new Map<string, Rule[]>();
  for (const rule of rules)
    for (const sid of rule.resources) {
      const known = naming.get(sid);
      if (known === undefined) naming.set(sid, [rule]);
      else known.push(rule);
    }
  return naming;
}

/** One conflict per set of rules that share services, whatever their number. */
function severalNodeRules(naming: ReadonlyMap<string, readonly NodeAffinityRule[]>): RuleConflict[] {
  const numbers = new Map<NodeAffinityRule, number>();
  const bySet = new Map<string, { rules: readonly NodeAffinityRule[]; resources: string[] }>();
  for (const [sid, rules] of naming) {
    if (rules.length < 2) continue;
    for (const rule of rules) if (!numbers.has(rule)) numbers.set(rule, numbers.size);
    const key = rules.map((rule) => numbers.get(rule)).join();
    const known = bySet.get(key);
    if (known === undefined) bySet.set(key, { rules, resources: [sid] });
    else known.resources.push(sid);
  }
  return [...bySet.values()].map((found) => ({ check: 'severalNodeRules', ...found }));
}
