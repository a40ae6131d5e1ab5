import type { HaRule } from '../../contract/model/placement.ts';
import { type ClusterPicture, configOf, sectionsOf } from '../foresight/clusterPicture.ts';
import { findConflicts, type RuleConflict } from '../rules/checkRules.ts';
import {
  type AffinityRule,
  type CompiledRules,
  compileFeasible,
  readRules,
  rulesOfGroups,
} from '../rules/compileRules.ts';
import { said } from './findingText.ts';

/** Rules and groups of a cluster as HA takes them, and what cannot be known of them. */
export interface RuleBook {
  /** Rules and groups that HA applies for certain. */
  readonly inForce: readonly AffinityRule[];
  /** Rules that contradict each other for certain. */
  readonly conflicts: readonly RuleConflict[];
  /** Rules in force as a placement asks them. */
  readonly compiled: CompiledRules;
  /** Resources whose placement cannot be judged because a rule that bears on them is not understood. */
  readonly unclear: ReadonlySet<string>;
  /** What is not understood, in sentences. */
  readonly unknowns: readonly string[];
}

/** Prefix of the rule that stands for a group. */
const groupPrefix = 'ha-group-';

/** Reads rules and groups; what is not understood is left out together with everything that depends on it. */
export function readRuleBook(picture: ClusterPicture): RuleBook {
  const puzzles = findPuzzles(picture);
  const misread = new Set(puzzles.map(({ id }) => id));
  const sections = sectionsOf(picture);
  const rules = sections.rules.filter(({ id }) => !misread.has(id));
  const groups = sections.groups.filter(({ id }) => !misread.has(groupPrefix + id));
  const configs = Object.fromEntries(picture.resources.map((resource) => [resource.sid, configOf(resource)]));
  const all: AffinityRule[] = [...readRules(rules), ...rulesOfGroups(groups, configs)];
  const unclear = spread(new Set(puzzles.flatMap(({ sids }) => sids)), all);
  const conflicts = findConflicts(all, picture.nodes.length);
  const refused = new Set(picture.rules.filter(isRefused).map(({ name }) => name));
  const leftOut = new Set(conflicts.flatMap((conflict) => conflict.rules));
  const inForce = all.filter(
    (rule) =>
      !leftOut.has(rule) && !refused.has(rule.id) && ![...rule.resources].some((sid) => unclear.has(sid)),
  );
  return {
    inForce,
    // One more rule could only bring nodes to this check; it cannot undo what the other checks found.
    conflicts: conflicts.filter(
      ({ check, resources }) => check !== 'apartOnTooFewNodes' || !resources.some((sid) => unclear.has(sid)),
    ),
    compiled: compileFeasible(
      inForce,
      picture.nodes.map(({ name }) => name),
    ),
    unclear,
    unknowns: puzzles.map(({ why }) => why),
  };
}

/** A rule or group that is not understood, by the id of its rule. */
interface Puzzle {
  readonly id: string;
  readonly sids: readonly string[];
  readonly why: string;
}

function findPuzzles(picture: ClusterPicture): Puzzle[] {
  const hasNoNumber = ({ nodes }: { readonly nodes: HaRule['nodes'] }): boolean =>
    nodes.some(({ priority }) => priority === null);
  const groupNames = new Set(picture.groups.map(({ name }) => name));
  const whyRule = (rule: HaRule): string | null => {
    const { kind, affinity, strict } = rule;
    if (kind === 'unknown' || affinity === 'unknown')
      return `What rule ${said(rule.name)} asks for is not known to this console.`;
    if (kind === 'resourceAffinity') return null;
    if (affinity === 'negative')
      return `How HA weighs rule ${said(rule.name)}, which avoids nodes, is not known to this console.`;
    if (hasNoNumber(rule)) return `Rule ${said(rule.name)} has a priority that is not a number.`;
    return strict === null ? `Whether rule ${said(rule.name)} is strict was not told.` : null;
  };
  const ofRules = picture.rules
    // What stands for a group is read from the group.
    .filter(({ disabled, fromGroup }) => !disabled && (fromGroup === null || !groupNames.has(fromGroup)))
    .flatMap((rule): Puzzle[] => {
      const why = whyRule(rule);
      return why === null ? [] : [{ id: rule.name, sids: rule.resources, why }];
    });
  const ofGroups = picture.groups.filter(hasNoNumber).map(
    ({ name }): Puzzle => ({
      id: groupPrefix + name,
      sids: picture.resources.filter(({ group }) => group === name).map(({ sid }) => sid),
      why: `Group ${said(name)} has a priority that is not a number.`,
    }),
  );
  return [...ofRules, ...ofGroups];
}

/** Everything that rules tie to one of these resources, because a rule that is left out takes others with it. */
function spread(unclear: Set<string>, rules: readonly AffinityRule[]): Set<string> {
  for (let before = -1; before !== unclear.size; ) {
    before = unclear.size;
    if (before === 0) break;
    for (const { resources } of rules)
      if ([...resources].some((sid) => unclear.has(sid))) for (const sid of resources) unclear.add(sid);
  }
  return unclear;
}

/** Whether Proxmox itself says that HA leaves a rule out. */
export function isRefused({ disabled, errors }: HaRule): boolean {
  return !disabled && Object.keys(errors).length > 0;
}

/** What a rule is called by people: the group itself where a rule stands for one. */
export function ruleSubject(id: string, { groups }: ClusterPicture): { rules: string[]; groups: string[] } {
  const group = groups.find(({ name }) => `${groupPrefix}${name}` === id)?.name;
  return group === undefined ? { rules: [id], groups: [] } : { rules: [], groups: [group] };
}

/** "Rule gpu" or "Group db". */
export function ruleCalled(id: string, picture: ClusterPicture): string {
  const [group] = ruleSubject(id, picture).groups;
  return group === undefined ? `Rule ${said(id)}` : `Group ${said(group)}`;
}
