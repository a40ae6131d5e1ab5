import { nodesWithPriority } from '../../ha/rules/sections.ts';
import type { HaResource } from '../world/model.ts';
import { type Scenario, seconds, until } from './scenario.ts';

const group = 'scenario-group';

/** Right after an upgrade to release 9 there still are groups; the manager turns them into rules. */
export const groupMigration: Scenario = {
  id: 'group-migration',
  title: 'Groups Become Rules',
  description:
    'Groups as an upgrade to Proxmox VE 9 leaves them: within a minute the manager turns them into rules.',
  fits: (cluster) => cluster.release.haRules && cluster.nodes.size >= 3 && free(cluster.store).length > 0,
  *play({ cluster, say }) {
    const { store } = cluster;
    const members = free(store).slice(0, 2);
    const nodes = nodesWithPriority(
      [...cluster.nodes.keys()].map((node, index) => (index === 0 ? `${node}:2` : node)).join(','),
    );
    try {
      say(
        `${members.map(({ sid }) => sid).join(' and ')} belong to the HA group "${group}", as before an upgrade.`,
      );
      store.groups.set(group, { group, nodes, comment: 'left by an upgrade' });
      for (const resource of members) resource.group = group;
      yield until(() => store.groups.size === 0, 180);
      say(`The manager has made the rule "ha-group-${group}" of it; groups are gone.`);
      yield seconds(120);
      say('The rule is removed.');
    } finally {
      store.groups.delete(group);
      store.rules.delete(`ha-group-${group}`);
      for (const resource of members) delete resource.group;
    }
  },
};

/** Resources that no rule names. */
function free({
  resources,
  rules,
}: {
  readonly resources: ReadonlyMap<string, HaResource>;
  readonly rules: ReadonlyMap<string, { readonly resources: readonly string[] }>;
}): HaResource[] {
  const bound = new Set([...rules.values()].flatMap((rule) => rule.resources));
  return [...resources.values()].filter(({ sid, state }) => state === 'started' && !bound.has(sid));
}
