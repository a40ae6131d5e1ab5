import { formatBytes, formatPercent } from '../base/format.ts';
import type { CountdownMark } from '../contract/countdown.ts';
import type { Cluster } from '../contract/model/cluster.ts';
import type { ClusterNode } from '../contract/model/node.ts';
import type { HaResource } from '../contract/model/placement.ts';
import type { StateView } from '../contract/stateView.ts';
import { clockTextWithSeconds } from './clockText.ts';
import type { ClusterContext } from './clusterContext.ts';
import { clusterState, clusterTroubles } from './clusterTrouble.ts';
import { explainFleetError } from './errorText.ts';
import { failoverOf } from './failover.ts';
import { recordIdOfRow } from './fleetIds.ts';
import type { FleetModel } from './fleetModel.ts';
import { drainSentence } from './foresight/drainWords.ts';
import { connectionStateView, sectionStateView, tlsState } from './freshnessStates.ts';
import { haManagedState } from './guestStates.ts';
import { crmState, differsFromWanted, wantedWord } from './haResourceStates.ts';
import { watchdogState } from './haStackStates.ts';
import { markdownText } from './markdown.ts';
import { ruleWords } from './placementStates.ts';
import { voteFigures } from './quorumStates.ts';
import { guestKindWord } from './rowWords.ts';
import { stateText } from './states.ts';
import { categories, categoryNames } from './treeCategories.ts';
import type { RowTooltip, TreeRow } from './treeRow.ts';

/** One line of facts; the value is outside text. */
type FactLine = readonly [label: string, value: string | number | null | undefined];

/**
 * Hover of a row: what the state means, what to do next, facts, and where they come from. Times are absolute, because
 * the editor keeps a hover until the row is drawn again.
 */
export function rowTooltip(
  model: FleetModel,
  id: string,
  row: TreeRow | undefined,
  nowMs: number,
): RowTooltip {
  if (row === undefined) return { markdown: '' };
  if (id.startsWith('connection:')) return { markdown: connectionTooltip(model, row, nowMs) };
  if (id.startsWith('cat:') || id.startsWith('row:')) return { markdown: branchTooltip(model, id, row) };
  const recordId = recordIdOfRow(id);
  const clusterId = recordId === null ? undefined : model.clusterIdOf(recordId);
  const context = clusterId === undefined ? undefined : model.context(clusterId, nowMs);
  if (recordId === null || clusterId === undefined || context === undefined) return { markdown: '' };
  const state = recordId === clusterId ? clusterState(model, context, clusterId) : model.state(recordId);
  if (state === undefined) return { markdown: '' };
  const lines =
    recordId === clusterId
      ? clusterLines(model, context, clusterId, nowMs)
      : memberLines(model, recordId, clusterId, nowMs);
  return {
    markdown: [
      heading(row.label, recordId === clusterId ? null : stateText(state, nowMs)),
      sentence(state),
      facts(lines),
      provenance(model, context, clusterId),
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
  };
}

function heading(label: string, state: string | null): string {
  return `**${markdownText(label)}**${state === null ? '' : `: ${markdownText(state)}`}`;
}

function sentence(state: StateView): string {
  const next = state.nextStep === null ? '' : ` **Next:** ${markdownText(state.nextStep)}`;
  return `${markdownText(state.explanation, 600)}${next}`;
}

function facts(lines: readonly FactLine[]): string {
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => `- ${label}: ${value === null ? 'not told' : markdownText(String(value), 200)}`)
    .join('\n');
}

function provenance(model: FleetModel, context: ClusterContext, clusterId: string): string {
  const connection = model.clusterEntry(clusterId)?.connection;
  const by = context.cluster.quorum.answeringNode;
  const parts = [
    context.readAtMs === null ? 'Never read' : `Read at ${clockTextWithSeconds(context.readAtMs)}`,
    by === null ? '' : ` from ${by}`,
    connection === undefined ? '' : `, connection ${connection.name}`,
    context.freshness.tone === 'unknown' ? `; ${context.freshness.explanation}` : '.',
  ];
  return `*${markdownText(parts.join(''), 400)}*`;
}

function clusterLines(
  model: FleetModel,
  context: ClusterContext,
  clusterId: string,
  nowMs: number,
): FactLine[] {
  const { cluster } = context;
  const troubles = clusterTroubles(model, context, clusterId, nowMs).map(({ text }) => text);
  return [
    ['Quorum', context.quorum.label],
    ['Votes', cluster.quorum.state === 'standalone' ? undefined : voteFigures(cluster.quorum)],
    ['Votes come from', votesFrom(cluster)],
    ['Quorum device', cluster.quorum.state === 'standalone' ? undefined : context.device.label],
    ['Survives any one node', model.survival(clusterId)?.label],
    ['Manager', context.master.label],
    ['HA stack', stateText(context.fencing, nowMs)],
    ['Needs attention', troubles.length === 0 ? undefined : troubles.join(', ')],
    ['Proxmox VE', cluster.pveVersion],
    ['Same cluster as', cluster.duplicateOf ?? undefined],
    ['Data', stateText(context.freshness, nowMs)],
  ];
}

function votesFrom(cluster: Cluster): string | undefined {
  const { provenance: from, approximate, votes } = cluster.quorum;
  if (votes === null) return undefined;
  const sources = [...new Set([from.votes, from.expectedVotes, from.device].filter((path) => path !== null))];
  return `${approximate ? 'worked out from ' : ''}${sources.join(', ') || 'membership and configuration'}`;
}

function memberLines(model: FleetModel, id: string, clusterId: string, nowMs: number): FactLine[] {
  const node = model.node(id);
  if (node !== undefined) return nodeLines(model, node, clusterId);
  const resource = model.resource(id);
  if (resource !== undefined) return resourceLines(model, resource, clusterId, nowMs);
  const guest = model.guest(id);
  if (guest !== undefined) {
    return [
      ['Kind', guestKindWord(guest.kind)],
      ['Node', guest.node],
      ['High availability', haManagedState(guest).explanation],
      ['Lock', guest.lock ?? undefined],
      [
        'CPU',
        guest.cpuRatio === null
          ? null
          : `${formatPercent(guest.cpuRatio)} of ${guest.maxCpu ?? 'unknown'} cores`,
      ],
      ['Memory', memoryText(guest.memoryBytes, guest.maxMemoryBytes)],
      ['Tags', guest.tags.length === 0 ? undefined : guest.tags.join(', ')],
      ['Pool', guest.pool ?? undefined],
    ];
  }
  const rule = model.rule(id);
  if (rule !== undefined) {
    return [
      ['Asks', ruleWords(rule)],
      ['Resources', rule.resources.slice(0, 20).join(', ')],
      ['Strict', rule.strict === null ? null : rule.strict ? 'yes' : 'no'],
      ['Comment', rule.comment ?? undefined],
    ];
  }
  const group = model.group(id);
  return group === undefined
    ? []
    : [
        ['Nodes', group.nodes.map(({ name, priority }) => `${name}:${priority ?? 0}`).join(', ')],
        ['Restricted', group.restricted ? 'yes' : 'no'],
        ['Failback', group.nofailback ? 'no' : 'yes'],
        ['Comment', group.comment ?? undefined],
      ];
}

function nodeLines(model: FleetModel, node: ClusterNode, clusterId: string): FactLine[] {
  const index = model.index(clusterId);
  const drain = model.drain(model.nodeId(clusterId, node.name));
  const entry = model.clusterEntry(clusterId);
  const failover = entry === undefined ? null : failoverOf(model, entry, model.nodeId(clusterId, node.name));
  const due = (mark: CountdownMark | null | undefined): string | undefined =>
    mark === null || mark === undefined
      ? undefined
      : `${failover?.isMomentKnown === true ? 'about' : 'at the latest'} ${clockTextWithSeconds(mark.atMs)}`;
  return [
    ['Fence', due(failover?.fence)],
    ['Earliest recovery', due(failover?.recovery)],
    ['LRM', node.lrm?.rawStatus ?? null],
    ['Without quorum', watchdogState(node.lrm?.watchdog).explanation],
    ['Maintenance', drain === undefined ? undefined : (drainSentence(drain, node.name) ?? undefined)],
    ['HA resources', index.resourcesOn(node.name).size],
    ['Guests', index.guestsOn(node.name).size],
    ['CPU', node.cpuRatio === null ? null : formatPercent(node.cpuRatio)],
    ['Memory', memoryText(node.memoryBytes, node.maxMemoryBytes)],
    ['Votes', node.votes],
    ['Address', node.ip],
  ];
}

function resourceLines(
  model: FleetModel,
  resource: HaResource,
  clusterId: string,
  nowMs: number,
): FactLine[] {
  const rules = model.rulesNaming(clusterId, resource.sid).map(({ name }) => name);
  const differs = differsFromWanted(resource) === true ? ' (differs)' : '';
  const wanted = wantedWord(resource);
  return [
    ['Wanted', wanted === null ? null : `${wanted}${differs}`],
    ['CRM state', crmState(resource, { nowMs, clockOffsetMs: 0 }).label],
    ['Node', resource.node],
    ['Group', resource.group ?? undefined],
    ['Rules', rules.length === 0 ? undefined : rules.join(', ')],
    ['Max restart', resource.maxRestart],
    ['Max relocate', resource.maxRelocate],
    ['Failback', resource.failback === null ? null : resource.failback ? 'yes' : 'no'],
    ['Comment', resource.comment ?? undefined],
  ];
}

function memoryText(used: number | null, max: number | null): string | null {
  if (used === null) return max === null ? null : `unknown of ${formatBytes(max)}`;
  return max === null ? formatBytes(used) : `${formatBytes(used)} of ${formatBytes(max)}`;
}

function connectionTooltip(model: FleetModel, row: TreeRow, nowMs: number): string {
  const connection = model.connection(row.id.slice('connection:'.length));
  if (connection === undefined) return '';
  const { state } = connection.connection;
  const lines = [heading(connection.name, connectionStateView(state, nowMs).label)];
  if (state.kind === 'waiting' || state.kind === 'halted') {
    const text = explainFleetError(state.error, { connectionName: connection.name, nowMs });
    lines.push(
      markdownText([text.what, text.why].filter((part) => part !== null).join(' '), 600),
      `**Next:** ${markdownText(text.next)}`,
    );
  } else if (state.kind === 'live') lines.push('The server answers and knows no clusters.');
  else lines.push(markdownText(connectionStateView(state, nowMs).explanation));
  if (connection.tls !== null) lines.push(facts([['Transport', tlsState(connection.tls).label]]));
  return lines.join('\n\n');
}

/** Branches say why they are incomplete, in the words of whoever reported it. */
function branchTooltip(model: FleetModel, id: string, row: TreeRow): string {
  const match = /^(?:cat|row):(.*?)\/(attention|nodes|groups|rules|resources|guests)(?:\/|$)/su.exec(id);
  const cluster = match?.[1] === undefined ? undefined : model.cluster(`cluster:${match[1]}`);
  const name = categoryNames.find((candidate) => candidate === match?.[2]);
  const lines = [heading(row.label, row.description === '' ? null : row.description)];
  if (cluster === undefined || name === undefined || name === 'attention') return lines.join('\n\n');
  const section = cluster.sections[categories[name].section];
  if (section.state !== 'read' && section.state !== 'never')
    lines.push(markdownText(sectionStateView(section, offeredBy[name] ?? '').explanation));
  if (section.error !== null) {
    const text = explainFleetError(section.error, { connectionName: cluster.name });
    lines.push(markdownText([text.why, text.next].filter((part) => part !== null).join(' '), 600));
  }
  if (section.droppedRows > 0)
    lines.push(`${section.droppedRows} rows could not be understood and are left out.`);
  return lines.join('\n\n');
}

const offeredBy: Readonly<Record<string, string>> = {
  groups: 'HA groups exist up to Proxmox VE 8.',
  rules: 'HA rules exist from Proxmox VE 9 on.',
};
