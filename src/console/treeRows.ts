import { formatPercent, plural } from '../base/format.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import type { Tone } from '../contract/stateView.ts';
import { clockText } from './clockText.ts';
import type { ClusterContext } from './clusterContext.ts';
import { clusterState, clusterTroubles } from './clusterTrouble.ts';
import { failoverFacts, failoverOf, failoversOf, isCounting } from './failover.ts';
import type { ClusterEntry, FleetModel, ModelConnection } from './fleetModel.ts';
import type { Survival } from './foresight/survival.ts';
import { clusterRefusal, connectionStateView } from './freshnessStates.ts';
import { haManagedState } from './guestStates.ts';
import { differsFromWanted, wantedWord } from './haResourceStates.ts';
import { lrmState } from './haStackStates.ts';
import { isNodeLost } from './nodeStates.ts';
import { nodeOrder, ruleWords } from './placementStates.ts';
import {
  edgeLetter,
  guestKindWord,
  guestLabel,
  nameText,
  resourceLabel,
  spoken,
  threeFacts,
  toneWords,
} from './rowWords.ts';
import { stateText } from './states.ts';
import type { RowTarget, TreeRow } from './treeRow.ts';

/** A row, and whether its words change with time alone. */
export interface RenderedRow {
  readonly row: TreeRow;
  readonly ticks: boolean;
  /** Its words count the seconds of a failover. */
  readonly counts?: boolean;
}

interface RowParts {
  readonly id: string;
  readonly label: string;
  readonly facts: readonly (string | null)[];
  /** Told to those who listen even where the description is cut before it. */
  readonly spokenFact?: string | null;
  readonly icon: string | null;
  readonly tone: Tone;
  readonly isMemory: boolean;
  readonly contextValue: string;
  readonly collapsible: TreeRow['collapsible'];
  readonly kindWord: string;
  readonly clusterName: string | null;
  readonly open: RowTarget | null;
}

function toRow(parts: RowParts): TreeRow {
  const description = threeFacts(parts.facts);
  return {
    id: parts.id,
    label: parts.label,
    description,
    icon: parts.icon,
    tone: parts.tone,
    edge: edgeLetter(parts.tone, parts.isMemory),
    contextValue: parts.contextValue,
    collapsible: parts.collapsible,
    accessibleLabel: spoken([
      parts.label,
      parts.kindWord,
      steadyText(description),
      parts.spokenFact ?? null,
      toneWords[parts.tone],
      parts.clusterName === null ? null : `cluster ${parts.clusterName}`,
      parts.isMemory ? 'old data' : null,
    ]),
    open: parts.open,
  };
}

/** Without the seconds that are counted: a label that changed every second would be read out every second. */
function steadyText(description: string): string {
  return description
    .replace(/\b(lost|being fenced) \d+(:\d\d)+/g, '$1')
    .replace(/ in at most [\dms ]+(?= ·|$)/g, ' soon');
}

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

/** Where a member row stands: in its list, or as a link under "Needs attention". */
export interface MemberPlace {
  readonly rowId: string;
  readonly clusterId: string;
  readonly nowMs: number;
}

export function memberRow(model: FleetModel, recordId: string, place: MemberPlace): RenderedRow | undefined {
  switch (recordId.slice(0, recordId.indexOf(':'))) {
    case 'node':
      return nodeRow(model, recordId, place);
    case 'ha':
      return resourceRow(model, recordId, place);
    case 'guest':
      return guestRow(model, recordId, place);
    case 'rule':
      return ruleRow(model, recordId, place);
    case 'group':
      return groupRow(model, recordId, place);
    default:
      return undefined;
  }
}

function memberBase(model: FleetModel, recordId: string, { rowId, clusterId }: MemberPlace) {
  const state = model.state(recordId);
  const entry = model.clusterEntry(clusterId);
  if (state === undefined || entry === undefined) return undefined;
  return {
    state,
    demo: entry.connection.kind === 'demo' ? '+demo' : '',
    parts: {
      id: rowId,
      icon: state.icon === 'blank' ? null : state.icon,
      tone: state.tone,
      isMemory: model.isMemory(recordId),
      collapsible: 'none',
      clusterName: nameText(entry.record.name),
    } as const,
    entry,
  };
}

function nodeRow(model: FleetModel, id: string, place: MemberPlace): RenderedRow | undefined {
  const node = model.node(id);
  const base = memberBase(model, id, place);
  if (node === undefined || base === undefined) return undefined;
  const { state, entry } = base;
  const lost = isNodeLost(node) === true;
  const resources = model.index(place.clusterId).resourcesOn(node.name).size;
  const isMaster = entry.record.master.node === node.name && entry.record.master.state === 'active';
  const stopwatch = stateText(state, place.nowMs, lost ? 'stopwatch' : 'age');
  const failover = failoverOf(model, entry, id);
  const steps = failover === null ? [] : failoverFacts(failover, place.nowMs);
  const lrm =
    node.lrm === null
      ? null
      : lrmState(node.lrm, { readAtMs: null, clockOffsetMs: 0, busy: null, haUsed: true }).label;
  const hasHa = resources > 0 ? `${resources} HA` : null;
  const load = node.cpuRatio === null ? null : `cpu ${formatPercent(node.cpuRatio)}`;
  const quiet = state.tone === 'calm' && state.icon === 'server';
  const facts = quiet
    ? [isMaster ? 'master' : null, lrm ?? 'online', hasHa, load]
    : [stopwatch, ...steps, isMaster && !lost ? 'master' : null, hasHa];
  const maintained = state.tone === 'held' ? '+maintenance' : '';
  return {
    ticks: state.sinceMs !== null,
    counts: failover !== null && isCounting(failover, place.nowMs),
    row: toRow({
      ...base.parts,
      label: nameText(node.name),
      facts,
      contextValue: `node${lost ? '+lost' : ''}${maintained}${base.demo}`,
      kindWord: 'node',
      open: { kind: 'haStatus', clusterId: place.clusterId },
    }),
  };
}

function resourceRow(model: FleetModel, id: string, place: MemberPlace): RenderedRow | undefined {
  const resource = model.resource(id);
  const base = memberBase(model, id, place);
  if (resource === undefined || base === undefined) return undefined;
  const { state } = base;
  const wanted = wantedWord(resource);
  const differs = differsFromWanted(resource) === true && state.tone !== 'busy' && wanted !== null;
  const saysNode = resource.state === 'migrate' || resource.state === 'relocate';
  const guestId = resource.vmid === null ? null : model.guestId(place.clusterId, resource.vmid);
  return {
    ticks: state.sinceMs !== null,
    row: toRow({
      ...base.parts,
      label: resourceLabel(resource),
      facts: [
        stateText(state, place.nowMs),
        resource.node === null || (saysNode && state.tone === 'busy') ? null : nameText(resource.node),
        differs ? `wanted: ${nameText(wanted)}` : null,
      ],
      contextValue: `ha${resource.state === 'error' ? '+error' : ''}${base.demo}`,
      kindWord: 'HA resource',
      open: guestId === null ? null : { kind: 'guest', guestId },
    }),
  };
}

function guestRow(model: FleetModel, id: string, place: MemberPlace): RenderedRow | undefined {
  const guest = model.guest(id);
  const base = memberBase(model, id, place);
  if (guest === undefined || base === undefined) return undefined;
  const { state } = base;
  const managed = guest.template ? null : haManagedState(guest).label;
  const tag =
    guest.haManaged === 'managed' ? '+managed' : guest.haManaged === 'notManaged' ? '' : '+haUnknown';
  return {
    ticks: state.sinceMs !== null,
    row: toRow({
      ...base.parts,
      label: guestLabel(guest),
      facts: [stateText(state, place.nowMs), guest.node === null ? null : nameText(guest.node), managed],
      contextValue: `guest${tag}${guest.template ? '+template' : ''}${base.demo}`,
      kindWord: guestKindWord(guest.kind),
      open: { kind: 'guest', guestId: id },
    }),
  };
}

function ruleRow(model: FleetModel, id: string, place: MemberPlace): RenderedRow | undefined {
  const rule = model.rule(id);
  const base = memberBase(model, id, place);
  if (rule === undefined || base === undefined) return undefined;
  const quiet = base.state.tone === 'calm' && base.state.icon === 'law';
  return {
    ticks: false,
    row: toRow({
      ...base.parts,
      label: nameText(rule.name),
      facts: [quiet ? null : base.state.label, ruleWords(rule), plural(rule.resources.length, 'resource')],
      contextValue: `rule${base.state.tone === 'warn' ? '+warn' : ''}${base.demo}`,
      kindWord: 'HA rule',
      open: { kind: 'haStatus', clusterId: place.clusterId },
    }),
  };
}

function groupRow(model: FleetModel, id: string, place: MemberPlace): RenderedRow | undefined {
  const group = model.group(id);
  const base = memberBase(model, id, place);
  if (group === undefined || base === undefined) return undefined;
  const quiet = base.state.tone === 'calm' && base.state.icon === 'layers';
  return {
    ticks: false,
    row: toRow({
      ...base.parts,
      label: nameText(group.name),
      facts: [
        quiet ? null : base.state.label,
        `${group.restricted ? 'only' : 'prefer'} ${nodeOrder(group.nodes)}`,
        group.nofailback ? 'no failback' : null,
      ],
      contextValue: `group${base.demo}`,
      kindWord: 'HA group',
      open: { kind: 'haStatus', clusterId: place.clusterId },
    }),
  };
}

/** A row that is neither record nor category: loading, empty, not offered, failed, cut. */
export function noteRow(
  id: string,
  words: {
    readonly label: string;
    readonly tone: Tone;
    readonly icon: string;
    readonly contextValue?: string;
    readonly clusterName?: string;
    readonly open?: RowTarget;
  },
): TreeRow {
  return toRow({
    id,
    label: words.label,
    facts: [],
    icon: words.icon,
    tone: words.tone,
    isMemory: false,
    contextValue: words.contextValue ?? 'row',
    collapsible: 'none',
    kindWord: '',
    clusterName: words.clusterName ?? null,
    open: words.open ?? null,
  });
}

/** A category, or a node's share of the guests. */
export function categoryRow(
  id: string,
  label: string,
  facts: readonly (string | null)[],
  tone: Tone,
  icon: string | null,
  collapsible: TreeRow['collapsible'],
  isMemory: boolean,
  clusterName: string,
): TreeRow {
  return toRow({
    id,
    label,
    facts,
    icon,
    tone: icon === null ? 'calm' : tone,
    isMemory,
    contextValue: 'category',
    collapsible,
    kindWord: '',
    clusterName,
    open: null,
  });
}
