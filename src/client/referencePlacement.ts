import type { HaGroup, HaRule, PrioritizedNode } from '../contract/model/placement.ts';
import type { HaWireGroup, HaWireRule } from '../contract/wire/ha.ts';

/** HA groups of a cluster. */
export function toGroups(name: string, groups: readonly HaWireGroup[]): HaGroup[] {
  return groups.flatMap((group): HaGroup[] => {
    if (group.group === null) return [];
    return [
      {
        id: `group:${name}/${group.group}`,
        cluster: name,
        name: group.group,
        nodes: prioritized(group.nodes),
        restricted: group.restricted ?? false,
        nofailback: group.nofailback ?? false,
        comment: group.comment,
        digest: group.digest,
      },
    ];
  });
}

/** HA rules of a cluster. The reference tells neither their order nor their faults. */
export function toRules(name: string, rules: readonly HaWireRule[]): HaRule[] {
  return rules.flatMap((rule): HaRule[] => {
    if (rule.rule === null) return [];
    return [
      {
        id: `rule:${name}/${rule.rule}`,
        cluster: name,
        name: rule.rule,
        kind:
          rule.type === 'node-affinity'
            ? 'nodeAffinity'
            : rule.type === 'resource-affinity'
              ? 'resourceAffinity'
              : 'unknown',
        rawType: rule.type,
        affinity:
          rule.affinity === 'negative'
            ? 'negative'
            : rule.affinity === 'positive' || rule.type === 'node-affinity'
              ? 'positive'
              : 'unknown',
        nodes: prioritized(rule.nodes),
        resources: (rule.resources ?? '').split(',').filter((sid) => sid !== ''),
        strict: rule.strict,
        disabled: rule.disable ?? false,
        comment: rule.comment,
        order: null,
        errors: {},
        conflictsTold: false,
        fromGroup: null,
        digest: null,
      },
    ];
  });
}

function prioritized(text: string | null): PrioritizedNode[] {
  return (text ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', priority = '0'] = part.split(':');
      return { name, priority: /^-?\d+$/.test(priority) ? Number(priority) : null };
    });
}
