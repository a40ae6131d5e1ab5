import type { Guest } from '../../contract/model/guest.ts';
import type { MaintenanceReadiness, StayingGuest } from '../../contract/model/maintenance.ts';
import type { HaResource } from '../../contract/model/placement.ts';
import type { FatedResource } from '../../contract/model/whatIf.ts';
import { byCodeUnit } from '../haRecords.ts';
import { type ClusterPicture, isIgnored } from './clusterPicture.ts';
import { drainProgress } from './drainProgress.ts';
import { sidOf, targetsAfter } from './loadAfter.ts';
import { readinessAnswer } from './maintenanceAnswer.ts';
import { isUnderway, keepsBusy } from './maintenanceState.ts';
import {
  approximations,
  guestDoubts,
  isPlacementUnread,
  undecidable,
  unreadInputs,
} from './missingInputs.ts';
import { quorumAfter } from './quorumAfter.ts';
import { brokenRules, whyStuck } from './ruleWords.ts';
import { drain } from './settle.ts';

/**
 * What happens when a node is put in maintenance and then switched off: which HA resources move and where, which cannot,
 * what stays and stops, and how many votes are left. It is what the HA manager would do with what the API tells; whatever
 * is not told is named and never guessed.
 */
export function maintenanceReadiness(told: ClusterPicture, node: string): MaintenanceReadiness {
  const picture = { ...told, resources: told.resources.filter(({ configured }) => configured !== false) };
  const gaps = [
    ...nodeDoubts(picture, node),
    ...unreadInputs(picture),
    ...guestDoubts(picture.guests.filter((guest) => guest.node === node)),
  ];
  const { fates, isAtRest } = fatesOf(picture, node);
  if (!isAtRest) gaps.push('Rules make resources move without end, so where they rest is not known.');
  const quorum = quorumAfter(picture, new Set([node]));
  if (quorum.holds === null) gaps.push('Votes were not told in full, so whether quorum holds is not known.');
  const { votesAfter, neededVotes } = quorum;
  const unknowns = [...gaps, ...approximations(picture)];
  const affected = fates.filter(({ fate }) => fate !== 'stays');
  const facts = {
    cluster: picture.cluster.key,
    node,
    isExact: unknowns.length === 0,
    unknowns,
    drain: drainProgress(picture, node),
    quorum: {
      ...quorum,
      marginAfter: votesAfter === null || neededVotes === null ? null : votesAfter - neededVotes,
    },
    resources: affected,
    staying: stayingGuests(picture, node, fates),
    targets: targetsAfter(picture, new Set([node]), fates),
    brokenRules: affected.some(({ fate }) => fate === 'waits' || fate === 'unknown')
      ? []
      : brokenRules(picture, fates),
  };
  return { ...facts, ...readinessAnswer(facts, picture, gaps.length === 0) };
}

function nodeDoubts({ nodes, cluster }: ClusterPicture, name: string): string[] {
  const node = nodes.find((candidate) => candidate.name === name);
  if (node === undefined) return [`The cluster has no node ${name}.`];
  if (cluster.mode !== 'cluster') return ['Only a cluster can move what runs on a node.'];
  return [];
}

/** What becomes of every HA resource, in order of their ids. */
function fatesOf(
  picture: ClusterPicture,
  node: string,
): { readonly fates: readonly FatedResource[]; readonly isAtRest: boolean } {
  const ordered = [...picture.resources].sort((a, b) => byCodeUnit(a.sid, b.sid));
  const obstacle = drainObstacle(picture, node);
  if (obstacle !== null)
    return { fates: ordered.map((resource) => held(resource, node, obstacle)), isAtRest: true };
  const { round, isAtRest } = drain(picture, node);
  const unclear = undecidable(picture);
  return {
    isAtRest,
    fates: ordered.map((resource): FatedResource => {
      const { sid, name, node: from } = resource;
      const head = { sid, name, from, to: null };
      const isHere = from === node;
      const isBusy = keepsBusy(resource);
      if (from === null) return { ...head, fate: 'unknown', why: 'Where it is was not told.' };
      if (isBusy === null && isHere) return { ...head, fate: 'unknown', why: 'Its state was not told.' };
      if (isUnderway(resource) && isHere && round.records[sid]?.node === node)
        return { ...head, fate: 'moves', why: 'It is on its way already; where to was not told.' };
      if (isBusy !== true && resource.crmState !== 'request_start')
        return { ...head, fate: 'stays', why: isHere ? whyLeftAlone(resource) : null };
      if (unclear.has(sid) && isHere)
        return { ...head, fate: 'unknown', why: 'A priority of its rule or group could not be read.' };
      if (isHere && resource.requestState === null)
        return { ...head, fate: 'unknown', why: 'What is wanted of it was not told.' };
      const to = round.records[sid]?.node ?? null;
      if (to === from || to === null)
        return isHere && round.records[sid]?.state === 'started' && isWantedStarted(resource)
          ? { ...head, fate: 'stuck', why: whyStuck(picture, sid, round.usable) }
          : { ...head, fate: 'stays', why: isHere ? whyLeftAlone(resource) : null };
      return { ...head, fate: 'moves', to, why: isHere ? howItMoves(resource) : 'It follows its rules.' };
    }),
  };
}

/** Why HA would not drain any node now; `null` when it would. */
function drainObstacle(
  picture: ClusterPicture,
  name: string,
): { readonly fate: 'waits' | 'unknown'; readonly why: string } | null {
  const { cluster, nodes } = picture;
  const { quorum, fencing } = cluster;
  if (quorum.state === 'notQuorate') return { fate: 'waits', why: 'Without quorum nothing is moved.' };
  if (quorum.state !== 'quorate')
    return { fate: 'unknown', why: 'Whether the cluster is quorate is not known.' };
  if (fencing.state === 'disarmed' || fencing.state === 'disarming')
    return {
      fate: 'waits',
      why: 'HA is disarmed: it takes no maintenance request before it is armed again.',
    };
  const node = nodes.find((candidate) => candidate.name === name);
  if (node === undefined) return { fate: 'unknown', why: `The cluster has no node ${name}.` };
  if (node.online === null) return { fate: 'unknown', why: `Whether ${name} is online was not told.` };
  if (!node.online) return { fate: 'waits', why: `${name} is not online, so nothing can move off it.` };
  if (isPlacementUnread(picture)) return { fate: 'unknown', why: 'Rules or groups were never read.' };
  return null;
}

function held(
  resource: HaResource,
  node: string,
  { fate, why }: { readonly fate: 'waits' | 'unknown'; readonly why: string },
): FatedResource {
  const { sid, name, node: from } = resource;
  return (from === node || from === null) && keepsBusy(resource) !== false
    ? { sid, name, from, fate, to: null, why }
    : { sid, name, from, fate: 'stays', to: null, why: null };
}

function isWantedStarted({ requestState }: HaResource): boolean {
  return requestState === 'started' || requestState === 'enabled';
}

function howItMoves({ kind }: HaResource): string {
  return kind === 'ct' ? 'It is stopped, moved and started there.' : 'It moves while running.';
}

function whyLeftAlone(resource: HaResource): string {
  const { crmState, state } = resource;
  switch (crmState) {
    case 'error':
      return 'HA leaves it alone: it is in error.';
    case 'freeze':
      return 'HA leaves it alone: it is frozen.';
    case 'stopped':
    case 'request_stop':
      return 'It is wanted stopped, so it stays.';
    case 'fence':
    case 'recovery':
      return 'It waits for a new node.';
    default:
      if (isIgnored(resource)) return 'HA is told to ignore it.';
      return isWantedStarted(resource)
        ? `HA leaves it alone: it is ${crmState ?? state ?? 'in a state that was not told'}.`
        : 'It is wanted stopped, so it stays.';
  }
}

/** Guests that run on the node and that HA does not take away. */
function stayingGuests(
  { guests, nodes }: ClusterPicture,
  node: string,
  fates: readonly FatedResource[],
): StayingGuest[] {
  // Whatever ran on a node that is gone has stopped already.
  if (nodes.find(({ name }) => name === node)?.online === false) return [];
  const fated = new Map(fates.map((fate) => [fate.sid, fate]));
  return guests
    .filter((guest) => guest.node === node && runs(guest))
    .flatMap((guest): StayingGuest[] => {
      const sid = sidOf(guest);
      const own = fated.get(sid);
      const head = { sid, name: guest.name };
      if (own !== undefined) return own.fate === 'stays' ? [{ ...head, why: own.why }] : [];
      if (guest.haManaged === 'notManaged') return [{ ...head, why: 'HA does not manage it.' }];
      return [{ ...head, why: 'Whether HA manages it is not known.' }];
    })
    .sort((a, b) => byCodeUnit(a.sid, b.sid));
}

function runs({ status, template }: Guest): boolean {
  return !template && (status === 'running' || status === 'paused' || status === 'suspended');
}
