import type { HaRule } from '../world/model.ts';
import { type Scenario, seconds } from './scenario.ts';

const name = 'scenario-keep-together';

/** A rule contradicts another: Proxmox ignores both, and nothing keeps the services apart any more. */
export const ruleConflict: Scenario = {
  id: 'rule-conflict',
  title: 'Rules Contradict Each Other',
  description:
    'A rule is added that keeps together what another keeps apart. Proxmox ignores both until one of them goes.',
  fits: (cluster) => cluster.release.haRules && keptApart(cluster.store.rules) !== null,
  *play({ cluster, say }) {
    const apart = keptApart(cluster.store.rules);
    if (apart === null) return;
    const resources = apart.resources.slice(0, 2);
    try {
      say(`${resources.join(' and ')}, kept apart by "${apart.rule}", are to be kept together as well.`);
      cluster.store.rules.set(name, {
        type: 'resource-affinity',
        rule: name,
        resources,
        affinity: 'positive',
        comment: 'contradicts another rule on purpose',
      });
      yield seconds(240);
      say(`The contradicting rule is removed; "${apart.rule}" holds again.`);
    } finally {
      cluster.store.rules.delete(name);
    }
  },
};

function keptApart(rules: ReadonlyMap<string, HaRule>): HaRule | null {
  for (const rule of rules.values())
    if (rule.type === 'resource-affinity' && rule.affinity === 'negative' && rule.disable !== 1) return rule;
  return null;
}
