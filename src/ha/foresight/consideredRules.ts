import type { HaGroup, HaRule, PrioritizedNode } from '../../contract/model/placement.ts';
import type { ConsideredRule } from '../../contract/model/placementExplanation.ts';
import { contradictoryRules } from '../rules/compileRules.ts';
import { type ClusterPicture, sectionsOf } from './clusterPicture.ts';
import type { ForeseenRound } from './foreseenRound.ts';

/** A rule or group that has a say about a resource, with what it is in the picture. */
export interface ConsideredSource {
  readonly shown: ConsideredRule;
  readonly rule: HaRule | null;
  readonly group: HaGroup | null;
  /** Members it names that belong to the resource: itself, or one that it is kept together with. */
  readonly via: readonly string[];
}

/** Rules and groups that name a resource or one that it is kept together with, as HA weighs them. */
export function consideredRules(
  picture: ClusterPicture,
  round: ForeseenRound,
  sid: string,
): ConsideredSource[] {
  const sections = sectionsOf(picture);
  const bad = contradictoryRules(sections.rules, sections.groups, round.configs, picture.nodes.length);
  const family = new Set([sid, ...(round.rules.together.get(sid) ?? [])]);
  const known = new Set(picture.groups.map(({ name }) => name));
  const members = (group: string): string[] =>
    [...family].filter((member) => round.configs[member]?.group === group);
  return [
    ...picture.rules
      // A rule that stands for a group is told as the group.
      .filter(({ fromGroup }) => fromGroup === null || !known.has(fromGroup))
      .flatMap((rule): ConsideredSource[] => {
        const via = rule.resources.filter((member) => family.has(member));
        if (via.length === 0) return [];
        const ignored = whyIgnored(rule, bad.has(rule.name));
        const text = ignored ?? ruleText(rule, sid, via);
        return [
          {
            rule,
            group: null,
            via,
            shown: {
              name: rule.name,
              kind: 'rule',
              effect: ignored !== null ? 'ignored' : decides(rule, round) ? 'decides' : 'holds',
              text,
            },
          },
        ];
      }),
    ...picture.groups.flatMap((group): ConsideredSource[] => {
      const via = members(group.name);
      if (via.length === 0) return [];
      const isBad = bad.has(`ha-group-${group.name}`);
      const wanted = group.restricted ? 'allows only' : 'prefers';
      return [
        {
          rule: null,
          group,
          via,
          shown: {
            name: group.name,
            kind: 'group',
            effect: isBad ? 'ignored' : narrows(group.nodes, group.restricted, round) ? 'decides' : 'holds',
            text: isBad ? contradiction : `It ${wanted} ${nodesText(group.nodes)}${forWhom(sid, via)}.`,
          },
        },
      ];
    }),
  ];
}

const contradiction = 'It contradicts another rule or cannot hold here, so HA leaves it out.';

function whyIgnored(rule: HaRule, isBad: boolean): string | null {
  if (rule.disabled) return 'It is switched off.';
  if (rule.kind === 'unknown' || (rule.kind === 'resourceAffinity' && rule.affinity === 'unknown'))
    return 'It is of a kind that is not known here.';
  const told = Object.values(rule.errors).flat();
  if (told.length > 0) return `HA leaves it out: ${told.join(' ')}`;
  return isBad || Object.keys(rule.errors).length > 0 ? contradiction : null;
}

function decides(rule: HaRule, round: ForeseenRound): boolean {
  if (rule.kind === 'resourceAffinity')
    return rule.resources.filter((sid) => round.usage.used(sid).current !== null).length > 1;
  return rule.affinity === 'negative'
    ? rule.nodes.some(({ name }) => round.usable.includes(name))
    : narrows(rule.nodes, rule.strict === true, round);
}

/** Whether these nodes make a difference among the usable ones. */
function narrows(nodes: readonly PrioritizedNode[], isStrict: boolean, { usable }: ForeseenRound): boolean {
  const named = nodes.filter(({ name }) => usable.includes(name));
  if (named.length < usable.length) return isStrict || named.length > 0;
  return new Set(named.map(({ priority }) => priority)).size > 1;
}

function ruleText(rule: HaRule, sid: string, via: readonly string[]): string {
  const { kind, affinity, strict, nodes, resources } = rule;
  if (kind === 'nodeAffinity') {
    const verb =
      affinity === 'negative'
        ? strict === true
          ? 'forbids'
          : 'avoids'
        : strict === true
          ? 'allows only'
          : 'prefers';
    return `It ${verb} ${nodesText(nodes)}${forWhom(sid, via)}.`;
  }
  const subject = via.includes(sid) ? sid : (via[0] ?? sid);
  const others = resources.filter((other) => other !== subject).join(', ');
  return `It keeps ${subject} ${affinity === 'negative' ? 'apart from' : 'together with'} ${others}.`;
}

/** Whose rule it is when it names not the resource but one that it is kept together with. */
function forWhom(sid: string, via: readonly string[]): string {
  return via.includes(sid) ? '' : ` for ${via.join(', ')}, which ${sid} is kept together with`;
}

/** "pve1, pve2 (priority 2), pve3 (priority 1)"; priorities only where they differ. */
function nodesText(nodes: readonly PrioritizedNode[]): string {
  if (nodes.length === 0) return 'no node';
  const differ = new Set(nodes.map(({ priority }) => priority)).size > 1;
  return [...nodes]
    .sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0))
    .map(({ name, priority }) => (differ ? `${name} (priority ${priority ?? 'not readable'})` : name))
    .join(', ');
}
