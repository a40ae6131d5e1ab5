import { byCodeUnit, type ServiceConfig } from '../haRecords.ts';
import { findBadRules } from './checkRules.ts';
import { isOn, listOf, nodesWithPriority, type Section } from './sections.ts';

/** Services that shall, or if strict must, run on some nodes. */
export interface NodeAffinityRule {
  readonly kind: 'node';
  readonly id: string;
  readonly resources: Set<string>;
  readonly nodes: ReadonlyMap<string, number>;
  readonly isStrict: boolean;
}

/** Services that stay together, or apart. */
export interface ResourceAffinityRule {
  readonly kind: 'resource';
  readonly id: string;
  readonly resources: Set<string>;
  readonly isPositive: boolean;
}

export type AffinityRule = NodeAffinityRule | ResourceAffinityRule;

/** Rules in the form in which a placement asks them. */
export interface CompiledRules {
  /** Nodes of a service with their priorities; a service without entry may run anywhere. */
  readonly nodes: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly together: ReadonlyMap<string, ReadonlySet<string>>;
  readonly apart: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Priority of nodes that a rule does not name but does not forbid either. */
const unnamedPriority = -1;

/** Rules as configured; what is disabled, of an unknown type or incomplete is left out. */
export function readRules(sections: readonly Section[]): AffinityRule[] {
  return sections.flatMap(({ type, id, properties }): AffinityRule[] => {
    if (properties.disable !== undefined || properties.resources === undefined) return [];
    const resources = new Set(listOf(properties.resources));
    if (type === 'node-affinity') {
      if (properties.nodes === undefined) return [];
      const nodes = nodesWithPriority(properties.nodes);
      return [{ kind: 'node', id, resources, nodes, isStrict: isOn(properties.strict) }];
    }
    const { affinity } = properties;
    if (type !== 'resource-affinity' || (affinity !== 'positive' && affinity !== 'negative')) return [];
    return [{ kind: 'resource', id, resources, isPositive: affinity === 'positive' }];
  });
}

/** Name of the rule that a group becomes. */
export function ruleIdOfGroup(group: string): string {
  return `ha-group-${group}`;
}

/** A group of PVE 8 as the rule that means the same: its members prefer its nodes, or must stay on them. */
export function ruleOfGroup(group: Section, members: readonly string[]): NodeAffinityRule {
  return {
    kind: 'node',
    id: ruleIdOfGroup(group.id),
    resources: new Set(members),
    nodes: nodesWithPriority(group.properties.nodes),
    isStrict: isOn(group.properties.restricted),
  };
}

/** Rules of all groups that have members. */
export function rulesOfGroups(
  groups: readonly Section[],
  services: Readonly<Record<string, ServiceConfig>>,
): NodeAffinityRule[] {
  return groups.flatMap((group) => {
    const members = Object.keys(services)
      .filter((sid) => services[sid]?.group === group.id)
      .sort(byCodeUnit);
    return members.length === 0 ? [] : [ruleOfGroup(group, members)];
  });
}

/**
 * Checks, merges and compiles rules as Proxmox VE 9 does: rules that contradict each other are all left out, the others
 * are compiled as {@link compileFeasible} says.
 *
 * @param nodes nodes that the manager knows.
 */
export function compileRules(
  sections: readonly Section[],
  groups: readonly Section[],
  services: Readonly<Record<string, ServiceConfig>>,
  nodes: readonly string[],
): CompiledRules {
  const all: AffinityRule[] = [...readRules(sections), ...rulesOfGroups(groups, services)];
  const bad = findBadRules(all, nodes.length);
  return compileFeasible(
    all.filter((rule) => !bad.has(rule)),
    nodes,
  );
}

/**
 * Merges and compiles rules that go together: positive rules that share a service become one, what is kept apart from one
 * of a group is kept apart from all of it, and a group follows the nodes of any member.
 *
 * @param nodes nodes that the manager knows.
 */
export function compileFeasible(good: readonly AffinityRule[], nodes: readonly string[]): CompiledRules {
  const positives = mergePositives(good.filter(isPositive));
  const negatives = [...good.filter(isNegative)];
  negatives.push(...impliedNegatives(positives, negatives));
  const affinities = good
    .filter((rule) => rule.kind === 'node')
    .map((rule) => ({ ...rule, resources: new Set(rule.resources) }));
  for (const { resources } of positives) {
    const affinity = affinities.find((rule) => shares(rule.resources, resources));
    for (const sid of affinity === undefined ? [] : resources) affinity?.resources.add(sid);
  }
  return {
    nodes: compileNodes(affinities, nodes),
    together: compilePairs(positives),
    apart: compilePairs(negatives),
  };
}

/** Ids of rules that contradict each other or cannot hold, all of which are left out; a group's is `ha-group-<name>`. */
export function contradictoryRules(
  sections: readonly Section[],
  groups: readonly Section[],
  services: Readonly<Record<string, ServiceConfig>>,
  nodeCount: number,
): ReadonlySet<string> {
  const all = [...readRules(sections), ...rulesOfGroups(groups, services)];
  return new Set([...findBadRules(all, nodeCount)].map(({ id }) => id));
}

/** Positive rules that share a service are one; each joins the first group formed before that it shares one with. */
export function groupPositives(rules: readonly ResourceAffinityRule[]): ResourceAffinityRule[][] {
  const smallest = (rule: ResourceAffinityRule): string => [...rule.resources].sort(byCodeUnit)[0] ?? '';
  const ordered = [...rules].sort((a, b) => byCodeUnit(smallest(a), smallest(b)) || byCodeUnit(a.id, b.id));
  const groups: ResourceAffinityRule[][] = [];
  /** First group that has the resource. */
  const groupOf = new Map<string, number>();
  for (const rule of ordered) {
    const at = Math.min(groups.length, ...[...rule.resources].map((sid) => groupOf.get(sid) ?? Infinity));
    const group = groups[at] ?? [];
    groups[at] = group;
    group.push(rule);
    for (const sid of rule.resources) groupOf.set(sid, Math.min(at, groupOf.get(sid) ?? at));
  }
  return groups;
}

export function shares(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].some((item) => b.has(item));
}

export function isPositive(rule: AffinityRule): rule is ResourceAffinityRule {
  return rule.kind === 'resource' && rule.isPositive;
}

export function isNegative(rule: AffinityRule): rule is ResourceAffinityRule {
  return rule.kind === 'resource' && !rule.isPositive;
}

function mergePositives(rules: readonly ResourceAffinityRule[]): ResourceAffinityRule[] {
  return groupPositives(rules).map(
    (group): ResourceAffinityRule => ({
      kind: 'resource',
      id: group.map(({ id }) => id).join('+'),
      resources: new Set(group.flatMap(({ resources }) => [...resources])),
      isPositive: true,
    }),
  );
}

/** Whoever is kept apart from one of a group is kept apart from all of it. Implied rules imply no further ones. */
function impliedNegatives(
  positives: readonly ResourceAffinityRule[],
  negatives: readonly ResourceAffinityRule[],
): ResourceAffinityRule[] {
  const areApart = (a: string, b: string): boolean =>
    negatives.some(({ resources }) => resources.has(a) && resources.has(b));
  return positives.flatMap(({ id, resources }) => {
    const others = new Set(
      negatives
        .filter((rule) => shares(rule.resources, resources))
        .flatMap((rule) => [...rule.resources])
        .filter((sid) => !resources.has(sid)),
    );
    return [...others].flatMap((other) =>
      [...resources]
        .filter((member) => !areApart(member, other))
        .map(
          (member): ResourceAffinityRule => ({
            kind: 'resource',
            id: `${id}-${member}-${other}`,
            resources: new Set([member, other]),
            isPositive: false,
          }),
        ),
    );
  });
}

function compileNodes(
  rules: readonly NodeAffinityRule[],
  known: readonly string[],
): Map<string, ReadonlyMap<string, number>> {
  const compiled = new Map<string, ReadonlyMap<string, number>>();
  for (const { resources, nodes, isStrict } of rules) {
    const all = new Map(nodes);
    if (!isStrict) for (const node of known) if (!all.has(node)) all.set(node, unnamedPriority);
    for (const sid of resources) compiled.set(sid, all);
  }
  return compiled;
}

function compilePairs(rules: readonly ResourceAffinityRule[]): Map<string, Set<string>> {
  const compiled = new Map<string, Set<string>>();
  for (const { resources } of rules)
    for (const sid of resources) {
      const others = compiled.get(sid) ?? new Set();
      for (const other of resources) if (other !== sid) others.add(other);
      compiled.set(sid, others);
    }
  return compiled;
}
