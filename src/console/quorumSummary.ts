import { formatAge, plural } from '../base/format.ts';
import { explainFleetError } from './errorText.ts';
import type { ClusterView, FleetModel, ModelConnection } from './fleetModel.ts';
import { escapeMarkdown } from './markdown.ts';
import { fencingState } from './states.ts';
import { nameText, withAge } from './treeRows.ts';

/** What the status bar shows, in finished words. */
export interface QuorumSummary {
  readonly visible: boolean;
  /** With `$(icon)`. */
  readonly text: string;
  readonly background: 'none' | 'warning' | 'error';
  /** Full sentence without ticking numbers. */
  readonly accessibleLabel: string;
  readonly tooltipMarkdown: string;
  /** What a click does. */
  readonly target: { readonly command: string; readonly argument: string };
  /** Names the situation; acknowledging it takes the background off until it changes. */
  readonly situation: string;
  /** When the text will read differently by itself, milliseconds from now; `null` never. */
  readonly nextTickMs: number | null;
}

/** One thing to show, with how bad it is: the higher, the worse. */
interface Candidate {
  readonly rank: number;
  readonly icon: string;
  readonly text: string;
  readonly background: 'none' | 'warning' | 'error';
  readonly command: string;
  readonly argument: string;
  readonly situation: string;
  readonly ticks: boolean;
}

/** Grace before an unknown state takes a background, and for the first connection, milliseconds. */
const unknownGraceMs = 60_000;
const connectingGraceMs = 10_000;
const tooltipRows = 12;

/** The worst quorum over all clusters. Unknown and stale rank above every kind of good and are never worded as one. */
export function summarizeQuorum(
  model: FleetModel,
  nowMs: number,
  acknowledged: string | null,
): QuorumSummary {
  const views = model.clusters();
  const candidates = [
    ...views.map((view) => clusterCandidate(model, view, views.length > 1, nowMs)),
    ...model.connections.flatMap((entry) => connectionCandidate(entry, views, nowMs) ?? []),
  ].sort((a, b) => b.rank - a.rank);
  const worst = candidates[0];
  if (worst === undefined) return hidden;
  const others =
    candidates.filter((candidate) => candidate.rank >= troubleRank).length -
    (worst.rank >= troubleRank ? 1 : 0);
  const situation = candidates.map((candidate) => candidate.situation).join('|');
  const good = worst.rank < troubleRank && views.length > 1;
  const smallest = smallestMargin(views);
  const text =
    good && smallest !== null
      ? `${plural(views.length, 'cluster')} · ${nameText(smallest.cluster.name)} can lose ${smallest.cluster.quorum.margin}`
      : worst.text;
  const demo = worst.rank < troubleRank && model.connections.every((entry) => entry.kind === 'demo');
  return {
    visible: true,
    text: `$(${demo ? 'beaker' : worst.icon}) ${demo ? 'demo · ' : ''}${text}${others > 0 ? ` +${others}` : ''}`,
    background: acknowledged === situation ? 'none' : worst.background,
    accessibleLabel: `Proxbox quorum: ${text}${others > 0 ? `, and ${others} more in trouble` : ''}`,
    tooltipMarkdown: tooltip(model, views, nowMs),
    target: { command: worst.command, argument: worst.argument },
    situation,
    nextTickMs: candidates.some((candidate) => candidate.ticks) ? 1_000 : 5_000,
  };
}

/** From this rank on something is wrong or cannot be judged. */
const troubleRank = 20;

function clusterCandidate(model: FleetModel, view: ClusterView, named: boolean, nowMs: number): Candidate {
  const { cluster, quorum, freshness } = view;
  const name = nameText(cluster.name);
  const prefix = named ? `${name} ` : '';
  const base = { command: 'proxbox.cluster.openHaStatus', argument: view.id };
  const lost = model.members(view, 'nodes').filter((node) => node.online === false);
  const resources = model.members(view, 'resources');
  const failing = resources.filter(
    (resource) => model.resourceStateOf(view, resource).tone === 'fail',
  ).length;
  const fencing = fencingState(cluster.fencing, resources.length, nowMs);
  const make = (
    rank: number,
    icon: string,
    text: string,
    background: Candidate['background'],
    ticks = false,
  ): Candidate => ({
    ...base,
    rank,
    icon,
    text,
    background,
    situation: `${view.id}=${rank}:${lost.map((node) => node.name).join(',')}`,
    ticks,
  });
  if (freshness.tone === 'unknown' && cluster.mode !== 'undefined') {
    const since = freshness.sinceMs;
    const old = since === null || nowMs - since > unknownGraceMs;
    return make(
      60,
      freshness.icon,
      `${name} ${withAge(freshness, nowMs)} · was ${view.quorum.label.replace(/^last /, '')}`,
      old ? 'warning' : 'none',
      true,
    );
  }
  if (cluster.quorum.state === 'notQuorate') return make(100, 'error', `${prefix}${quorum.label}`, 'error');
  if (cluster.quorum.state === 'split') return make(95, 'error', `${prefix}split view`, 'error');
  if (cluster.mode === 'undefined')
    return make(
      55,
      'question',
      `${name} ${cluster.freshness.error === null ? 'not read yet' : 'no answer'}`,
      cluster.freshness.consecutiveFailures > 1 ? 'warning' : 'none',
    );
  if (quorum.tone === 'unknown') return make(65, 'question', `${prefix}quorum unknown`, 'warning');
  if (cluster.fencing.state === 'disarmed' || cluster.fencing.state === 'disarming')
    return make(50, 'unlock', `${prefix}HA ${withAge(fencing, nowMs)}`, 'warning', true);
  if (quorum.tone === 'warn') return make(45, 'warning', `${prefix}${quorum.label}`, 'warning');
  if (lost.length > 0) {
    const first = lost[0];
    const since = model.localMs(view, first?.lostSinceMs ?? null);
    const what = lost.length === 1 ? nameText(first?.name ?? null) : plural(lost.length, 'node');
    return make(
      40,
      'warning',
      `${prefix}${what} lost${since === null ? '' : ` ${formatAge(nowMs - since)}`} · ${quorum.label}`,
      'warning',
      true,
    );
  }
  if (failing > 0) return make(30, 'warning', `${prefix}${quorum.label} · ${failing} in error`, 'none');
  if (cluster.quorum.state === 'standalone') return make(1, 'server', `${name} standalone`, 'none');
  if (quorum.tone === 'calm') return make(10, 'info', `${prefix}${quorum.label}`, 'none');
  return make(5, 'pass', `${prefix}${quorum.label}`, 'none');
}

/** A connection that tells nothing is told of itself; one whose clusters are shown stale already is not told twice. */
function connectionCandidate(
  entry: ModelConnection,
  views: readonly ClusterView[],
  nowMs: number,
): Candidate | null {
  const { state } = entry.connection;
  const name = nameText(entry.name);
  const argument = `connection:${entry.id}`;
  const base = { argument, command: 'proxbox.connection.test', ticks: false };
  if (state.kind === 'halted' || state.kind === 'waiting') {
    const refused = state.error.code === 'unauthorized' || state.error.code === 'secretUnavailable';
    const locked = state.error.code === 'lockedOut';
    const words = refused ? 'key refused' : locked ? 'locked out' : 'no answer';
    const known = views.some((view) => view.connection.id === entry.id);
    if (known && !refused && !locked && state.kind === 'waiting') return null;
    const old = state.error.sinceMs !== null && nowMs - state.error.sinceMs > unknownGraceMs;
    return {
      ...base,
      rank: 58,
      icon: refused ? 'key' : locked ? 'lock' : 'debug-disconnect',
      text: `${name} ${words}`,
      background: state.kind === 'halted' || old ? 'warning' : 'none',
      command: refused ? 'proxbox.connection.updateKey' : base.command,
      situation: `${argument}=${state.error.code}`,
    };
  }
  if (views.some((view) => view.connection.id === entry.id)) return null;
  const connecting = state.kind === 'connecting' && nowMs - state.sinceMs < connectingGraceMs;
  return {
    ...base,
    rank: connecting ? 19 : 54,
    icon: connecting ? 'loading~spin' : state.kind === 'idle' ? 'debug-pause' : 'question',
    text: connecting
      ? `Reading ${name}…`
      : state.kind === 'live'
        ? `${name} has no clusters`
        : `${name} not read yet`,
    background: 'none',
    situation: `${argument}=${state.kind}`,
    ticks: true,
  };
}

/** Cluster with the smallest known margin. */
function smallestMargin(views: readonly ClusterView[]): ClusterView | null {
  const counted = views.filter((view) => view.cluster.quorum.margin !== null);
  return counted.sort((a, b) => (a.cluster.quorum.margin ?? 0) - (b.cluster.quorum.margin ?? 0))[0] ?? null;
}

function tooltip(model: FleetModel, views: readonly ClusterView[], nowMs: number): string {
  const ranked = views
    .map((view) => ({ view, rank: clusterCandidate(model, view, true, nowMs).rank }))
    .sort((a, b) => b.rank - a.rank);
  const rows = ranked.slice(0, tooltipRows).map(({ view }) => tooltipRow(model, view, nowMs));
  const more = ranked.length - tooltipRows;
  const failing = model.connections.flatMap((entry) => {
    const { state } = entry.connection;
    if (state.kind !== 'waiting' && state.kind !== 'halted') return [];
    const text = explainFleetError(state.error, { connectionName: entry.name });
    return [
      `$(debug-disconnect) **${escapeMarkdown(text.who)}**: ${escapeMarkdown(text.what)} ${escapeMarkdown(text.next)}`,
    ];
  });
  const table =
    rows.length === 0
      ? []
      : [
          [
            '| Cluster | Quorum | Votes | Margin | HA | Seen by | Age |',
            '|---|---|---|---|---|---|---|',
            ...rows,
          ].join('\n'),
        ];
  const first = ranked[0]?.view.id;
  const open =
    first === undefined
      ? []
      : [`[HA Status](command:proxbox.cluster.openHaStatus?${commandArgument(first)})`];
  return [
    ...table,
    ...(more > 0 ? [`and ${more} more`] : []),
    ...failing,
    [
      ...open,
      '[Refresh](command:proxbox.view.refresh)',
      '[Acknowledge](command:proxbox.quorum.acknowledge)',
      '[Open Log](command:proxbox.view.openLog)',
    ].join(' · '),
  ].join('\n\n');
}

function tooltipRow(model: FleetModel, view: ClusterView, nowMs: number): string {
  const { cluster } = view;
  const { quorum } = cluster;
  const votes =
    quorum.votes === null
      ? quorum.state === 'standalone'
        ? '–'
        : 'not told'
      : `${quorum.approximate ? '≈ ' : ''}${quorum.votes} of ${quorum.expectedVotes}, need ${quorum.neededVotes}`;
  const margin =
    quorum.margin === null ? (quorum.state === 'standalone' ? '–' : 'unknown') : String(quorum.margin);
  const fencing = fencingState(cluster.fencing, model.members(view, 'resources').length, nowMs);
  const age = view.freshness.sinceMs === null ? 'never read' : formatAge(nowMs - view.freshness.sinceMs);
  const cells = [
    escapeMarkdown(cluster.name, 40),
    `$(${view.quorum.icon}) ${escapeMarkdown(view.quorum.label, 60)}`,
    votes,
    margin,
    escapeMarkdown(fencing.label, 40),
    quorum.answeringNode === null ? 'not told' : escapeMarkdown(quorum.answeringNode, 40),
    age,
  ];
  return `| ${cells.join(' | ')} |`;
}

function commandArgument(id: string): string {
  return encodeURIComponent(JSON.stringify([id]));
}

const hidden: QuorumSummary = {
  visible: false,
  text: '',
  background: 'none',
  accessibleLabel: '',
  tooltipMarkdown: '',
  target: { command: 'proxbox.connection.add', argument: '' },
  situation: '',
  nextTickMs: null,
};
