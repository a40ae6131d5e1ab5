import type { HaRecordTableId } from '../contract/haTables.ts';
import type { Column, TableRow } from '../contract/panels.ts';
import { toneRank } from '../contract/stateView.ts';
import type { ClusterEntry, FleetModel } from './fleetModel.ts';
import { cellsOf } from './haTableCells.ts';
import type { MemberKind } from './judgement.ts';
import { nameText } from './rowWords.ts';

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
