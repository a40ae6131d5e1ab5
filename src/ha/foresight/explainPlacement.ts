import { compareNatural } from '../../base/text.ts';
import type { HaResource } from '../../contract/model/placement.ts';
import type { PlacementExplanation } from '../../contract/model/placementExplanation.ts';
import { type ClusterPicture, isIgnored } from './clusterPicture.ts';
import { type ConsideredSource, consideredRules } from './consideredRules.ts';
import { ForeseenRound, usableNodes } from './foreseenRound.ts';
import { judgeNodes, type Narrowed, narrow, nodeSource, titleOf } from './judgedNodes.ts';
import { isInMaintenance, isUnderway } from './maintenanceState.ts';
import { approximations, isPlacementUnread, undecidable, unreadInputs } from './missingInputs.ts';
import { whyStuck } from './ruleWords.ts';
import { settle } from './settle.ts';

/**
 * Why an HA resource is where it is: rules and groups with their priorities, what is left of every node, what the manager
 * would do in its next round, and what would make the resource move. What was not told is named and never guessed.
 */
export function explainPlacement(told: ClusterPicture, sid: string): PlacementExplanation {
  const picture = { ...told, resources: told.resources.filter(({ configured }) => configured !== false) };
  const { cluster } = picture;
  const gaps = unreadInputs(picture);
  const unknowns = [...gaps, ...approximations(picture)];
  const resource = picture.resources.find((candidate) => candidate.sid === sid);
  const round = new ForeseenRound(picture, usableNodes(picture));
  const narrowed = narrow(round, sid);
  const head = {
    cluster: cluster.key,
    sid,
    name: resource?.name ?? null,
    node: resource?.node ?? null,
    scheduler: cluster.master.scheduler,
    failback: resource === undefined ? null : failbackOf(resource, round),
  };
  const sources = resource === undefined ? [] : consideredRules(picture, round, sid);
  const isUnread = isPlacementUnread(picture);
  const isUnclear = undecidable(picture).has(sid);
  if (resource !== undefined && isIgnored(resource))
    return {
      ...head,
      answer: `${sid} is where somebody put it: HA is told to ignore it.`,
      movement: 'stays',
      outlook: [],
      best: null,
      rules: sources.map(({ shown }) => shown),
      nodes: [],
      isExact: unknowns.length === 0,
      unknowns,
    };
  if (resource === undefined || narrowed === null || isUnclear || isUnread) {
    const why =
      resource === undefined
        ? `HA does not manage ${sid}, as far as told.`
        : isUnread
          ? `Why ${sid} is there cannot be told: rules or groups were never read.`
          : isUnclear
            ? `Why ${sid} is there cannot be told: a priority of its rule or group could not be read.`
            : `Why ${sid} is there cannot be told: its state or node was not told.`;
    return {
      ...head,
      answer: why,
      movement: 'unknown',
      outlook: [],
      best: null,
      rules: sources.map(({ shown }) => shown),
      nodes: [],
      isExact: false,
      unknowns,
    };
  }
  const facts: Facts = { picture, round, resource, narrowed, sources };
  const best = bestNode(facts);
  if (best.isUnknown)
    unknowns.push(`Which of ${narrowed.candidates.join(', ')} is the best now is not known.`);
  const { answer, movement, outlook } = movementOf(facts);
  return {
    ...head,
    // What was not read may forbid or demand a move, so nobody can promise one or rule it out.
    ...(gaps.length > 0
      ? { answer: `As far as known: ${answer}`, movement: 'unknown', outlook: [] }
      : { answer, movement, outlook }),
    best: best.node,
    rules: sources.map(({ shown }) => shown),
    nodes: judgeNodes(picture, round, sid, narrowed, sources),
    isExact: unknowns.length === 0,
    unknowns,
  };
}

interface Facts {
  readonly picture: ClusterPicture;
  readonly round: ForeseenRound;
  readonly resource: HaResource;
  readonly narrowed: Narrowed;
  readonly sources: readonly ConsideredSource[];
}

/** A resource's own setting is the truth only while it is told; a group's always is. */
function failbackOf(resource: HaResource, round: ForeseenRound): boolean | null {
  return resource.failback === null && resource.group === null ? null : round.failbackOf(resource.sid);
}

/** Where it would go if it ran nowhere yet. By load nobody outside can compare, so several candidates leave it open. */
function bestNode({ picture, round, resource: { sid }, narrowed }: Facts): {
  readonly node: string | null;
  readonly isUnknown: boolean;
} {
  const { candidates } = narrowed;
  if (candidates.length > 1 && picture.cluster.master.scheduler !== 'basic')
    return { node: null, isUnknown: true };
  const record = round.records[sid];
  if (record === undefined) return { node: null, isUnknown: true };
  // It must not count for the node it is on.
  round.set(sid, { ...record, state: 'request_start' });
  const node = round.select(sid, 'best-score');
  round.set(sid, record);
  return { node, isUnknown: false };
}

type Movement = Pick<PlacementExplanation, 'answer' | 'movement' | 'outlook'>;

function movementOf(facts: Facts): Movement {
  const { picture, resource } = facts;
  const { sid, node, crmState } = resource;
  const here = node ?? 'its node';
  const rests = (answer: string, ...outlook: string[]): Movement => ({ answer, movement: 'stays', outlook });
  if (isUnderway(resource))
    return {
      answer: `${sid} is moving from ${here} to ${resource.target ?? 'another node'} now.`,
      movement: 'moves',
      outlook: [],
    };
  switch (crmState) {
    case 'error':
      return rests(
        `${sid} is on ${here} because HA gave up on it there.`,
        'HA leaves it alone until somebody disables it and starts it again.',
      );
    case 'freeze':
      return rests(
        `${sid} is frozen on ${here}, so HA leaves it there.`,
        'HA takes it up again when the node is back or HA is armed.',
      );
    case 'stopped':
    case 'request_stop':
      return rests(
        `${sid} is on ${here} because it was there when it was stopped.`,
        'HA does not place what is stopped; it is placed anew only if its node dies.',
      );
    case 'fence':
      return {
        answer: `${here} is lost, so ${sid} waits until that node is surely off.`,
        movement: 'later',
        outlook: [],
      };
    case 'recovery':
      return recovering(facts);
    default:
  }
  if (resource.requestState !== 'started' && resource.requestState !== 'enabled')
    return resource.requestState === null
      ? { answer: `What is wanted of ${sid} was not told.`, movement: 'unknown', outlook: [] }
      : rests(`${sid} is wanted ${resource.requestState}, so HA does not move it.`);
  const reason = whyHere(facts);
  const standstill = whyNothingMoves(picture);
  if (standstill !== null)
    return { answer: reason, movement: standstill.movement, outlook: [standstill.text] };
  const { round: settled } = settle(picture);
  const target = settled.records[sid]?.node ?? null;
  if (target !== null && target !== node)
    return {
      answer: reason,
      movement: 'moves',
      outlook: [`HA moves it to ${byLoad(facts, settled) ?? target} in its next round, in about 10 s.`],
    };
  const outlook = whatWouldMoveIt(facts);
  return { answer: reason, movement: outlook.length > 0 ? 'later' : 'stays', outlook };
}

/** Where HA compares nodes by load, nobody outside can tell which of several it takes; `null` where it is known. */
function byLoad({ picture, resource }: Facts, round: ForeseenRound): string | null {
  if (picture.cluster.master.scheduler === 'basic') return null;
  const candidates = narrow(round, resource.sid)?.candidates ?? [];
  return candidates.length > 1 ? `one of ${candidates.join(', ')}` : null;
}

function recovering({ picture, round, resource: { sid, node }, narrowed }: Facts): Movement {
  return narrowed.candidates.length === 0
    ? {
        answer: `${sid} finds no node. ${whyStuck(picture, sid, round.usable)}`,
        movement: 'later',
        outlook: ['HA tries again in every round, about every 10 s.'],
      }
    : {
        answer: `${node ?? 'Its node'} failed, and HA places ${sid} anew now.`,
        movement: 'moves',
        outlook: [],
      };
}

function whyNothingMoves({ cluster }: ClusterPicture): {
  readonly movement: 'stays' | 'unknown';
  readonly text: string;
} | null {
  const { quorum, fencing } = cluster;
  if (quorum.state === 'notQuorate') return { movement: 'stays', text: 'Without quorum HA moves nothing.' };
  if (quorum.state !== 'quorate')
    return {
      movement: 'unknown',
      text: 'Whether the cluster is quorate is not known, so nobody can say what HA does.',
    };
  if (fencing.state === 'disarmed' || fencing.state === 'disarming')
    return { movement: 'stays', text: 'HA is disarmed and moves nothing before it is armed again.' };
  return null;
}

/** The sentence that answers: what of the rules, or what else, keeps it on its node. */
function whyHere({ picture, round, resource, narrowed, sources }: Facts): string {
  const { sid } = resource;
  const here = resource.node ?? '';
  const { choice, affinity, candidates } = narrowed;
  const node = picture.nodes.find(({ name }) => name === here);
  const source = nodeSource(sources);
  const named =
    source === undefined ? 'its rule' : titleOf(source).replace(/^./, (first) => first.toLowerCase());
  if (node === undefined || !round.usable.includes(here)) {
    if (node !== undefined && isInMaintenance(node) === true && node.online === true)
      return candidates.length === 0
        ? `${sid} is still on ${here}, which is in maintenance, because it finds no other node. ${whyStuck(picture, sid, round.usable)}`
        : `${sid} is still on ${here}, which is in maintenance.`;
    return `${sid} was on ${here} when that node was last usable.`;
  }
  if (candidates.includes(here)) {
    if (candidates.length > 1)
      return `${sid} is on ${here} because it already runs there; ${listed(candidates)} would all do, and HA does not move it for load alone.`;
    if (round.usable.length === 1) return `${sid} is on ${here} because no other node can be used.`;
    const near = [...(round.rules.together.get(sid) ?? [])].filter(
      (other) => round.usage.used(other).current === here,
    );
    if (near.length > 0 && choice.preferred.length > 1)
      return `${sid} is on ${here} because it is kept together with ${near.join(', ')}.`;
    if (choice.allowed.length === 1)
      return `${sid} is on ${here} because ${named} allows no other node that can be used.`;
    if (choice.preferred.length === 1) return `${sid} is on ${here} because ${named} prefers that node.`;
    return `${sid} is on ${here} because it is kept apart from what runs on the other nodes.`;
  }
  if (candidates.length === 0)
    return `${sid} is on ${here} against its rules, because no node fits. ${whyStuck(picture, sid, round.usable)}`;
  if (!choice.allowed.includes(here)) return `${sid} is on ${here} against ${named}.`;
  if (affinity.separate.has(here))
    return `${sid} is on ${here} against a rule that keeps it apart from what runs there.`;
  return round.failbackOf(sid)
    ? `${sid} is on ${here} although ${listed(candidates)} would be better.`
    : `${sid} stays on ${here} because failback is off, although ${listed(candidates)} would be better.`;
}

/** Which node, once it can be used again, would draw the resource to it; tried with the manager's own rounds. */
function whatWouldMoveIt(facts: Facts): string[] {
  const { picture, round, resource, narrowed } = facts;
  const { sid, node: here } = resource;
  const outlook: string[] = [];
  for (const node of [...picture.nodes].sort((a, b) => compareNatural(a.name, b.name))) {
    if (round.usable.includes(node.name) || node.name === here) continue;
    const { round: then } = settle(withNode(picture, node.name));
    if (then.records[sid]?.node !== node.name || byLoad(facts, then) !== null) continue;
    outlook.push(
      isInMaintenance(node) === true
        ? `It goes to ${node.name} when that node leaves maintenance.`
        : `It goes to ${node.name} when that node is online again.`,
    );
  }
  if (here !== null && !round.failbackOf(sid) && !narrowed.candidates.includes(here))
    outlook.push('It moves only by hand, or when its node fails or goes into maintenance.');
  return outlook;
}

/** The picture with one more node in service. */
function withNode(picture: ClusterPicture, name: string): ClusterPicture {
  return {
    ...picture,
    nodes: picture.nodes.map((node) =>
      node.name === name ? { ...node, online: true, haState: 'online' } : node,
    ),
  };
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
