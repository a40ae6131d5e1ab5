import { formatAge, formatBytes, formatPercent } from '../base/format.ts';
import type { StateView } from '../contract/stateView.ts';
import { explainFleetError } from './errorText.ts';
import { type ClusterView, type FleetModel, parseConsoleId } from './fleetModel.ts';
import { escapeMarkdown } from './markdown.ts';
import {
  fencingState,
  masterState,
  quorumDeviceState,
  ruleKindText,
  ruleState,
  wantedText,
  watchdogState,
} from './states.ts';
import type { RowTooltip } from './treeRow.ts';

type Fact = readonly [label: string, value: string];

/** Hover text of a row: the state in a plain sentence, the next step, facts, where they come from and their age. */
export function rowTooltip(model: FleetModel, id: string): RowTooltip {
  if (id.startsWith('connection:')) return connectionTooltip(model, id.slice('connection:'.length));
  const view = model.clusterOf(id);
  if (view === undefined) return { markdown: '' };
  if (view.id === id) return clusterTooltip(model, view);
  const recordId = parseConsoleId(id)?.recordId ?? '';
  const kind = id.slice(0, id.indexOf(':'));
  const nowMs = model.now();
  if (kind === 'node') {
    const node = model.member(view, 'nodes', recordId);
    if (node === undefined) return { markdown: '' };
    const count = model.haCounts(view).get(node.name) ?? 0;
    const lrm = model.lrmStateOf(view, node);
    return card(view, nowMs, node.name, model.nodeStateOf(view, node, count), [
      ['LRM', `${lrm.label}. ${lrm.explanation}`],
      ['Watchdog', watchdogState(node.lrm).label],
      ['HA guests', String(count)],
      ['CPU', node.cpuRatio === null ? 'not told' : formatPercent(node.cpuRatio)],
      ['Memory', ratio(node.memoryBytes, node.maxMemoryBytes)],
      ['Votes', node.votes === null ? 'not told' : String(node.votes)],
      ['Address', node.ip ?? 'not told'],
    ]);
  }
  if (kind === 'ha') {
    const resource = model.member(view, 'resources', recordId);
    if (resource === undefined) return { markdown: '' };
    return card(
      view,
      nowMs,
      `${resource.sid} ${resource.name ?? ''}`,
      model.resourceStateOf(view, resource),
      [
        ['Wanted', wantedText(resource.requestState)],
        ['CRM state', resource.crmState ?? 'not told'],
        ['Node', resource.node ?? 'not told'],
        ['Max restart', numberText(resource.maxRestart)],
        ['Max relocate', numberText(resource.maxRelocate)],
        [
          'Rules',
          model
            .rulesOf(view, resource.sid)
            .map((rule) => rule.name)
            .join(', ') || 'none',
        ],
        ...(resource.group === null ? [] : [['Group', resource.group] as const]),
        ...(resource.comment === null ? [] : [['Comment', resource.comment] as const]),
      ],
    );
  }
  if (kind === 'guest') {
    const guest = model.member(view, 'guests', recordId);
    if (guest === undefined) return { markdown: '' };
    const managed = {
      managed: 'yes',
      notManaged: 'no: if its node dies, it stays stopped',
      unknown: 'unknown',
    };
    return card(view, nowMs, `${guest.vmid} ${guest.name ?? ''}`, model.guestStateOf(view, guest), [
      ['HA-managed', managed[guest.haManaged]],
      ['Node', guest.node ?? 'not told'],
      ['CPU', guest.cpuRatio === null ? 'not told' : formatPercent(guest.cpuRatio)],
      ['Memory', ratio(guest.memoryBytes, guest.maxMemoryBytes)],
      ...(guest.tags.length === 0 ? [] : [['Tags', guest.tags.join(', ')] as const]),
      ...(guest.lock === null ? [] : [['Lock', guest.lock] as const]),
    ]);
  }
  if (kind === 'rule') {
    const rule = model.member(view, 'rules', recordId);
    if (rule === undefined) return { markdown: '' };
    return card(view, nowMs, rule.name, ruleState(rule), [
      ['Kind', ruleKindText(rule)],
      ['Resources', rule.resources.join(', ')],
      ...Object.entries(rule.errors).map(([field, texts]) => [field, texts.join(' ')] as const),
      ...(rule.comment === null ? [] : [['Comment', rule.comment] as const]),
    ]);
  }
  const group = model.member(view, 'groups', recordId);
  if (group === undefined) return { markdown: '' };
  return {
    markdown: lines([
      `**${escapeMarkdown(group.name)}** HA group`,
      facts([
        ['Nodes', group.nodes.map((node) => `${node.name} (priority ${node.priority ?? '?'})`).join(', ')],
        ['Restricted', group.restricted ? 'yes: runs nowhere else' : 'no'],
        ['Failback', group.nofailback ? 'no' : 'yes'],
        ...(group.comment === null ? [] : [['Comment', group.comment] as const]),
      ]),
    ]),
  };
}

function clusterTooltip(model: FleetModel, view: ClusterView): RowTooltip {
  const { cluster } = view;
  const { quorum } = cluster;
  const nowMs = model.now();
  const error = cluster.freshness.error;
  const explained =
    error === null
      ? null
      : explainFleetError(error, { connectionName: view.connection.name, clusterName: cluster.name });
  const resources = model.members(view, 'resources').length;
  return {
    markdown: lines([
      head(cluster.name, view.quorum),
      explained === null
        ? ''
        : `$(history) ${escapeMarkdown(`${explained.what} ${explained.why ?? ''} ${explained.next}`, 500)}`,
      facts([
        [
          'Votes',
          quorum.votes === null
            ? 'not told'
            : `${quorum.approximate ? '≈ ' : ''}${quorum.votes} of ${quorum.expectedVotes ?? '?'}, need ${quorum.neededVotes ?? '?'}`,
        ],
        ['Margin', quorum.margin === null ? 'unknown' : String(quorum.margin)],
        ['Quorum device', quorumDeviceState(quorum).label],
        ['Manager', masterState(cluster.master).label],
        ['HA stack', fencingState(cluster.fencing, resources, nowMs).label],
        ['Proxmox VE', cluster.pveVersion ?? 'not told'],
      ]),
      provenance(view, nowMs),
    ]),
  };
}

function connectionTooltip(model: FleetModel, id: string): RowTooltip {
  const entry = model.connection(id);
  if (entry === undefined) return { markdown: '' };
  const { state } = entry.connection;
  if (state.kind !== 'waiting' && state.kind !== 'halted')
    return { markdown: `**${escapeMarkdown(entry.name)}**` };
  const text = explainFleetError(state.error, { connectionName: entry.name });
  return {
    markdown: lines([
      `**${escapeMarkdown(text.who)}**: ${escapeMarkdown(text.what)}`,
      escapeMarkdown(text.why ?? ''),
      escapeMarkdown(text.next),
    ]),
  };
}

function card(
  view: ClusterView,
  nowMs: number,
  name: string,
  state: StateView,
  list: readonly Fact[],
): RowTooltip {
  return { markdown: lines([head(name.trim(), state), facts(list), provenance(view, nowMs)]) };
}

function head(name: string, state: StateView): string {
  const next = state.nextStep === null ? '' : `\n\n$(arrow-right) ${escapeMarkdown(state.nextStep)}`;
  return `**${escapeMarkdown(name, 60)}** $(${state.icon}) **${escapeMarkdown(state.label)}**\n\n${escapeMarkdown(state.explanation)}${next}`;
}

function facts(list: readonly Fact[]): string {
  return list.map(([label, value]) => `- ${label}: ${escapeMarkdown(value, 200)}`).join('\n');
}

function provenance(view: ClusterView, nowMs: number): string {
  const node = view.cluster.quorum.answeringNode;
  const age =
    view.freshness.sinceMs === null ? 'never read' : `${formatAge(nowMs - view.freshness.sinceMs)} ago`;
  return `*${node === null ? 'Answering node not told' : `Reported by ${escapeMarkdown(node, 60)}`}, ${age}*`;
}

function lines(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}

function ratio(used: number | null, max: number | null): string {
  if (used === null || max === null) return 'not told';
  return max === 0 ? formatBytes(used) : `${formatPercent(used / max)} of ${formatBytes(max)}`;
}

function numberText(value: number | null): string {
  return value === null ? 'not told' : String(value);
}
