import { formatBytes, formatPercent, plural } from '../base/format.ts';
import { compareNatural, plainText } from '../base/text.ts';
import type { HaRecordTableId } from '../contract/haTables.ts';
import type { Cluster, SectionName } from '../contract/model/cluster.ts';
import type { Cell, Column, TableRow } from '../contract/panels.ts';
import { type StateView, toneRank } from '../contract/stateView.ts';
import { isInMaintenance } from '../ha/foresight/drainProgress.ts';
import { explainFleetError } from './errorText.ts';
import { failoverMarks, failoverOf } from './failover.ts';
import type { ClusterEntry, FleetModel } from './fleetModel.ts';
import { sectionStateView } from './freshnessStates.ts';
import { differsFromWanted, wantedWord } from './haResourceStates.ts';
import { lrmState, watchdogState } from './haStackStates.ts';
import type { MemberKind } from './judgement.ts';
import { isNodeLost } from './nodeStates.ts';
import { nodeOrder, ruleWords } from './placementStates.ts';
import { nameText, resourceLabel } from './rowWords.ts';
import { lastKnownState } from './states.ts';

export const tableKinds: Readonly<Record<HaRecordTableId, MemberKind>> = {
  nodes: 'node',
  resources: 'ha',
  rules: 'rule',
  groups: 'group',
};

export const tableTitles: Readonly<Record<HaRecordTableId, string>> = {
  nodes: 'Nodes',
  resources: 'HA resources',
  rules: 'Rules',
  groups: 'Groups',
};

/** Names the cluster of a row where several are shown. */
export const clusterColumn: Column = { id: 'cluster', title: 'Cluster', priority: 1 };

const columns: Readonly<Record<HaRecordTableId, readonly Column[]>> = {
  nodes: [
    { id: 'node', title: 'Node', priority: 1 },
    { id: 'state', title: 'State', priority: 1 },
    { id: 'lrm', title: 'LRM', priority: 1 },
    { id: 'ha', title: 'HA', priority: 2, align: 'end' },
    { id: 'cpu', title: 'CPU', priority: 2, align: 'end' },
    { id: 'memory', title: 'Memory', priority: 2, align: 'end' },
    { id: 'report', title: 'Last report', priority: 2, align: 'end' },
    { id: 'watchdog', title: 'Watchdog', priority: 3 },
    { id: 'guests', title: 'Guests', priority: 3, align: 'end' },
  ],
  resources: [
    { id: 'resource', title: 'Resource', priority: 1 },
    { id: 'state', title: 'State', priority: 1 },
    { id: 'node', title: 'Node', priority: 1 },
    { id: 'wanted', title: 'Wanted', priority: 2 },
    { id: 'limits', title: 'Limits', priority: 2 },
    { id: 'restarts', title: 'Restarts', priority: 3, align: 'end' },
    { id: 'moves', title: 'Moves', priority: 3, align: 'end' },
    { id: 'failback', title: 'Failback', priority: 3 },
    { id: 'comment', title: 'Comment', priority: 3 },
  ],
  rules: [
    { id: 'name', title: 'Rule', priority: 1 },
    { id: 'state', title: 'State', priority: 1 },
    { id: 'asks', title: 'Asks', priority: 1 },
    { id: 'members', title: 'Members', priority: 2 },
    { id: 'strict', title: 'Strict', priority: 2 },
    { id: 'conflict', title: 'Conflict', priority: 3 },
    { id: 'comment', title: 'Comment', priority: 3 },
  ],
  groups: [
    { id: 'name', title: 'Group', priority: 1 },
    { id: 'state', title: 'State', priority: 1 },
    { id: 'nodes', title: 'Nodes', priority: 1 },
    { id: 'restricted', title: 'Restricted', priority: 2 },
    { id: 'nofailback', title: 'No failback', priority: 2 },
    { id: 'comment', title: 'Comment', priority: 3 },
  ],
};

/** Columns of a table; over all clusters the second one names the cluster. */
export function tableColumns(table: HaRecordTableId, all: boolean): readonly Column[] {
  const [first, ...rest] = columns[table];
  return all && first !== undefined ? [first, clusterColumn, ...rest] : columns[table];
}

/** Groupings a reader may choose. */
export function tableGroupings(table: HaRecordTableId, all: boolean): { key: string; label: string }[] {
  return [
    ...(all ? [{ key: 'cluster', label: 'Cluster' }] : []),
    ...(table === 'resources' ? [{ key: 'node', label: 'Node' }] : []),
    { key: 'state', label: 'State' },
  ];
}

/** One row of a table; `undefined` when the record is gone. */
export function tableRow(
  model: FleetModel,
  table: HaRecordTableId,
  id: string,
  entry: ClusterEntry,
  clusterName: string,
): TableRow | undefined {
  const state = model.state(id);
  const base = model.judgement(id)?.state;
  if (state === undefined || base === undefined) return undefined;
  const cells = cellsOf(model, table, id, entry, state);
  if (cells === undefined) return undefined;
  const node = table === 'resources' ? (model.resource(id)?.node ?? 'not told') : '';
  return {
    id,
    tone: state.tone,
    problem: toneRank[base.tone] >= toneRank.warn,
    groups: {
      cluster: clusterName,
      state: state.label.split(' · ')[0] ?? '',
      ...(node === '' ? {} : { node: nameText(node) }),
    },
    cells: { ...cells, cluster: { text: clusterName } },
    ...openAction(model, table, id, entry),
    haystack: Object.values(cells)
      .map(({ text }) => text)
      .concat(clusterName)
      .join('\n')
      .toLowerCase(),
  };
}

function openAction(
  model: FleetModel,
  table: HaRecordTableId,
  id: string,
  entry: ClusterEntry,
): Pick<TableRow, 'open'> {
  if (table !== 'resources') return { open: { kind: 'reveal', id } };
  const vmid = model.resource(id)?.vmid ?? null;
  return vmid === null ? {} : { open: { kind: 'open', id: model.guestId(entry.id, vmid) } };
}

type Cells = Record<string, Cell>;

function cellsOf(
  model: FleetModel,
  table: HaRecordTableId,
  id: string,
  entry: ClusterEntry,
  state: StateView,
): Cells | undefined {
  switch (table) {
    case 'nodes':
      return nodeCells(model, id, entry, state);
    case 'resources':
      return resourceCells(model, id, entry, state);
    case 'rules':
      return ruleCells(model, id, state);
    case 'groups':
      return groupCells(model, id, state);
  }
}

function nodeCells(model: FleetModel, id: string, entry: ClusterEntry, state: StateView): Cells | undefined {
  const node = model.node(id);
  if (node === undefined) return undefined;
  const index = model.index(entry.id);
  const resources = index.resourcesOn(node.name).size;
  const clockOffsetMs = model.clockOffsetMs(entry.connection.id);
  const isMemory = model.lastKnown(entry.id) !== null;
  const failover = failoverOf(model, entry, id);
  const isLrmMemory = isMemory || entry.record.sections.haStatus.state === 'failed';
  const lrm = lrmState(node.lrm, {
    readAtMs: entry.record.freshness.lastSuccessMs,
    clockOffsetMs,
    busy: isInMaintenance(node) === true ? index.busyOn(node.name) : null,
    isOnline: node.online,
    haUsed: entry.record.master.state !== 'never',
  });
  const isLost = isNodeLost(node) === true;
  // A watchdog of a node that cannot be reached is a memory whatever the row last said.
  const watchdog = isLost ? null : watchdogState(node.lrm?.watchdog);
  const isMaster = entry.record.master.node === node.name && entry.record.master.state === 'active';
  const reportMs = node.lrm?.timestampS == null ? null : node.lrm.timestampS * 1000 + clockOffsetMs;
  return {
    node: { text: nameText(node.name), action: { kind: 'reveal', id } },
    state: {
      ...stateCell(isMaster && !isMemory ? { ...state, label: `${state.label} · master` } : state),
      ...(failover === null ? {} : { marks: failoverMarks(failover) }),
    },
    lrm: stateCell(isLrmMemory ? lastKnownState(lrm) : lrm),
    ha: { text: String(resources), sort: resources },
    cpu: ratioCell(node.cpuRatio, null),
    memory: ratioCell(
      node.memoryBytes === null || node.maxMemoryBytes === null || node.maxMemoryBytes === 0
        ? null
        : node.memoryBytes / node.maxMemoryBytes,
      node.maxMemoryBytes === null ? null : `of ${formatBytes(node.maxMemoryBytes)}`,
    ),
    report:
      reportMs === null
        ? unknownCell('No report was read.')
        : { text: '', sinceMs: reportMs, sort: -reportMs },
    watchdog:
      watchdog === null
        ? unknownCell('The node does not answer.')
        : stateCell(isLrmMemory ? lastKnownState(watchdog) : watchdog),
    guests: isLost
      ? { ...unknownCell('The node does not answer.'), sort: index.guestsOn(node.name).size }
      : { text: String(index.guestsOn(node.name).size), sort: index.guestsOn(node.name).size },
  };
}

function resourceCells(
  model: FleetModel,
  id: string,
  entry: ClusterEntry,
  state: StateView,
): Cells | undefined {
  const resource = model.resource(id);
  if (resource === undefined) return undefined;
  const limits = [
    ...(resource.group === null ? [] : [resource.group]),
    ...model.rulesNaming(entry.id, resource.sid).map(({ name }) => name),
  ];
  const differs = differsFromWanted(resource) === true;
  const wanted = wantedWord(resource);
  return {
    resource: {
      text: resourceLabel(resource),
      sort: resource.vmid ?? 0,
      ...(resource.vmid === null
        ? {}
        : { action: { kind: 'open', id: model.guestId(entry.id, resource.vmid) } as const }),
    },
    state: stateCell(state),
    node:
      resource.node === null
        ? unknownCell('The manager names no node.')
        : {
            text: nameText(resource.node),
            action: { kind: 'reveal', id: model.nodeId(entry.id, resource.node) },
          },
    wanted:
      wanted === null
        ? unknownCell('What was configured is not told.')
        : {
            text: plainText(wanted, 40),
            ...(differs ? { hint: 'What somebody configured; the state differs.' } : {}),
          },
    limits: { text: limits.length === 0 ? '–' : limits.map(nameText).join(', ') },
    restarts: countCell(resource.maxRestart),
    moves: countCell(resource.maxRelocate),
    failback: flagCell(resource.failback),
    comment: { text: resource.comment === null ? '' : plainText(resource.comment, 120) },
  };
}

function ruleCells(model: FleetModel, id: string, state: StateView): Cells | undefined {
  const rule = model.rule(id);
  if (rule === undefined) return undefined;
  const conflicts = Object.entries(rule.errors).map(([field, texts]) => `${field}: ${texts.join(' ')}`);
  return {
    name: { text: nameText(rule.name), action: { kind: 'reveal', id } },
    state: stateCell(state),
    asks: { text: ruleWords(rule) },
    members: { text: listText(rule.resources), sort: rule.resources.length },
    strict: flagCell(rule.strict),
    conflict: { text: plainText(conflicts.join('; '), 300) },
    comment: { text: rule.comment === null ? '' : plainText(rule.comment, 120) },
  };
}

function groupCells(model: FleetModel, id: string, state: StateView): Cells | undefined {
  const group = model.group(id);
  if (group === undefined) return undefined;
  return {
    name: { text: nameText(group.name), action: { kind: 'reveal', id } },
    state: stateCell(state),
    nodes: { text: nodeOrder(group.nodes) },
    restricted: flagCell(group.restricted),
    nofailback: flagCell(group.nofailback),
    comment: { text: group.comment === null ? '' : plainText(group.comment, 120) },
  };
}

/** A state as a cell: words first, icon and tone beside them. Sorted by severity. */
export function stateCell(state: StateView): Cell {
  return {
    text: state.label,
    tone: state.tone,
    icon: state.icon,
    hint: [state.explanation, state.nextStep].filter((part) => part !== null).join(' '),
    sort: -toneRank[state.tone],
    ...(state.sinceMs === null ? {} : { sinceMs: state.sinceMs }),
  };
}

function unknownCell(hint: string): Cell {
  return { text: 'unknown', hint, sort: -1 };
}

function ratioCell(ratio: number | null, hint: string | null): Cell {
  return ratio === null
    ? unknownCell('Not told.')
    : { text: formatPercent(ratio), ratio, sort: ratio, ...(hint === null ? {} : { hint }) };
}

/** Zero is a figure; only an absent one reads "not told". */
function countCell(count: number | null): Cell {
  return count === null ? { text: 'not told', sort: -1 } : { text: String(count), sort: count };
}

function flagCell(flag: boolean | null): Cell {
  return { text: flag === null ? 'not told' : flag ? 'yes' : 'no' };
}

function listText(names: readonly string[]): string {
  const shown = names.slice(0, 20).map(nameText).join(', ');
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}

const tableSections: Readonly<Record<HaRecordTableId, readonly SectionName[]>> = {
  nodes: ['status'],
  resources: ['haResources', 'haStatus'],
  rules: ['haRules'],
  groups: ['haGroups'],
};

/** Sentence for a table without rows. What could not be read is never called empty. */
export function emptySentence(table: HaRecordTableId, clusters: readonly ClusterEntry[]): string {
  const [only] = clusters;
  if (only === undefined) return 'Nothing has been read here yet.';
  const where = clusters.length === 1 ? ` on ${nameText(only.record.name)}` : '';
  const states = new Set(clusters.map(({ record }) => sectionOf(record, table).state));
  const dropped = clusters.reduce((sum, { record }) => sum + droppedRows(record, table), 0);
  if (states.has('failed')) return `${tableTitles[table]} could not be read${where}.`;
  if (states.has('never') || states.has('unknown')) return 'Nothing has been read here yet.';
  if (dropped > 0)
    return `${plural(dropped, 'row')} could not be understood${where}, so whether there are ${tableTitles[table].replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())} is not known.`;
  if (table === 'groups' && states.has('movedToRules'))
    return clusters.length === 1
      ? 'Groups were moved to rules on this cluster.'
      : 'Groups were moved to rules on these clusters.';
  if (states.size === 1 && states.has('notOffered'))
    return `HA ${tableTitles[table].replace(/^HA /, '').toLowerCase()}: not offered by this server.`;
  switch (table) {
    case 'nodes':
      return `No nodes${where}.`;
    case 'resources':
      return `No HA resources${where}. If a node dies, its guests stay stopped until somebody starts them.`;
    case 'rules':
      return 'No HA rules.';
    case 'groups':
      return 'No HA groups.';
  }
}

/** The section that decides about a table: the first of its sections that is not simply read. */
function sectionOf(cluster: Cluster, table: HaRecordTableId): Cluster['sections'][SectionName] {
  const sections = tableSections[table].map((name) => cluster.sections[name]);
  return (
    sections.find(({ state }) => state !== 'read') ??
    sections[0] ??
    cluster.sections[tableSections[table][0] ?? 'status']
  );
}

function droppedRows({ sections }: Cluster, table: HaRecordTableId): number {
  return tableSections[table].reduce((sum, name) => sum + sections[name].droppedRows, 0);
}

const memoryWords = {
  noQuorum: 'no quorum, so these rows are last known and cannot be judged',
  quorumUnknown: 'quorum unknown, so these rows are last known and cannot be judged',
  stale: 'old data, so these rows are last known',
  neverRead: 'nothing read yet',
} as const;

/** Why the rows of a table may be old or incomplete; `null` when they are current and whole. */
export function tableNotice(
  model: FleetModel,
  table: HaRecordTableId,
  clusters: readonly ClusterEntry[],
): string | null {
  const notices = clusters.flatMap(({ id, record, connection }) => {
    const name = nameText(record.name);
    const reason = model.lastKnown(id);
    const lines = reason === null ? [] : [`${name}: ${memoryWords[reason]}.`];
    for (const sectionName of tableSections[table]) {
      const section = record.sections[sectionName];
      if (section.state === 'failed') {
        const why =
          section.error === null
            ? sectionStateView(section, '').explanation
            : explainFleetError(section.error, {
                connectionName: connection.name,
                clusterName: record.name,
              }).what;
        lines.push(`${name}: ${why} Showing what was last known.`);
      }
      if (section.droppedRows > 0)
        lines.push(`${name}: ${section.droppedRows} rows could not be understood and are left out.`);
    }
    return lines;
  });
  if (notices.length === 0) return null;
  return notices.length <= 3
    ? notices.join(' ')
    : `${notices.slice(0, 3).join(' ')} And ${notices.length - 3} more.`;
}

/** Tone first, then id: the order a table opens in. */
export function compareTableRows(a: TableRow, b: TableRow): number {
  return toneRank[b.tone] - toneRank[a.tone] || compareIds(a, b);
}

function compareIds(a: TableRow, b: TableRow): number {
  const bySort = (a.cells.resource?.sort ?? 0) - (b.cells.resource?.sort ?? 0);
  return bySort || compareNatural(a.id, b.id);
}

/** Whether two versions of a row look the same. */
export function sameTableRow(a: TableRow, b: TableRow): boolean {
  if (a.tone !== b.tone || a.problem !== b.problem || a.haystack !== b.haystack) return false;
  if (!sameFields(a.groups, b.groups) || JSON.stringify(a.open) !== JSON.stringify(b.open)) return false;
  const keys = Object.keys(a.cells);
  return (
    keys.length === Object.keys(b.cells).length &&
    keys.every((key) => {
      const before = a.cells[key];
      const after = b.cells[key];
      return before !== undefined && after !== undefined && sameFields(before, after);
    })
  );
}

function sameFields(a: object, b: object): boolean {
  const left = Object.entries(a);
  const right: Record<string, unknown> = { ...b };
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) =>
      typeof value === 'object' ? JSON.stringify(value) === JSON.stringify(right[key]) : value === right[key],
    )
  );
}
