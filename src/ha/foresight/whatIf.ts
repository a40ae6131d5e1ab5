import type { FatedResource, WhatIf } from '../../contract/model/whatIf.ts';
import { byCodeUnit, type ServiceConfig, type ServiceRecord } from '../haRecords.ts';
import { type PlacementInput, selectNode } from '../placement.ts';
import { compileRules } from '../rules/compileRules.ts';
import { BasicScheduler } from '../usage/basicScheduler.ts';
import { UsageModel } from '../usage/usageModel.ts';
import { type ClusterPicture, configOf, recordOf, sectionsOf } from './clusterPicture.ts';
import { quorumAfter } from './quorumAfter.ts';
import { brokenRules, whyStuck } from './ruleWords.ts';
import { timelineOf } from './timeline.ts';

/** Seconds after which a node without quorum or without its manager resets itself (watchdog). */
export const watchdogS = 60;

/**
 * What happens when nodes of a cluster die: whether quorum holds, where HA brings each resource, what stays down. It is
 * what the HA manager would do with what the API tells; whatever is not told is named and never guessed.
 *
 * @param lost names of nodes. Unknown names are named among the unknowns.
 */
export function whatIf(told: ClusterPicture, lost: readonly string[]): WhatIf {
  // A resource that is being removed is nobody's to recover any more.
  const picture = { ...told, resources: told.resources.filter(({ configured }) => configured !== false) };
  const gone = new Set(lost);
  const unknowns = missingInputs(picture, lost);
  const quorum = quorumAfter(picture, gone);
  if (quorum.holds === null)
    unknowns.push('Votes were not told in full, so whether quorum holds is not known.');
  const { state: fencing } = picture.cluster.fencing;
  const isDisarmed = fencing === 'disarmed' || fencing === 'disarming';
  const fates =
    quorum.holds !== true
      ? picture.resources.map((resource) => withoutQuorum(resource, gone, quorum.holds))
      : isDisarmed
        ? picture.resources.map((resource) => whileDisarmed(resource, gone))
        : placeAll(picture, gone);
  const master = picture.cluster.master.node;
  const isMasterLost = master !== null && gone.has(master);
  return {
    cluster: picture.cluster.key,
    lost: [...lost],
    isExact: unknowns.length === 0 && picture.cluster.master.scheduler === 'basic',
    unknowns,
    quorum,
    resets:
      quorum.holds === false
        ? picture.nodes
            .filter(({ name, online, lrm }) => online === true && !gone.has(name) && lrm?.state === 'active')
            .map(({ name }) => ({ node: name, atS: watchdogS }))
        : [],
    resources: fates.filter(({ fate }) => fate !== 'stays'),
    staying: fates.filter(({ fate }) => fate === 'stays').length,
    unmanaged: picture.guests
      .filter(
        ({ node, haManaged, status }) =>
          node !== null && gone.has(node) && haManaged === 'notManaged' && status === 'running',
      )
      .map(({ vmid, name, node, kind }) => ({ vmid, name, node, kind })),
    memory: memoryAfter(picture, gone, fates),
    brokenRules: quorum.holds === true ? brokenRules(picture, fates) : [],
    timeline: timelineOf({ lost, quorum, isMasterLost, isDisarmed, fates }),
  };
}

function missingInputs(
  { cluster, nodes, resources, guests }: ClusterPicture,
  lost: readonly string[],
): string[] {
  const unknowns: string[] = [];
  const add = (isMissing: boolean, text: string): void => {
    if (isMissing) unknowns.push(text);
  };
  for (const name of lost)
    add(
      nodes.every((node) => node.name !== name),
      `The cluster has no node ${name}.`,
    );
  for (const section of ['status', 'haStatus', 'haResources'] as const)
    add(cluster.sections[section].state !== 'read', `The list ${section} could not be read.`);
  add(
    cluster.sections.haRules.state === 'failed' || cluster.sections.haGroups.state === 'failed',
    'Rules or groups could not be read, so placements may be forbidden that look allowed.',
  );
  add(cluster.freshness.consecutiveFailures > 0, 'The picture of this cluster is old.');
  add(
    nodes.some(({ online }) => online === null),
    'Not every node told whether it is online.',
  );
  const silent = resources.filter((resource) => recordOf(resource) === null).length;
  add(silent > 0, `The state of ${silent} HA ${silent === 1 ? 'resource' : 'resources'} was not told.`);
  add(
    guests.some(({ haManaged }) => haManaged === 'unknown'),
    'Of some guests it is not known whether HA manages them.',
  );
  add(
    resources.length > 0 && nodes.some(({ online, haState }) => online === true && haState === null),
    'How the HA manager sees the nodes was not told, so one in maintenance may look usable.',
  );
  add(cluster.master.scheduler === 'unknown', 'How HA compares nodes was not told.');
  add(
    cluster.master.scheduler === 'static' || cluster.master.scheduler === 'dynamic',
    'HA compares nodes by load here, which the API does not tell in full; nodes are compared by count instead.',
  );
  return unknowns;
}

function withoutQuorum(
  { sid, name, node }: ClusterPicture['resources'][number],
  gone: ReadonlySet<string>,
  holds: boolean | null,
): FatedResource {
  if (holds === null)
    return { sid, name, from: node, fate: 'unknown', to: null, why: 'Whether quorum holds is not known.' };
  const why =
    node !== null && gone.has(node)
      ? 'Its node is gone, and without quorum nobody may start it elsewhere.'
      : 'Its node resets itself, and without quorum nobody may start it elsewhere.';
  return { sid, name, from: node, fate: 'waits', to: null, why };
}

function whileDisarmed(
  { sid, name, node }: ClusterPicture['resources'][number],
  gone: ReadonlySet<string>,
): FatedResource {
  if (node === null || !gone.has(node)) return { sid, name, from: node, fate: 'stays', to: null, why: null };
  const why = 'HA is disarmed: nobody starts it elsewhere before HA is armed again.';
  return { sid, name, from: node, fate: 'waits', to: null, why };
}

/** Places what was on the lost nodes as the manager does: in order of their ids, each seeing those before it. */
function placeAll(picture: ClusterPicture, gone: ReadonlySet<string>): FatedResource[] {
  const { nodes, resources } = picture;
  const records: Record<string, ServiceRecord> = {};
  const configs: Record<string, ServiceConfig> = {};
  for (const resource of resources) {
    configs[resource.sid] = configOf(resource);
    const record = recordOf(resource);
    if (record !== null) records[resource.sid] = record;
  }
  const usable = nodes
    .filter(
      ({ name, online, haState }) =>
        online === true && !gone.has(name) && (haState === 'online' || haState === null),
    )
    .map(({ name }) => name)
    .sort(byCodeUnit);
  const sections = sectionsOf(picture);
  const rules = compileRules(
    sections.rules,
    sections.groups,
    configs,
    nodes.map(({ name }) => name),
  );
  const usage = new UsageModel(usable, new BasicScheduler(usable));
  for (const [sid, record] of Object.entries(records)) usage.setRecord(sid, record);
  const placement = (sid: string, record: ServiceRecord): PlacementInput => ({
    sid,
    record,
    config: { failback: failbackOf(configs[sid], picture) },
    rules,
    usage,
    records,
  });
  const settle = (sid: string, record: ServiceRecord, node: string): void => {
    records[sid] = { ...record, node, state: record.state === 'recovery' ? 'started' : record.state };
    usage.setRecord(sid, records[sid]);
  };

  const ordered = [...resources].sort((a, b) => byCodeUnit(a.sid, b.sid));
  const fates = new Map<string, FatedResource>();
  const waiting = ordered.filter(({ sid, node }) => {
    const record = records[sid];
    if (record === undefined || node === null || !gone.has(node)) return false;
    const isLeftAlone =
      record.state === 'error' ||
      record.state === 'freeze' ||
      (record.state === 'stopped' && configs[sid]?.state === 'disabled');
    if (isLeftAlone) return false;
    records[sid] = { ...record, state: 'recovery' };
    usage.setRecord(sid, records[sid]);
    return true;
  });
  // One that found no place is tried again after others moved, until nothing changes.
  for (let left = waiting; left.length > 0; ) {
    const stuck = left.filter((resource) => {
      const { sid, name, node } = resource;
      const record = records[sid];
      const target = record === undefined ? null : selectNode(placement(sid, record), 'best-score');
      if (record === undefined || target === null) {
        fates.set(sid, {
          sid,
          name,
          from: node,
          fate: 'stuck',
          to: null,
          why: whyStuck(picture, sid, usable),
        });
        return true;
      }
      settle(sid, record, target);
      const isStarted = configs[sid]?.state === 'started';
      fates.set(sid, {
        sid,
        name,
        from: node,
        fate: 'recovers',
        to: target,
        why: isStarted ? null : 'It is taken over without being started.',
      });
      return false;
    });
    if (stuck.length === left.length) break;
    left = stuck;
  }
  return ordered.map((resource): FatedResource => {
    const { sid, name, node } = resource;
    const known = fates.get(sid);
    if (known !== undefined) return known;
    const record = records[sid];
    const head = { sid, name, from: node };
    if (record === undefined) return { ...head, fate: 'unknown', to: null, why: 'Its state was not told.' };
    if (node !== null && gone.has(node))
      return { ...head, fate: 'stays', to: null, why: `HA leaves it alone: it is ${record.state}.` };
    const target = record.state === 'started' ? selectNode(placement(sid, record), 'none') : null;
    if (target === null || target === record.node) return { ...head, fate: 'stays', to: null, why: null };
    settle(sid, record, target);
    return { ...head, fate: 'moves', to: target, why: 'Its rules prefer that node then.' };
  });
}

function failbackOf(config: ServiceConfig | undefined, { groups }: ClusterPicture): boolean {
  if (config === undefined) return true;
  const group = groups.find(({ name }) => name === config.group);
  return group === undefined ? config.failback : !group.nofailback;
}

function memoryAfter(
  { nodes, guests }: ClusterPicture,
  gone: ReadonlySet<string>,
  fates: readonly FatedResource[],
): WhatIf['memory'] {
  const limits = new Map(
    guests.map(({ kind, vmid, maxMemoryBytes }) => [
      `${kind === 'lxc' ? 'ct' : 'vm'}:${vmid}`,
      maxMemoryBytes,
    ]),
  );
  const arriving = new Map<string, number>();
  for (const { sid, to } of fates)
    if (to !== null) arriving.set(to, (arriving.get(to) ?? 0) + (limits.get(sid) ?? Number.NaN));
  return nodes
    .filter(({ name, online }) => online === true && !gone.has(name))
    .map(({ name, memoryBytes, maxMemoryBytes }) => {
      const after = memoryBytes === null ? Number.NaN : memoryBytes + (arriving.get(name) ?? 0);
      return {
        node: name,
        beforeBytes: memoryBytes,
        afterBytes: Number.isFinite(after) ? after : null,
        maxBytes: maxMemoryBytes,
      };
    });
}
