import { isOn, listOf, nodesWithPriority, type Section } from '../../../ha/rules/sections.ts';
import type { HaGroup, HaRule } from '../model.ts';

/** A group of PVE 8 in the form in which the HA engine reads configuration files. */
export function sectionOfGroup({ group, nodes, restricted, nofailback, comment }: HaGroup): Section {
  return {
    type: 'group',
    id: group,
    properties: {
      nodes: nodesText(nodes),
      ...(restricted === 1 ? { restricted: '1' } : {}),
      ...(nofailback === 1 ? { nofailback: '1' } : {}),
      ...(comment === undefined ? {} : { comment }),
    },
  };
}

/** A rule of PVE 9 in that form. */
export function sectionOfRule(rule: HaRule): Section {
  const common = {
    resources: rule.resources.join(','),
    ...(rule.disable === 1 ? { disable: '1' } : {}),
    ...(rule.comment === undefined ? {} : { comment: rule.comment }),
  };
  const own: Section['properties'] =
    rule.type === 'resource-affinity'
      ? { affinity: rule.affinity }
      : { nodes: nodesText(rule.nodes), ...(rule.strict === 1 ? { strict: '1' } : {}) };
  return { type: rule.type, id: rule.rule, properties: { ...common, ...own } };
}

/** A rule as the engine wrote it; `null` for a section that is no rule. */
export function ruleOfSection({ type, id, properties }: Section): HaRule | null {
  const { affinity } = properties;
  const common = {
    rule: id,
    resources: listOf(properties.resources),
    ...(isOn(properties.disable) ? { disable: 1 as const } : {}),
    ...(properties.comment === undefined ? {} : { comment: properties.comment }),
  };
  if (type === 'node-affinity')
    return {
      type,
      ...common,
      nodes: nodesWithPriority(properties.nodes),
      ...(isOn(properties.strict) ? { strict: 1 as const } : {}),
    };
  if (type !== 'resource-affinity' || (affinity !== 'positive' && affinity !== 'negative')) return null;
  return { type, ...common, affinity };
}

function nodesText(nodes: ReadonlyMap<string, number>): string {
  return [...nodes].map(([node, priority]) => (priority === 0 ? node : `${node}:${priority}`)).join(',');
}
