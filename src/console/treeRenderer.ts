import type { Clock } from '../base/clock.ts';
import { plural } from '../base/format.ts';
import { toneRank } from '../contract/stateView.ts';
import { clusterDisplayName } from './clusterNames.ts';
import { clusterRow, connectionRow } from './clusterRows.ts';
import type { FleetModel } from './fleetModel.ts';
import { guestGroupLabel } from './guestGrouping.ts';
import { memberRow } from './memberRows.ts';
import { categoryRow, noteRow } from './plainRows.ts';
import { nameText, rollUpIcon } from './rowWords.ts';
import { categories, categoryNames, type NoteKind, renderNote } from './treeCategories.ts';
import { attentionTarget, branchOfMore, clusterKeyOf } from './treeIds.ts';
import { branchLimit, noMatchId, type TreeLists } from './treeLists.ts';
import type { TreeMembers } from './treeMembers.ts';
import type { TreeRow } from './treeRow.ts';
import type { RenderedRow } from './treeRowParts.ts';

/** Words any row of the tree from its id. */
export class TreeRenderer {
  readonly #model: FleetModel;
  readonly #clock: Clock;
  readonly #lists: TreeLists;
  readonly #members: TreeMembers;
  readonly #firstCollapsible = new Map<string, TreeRow['collapsible']>();

  constructor(model: FleetModel, clock: Clock, lists: TreeLists, members: TreeMembers) {
    this.#model = model;
    this.#clock = clock;
    this.#lists = lists;
    this.#members = members;
  }

  /** A row as it reads now; `undefined` when what it shows is gone. */
  render(id: string): RenderedRow | undefined {
    const nowMs = this.#clock.now();
    if (id === noMatchId) return { row: noMatchRow, ticks: false };
    if (id.startsWith('connection:')) {
      const connection = this.#model.connection(id.slice('connection:'.length));
      return connection === undefined ? undefined : connectionRow(connection, nowMs);
    }
    if (id.startsWith('cluster:')) {
      const entry = this.#model.clusterEntry(id);
      return entry === undefined
        ? undefined
        : clusterRow(
            this.#model,
            entry,
            clusterDisplayName(this.#model, entry),
            this.#collapsible(id),
            nowMs,
          );
    }
    if (id.startsWith('cat:')) return still(this.#renderCategory(id));
    if (id.startsWith('row:')) return still(this.#renderNote(id));
    const recordId = id.startsWith('attention:') ? attentionTarget(id) : id;
    const clusterId = recordId === null ? undefined : this.#model.clusterIdOf(recordId);
    return recordId === null || clusterId === undefined
      ? undefined
      : memberRow(this.#model, recordId, { rowId: id, clusterId, nowMs });
  }

  /** Decided once, so that a refresh never folds or unfolds anything. */
  #collapsible(clusterId: string): TreeRow['collapsible'] {
    const known = this.#firstCollapsible.get(clusterId);
    if (known !== undefined) return known;
    const first = this.#model.clusters().length === 1 ? 'expanded' : 'collapsed';
    this.#firstCollapsible.set(clusterId, first);
    return first;
  }

  #renderCategory(id: string): TreeRow | undefined {
    const branch = this.#lists.branch(id);
    const entry = branch === undefined ? undefined : this.#model.clusterEntry(branch.clusterId);
    if (branch === undefined || entry === undefined) return undefined;
    const { clusterId, name, group } = branch;
    const isMemory = this.#model.lastKnown(clusterId) !== null;
    const clusterName = nameText(entry.record.name);
    const index = this.#model.index(clusterId);
    if (name === 'attention') {
      const count = index.problems.size;
      return categoryRow(
        id,
        'Needs attention',
        [String(count)],
        'calm',
        null,
        'expanded',
        isMemory,
        clusterName,
      );
    }
    if (group !== null) {
      const ids = index.guestsIn(group.kind, group.key);
      if (ids.size === 0) return undefined;
      return categoryRow(
        id,
        guestGroupLabel(group.kind, group.key),
        [plural(ids.size, 'guest')],
        'calm',
        null,
        'collapsed',
        isMemory,
        clusterName,
      );
    }
    const { kind, label, section } = categories[name];
    if (kind === null) return undefined;
    const tally = index.tallies[kind];
    const { state, droppedRows } = entry.record.sections[section];
    const isOld = isMemory || state === 'failed';
    const isWhole = state === 'read' && droppedRows === 0;
    const total = tally.total === 0 && !isWhole ? [] : [String(tally.total)];
    const mentioned = isOld
      ? ['last known']
      : tally.buckets.filter(({ tone }) => toneRank[tone] >= 2).map(({ word, count }) => `${count} ${word}`);
    const extra =
      kind === 'guest'
        ? [
            index.guestCounts.notManaged > 0 ? `${index.guestCounts.notManaged} not in HA` : null,
            index.guestCounts.unknown > 0 ? `${index.guestCounts.unknown} HA not told` : null,
          ]
        : [];
    const offered = state === 'notOffered' && tally.total === 0 ? ['not offered'] : [];
    const own = isOld && tally.total > 0 ? 'unknown' : tally.worst;
    const tone = droppedRows > 0 && toneRank[own] < toneRank.unknown ? 'unknown' : own;
    const icon = isOld && tally.total > 0 ? 'history' : rollUpIcon(tone);
    return categoryRow(
      id,
      label,
      [...total, ...offered, ...mentioned, ...extra],
      tone,
      icon,
      name === 'nodes' ? 'expanded' : 'collapsed',
      isMemory,
      clusterName,
    );
  }

  #renderNote(id: string): TreeRow | undefined {
    const clusterId = this.#lists.clusterOfRow(id);
    const entry = clusterId === undefined ? undefined : this.#model.clusterEntry(clusterId);
    if (clusterId === undefined || entry === undefined) return undefined;
    const rest = id.slice(`row:${clusterKeyOf(clusterId)}/`.length);
    const parts = rest.split('/');
    const last = parts.at(-1) ?? '';
    const cutBranch = branchOfMore(id);
    if (cutBranch !== null) {
      const branch = this.#lists.branch(cutBranch);
      if (branch === undefined) return undefined;
      const { name, group } = branch;
      const all =
        name === 'attention'
          ? this.#members.attention(clusterId)
          : group === null
            ? this.#members.members(clusterId, name)
            : this.#members.groups.guests(clusterId, group.kind, group.key);
      return noteRow(id, {
        label: `… ${(all.length - branchLimit).toLocaleString('en')} more: narrow the filter`,
        tone: 'off',
        icon: 'ellipsis',
        contextValue: 'row+more',
        open: { kind: 'command', command: 'proxbox.view.filter', argument: '' },
      });
    }
    const name = categoryNames.find((candidate) => candidate === parts[0]);
    if (name === undefined) return undefined;
    return renderNote(id, last as NoteKind, entry.record, name, (serverMs) =>
      this.#model.toConsoleTime(entry.connection.id, serverMs),
    );
  }
}

const noMatchRow = noteRow(noMatchId, {
  label: 'Nothing matches. Clear Filter',
  tone: 'off',
  icon: 'clear-all',
  contextValue: 'row+clearFilter',
  open: { kind: 'command', command: 'proxbox.view.clearFilter', argument: '' },
});

function still(row: TreeRow | undefined): RenderedRow | undefined {
  return row === undefined ? undefined : { row, ticks: false };
}
