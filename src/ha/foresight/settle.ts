import { byCodeUnit, type ServiceRecord } from '../haRecords.ts';
import type { ClusterPicture } from './clusterPicture.ts';
import { ForeseenRound, usableNodes } from './foreseenRound.ts';

/** Rounds after which moves that chase each other are given up; a drain takes two to four. */
const mostRounds = 20;

/** Where everything comes to rest. */
export interface Settled {
  /** The round at the end, with every service where it came to rest. */
  readonly round: ForeseenRound;
  /** False when rules made services move without end. */
  readonly isAtRest: boolean;
}

/** Plays the manager's rounds after a node was put in maintenance. */
export function drain(picture: ClusterPicture, node: string): Settled {
  return settle({
    ...picture,
    nodes: picture.nodes.map((member) =>
      member.name === node && member.online === true ? { ...member, haState: 'maintenance' } : member,
    ),
  });
}

/**
 * Plays the manager's rounds until nothing moves: in order of their ids, services leave nodes in maintenance for the node
 * that placement gives them, and those elsewhere go where rules want them; moves are done by the next round. A started
 * service remembers the node in maintenance that it left. What needs a fence or a restart first is left where it is.
 */
export function settle(picture: ClusterPicture): Settled {
  const round = new ForeseenRound(picture, usableNodes(picture));
  const leaving = new Set(
    picture.nodes
      .filter(({ online, haState }) => online === true && haState === 'maintenance')
      .map(({ name }) => name),
  );
  const sids = Object.keys(round.records).sort(byCodeUnit);
  // One that is about to start is started where it is first, and one that moves already arrives where nobody told.
  for (const sid of sids) {
    const record = round.records[sid];
    if (record?.state === 'request_start') round.set(sid, { ...record, state: 'started' });
  }
  for (let count = 0; count < mostRounds; count += 1) {
    const arriving = new Set(sids.filter((sid) => round.records[sid]?.target !== undefined));
    let isChanged = false;
    for (let again = true; again; isChanged ||= again) {
      again = false;
      for (const sid of sids) if (step(round, sid, leaving, arriving)) again = true;
    }
    if (!isChanged) return { round, isAtRest: true };
  }
  return { round, isAtRest: false };
}

/** One service in one pass, as the manager processes it. */
function step(
  round: ForeseenRound,
  sid: string,
  leaving: ReadonlySet<string>,
  arriving: Set<string>,
): boolean {
  const record = round.records[sid];
  if (record?.node === undefined) return false;
  if (record.target !== undefined) {
    if (!arriving.delete(sid)) return false;
    const { target, ...rest } = record;
    round.set(sid, { ...rest, state: 'started', node: target });
    return true;
  }
  if (record.state !== 'started' || round.configs[sid]?.state !== 'started') return false;
  const isLeaving = leaving.has(record.node);
  if (!isLeaving && (round.isUnbound(sid) || !round.usable.includes(record.node))) return false;
  const present: ServiceRecord = isLeaving ? { ...record, maintenance_node: record.node } : record;
  round.set(sid, present);
  const target = round.select(sid, 'none');
  if (target === null || target === present.node) return false;
  const { maintenance_node: home, ...rest } = present;
  const forgets = home === target || home !== present.node;
  round.set(sid, {
    ...rest,
    ...(home === undefined || forgets ? {} : { maintenance_node: home }),
    state: 'migrate',
    target,
  });
  return true;
}
