import { createHash } from 'node:crypto';
import { ruleIdOfGroup } from '../../ha/rules/compileRules.ts';
import { PveError } from '../pveError.ts';
import type { ClusterView } from '../world/clusterView.ts';
import type { HaGroup, HaResource, HaRule } from '../world/model.ts';
import type { Random } from '../world/random.ts';
import { ruleErrors } from '../world/ruleErrors.ts';
import { enumParameter, get, type Route, reply } from './route.ts';

const audit = ['/', 'Sys.Audit'] as const;
const groupsGone = 'ha groups have been migrated to rules\n';

type Row = Record<string, unknown>;

/** `/cluster/ha/resources`, `/cluster/ha/groups` and `/cluster/ha/rules`. */
export const haConfigRoutes: readonly Route[] = [
  get('/cluster/ha/resources', audit, ({ view, query, random }) => {
    const type = enumParameter(query, 'type', ['ct', 'vm']);
    const digest = digestOfSections(view.store.resources);
    const rows: Row[] = [];
    for (const resource of view.store.resources.values()) {
      if (type !== null && !resource.sid.startsWith(`${type}:`)) continue;
      const row = resourceRow(resource, digest);
      if (resource.group !== undefined && !view.store.groups.has(resource.group)) {
        row.errors = { group: `group '${resource.group}' does not exist` };
      }
      rows.push(row);
    }
    return reply(random.shuffle(rows));
  }),
  get('/cluster/ha/resources/{sid}', audit, ({ view, parameters }) => {
    const sid = /^\d+$/.test(parameters.sid ?? '')
      ? sidOfNumber(view, Number(parameters.sid))
      : (parameters.sid ?? '');
    const resource = view.store.resources.get(sid);
    if (resource === undefined) throw new PveError(500, `no such resource '${sid}'\n`);
    return reply(resourceRow(resource, digestOfSections(view.store.resources)));
  }),
  get('/cluster/ha/groups', audit, ({ view, random }) => {
    if (areGroupsGone(view)) throw new PveError(500, `cannot index groups: ${groupsGone}`);
    const digest = digestOfSections(view.store.groups);
    return reply(
      random.shuffle([...view.store.groups.values()].map((group) => groupRow(group, digest, random))),
    );
  }),
  get('/cluster/ha/groups/{group}', audit, ({ view, parameters, random }) => {
    if (areGroupsGone(view)) throw new PveError(500, `cannot read group: ${groupsGone}`);
    const group = view.store.groups.get(parameters.group ?? '');
    if (group === undefined) throw new PveError(500, `no such ha group '${parameters.group}'\n`);
    return reply(groupRow(group, digestOfSections(view.store.groups), random));
  }),
  get('/cluster/ha/rules', audit, ({ view, query }) => {
    needRules(view, '/cluster/ha/rules');
    const type = enumParameter(query, 'type', ['node-affinity', 'resource-affinity']);
    const resource = query.get('resource');
    const rows = ruleRows(view).filter(
      ({ rule }) =>
        (type === null || rule.type === type) && (resource === null || rule.resources.includes(resource)),
    );
    return reply(rows.map(({ row }) => row));
  }),
  get('/cluster/ha/rules/{rule}', audit, ({ view, parameters }) => {
    needRules(view, `/cluster/ha/rules/${parameters.rule}`);
    const found = ruleRows(view).find(({ rule }) => rule.rule === parameters.rule);
    if (found === undefined) throw new PveError(500, `no such ha rule '${parameters.rule}'\n`);
    return reply(found.row);
  }),
];

/** Release 9 serves groups only until its manager has made rules of them. */
function areGroupsGone({ cluster, store }: ClusterView): boolean {
  return cluster.release.haRules && store.groups.size === 0;
}

/** A release without rules does not know the path at all. */
function needRules(view: ClusterView, path: string): void {
  if (!view.cluster.release.haRules) throw new PveError(501, `Method 'GET ${path}' not implemented`);
}

function sidOfNumber(view: ClusterView, vmid: number): string {
  return `${view.cluster.guests.get(vmid)?.type === 'lxc' ? 'ct' : 'vm'}:${vmid}`;
}

function resourceRow(resource: HaResource, digest: string): Row {
  return { ...resource, type: resource.sid.slice(0, 2), digest };
}

function groupRow(group: HaGroup, digest: string, random: Random): Row {
  return { ...group, nodes: nodesText(random.shuffle([...group.nodes])), type: 'group', digest };
}

function ruleRows(view: ClusterView): { rule: HaRule; row: Row }[] {
  const digest = digestOfSections(view.store.rules);
  return [...view.store.rules.values(), ...rulesOfGroups(view)].map((rule, index) => {
    const row: Row = { ...rule, resources: rule.resources.join(','), order: index + 1, digest };
    if (rule.type === 'node-affinity') {
      row.nodes = nodesText([...rule.nodes].sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    const errors = rule.disable === 1 ? null : ruleErrors(view.cluster, rule, view.store);
    if (errors !== null) row.errors = errors;
    return { rule, row };
  });
}

/** Until groups have become rules, the rules that they will be are listed with the others. */
function rulesOfGroups({ store }: ClusterView): HaRule[] {
  return [...store.groups.values()].flatMap(({ group, nodes, restricted, comment }): HaRule[] => {
    const resources = [...store.resources.values()]
      .filter((one) => one.group === group)
      .map(({ sid }) => sid);
    if (resources.length === 0) return [];
    return [
      {
        type: 'node-affinity',
        rule: ruleIdOfGroup(group),
        resources,
        nodes,
        ...(restricted === 1 ? { strict: 1 as const } : {}),
        comment: comment ?? `Generated from HA group '${group}'.`,
      },
    ];
  });
}

/** `pve1:2,pve2`: priority 0 is not written. */
function nodesText(nodes: readonly (readonly [name: string, priority: number])[]): string {
  return nodes.map(([name, priority]) => (priority === 0 ? name : `${name}:${priority}`)).join(',');
}

const digests = new WeakMap<object, { text: string; digest: string }>();

/** SHA-1 over a configuration file's content. */
export function digestOfSections(sections: Map<string, HaResource | HaGroup | HaRule>): string {
  const text = JSON.stringify([...sections.values()], (_key, value: unknown) =>
    value instanceof Map ? [...value] : value,
  );
  const known = digests.get(sections);
  if (known?.text === text) return known.digest;
  const digest = createHash('sha1').update(text).digest('hex');
  digests.set(sections, { text, digest });
  return digest;
}
