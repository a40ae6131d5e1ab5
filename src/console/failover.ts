import { formatStopwatch } from '../base/format.ts';
import { compareNatural } from '../base/text.ts';
import { type CountdownMark, countdownText } from '../contract/countdown.ts';
import { fenceS, recoveryAfterTakeoverS, recoveryS } from '../ha/foresight/timeline.ts';
import type { ClusterEntry, FleetModel } from './fleetModel.ts';
import { restartsElsewhere } from './haResourceStates.ts';
import { isDeclared, isLossMomentKnown, isNodeLost } from './nodeStates.ts';

/** What HA does, and when, about a node that is out of sight. */
export interface Failover {
  readonly nodeId: string;
  readonly node: string;
  /** When it was first seen lost, on the console's clock. */
  readonly sinceMs: number;
  /** Whether it was seen online before, so that the loss is known to have begun then. */
  readonly isMomentKnown: boolean;
  /** HA resources that wait on it to be started elsewhere. */
  readonly resources: number;
  /** `null` once the manager fences it. */
  readonly fence: CountdownMark | null;
  readonly recovery: CountdownMark;
}

/** A recovery that is overdue for this long is no countdown any more: its resources tell what keeps them. */
const overMs = 60_000;

/**
 * The failover of a lost node; `null` when none is under way: it is no loss, HA is disarmed, nothing waits on it, or its
 * cluster cannot be judged. A node that was the master takes its manager's lock with it, so everything is later.
 */
export function failoverOf(model: FleetModel, entry: ClusterEntry, nodeId: string): Failover | null {
  const node = model.node(nodeId);
  if (node === undefined || isNodeLost(node) !== true || node.haState === 'gone') return null;
  if (model.lastKnown(entry.id) !== null || isDeclared(node)) return null;
  const { state } = entry.record.fencing;
  if (state === 'disarmed' || state === 'disarming') return null;
  const resources = [...model.index(entry.id).resourcesOn(node.name)].filter((id) => {
    const resource = model.resource(id);
    return resource !== undefined && restartsElsewhere(resource);
  }).length;
  const seen = model.lossOf(nodeId);
  if (resources === 0 || seen === undefined) return null;
  const { lostSinceMs } = node;
  const sinceMs = lostSinceMs === null ? seen.seenMs : model.toConsoleTime(entry.connection.id, lostSinceMs);
  const isMomentKnown = isLossMomentKnown(node);
  const certainty = isMomentKnown ? 'about' : 'latest';
  const fenceAtMs = sinceMs + (seen.wasMaster ? recoveryAfterTakeoverS : fenceS) * 1000;
  const recoveryAtMs = sinceMs + (seen.wasMaster ? recoveryAfterTakeoverS : recoveryS) * 1000;
  return {
    nodeId,
    node: node.name,
    sinceMs,
    isMomentKnown,
    resources,
    fence:
      node.haState === 'fence'
        ? null
        : {
            what: 'fence',
            atMs: fenceAtMs,
            certainty: isMomentKnown && !seen.wasMaster ? 'exact' : certainty,
            due: 'fencing is due',
          },
    recovery: { what: 'earliest recovery', atMs: recoveryAtMs, certainty, due: 'recovery is due' },
  };
}

/** Both marks, earliest first. */
export function failoverMarks({ fence, recovery }: Failover): CountdownMark[] {
  return fence === null ? [recovery] : [fence, recovery];
}

/** Whether there is still something to count. */
export function isCounting({ recovery }: Failover, nowMs: number): boolean {
  return nowMs < recovery.atMs + overMs;
}

/** "fence at 1:00", "recovery from 2:00" beside a stopwatch that runs since the loss, or what is due. */
export function failoverFacts(failover: Failover, nowMs: number): string[] {
  const { fence, recovery, sinceMs, isMomentKnown } = failover;
  const at = ({ atMs }: CountdownMark): string => formatStopwatch(atMs - sinceMs);
  const say = (mark: CountdownMark, word: string): string =>
    isMomentKnown && mark.atMs > nowMs ? `${word} ${at(mark)}` : countdownText(mark, nowMs);
  if (fence === null) return [say(recovery, 'recovery from')];
  if (fence.atMs > nowMs) return [say(fence, 'fence at')];
  return [fence.due, say(recovery, 'recovery from')];
}

/** Failovers of a cluster, the oldest loss first. */
export function failoversOf(model: FleetModel, entry: ClusterEntry): Failover[] {
  return [...model.index(entry.id).problems]
    .filter((id) => id.startsWith('node:'))
    .flatMap((id) => failoverOf(model, entry, id) ?? [])
    .sort((a, b) => a.sinceMs - b.sinceMs || compareNatural(a.node, b.node));
}
