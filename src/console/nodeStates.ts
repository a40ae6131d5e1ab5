import { plural } from '../base/format.ts';
import type { DrainProgress } from '../contract/model/maintenance.ts';
import type { ClusterNode } from '../contract/model/node.ts';
import type { StateView } from '../contract/stateView.ts';
import { isInMaintenance } from '../ha/foresight/maintenanceState.ts';
import { maintenancePoweredOff } from './haStackStates.ts';
import { notToldState, stateView, unlistedState } from './states.ts';

export interface NodeFacts {
  /** HA resources the CRM still places on this node. */
  readonly resources: number;
  /** Of those, the ones that a drain waits for; `null` when not told. Asked for in maintenance only. */
  readonly busy?: number | null;
  /** What was worked out of its drain a moment ago. */
  readonly drain?: DrainProgress | null;
  readonly clockOffsetMs: number;
}

/** Whether membership counts a node in: `/cluster/status` first, `/cluster/resources` where that is silent. */
function isMember(node: ClusterNode): boolean | null {
  if (node.online !== null) return node.online;
  return node.status === 'online' ? true : node.status === 'offline' ? false : null;
}

/**
 * Whether a node is back while the HA manager still calls it unknown. Membership knows at once, the manager with its next
 * round; in between the node is neither lost nor one that HA uses.
 */
export function isUnseenByHa(node: ClusterNode): boolean {
  return node.haState === 'unknown' && isMember(node) === true;
}

/** Whether a node has left the quorate part, as membership or the HA manager tells; `null` when neither does. */
export function isNodeLost(node: ClusterNode): boolean | null {
  const member = isMember(node);
  if (node.online === false || node.haState === 'fence' || node.haState === 'gone') return true;
  if (node.haState === 'unknown') return member !== true;
  if (member !== null) return !member;
  return node.haState === 'online' || node.haState === 'maintenance' ? false : null;
}

/** Whether somebody has put the node into maintenance; it may be powered off then without being lost. */
export function isDeclared(node: ClusterNode): boolean {
  return isInMaintenance(node) === true;
}

/** With a longer gap between the last sight of the node online and the first without it, the moment is not known. */
const knownGapMs = 20_000;

/** Whether the loss of a node was seen to begin. One that was lost when the server began to look was lost before. */
export function isLossMomentKnown({
  lostSinceMs,
  lastOnlineMs,
}: Pick<ClusterNode, 'lostSinceMs' | 'lastOnlineMs'>): boolean {
  return lostSinceMs !== null && lastOnlineMs !== null && lostSinceMs - lastOnlineMs <= knownGapMs;
}

/** Membership and HA manager's view of a node, as one state. */
export function nodeState(node: ClusterNode, facts: NodeFacts): StateView {
  const sinceMs = node.lostSinceMs === null ? null : node.lostSinceMs + facts.clockOffsetMs;
  if (node.haState === 'fence') {
    return stateView(
      'being fenced',
      'fail',
      'zap',
      'Declared lost; HA waits until its watchdog has surely reset it.',
      'Wait for the countdown: recovery starts by itself.',
      sinceMs,
    );
  }
  if (node.haState === 'gone') return stateView('removed', 'off', 'circle-slash', 'No longer a member.');
  if (isUnseenByHa(node)) {
    return stateView(
      'online, the HA manager has not seen it yet',
      'warn',
      'debug-connected',
      'Member of the quorate part again; HA neither starts nor moves guests there until its manager counts it in.',
      "Wait for the manager's next round, about 10 s. If this stays, check pve-ha-crm on the master.",
    );
  }
  const lost = isNodeLost(node);
  const maintained = isDeclared(node);
  const busy = facts.busy ?? null;
  if (lost === true) {
    if (maintained && busy !== null && busy > 0) return lostWhileDraining(busy, sinceMs);
    if (maintained) return maintenancePoweredOff();
    const word = sinceMs === null || isLossMomentKnown(node) ? 'lost' : 'lost at least';
    return facts.resources > 0
      ? stateView(
          word,
          'fail',
          'debug-disconnect',
          'Not in the quorate part, perhaps still running. Until 60 s nothing moves.',
          'Check power and network.',
          sinceMs,
        )
      : stateView(
          `${word} · no HA guests on it`,
          'warn',
          'debug-disconnect',
          'No HA guest is placed on it; its guests without HA are still stopped.',
          'Repair the node; decide about its guests without HA.',
          sinceMs,
        );
  }
  if (maintained) return inMaintenance(busy, facts.drain ?? null);
  if (lost === null) return notToldState('Whether this node is a member is not told.');
  if (node.haState !== null && node.haState !== 'online') return unlistedState(node.haState);
  return stateView('online', 'calm', 'server', 'Member of the quorate part.');
}

/** A member that somebody put in maintenance: how far its drain has got, by what still needs it. */
function inMaintenance(busy: number | null, drain: DrainProgress | null): StateView {
  if (busy === null) return stateView('maintenance', 'held', 'tools', 'Member, not to be used.');
  const moved = drain?.moved ?? null;
  if (busy === 0)
    return stateView(
      'maintenance · drained',
      'held',
      'tools',
      `No running HA resource is left on it.${moved === null || moved === 0 ? '' : ` ${plural(moved, 'HA resource')} ${moved === 1 ? 'comes' : 'come'} back after it.`} Guests without HA stay until somebody moves them.`,
    );
  const stuck = Math.min(drain?.stuck ?? 0, busy);
  const soFar = moved === null ? '' : ` ${moved} of ${moved + busy} moved.`;
  return stuck === 0
    ? stateView(
        `maintenance · ${busy} left`,
        'held',
        'tools',
        `Being drained: HA moves its resources to other nodes.${soFar}`,
      )
    : stateView(
        `maintenance · ${busy} left, ${stuck} stuck`,
        'warn',
        'tools',
        `Being drained, but no other node may take ${plural(stuck, 'HA resource')}.${soFar}`,
        'Check Maintenance Readiness names what is stuck, and why.',
      );
}

function lostWhileDraining(busy: number, sinceMs: number | null): StateView {
  return stateView(
    `lost while draining · ${plural(busy, 'HA resource')}`,
    'fail',
    'debug-disconnect',
    'It was in maintenance and went away before it was drained; what was left is restarted elsewhere once it is fenced.',
    'Check power and network.',
    sinceMs,
  );
}
