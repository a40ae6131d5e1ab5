import { formatStopwatch, plural } from '../base/format.ts';
import type { ClusterContext } from './clusterContext.ts';
import { failoverTroubles } from './clusterTrouble.ts';
import { failoverFacts, failoversOf, isCounting } from './failover.ts';
import type { ClusterEntry, FleetModel, ModelConnection } from './fleetModel.ts';
import { clusterRefusal, connectionStateView } from './freshnessStates.ts';
import { iconFreeText } from './markdown.ts';
import { marginText } from './quorumStates.ts';
import { nameText } from './rowWords.ts';

/** What the status bar says about one cluster, or about a connection without clusters. */
export interface QuorumSituation {
  /** Lower is worse; see {@link ranks}. */
  readonly rank: number;
  /** Names the situation without its ticking numbers; an acknowledgement holds as long as it stays the same. */
  readonly key: string;
  readonly clusterId: string | null;
  readonly connectionId: string;
  readonly name: string;
  readonly icon: string;
  /** Text behind the name. */
  readonly text: string;
  /** Text without ticking numbers, for those who listen. */
  readonly spoken: string;
  readonly background: 'none' | 'warning' | 'error';
  /** How soon the text is due again, milliseconds; `null` when it does not tick. */
  readonly tickMs: number | null;
  /** Counted in "+1". */
  readonly isTrouble: boolean;
  readonly margin: number | null;
  readonly context: ClusterContext | null;
}

/** Order of what is worse, from the status bar's rule: worst first. */
const ranks = {
  noQuorum: 0,
  split: 1,
  unknown: 2,
  stale: 3,
  disarmed: 4,
  nodeLost: 5,
  marginGone: 6,
  failing: 7,
  reading: 8,
  good: 9,
  standalone: 10,
} as const;

/** New trouble that may pass by itself gets its background only after this long. */
const patienceMs = 60_000;
/** How long a first read may take before it counts as unknown. */
const firstReadMs = 10_000;

/** One situation per cluster and per connection without clusters, worst first. */
export function quorumSituations(model: FleetModel, nowMs: number): QuorumSituation[] {
  const situations = model.clusters().flatMap((entry) => {
    const context = model.context(entry.id, nowMs);
    return context === undefined ? [] : [clusterSituation(model, entry, context, nowMs)];
  });
  for (const connection of model.connections) {
    if (connection.connection.store.list('clusters').size > 0) continue;
    const situation = connectionSituation(connection, nowMs);
    if (situation !== null) situations.push(situation);
  }
  return situations.sort(
    (a, b) =>
      a.rank - b.rank ||
      (a.margin ?? Number.POSITIVE_INFINITY) - (b.margin ?? Number.POSITIVE_INFINITY) ||
      (a.key < b.key ? -1 : 1),
  );
}

interface Words {
  readonly kind: keyof typeof ranks;
  readonly icon: string;
  readonly text: string;
  readonly spoken?: string;
  readonly background?: QuorumSituation['background'];
  readonly tickMs?: number;
}

function clusterSituation(
  model: FleetModel,
  entry: ClusterEntry,
  context: ClusterContext,
  nowMs: number,
): QuorumSituation {
  const words = clusterWords(model, entry, context, nowMs);
  const spoken = words.spoken ?? words.text;
  return {
    rank: ranks[words.kind],
    key: `${words.kind} ${entry.id} ${spoken}`,
    clusterId: entry.id,
    connectionId: entry.connection.id,
    name: iconFreeText(nameText(entry.record.name)),
    icon: words.icon,
    text: words.text,
    spoken,
    background: words.background ?? 'none',
    tickMs: words.tickMs ?? null,
    isTrouble: ranks[words.kind] <= ranks.failing,
    margin: entry.record.quorum.margin,
    context,
  };
}

function clusterWords(model: FleetModel, entry: ClusterEntry, context: ClusterContext, nowMs: number): Words {
  const { quorum, freshness, lastKnown, readAtMs } = context;
  const refusal = refusalWords(entry.connection, nowMs);
  if (refusal !== null) return refusal;
  const { state } = entry.record.quorum;
  if (context.badQuorumIsCurrent) {
    return state === 'split'
      ? { kind: 'split', icon: 'error', text: 'split view', background: 'error' }
      : { kind: 'noQuorum', icon: 'error', text: quorum.label, background: 'error' };
  }
  if (clusterRefusal(entry.record) !== null) {
    const text = `${freshness.label}${lastKnown === 'neverRead' ? '' : wasWords[entry.record.quorum.state]}`;
    return { kind: 'unknown', icon: freshness.icon, text, background: 'warning' };
  }
  if (lastKnown === 'neverRead') return neverReadWords(entry, freshness.label, nowMs);
  if (lastKnown === 'stale') return staleWords(entry, context, readAtMs ?? nowMs, nowMs);
  if (state === 'unknown') {
    const sinceMs = unknownSinceMs(entry, model.clockOffsetMs(entry.connection.id));
    return {
      kind: 'unknown',
      icon: 'question',
      text: 'quorum unknown',
      background: sinceMs !== null && nowMs - sinceMs >= patienceMs ? 'warning' : 'none',
    };
  }
  const { fencing } = context;
  if (entry.record.fencing.state === 'disarmed' || entry.record.fencing.state === 'disarming') {
    const word = `HA ${entry.record.fencing.state}`;
    const age = fencing.sinceMs === null ? '' : ` ${coarseAge(nowMs - fencing.sinceMs)}`;
    return {
      kind: 'disarmed',
      icon: 'unlock',
      text: `${word}${age}`,
      spoken: word,
      background: 'warning',
      tickMs: 5_000,
    };
  }
  return runningWords(model, entry, context, nowMs);
}

function runningWords(model: FleetModel, entry: ClusterEntry, context: ClusterContext, nowMs: number): Words {
  const [failover] = failoversOf(model, entry).filter((one) => isCounting(one, nowMs));
  if (failover !== undefined) {
    const name = iconFreeText(nameText(failover.node));
    return {
      kind: 'nodeLost',
      icon: 'warning',
      text: `${name} lost ${formatStopwatch(nowMs - failover.sinceMs)} · ${failoverFacts(failover, nowMs).at(-1) ?? ''}`,
      spoken: `${name} lost, ${plural(failover.resources, 'HA resource')} on it`,
      background: 'warning',
      tickMs: 1_000,
    };
  }
  const { quorum } = context;
  if (quorum.tone === 'warn')
    return { kind: 'marginGone', icon: 'warning', text: quorum.label, background: 'warning' };
  const [figures = quorum.label] = quorum.label.split(' · ');
  const [trouble] = failoverTroubles(model, context, entry.id, nowMs);
  if (trouble !== undefined) {
    const still = failoverTroubles(model, context, entry.id, 0)[0]?.text ?? trouble.text;
    return {
      kind: 'failing',
      icon: trouble.tone === 'fail' ? 'error' : 'warning',
      text: `${figures} · ${trouble.text}`,
      spoken: `${figures} · ${trouble.ticks ? still.replace(/ [\d:]+( s)?$/, '') : trouble.text}`,
      ...(trouble.ticks ? { tickMs: 5_000 } : {}),
    };
  }
  if (quorum.tone === 'off') return { kind: 'standalone', icon: 'server', text: quorum.label };
  return { kind: 'good', icon: quorum.icon, text: quorum.label };
}

/** What quorum was when it was told last. */
const wasWords = {
  quorate: ' · was quorate',
  notQuorate: ' · was without quorum',
  split: ' · was split',
  standalone: '',
  unknown: '',
} as const;

function staleWords(entry: ClusterEntry, context: ClusterContext, readAtMs: number, nowMs: number): Words {
  const ageMs = nowMs - readAtMs;
  const was = wasWords[entry.record.quorum.state];
  const noAnswer = context.freshness.icon === 'debug-disconnect';
  return {
    kind: noAnswer ? 'unknown' : 'stale',
    icon: noAnswer ? 'debug-disconnect' : 'history',
    text: `${noAnswer ? 'no answer' : 'stale'} ${coarseAge(ageMs)}${was}`,
    spoken: `${noAnswer ? 'no answer' : 'stale'}${was}`,
    background: ageMs >= patienceMs ? 'warning' : 'none',
    tickMs: 5_000,
  };
}

function neverReadWords(entry: ClusterEntry, label: string, nowMs: number): Words {
  const { state } = entry.connection.connection;
  const sinceMs = entry.record.freshness.error?.sinceMs ?? null;
  if (entry.record.freshness.error === null && entry.record.freshness.consecutiveFailures === 0)
    return readingWords(state.kind === 'connecting' ? state.sinceMs : null, nowMs);
  return {
    kind: 'unknown',
    icon: 'debug-disconnect',
    text: `${label}${sinceMs === null ? '' : `, ${coarseAge(nowMs - sinceMs)}`}`,
    spoken: label,
    background: sinceMs === null || nowMs - sinceMs >= patienceMs ? 'warning' : 'none',
    tickMs: 5_000,
  };
}

function readingWords(sinceMs: number | null, nowMs: number): Words {
  return sinceMs !== null && nowMs - sinceMs > firstReadMs
    ? {
        kind: 'unknown',
        icon: 'debug-disconnect',
        text: `no answer ${coarseAge(nowMs - sinceMs)}`,
        spoken: 'no answer',
        background: nowMs - sinceMs >= patienceMs ? 'warning' : 'none',
        tickMs: 5_000,
      }
    : { kind: 'reading', icon: 'loading~spin', text: '', spoken: 'being read', tickMs: 1_000 };
}

/** Refusals of the server stand above whatever its clusters last said. */
function refusalWords(connection: ModelConnection, nowMs: number): Words | null {
  const { state } = connection.connection;
  if (state.kind !== 'waiting' && state.kind !== 'halted') return null;
  const { tone, icon, label } = connectionStateView(state, nowMs);
  if (tone === 'unknown') return null;
  return {
    kind: 'unknown',
    icon,
    text: label,
    spoken: label.replace(/ \d+:\d\d(:\d\d)?$/, ''),
    background: 'warning',
    ...(state.kind === 'waiting' ? { tickMs: 1_000 } : {}),
  };
}

function connectionSituation(connection: ModelConnection, nowMs: number): QuorumSituation | null {
  const words = emptyConnectionWords(connection, nowMs);
  if (words === null) return null;
  const spoken = words.spoken ?? words.text;
  return {
    rank: ranks[words.kind],
    key: `${words.kind} connection:${connection.id} ${spoken}`,
    clusterId: null,
    connectionId: connection.id,
    name: iconFreeText(nameText(connection.name)),
    icon: words.icon,
    text: words.text,
    spoken,
    background: words.background ?? 'none',
    tickMs: words.tickMs ?? null,
    isTrouble: ranks[words.kind] <= ranks.failing,
    margin: null,
    context: null,
  };
}

function emptyConnectionWords(connection: ModelConnection, nowMs: number): Words | null {
  const { state } = connection.connection;
  switch (state.kind) {
    case 'idle':
      return { kind: 'reading', icon: 'circle-large-outline', text: 'not read yet' };
    case 'connecting':
      return readingWords(state.sinceMs, nowMs);
    case 'live':
      return { kind: 'standalone', icon: 'circle-large-outline', text: 'no clusters' };
    case 'waiting':
    case 'halted': {
      const refusal = refusalWords(connection, nowMs);
      if (refusal !== null) return refusal;
      const { label, icon } = connectionStateView(state, nowMs);
      const { sinceMs } = state.error;
      return {
        kind: 'unknown',
        icon,
        text: sinceMs === null ? label : `${label} ${coarseAge(nowMs - sinceMs)}`,
        spoken: label,
        background: sinceMs === null || nowMs - sinceMs >= patienceMs ? 'warning' : 'none',
        tickMs: 5_000,
      };
    }
  }
}

function unknownSinceMs(entry: ClusterEntry, clockOffsetMs: number): number | null {
  const { sections, freshness } = entry.record;
  const times = [freshness.error, sections.status.error, sections.haStatus.error]
    .map((error) => error?.sinceMs ?? null)
    .filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times) + clockOffsetMs;
}

/** "44 s", "2m", "3 h", "6 d": short enough for the status bar. */
export function coarseAge(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  const hours = Math.floor(seconds / 3600);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** "prod can lose 1", for several clusters that are all well. */
export function smallestMarginText(situation: QuorumSituation): string {
  return `${situation.name} ${marginText(situation.margin)}`;
}
