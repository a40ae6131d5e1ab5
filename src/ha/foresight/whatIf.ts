import type { FatedResource, WhatIf } from '../../contract/model/whatIf.ts';
import { byCodeUnit, type ServiceRecord } from '../haRecords.ts';
import { type ClusterPicture, isIgnored } from './clusterPicture.ts';
import { ForeseenRound, usableNodes } from './foreseenRound.ts';
import { memoryAfter, sidOf } from './loadAfter.ts';
import { missingInputs } from './missingInputs.ts';
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
  const unknowns = [
    ...lost
      .filter((name) => picture.nodes.every((node) => node.name !== name))
      .map((name) => `The cluster has no node ${name}.`),
    ...missingInputs(picture),
  ];
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
  const ignored = new Set(picture.resources.filter(isIgnored).map(({ sid }) => sid));
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
        (guest) =>
          guest.node !== null &&
          gone.has(guest.node) &&
          guest.status === 'running' &&
          (guest.haManaged === 'notManaged' || ignored.has(sidOf(guest))),
      )
      .map(({ vmid, name, node, kind }) => ({ vmid, name, node, kind })),
    memory: memoryAfter(picture, gone, fates),
    brokenRules: quorum.holds === true ? brokenRules(picture, fates) : [],
    timeline: timelineOf({ lost, quorum, isMasterLost, isDisarmed, fates }),
  };
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
  const round = new ForeseenRound(picture, usableNodes(picture, gone));
  const { records, configs } = round;
  const settle = (sid: string, record: ServiceRecord, node: string): void =>
    round.set(sid, { ...record, node, state: record.state === 'recovery' ? 'started' : record.state });

  const ordered = [...picture.resources].sort((a, b) => byCodeUnit(a.sid, b.sid));
  const fates = new Map<string, FatedResource>();
  const waiting = ordered.filter(({ sid, node }) => {
    const record = records[sid];
    if (record === undefined || node === null || !gone.has(node)) return false;
    const isLeftAlone =
      record.state === 'error' ||
      record.state === 'freeze' ||
      (record.state === 'stopped' && configs[sid]?.state === 'disabled');
    if (isLeftAlone) return false;
    round.set(sid, { ...record, state: 'recovery' });
    return true;
  });
  // One that found no place is tried again after others moved, until nothing changes.
  for (let left = waiting; left.length > 0; ) {
    const stuck = left.filter((resource) => {
      const { sid, name, node } = resource;
      const record = records[sid];
      const target = round.select(sid, 'best-score');
      if (record === undefined || target === null) {
        fates.set(sid, {
          sid,
          name,
          from: node,
          fate: 'stuck',
          to: null,
          why: whyStuck(picture, sid, round.usable),
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
    if (record === undefined && isIgnored(resource)) return { ...head, fate: 'stays', to: null, why: null };
    if (record === undefined) return { ...head, fate: 'unknown', to: null, why: 'Its state was not told.' };
    if (node !== null && gone.has(node))
      return { ...head, fate: 'stays', to: null, why: `HA leaves it alone: it is ${record.state}.` };
    const isHere = round.isUnbound(sid) && round.usable.includes(record.node ?? '');
    const target = record.state === 'started' && !isHere ? round.select(sid, 'none') : null;
    if (target === null || target === record.node) return { ...head, fate: 'stays', to: null, why: null };
    settle(sid, record, target);
    return { ...head, fate: 'moves', to: target, why: 'Its rules prefer that node then.' };
  });
}
