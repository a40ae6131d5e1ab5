import { formatStopwatch, plural } from '../base/format.ts';
import type { Banner } from '../contract/panels.ts';
import { banner } from './bannerParts.ts';
import type { ClusterContext } from './clusterContext.ts';
import { type Failover, failoversOf } from './failover.ts';
import type { ClusterEntry, FleetModel } from './fleetModel.ts';
import { isNodeLost, isUnseenByHa } from './nodeStates.ts';
import { nameText } from './rowWords.ts';

/** Lost nodes with HA resources on them. */
export function failoverBanners(model: FleetModel, entry: ClusterEntry, nowMs: number): Banner[] {
  return failoversOf(model, entry).map((failover) => {
    const { node, sinceMs, resources, recovery } = failover;
    const isDue = recovery.atMs <= nowMs;
    const guests = plural(resources, 'HA resource');
    return banner(
      entry,
      `lost/${node}`,
      'fail',
      'debug-disconnect',
      `${nameText(entry.record.name)}: ${nameText(node)} is lost.`,
      {
        why: isDue
          ? `${guests} still placed on it; recovery should have begun.`
          : `${fenceWords(failover, nowMs)}; ${guests} on it ${resources === 1 ? 'restarts' : 'restart'} elsewhere ${failover.isMomentKnown ? 'from' : 'at the latest from'} about ${formatStopwatch(recovery.atMs - sinceMs)}.`,
        next: isDue ? 'Look at the rows that wait for recovery.' : 'Check power and network of the node.',
        buttons: [{ label: 'Reveal Node', action: { kind: 'reveal', id: model.nodeId(entry.id, node) } }],
        sinceMs,
      },
    );
  });
}

function fenceWords({ fence, isMomentKnown }: Failover, nowMs: number): string {
  if (fence === null) return 'HA is fencing it';
  if (fence.atMs <= nowMs) return 'Its fencing is due';
  return isMomentKnown ? 'It resets itself by 1:00 after the loss' : 'It resets itself within a minute';
}

/** An HA stack that is switched off. */
export function stackBanners(entry: ClusterEntry, context: ClusterContext): Banner[] {
  const { state } = entry.record.fencing;
  const { fencing } = context;
  if (context.lastKnown !== null || (state !== 'disarmed' && state !== 'disarming')) return [];
  return [
    banner(
      entry,
      state,
      fencing.tone,
      fencing.icon,
      `${nameText(entry.record.name)}: HA is ${fencing.label}.`,
      {
        why: fencing.explanation,
        next: fencing.nextStep,
        buttons: [],
        sinceMs: fencing.sinceMs,
      },
    ),
  ];
}

/** The move of groups to rules, and what it waits for. */
export function migrationBanners(model: FleetModel, entry: ClusterEntry, context: ClusterContext): Banner[] {
  if (entry.record.placementModel !== 'both') return [];
  const blockers = [...model.index(entry.id).ids.node].flatMap((id) => {
    const node = model.node(id);
    if (node === undefined) return [];
    const name = nameText(node.name);
    if (isNodeLost(node) === true) return [`${name} is not online`];
    if (isUnseenByHa(node)) return [`the HA manager has not seen ${name} yet`];
    const lrm = node.lrm?.state ?? null;
    if (node.haState === 'maintenance' || lrm === 'maintenance') return [`${name} is in maintenance`];
    return lrm === null || lrm === 'active' || lrm === 'idle' || lrm === 'waitingForLock'
      ? []
      : [`the LRM of ${name} is not in active mode`];
  });
  const waits =
    blockers.length > 0
      ? `It waits because ${blockers.slice(0, 4).join(', ')}.`
      : context.lastKnown === 'noQuorum'
        ? 'It waits for quorum.'
        : 'It waits until every node runs Proxmox VE 9, is online, and its LRM is in active mode.';
  return [
    banner(
      entry,
      'movingToRules',
      'warn',
      'references',
      `${nameText(entry.record.name)}: groups are moving to rules.`,
      {
        why: `${waits} Until then the same limits are listed twice and rules cannot be changed.`,
        next: 'Bring every node online and out of maintenance, on Proxmox VE 9.',
        buttons: [],
      },
    ),
  ];
}
