import { plural } from '../base/format.ts';
import type { FleetModel } from './fleetModel.ts';
import { memberKinds } from './judgement.ts';
import { nameText } from './rowWords.ts';
import { filterMessage } from './treeFilter.ts';
import type { TreeMatches } from './treeMatches.ts';

/** Text above the tree: what is not live, and what the filter leaves. */
export function treeMessage(model: FleetModel, matches: TreeMatches): string {
  const clusters = model.clusters();
  const live = clusters.filter(({ id }) => {
    const reason = model.lastKnown(id);
    return reason !== 'stale' && reason !== 'neverRead';
  }).length;
  const parts: string[] = [];
  if (live < clusters.length) parts.push(`${live} of ${plural(clusters.length, 'cluster')} live.`);
  if (matches.isFiltering) {
    const total = clusters.reduce(
      (sum, { id }) => sum + memberKinds.reduce((inner, kind) => inner + model.index(id).ids[kind].size, 0),
      0,
    );
    parts.push(filterMessage(matches.filter, matches.count, total));
  }
  return parts.join(' ');
}

/** Rows at tone fail, with a tooltip that names some of them and what cannot be read. */
export function treeBadge(model: FleetModel): { readonly count: number; readonly tooltip: string } {
  let count = 0;
  const names: string[] = [];
  const unreadable: string[] = [];
  for (const entry of model.clusters()) {
    const name = nameText(entry.record.name);
    const reason = model.lastKnown(entry.id);
    if (reason === 'stale' || reason === 'neverRead' || reason === 'quorumUnknown') {
      unreadable.push(name);
      continue;
    }
    if (entry.record.quorum.state === 'notQuorate' || entry.record.quorum.state === 'split') {
      count += 1;
      names.push(name);
    }
    if (reason !== null) continue;
    const index = model.index(entry.id);
    count += memberKinds.reduce((sum, kind) => sum + index.tallies[kind].count('fail'), 0);
    for (const id of index.problems) {
      if (names.length >= 4) break;
      if (model.judgement(id)?.state.tone === 'fail')
        names.push(`${name}/${nameText(id.slice(id.lastIndexOf('/') + 1))}`);
    }
  }
  for (const { name, connection } of model.connections) {
    const { state } = connection;
    if (state.kind !== 'halted') continue;
    if (connection.store.list('clusters').size === 0) unreadable.push(nameText(name));
  }
  const parts = [
    count === 0
      ? null
      : `${count === 1 ? '1 needs' : `${count} need`} attention: ${names.slice(0, 4).join(', ')}${count > Math.min(names.length, 4) ? ', …' : ''}`,
    unreadable.length === 0 ? null : `${unreadable.join(', ')} not readable`,
  ];
  return { count, tooltip: parts.filter((part) => part !== null).join('. ') };
}
