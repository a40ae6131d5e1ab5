import type { Cluster } from '../contract/model/cluster.ts';
import { sectionNames } from '../contract/model/sectionNames.ts';
import type { StateView } from '../contract/stateView.ts';
import { type ConnectionView, dataAge, freshnessState, lastReadMs } from './freshnessStates.ts';
import { fencingState, masterState } from './haStackStates.ts';
import { isBadNewsCurrent, quorumAge } from './quorumAge.ts';
import { lastQuorumState, quorumDeviceState, quorumState } from './quorumStates.ts';
import { lastKnownState } from './states.ts';

/** Why the rows of a cluster are memories; `null` while they can be judged. */
export type LastKnownReason = 'noQuorum' | 'quorumUnknown' | 'stale' | 'neverRead' | null;

/** A cluster's own states at one moment, and whether its rows can be judged. */
export interface ClusterContext {
  readonly cluster: Cluster;
  readonly lastKnown: LastKnownReason;
  readonly freshness: StateView;
  /** Loss of quorum or a split view was told recently, however old the rest is. */
  readonly badQuorumIsCurrent: boolean;
  /** As told now, or "last quorate 3/3" when the data is too old to judge. */
  readonly quorum: StateView;
  readonly master: StateView;
  readonly fencing: StateView;
  readonly device: StateView;
  /** When the data was read, on the console's clock. */
  readonly readAtMs: number | null;
  /** False while no HA manager was ever active. */
  readonly haUsed: boolean;
}

export interface ContextInputs {
  readonly connection: ConnectionView;
  readonly resources: number;
  /** The server told something newer of the cluster that could not be read. */
  readonly isOutdated?: boolean;
  readonly nowMs: number;
}

/** Judges a cluster as of `nowMs`. */
export function clusterContext(cluster: Cluster, inputs: ContextInputs): ClusterContext {
  const { connection, nowMs } = inputs;
  const badQuorumIsCurrent = isBadNewsCurrent(cluster, connection, nowMs);
  const told = lastKnownReason(cluster, connection, nowMs);
  const lastKnown = told === null && inputs.isOutdated === true ? 'stale' : told;
  const old = !badQuorumIsCurrent && (lastKnown === 'stale' || lastKnown === 'neverRead');
  const facts = { resources: inputs.resources, nowMs, clockOffsetMs: connection.clockOffsetMs };
  const shown = (state: StateView): StateView => (lastKnown === null ? state : lastKnownState(state));
  return {
    cluster,
    lastKnown,
    badQuorumIsCurrent,
    freshness: freshnessState(cluster, connection, nowMs),
    quorum: old ? lastQuorumState(cluster.quorum, cluster) : quorumState(cluster.quorum, cluster),
    master: shown(masterState(cluster.master, connection.clockOffsetMs)),
    fencing: shown(fencingState(cluster.fencing, facts)),
    device: old ? lastKnownState(quorumDeviceState(cluster.quorum)) : quorumDeviceState(cluster.quorum),
    readAtMs: lastReadMs(cluster, connection),
    haUsed: cluster.master.state !== 'never',
  };
}

/** HA rows prove something only when they are fresh and the answering node is in the quorate part. */
function lastKnownReason(cluster: Cluster, connection: ConnectionView, nowMs: number): LastKnownReason {
  if (cluster.quorum.state === 'notQuorate' && isBadNewsCurrent(cluster, connection, nowMs))
    return 'noQuorum';
  const age = dataAge(cluster, connection, nowMs);
  if (age === 'never') return 'neverRead';
  if (age === 'stale' || quorumAge(cluster, connection, nowMs) === 'stale') return 'stale';
  switch (cluster.quorum.state) {
    case 'quorate':
    case 'standalone':
      return null;
    case 'split':
      return answeringSideIsQuorate(cluster) ? null : 'noQuorum';
    case 'notQuorate':
      return 'noQuorum';
    case 'unknown':
      return 'quorumUnknown';
  }
}

function answeringSideIsQuorate(cluster: Cluster): boolean {
  const { answeringNode, views } = cluster.quorum;
  return views.some((view) => view.quorate === true && view.node === answeringNode);
}

/** Equal as long as every row of the cluster keeps its words; the rows' own records aside. */
export function contextSignature(context: ClusterContext): string {
  return [
    context.lastKnown,
    context.cluster.name,
    context.cluster.master.node,
    context.cluster.placementModel,
    context.haUsed,
    ...sectionNames.filter((name) => context.cluster.sections[name].state === 'failed'),
  ].join('\n');
}
