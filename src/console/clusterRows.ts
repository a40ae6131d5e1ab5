import { plural } from '../base/format.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import { clockText } from './clockText.ts';
import type { ClusterContext } from './clusterContext.ts';
import { clusterState, clusterTroubles } from './clusterTrouble.ts';
import { failoversOf, isCounting } from './failover.ts';
import type { ClusterEntry, FleetModel, ModelConnection } from './fleetModel.ts';
import type { Survival } from './foresight/survival.ts';
import { clusterRefusal, connectionStateView } from './freshnessStates.ts';
import { nameText } from './rowWords.ts';
import { stateText } from './states.ts';
import type { TreeRow } from './treeRow.ts';
import { type RenderedRow, toRow } from './treeRowParts.ts';

/** A cluster: quorum first, then what is wrong, worst first. */
export function clusterRow(
  model: FleetModel,
  entry: ClusterEntry,
  label: string,
  collapsible: TreeRow['collapsible'],
  nowMs: number,
): RenderedRow | undefined {
  const context = model.context(entry.id, nowMs);
  if (context === undefined) return undefined;
  const state = clusterState(model, context, entry.id);
  const isMemory = context.lastKnown === 'stale' || context.lastKnown === 'neverRead';
  const demo = entry.connection.kind === 'demo';
  return {
    ticks: true,
    counts: failoversOf(model, entry).some((failover) => isCounting(failover, nowMs)),
    row: toRow({
      id: entry.id,
      label,
      facts: clusterFacts(model, context, entry.id, nowMs),
      spokenFact: spokenSurvival(model.survival(entry.id)),
      icon: state.icon,
      tone: state.tone,
      isMemory,
      contextValue: `cluster${isMemory ? '+stale' : ''}${context.lastKnown === 'noQuorum' ? '+noQuorum' : ''}${remedyTags(clusterRefusal(entry.record))}${demo ? '+demo' : ''}`,
      collapsible,
      kindWord: 'cluster',
      clusterName: null,
      open: { kind: 'haStatus', clusterId: entry.id },
    }),
  };
}

function clusterFacts(
  model: FleetModel,
  context: ClusterContext,
  clusterId: string,
  nowMs: number,
): (string | null)[] {
  const { freshness, quorum, cluster, lastKnown } = context;
  const freshnessFact = stateText(freshness, nowMs);
  if (lastKnown === 'neverRead') return [freshnessFact === quorum.label ? null : freshnessFact];
  if (freshness.tone === 'unknown' || freshness.tone === 'fail' || freshness.tone === 'warn')
    return [freshnessFact, quorum.label];
  if (lastKnown === 'stale') return [freshnessFact, quorum.label];
  const troubles = clusterTroubles(model, context, clusterId, nowMs).map(({ text }) => text);
  const seenBy =
    lastKnown === 'noQuorum' && cluster.quorum.answeringNode !== null
      ? `seen by ${nameText(cluster.quorum.answeringNode)}`
      : null;
  const size =
    cluster.mode === 'standalone' ? plural(model.index(clusterId).tallies.node.total, 'node') : null;
  const late = freshness.icon === 'clock' ? freshnessFact : null;
  const duplicate = cluster.duplicateOf === null ? null : `same cluster as ${nameText(cluster.duplicateOf)}`;
  const survival = lastKnown === null ? (model.survival(clusterId)?.badge ?? null) : null;
  return [quorum.label, seenBy, ...troubles, duplicate, size, late, survival];
}

/** "survives any one node: no, pve3: 2 guests stuck". */
function spokenSurvival(survival: Survival | undefined): string | null {
  if (survival === undefined) return null;
  const word = survival.tone === 'unknown' ? 'unknown' : survival.label.replace(/^no \((.*)\)$/, 'no, $1');
  return `survives any one node: ${word}`;
}

/** Tags by which a row's menu offers what helps against a failure. */
function remedyTags(error: FleetError | null): string {
  switch (error?.code) {
    case 'unauthorized':
    case 'secretUnavailable':
      return '+key';
    case 'tlsUntrusted':
    case 'tlsFingerprintMismatch':
      return '+certificate';
    default:
      return '';
  }
}

/** A connection that fails or has no clusters. */
export function connectionRow(connection: ModelConnection, nowMs: number): RenderedRow {
  const { state } = connection.connection;
  const view =
    state.kind === 'live'
      ? {
          label: 'no clusters',
          tone: 'off' as const,
          icon: 'circle-large-outline',
        }
      : connectionStateView(state, nowMs);
  const error = state.kind === 'waiting' || state.kind === 'halted' ? state.error : null;
  const tags = [
    error === null ? '' : '+failed',
    remedyTags(error),
    state.kind === 'waiting' ? '+retry' : '',
    connection.kind === 'demo' ? '+demo' : '',
  ].join('');
  const since = error?.sinceMs ?? null;
  return {
    ticks: true,
    row: toRow({
      id: `connection:${connection.id}`,
      label: nameText(connection.name),
      facts: [
        view.label,
        since === null || view.tone !== 'unknown' ? null : `since ${clockText(since)}`,
        'connection',
      ],
      icon: view.icon,
      tone: view.tone,
      isMemory: false,
      contextValue: `connection${tags}`,
      collapsible: 'none',
      kindWord: '',
      clusterName: null,
      open: { kind: 'command', command: 'proxbox.connection.test', argument: connection.id },
    }),
  };
}
