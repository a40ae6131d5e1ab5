import type { ClusterContext } from '../clusterContext.ts';
import type { FleetModel } from '../fleetModel.ts';
import { isDeclared, isNodeLost } from '../nodeStates.ts';
import type { NodeLosses } from './nodeLosses.ts';
import type { EdgeName, NoticeSettings } from './noticeKinds.ts';

/** Things of a cluster that are bad (true) or not; `null` where nobody can tell now. */
export interface ClusterSigns {
  /** By edge, of the cluster as a whole. */
  readonly whole: Readonly<Record<WholeEdge, boolean | null>>;
  /** By name; `null` while the nodes cannot be judged. */
  readonly nodes: ReturnType<NodeLosses['observe']> | null;
  /** Console ids of resources in trouble; `null` while resources cannot be judged. */
  readonly errors: ReadonlySet<string> | null;
  readonly stuck: ReadonlySet<string> | null;
}

export type WholeEdge = Exclude<
  EdgeName,
  'quorumRegained' | 'nodeLost' | 'nodeFenced' | 'resourceError' | 'resourceStuck'
>;

/** Reads the signs of one cluster from the model. Old or minority rows prove nothing, so they give no signs. */
export function clusterSigns(
  model: FleetModel,
  context: ClusterContext,
  clusterId: string,
  losses: NodeLosses,
  settings: Pick<NoticeSettings, 'stuckAfterMs' | 'disarmReminderMs'>,
  nowMs: number,
): ClusterSigns {
  const { cluster, lastKnown } = context;
  const canJudge = lastKnown === null;
  const judged = (value: boolean | null): boolean | null => (canJudge ? value : null);
  const { state } = cluster.fencing;
  const isDisarmed = state === 'unknown' || state === 'notOffered' ? null : state === 'disarmed';
  const sinceMs = context.fencing.sinceMs;
  const resources =
    canJudge && cluster.sections.haStatus.state === 'read'
      ? troubledResources(model, clusterId, settings, nowMs)
      : null;
  return {
    whole: {
      quorumLost: quorumLost(context),
      marginGone: judged(marginGone(model, context, clusterId)),
      deviceLost: judged(deviceLost(context)),
      managerSilent: judged(cluster.master.state === 'unknown' ? null : cluster.master.state === 'silent'),
      disarmed: judged(isDisarmed),
      disarmedLong: judged(
        isDisarmed === true
          ? sinceMs === null
            ? null
            : nowMs - sinceMs >= settings.disarmReminderMs
          : isDisarmed,
      ),
      notReadable: notReadable(model, context, clusterId),
    },
    nodes:
      canJudge && cluster.sections.status.state === 'read' ? losses.observe(model, clusterId, nowMs) : null,
    errors: resources?.errors ?? null,
    stuck: resources?.stuck ?? null,
  };
}

function quorumLost({ cluster, lastKnown }: ClusterContext): boolean | null {
  const { state } = cluster.quorum;
  if (state === 'notQuorate') return lastKnown === 'noQuorum' ? true : null;
  return state === 'quorate' && lastKnown === null ? false : null;
}

/** A cluster that is small by design has no margin and has lost nothing; nor has one whose missing nodes were sent away. */
function marginGone(model: FleetModel, { cluster }: ClusterContext, clusterId: string): boolean | null {
  const { state, margin, votes, expectedVotes, device } = cluster.quorum;
  if (state !== 'quorate' || margin === null || votes === null || expectedVotes === null) return null;
  if (margin > 0 || votes >= expectedVotes) return false;
  const lost = [...model.index(clusterId).ids.node].flatMap((id) => {
    const node = model.node(id);
    return node !== undefined && isNodeLost(node) === true ? [node] : [];
  });
  return !(device.state !== 'notConnected' && lost.length > 0 && lost.every(isDeclared));
}

function deviceLost({ cluster }: ClusterContext): boolean | null {
  const { state } = cluster.quorum.device;
  return state === 'unknown' ? null : state === 'notConnected';
}

/** Only a server or cluster that fails to answer; what nobody reads, or was never read, is not missing. */
function notReadable(
  model: FleetModel,
  { lastKnown, freshness }: ClusterContext,
  clusterId: string,
): boolean | null {
  const kind = model.clusterEntry(clusterId)?.connection.connection.state.kind;
  if (kind === undefined || kind === 'idle' || lastKnown === 'neverRead' || freshness.tone === 'off')
    return null;
  if (lastKnown !== 'stale') return false;
  return kind === 'connecting' ? null : true;
}

function troubledResources(
  model: FleetModel,
  clusterId: string,
  { stuckAfterMs }: Pick<NoticeSettings, 'stuckAfterMs'>,
  nowMs: number,
): { readonly errors: ReadonlySet<string>; readonly stuck: ReadonlySet<string> } {
  const index = model.index(clusterId);
  const connectionId = model.clusterEntry(clusterId)?.connection.id ?? '';
  const errors = new Set<string>();
  const stuck = new Set<string>();
  for (const ids of [index.problems, index.timed]) {
    for (const id of ids) {
      const resource = id.startsWith('ha:') ? model.resource(id) : undefined;
      if (resource === undefined) continue;
      if (resource.state === 'error') errors.add(id);
      if (resource.state !== 'recovery' || resource.stateSinceMs === null) continue;
      if (nowMs - model.toConsoleTime(connectionId, resource.stateSinceMs) >= stuckAfterMs) stuck.add(id);
    }
  }
  return { errors, stuck };
}
