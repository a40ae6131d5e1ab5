import { plural } from '../base/format.ts';
import type { FleetModel } from './fleetModel.ts';
import type { TreeFilter } from './treeRow.ts';

/** Shows everything. */
export const emptyFilter: TreeFilter = { text: '', problemsOnly: false, haOnly: false, showTemplates: true };

export function isFiltering(filter: TreeFilter): boolean {
  return filter.text.trim() !== '' || filter.problemsOnly || filter.haOnly || !filter.showTemplates;
}

/** "problems only, text "db"". */
export function filterWords(filter: TreeFilter): string {
  return [
    filter.text.trim() === '' ? null : `"${filter.text.trim()}"`,
    filter.problemsOnly ? 'problems only' : null,
    filter.haOnly ? 'HA only' : null,
    filter.showTemplates ? null : 'without templates',
  ]
    .filter((part) => part !== null)
    .join(', ');
}

/** "Filter: problems only, 4 of 212 shown." */
export function filterMessage(filter: TreeFilter, shown: number, total: number): string {
  return `Filter: ${filterWords(filter)}, ${shown} of ${plural(total, 'row')} shown.`;
}

/** What one record is looked up by, lower case. */
export function haystackOf(model: FleetModel, id: string): string {
  const record = model.record(id);
  const clusterId = model.clusterIdOf(id);
  const cluster = clusterId === undefined ? undefined : model.cluster(clusterId);
  if (record === undefined) return '';
  const words: (string | null)[] = [cluster?.name ?? null];
  if ('name' in record) words.push(record.name);
  if ('sid' in record) words.push(record.sid);
  if ('vmid' in record && record.vmid !== null) words.push(String(record.vmid));
  if ('node' in record) words.push(record.node);
  if ('tags' in record) words.push(...record.tags);
  if ('pool' in record) words.push(record.pool);
  if ('comment' in record) words.push(record.comment);
  return words
    .filter((word) => word !== null && word !== '')
    .join('\n')
    .toLowerCase();
}

/** Whether a record stays under the filter. Every word of the text has to be found. */
export function matchesFilter(
  model: FleetModel,
  id: string,
  filter: TreeFilter,
  words: readonly string[],
): boolean {
  if (id.startsWith('guest:')) {
    const guest = model.guest(id);
    if (guest === undefined) return false;
    if (!filter.showTemplates && guest.template) return false;
    if (filter.haOnly && guest.haManaged !== 'managed') return false;
  }
  if (filter.problemsOnly) {
    const tone = model.judgement(id)?.state.tone;
    if (tone !== 'fail' && tone !== 'warn' && tone !== 'unknown') return false;
  }
  if (words.length === 0) return true;
  const haystack = haystackOf(model, id);
  return words.every((word) => haystack.includes(word));
}

export function filterWordList(filter: TreeFilter): string[] {
  return filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}
