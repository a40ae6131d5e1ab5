import { formatStopwatch, plural } from '../base/format.ts';
import { failoverFacts, failoversOf, isCounting } from './failover.ts';
import type { FleetModel } from './fleetModel.ts';
import { type CommandLink, editorCommandLink, markdownText } from './markdown.ts';
import { coarseAge, type QuorumSituation, quorumSituations, smallestMarginText } from './quorumSituations.ts';
import { voteFigures } from './quorumStates.ts';
import { stateText } from './states.ts';

/** What the status bar item shows. */
export interface QuorumSummary {
  /** Label with its icon as `$(icon)`; names in it cannot form icons. */
  readonly text: string;
  readonly background: 'none' | 'warning' | 'error';
  /** Whole sentence without ticking numbers. */
  readonly accessibleLabel: string;
  /** Table of the worst twelve clusters with command links. */
  readonly tooltipMarkdown: string;
  /** What a click does. */
  readonly target: { readonly command: string; readonly argument: string | undefined };
  /** False until there is a connection. */
  readonly visible: boolean;
  /** Delay after which the text is due again, milliseconds; `null` when it waits for the next change. */
  readonly nextTickMs: number | null;
  /** Names the situation; pass it back as `acknowledged` to drop the background until it changes. */
  readonly situation: string;
}

const tooltipRows = 12;
const countdownsShown = 6;

/** The worst cluster over all connections, in one line. Unknown and stale are worse than margin, and never good. */
export function summarizeQuorum(
  model: FleetModel,
  nowMs: number,
  acknowledged: string | null,
  link: CommandLink = editorCommandLink,
): QuorumSummary {
  const situations = quorumSituations(model, nowMs);
  const [worst] = situations;
  if (worst === undefined) return emptySummary(model);
  const situation = situations
    .filter(({ isTrouble }) => isTrouble)
    .map(({ key }) => key)
    .join('\n');
  const others = situations.filter((candidate) => candidate !== worst && candidate.isTrouble).length;
  const isDemo = model.connections.every(({ kind }) => kind === 'demo');
  const label = worst.isTrouble
    ? troubleLabel(worst, situations.length, others)
    : calmLabel(worst, situations);
  const countdowns = countdownLines(model, nowMs);
  const beaker = isDemo && !worst.isTrouble && worst.icon !== 'loading~spin';
  return {
    text: `$(${beaker ? 'beaker' : label.icon}) ${isDemo ? 'demo · ' : ''}${label.text}`,
    background: acknowledged !== null && acknowledged === situation ? 'none' : worst.background,
    accessibleLabel: spokenSummary(worst, situations.length, others, isDemo),
    tooltipMarkdown: tooltip(model, situations, countdowns, nowMs, worst, link),
    target: target(model, worst),
    visible: true,
    nextTickMs: countdowns.length > 0 ? 1_000 : worst.tickMs,
    situation,
  };
}

function emptySummary(model: FleetModel): QuorumSummary {
  return {
    text: '$(circle-large-outline) No clusters',
    background: 'none',
    accessibleLabel: 'Proxbox quorum: no clusters',
    tooltipMarkdown: 'No clusters are known.',
    target: { command: 'proxbox.connection.add', argument: undefined },
    visible: model.connections.length > 0,
    nextTickMs: null,
    situation: '',
  };
}

function troubleLabel(worst: QuorumSituation, total: number, others: number): { icon: string; text: string } {
  // A connection is named even when it is alone: its trouble is not a cluster's.
  const name = total > 1 || worst.clusterId === null ? `${worst.name} ` : '';
  return { icon: worst.icon, text: `${name}${worst.text}${others > 0 ? ` +${others}` : ''}` };
}

function calmLabel(
  worst: QuorumSituation,
  situations: readonly QuorumSituation[],
): { icon: string; text: string } {
  if (worst.icon === 'loading~spin') return { icon: worst.icon, text: `Reading ${worst.name}…` };
  if (worst.clusterId === null || worst.context === null)
    return { icon: worst.icon, text: `${worst.name} ${worst.text}` };
  const clusters = situations.filter(({ clusterId }) => clusterId !== null);
  const shown = unknownMarginFirst(clusters) ?? worst;
  if (shown.context?.cluster.quorum.state === 'standalone') {
    return {
      icon: shown.icon,
      text:
        clusters.length === 1
          ? `${shown.name} ${shown.text}`
          : `${plural(clusters.length, 'node')} standalone`,
    };
  }
  return {
    icon: shown.icon,
    text:
      clusters.length === 1
        ? shown.text
        : `${plural(clusters.length, 'cluster')} · ${smallestMarginText(shown)}`,
  };
}

/** A margin nobody told is mentioned before a small one. */
function unknownMarginFirst(clusters: readonly QuorumSituation[]): QuorumSituation | undefined {
  return clusters.find(
    ({ margin, context }) => margin === null && context?.cluster.quorum.state === 'quorate',
  );
}

function spokenSummary(worst: QuorumSituation, total: number, others: number, isDemo: boolean): string {
  const parts = [
    `Proxbox quorum${isDemo ? ' of the demo' : ''}: ${worst.name}, ${worst.spoken.replaceAll(' · ', ', ')}`,
    worst.isTrouble && worst.context !== null ? worst.context.quorum.explanation : null,
    total > 1 && !worst.isTrouble ? `the smallest margin of ${total}` : null,
    others > 0 ? `${plural(others, 'other')} in trouble` : null,
  ];
  return parts
    .filter((part) => part !== null)
    .map((part) => part.replace(/\.$/, ''))
    .join('. ');
}

function target(model: FleetModel, worst: QuorumSituation): QuorumSummary['target'] {
  if (worst.clusterId !== null) return { command: 'proxbox.cluster.openHaStatus', argument: worst.clusterId };
  return model.connections.length === 0
    ? { command: 'proxbox.connection.add', argument: undefined }
    : { command: 'proxbox.connection.test', argument: worst.connectionId };
}

function tooltip(
  model: FleetModel,
  situations: readonly QuorumSituation[],
  countdowns: readonly string[],
  nowMs: number,
  worst: QuorumSituation,
  link: CommandLink,
): string {
  const rows = situations.slice(0, tooltipRows).map((situation) => tooltipRow(model, situation, nowMs));
  const rest = situations.slice(tooltipRows);
  const allWell = rest.every(({ isTrouble }) => !isTrouble);
  const more = rest.length === 0 ? [] : ['', `and ${rest.length} more${allWell ? ', all well' : ''}.`];
  const links = [
    worst.clusterId === null
      ? link('Test Connection', 'proxbox.connection.test', worst.connectionId)
      : link('HA Status', 'proxbox.cluster.openHaStatus', worst.clusterId),
    link('Refresh', 'proxbox.view.refresh'),
    ...(worst.isTrouble ? [link('Acknowledge', 'proxbox.quorum.acknowledge')] : []),
    link('Open Log', 'proxbox.view.openLog'),
  ];
  return [
    '| Cluster | Quorum | Votes | Margin | Any one node may fail | HA | Seen by | Age |',
    '|:--|:--|:--|--:|:--|:--|:--|--:|',
    ...rows,
    ...more,
    ...(countdowns.length === 0 ? [] : ['', ...countdowns]),
    '',
    links.join(' · '),
  ].join('\n');
}

/** What HA is about to do about lost nodes, one line each. */
function countdownLines(model: FleetModel, nowMs: number): string[] {
  const running = model
    .clusters()
    .flatMap((entry) => failoversOf(model, entry).map((failover) => ({ entry, failover })))
    .filter(({ failover }) => isCounting(failover, nowMs));
  const lines = running.slice(0, countdownsShown).map(({ entry, failover }) => {
    const facts = [`lost ${formatStopwatch(nowMs - failover.sinceMs)}`, ...failoverFacts(failover, nowMs)];
    return `- ${markdownText(`${entry.record.name}/${failover.node}: ${facts.join(' · ')}`, 200)}`;
  });
  const more = running.length - countdownsShown;
  return more > 0 ? [...lines, `- and ${plural(more, 'more lost node')}`] : lines;
}

function tooltipRow(model: FleetModel, situation: QuorumSituation, nowMs: number): string {
  const { context } = situation;
  const icon = situation.icon.replace('~spin', '');
  const name = markdownText(situation.name.replaceAll('\\$(', '$('), 60);
  if (context === null) return `| ${name} | $(${icon}) ${markdownText(situation.text)} | | | | | | |`;
  const { quorum, readAtMs } = context;
  const record = context.cluster.quorum;
  const isStandalone = record.state === 'standalone';
  const [first = ''] = quorum.label.replace(/^≈ /, '').split(' · ');
  const word = first.replace(/ \d+(\/\d+| votes)?$/, '');
  const cells = [
    name,
    `$(${context.quorum.icon}) ${markdownText(word)}`,
    isStandalone ? '' : markdownText(voteFigures(record)),
    isStandalone ? '' : record.margin === null ? 'unknown' : String(record.margin).replace('-', '\\-'),
    isStandalone || situation.clusterId === null
      ? ''
      : markdownText(model.survival(situation.clusterId)?.label ?? 'not worked out yet', 80),
    markdownText(stateText(context.fencing, nowMs)),
    markdownText(seenBy(situation)),
    readAtMs === null ? 'never' : coarseAge(nowMs - readAtMs),
  ];
  return `| ${cells.join(' | ')} |`;
}

function seenBy({ context }: QuorumSituation): string {
  const quorum = context?.cluster.quorum;
  if (quorum === undefined || quorum.answeringNode === null) return 'not told';
  return quorum.state === 'notQuorate' ? `${quorum.answeringNode} (minority)` : quorum.answeringNode;
}
