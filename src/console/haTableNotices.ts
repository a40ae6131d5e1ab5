import { plural } from '../base/format.ts';
import type { HaRecordTableId } from '../contract/haTables.ts';
import type { Cluster, SectionName } from '../contract/model/cluster.ts';
import { explainFleetError } from './errorText.ts';
import type { ClusterEntry, FleetModel } from './fleetModel.ts';
import { sectionStateView } from './freshnessStates.ts';
import { tableTitles } from './haTables.ts';
import { nameText } from './rowWords.ts';

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
function droppedRows({ sections }: Cluster, table: HaRecordTableId): number {
  return tableSections[table].reduce((sum, name) => sum + sections[name].droppedRows, 0);
}

function sectionOf(cluster: Cluster, table: HaRecordTableId): Cluster['sections'][SectionName] {
  const sections = tableSections[table].map((name) => cluster.sections[name]);
  return (
    sections.find(({ state }) => state !== 'read') ??
    sections[0] ??
    cluster.sections[tableSections[table][0] ?? 'status']
  );
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
