import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/event.ts';
import { plural } from '../base/format.ts';
import type { Disposable } from '../base/lifecycle.ts';
import { compareNatural } from '../base/text.ts';
import { toneRank } from '../contract/stateView.ts';
import { clusterDisplayName } from './clusterNames.ts';
import { clusterState } from './clusterTrouble.ts';
import type { ClusterEntry, FleetModel, ModelChange, ModelConnection } from './fleetModel.ts';
import { type GuestGrouping, guestGroupLabel } from './guestGrouping.ts';
import { GuestGroups } from './guestGroups.ts';
import { type MemberKind, memberKinds } from './judgement.ts';
import { inOrder } from './memberOrder.ts';
import { nameText, rollUpIcon } from './rowWords.ts';
import {
  type CategoryName,
  categories,
  categoryNames,
  type NoteKind,
  noteOf,
  placementCategories,
  renderNote,
} from './treeCategories.ts';
import { emptyFilter, filterMessage, filterWordList, isFiltering, matchesFilter } from './treeFilter.ts';
import {
  attentionId,
  attentionTarget,
  type Branch,
  branchOfMore,
  categoryId,
  clusterKeyOf,
  moreId,
  noteId,
  parseBranch,
} from './treeIds.ts';
import type { FleetTree, RowTooltip, TreeChange, TreeFilter, TreeRow } from './treeRow.ts';
import { categoryRow, clusterRow, connectionRow, memberRow, noteRow, type RenderedRow } from './treeRows.ts';
import { rowTooltip } from './treeTooltips.ts';

/** A branch ends here with "… n more"; trouble beyond it still stands under "Needs attention". */
const branchLimit = 1_000;
/** A lost connection becomes a row of its own after this long; shorter breaks only age the data. */
const quietReconnectMs = 10_000;
const noMatchId = 'row:filter/none';

/**
 * The Clusters tree over a fleet model. Rows and child lists that were asked for are remembered as they were handed out;
 * a batch of changes compares only those that the changed records can touch, and announces what differs.
 */
export function createFleetTree(model: FleetModel, clock: Clock): FleetTree {
  return new ModelTree(model, clock);
}

class ModelTree implements FleetTree {
  readonly #model: FleetModel;
  readonly #clock: Clock;
  readonly #changed = new Emitter<TreeChange>();
  readonly #subscription: Disposable;
  readonly #rows = new Map<string, TreeRow>();
  readonly #children = new Map<string | null, readonly string[]>();
  readonly #ticking = new Set<string>();
  readonly #rowsByCluster = new Map<string, Set<string>>();
  readonly #sorted = new Map<string, readonly string[]>();
  readonly #known = new Set<string>();
  readonly #guestGroups: GuestGroups;
  readonly #firstCollapsible = new Map<string, TreeRow['collapsible']>();
  #filter: TreeFilter = emptyFilter;
  #words: readonly string[] = [];
  /** Records that stay under the filter; `null` without one. */
  #matching: Set<string> | null = null;
  #headline: { readonly message: string; readonly badge: string };

  readonly onDidChange = this.#changed.event;

  constructor(model: FleetModel, clock: Clock) {
    this.#model = model;
    this.#clock = clock;
    for (const { id } of model.clusters())
      for (const kind of memberKinds) for (const member of model.index(id).ids[kind]) this.#known.add(member);
    this.#guestGroups = new GuestGroups({
      model,
      guests: (clusterId) => this.#members(clusterId, 'guests'),
      isShown: (id) => this.#isShown(id),
    });
    this.#headline = this.#headlineNow();
    this.#subscription = model.onDidChange((change) => this.#modelChanged(change));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  children(id: string | null): readonly string[] {
    const known = this.#children.get(id);
    if (known !== undefined) return known;
    const list = this.#childrenNow(id);
    this.#children.set(id, list);
    return list;
  }

  row(id: string): TreeRow | undefined {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const rendered = this.#render(id);
    if (rendered === undefined) return undefined;
    this.#remember(id, rendered);
    return rendered.row;
  }

  parent(id: string): string | null {
    if (id.startsWith('connection:') || id.startsWith('cluster:') || id === noMatchId) return null;
    const clusterId = this.#clusterOfRow(id);
    if (clusterId === undefined) return null;
    if (id.startsWith('cat:')) {
      const branch = this.#branch(id);
      return branch === undefined || branch.group === null ? clusterId : categoryId(clusterId, 'guests');
    }
    if (id.startsWith('attention:')) return categoryId(clusterId, 'attention');
    if (id.startsWith('row:')) {
      if (this.children(clusterId).includes(id)) return clusterId;
      const branch = branchOfMore(id);
      if (branch !== null && this.#branch(branch) !== undefined) return branch;
      const [name = ''] = id.slice(`row:${clusterKeyOf(clusterId)}/`.length).split('/');
      return categoryId(clusterId, name as CategoryName);
    }
    const kind = id.slice(0, id.indexOf(':'));
    const group = kind === 'guest' ? this.#guestGroups.groupOf(clusterId, id) : null;
    if (group !== null) return group;
    const name = categoryNames.find((candidate) => categories[candidate].kind === kind);
    return name === undefined ? null : categoryId(clusterId, name);
  }

  tooltip(id: string): RowTooltip {
    return rowTooltip(this.#model, id, this.row(id), this.#clock.now());
  }

  get filter(): TreeFilter {
    return this.#filter;
  }

  set filter(filter: TreeFilter) {
    this.#filter = filter;
    this.#words = filterWordList(filter);
    this.#matching = isFiltering(filter) ? this.#allMatching() : null;
    this.#sorted.clear();
    this.#guestGroups.reset();
    this.#announce([...this.#children.keys()], [...this.#rows.keys()]);
  }

  get guestGrouping(): GuestGrouping {
    return this.#guestGroups.grouping;
  }

  set guestGrouping(grouping: GuestGrouping) {
    if (grouping === this.#guestGroups.grouping) return;
    this.#guestGroups.grouping = grouping;
    this.#announce(
      this.#model.clusters().map(({ id }) => categoryId(id, 'guests')),
      [],
    );
  }

  get message(): string {
    return this.#headlineNow().message;
  }

  get badge(): { readonly count: number; readonly tooltip: string } {
    return this.#badgeNow();
  }

  // What changed in the model, and which rows and child lists that can touch.

  #modelChanged(change: ModelChange): void {
    const rows = new Set<string>();
    const parents = new Set<string | null>();
    if (change.ticked) for (const id of this.#ticking) rows.add(id);
    for (const connectionId of change.connections) {
      rows.add(`connection:${connectionId}`);
      parents.add(null);
    }
    if (change.ticked) parents.add(null);
    for (const clusterId of change.contexts) {
      for (const id of this.#rowsByCluster.get(clusterId) ?? []) rows.add(id);
      for (const name of categoryNames) parents.add(categoryId(clusterId, name));
      parents.add(clusterId);
      parents.add(null);
    }
    for (const id of change.removed) this.#touch(id, true, rows, parents);
    for (const id of change.changed) this.#touch(id, false, rows, parents);
    this.#announce(parents, rows);
  }

  #touch(id: string, removed: boolean, rows: Set<string>, parents: Set<string | null>): void {
    rows.add(id);
    const clusterId = id.startsWith('cluster:') ? id : this.#clusterOfRow(id);
    if (clusterId === undefined) {
      // Its cluster went in the same moment; when both return, the record is a new one.
      this.#known.delete(id);
      this.#guestGroups.forget(id);
      return;
    }
    rows.add(clusterId);
    if (id === clusterId) {
      parents.add(null);
      parents.add(clusterId);
      for (const name of categoryNames) {
        if (removed) this.#sorted.delete(categoryId(clusterId, name));
        parents.add(categoryId(clusterId, name));
        rows.add(categoryId(clusterId, name));
      }
      return;
    }
    this.#updateMatch(id, removed);
    const isNew = !this.#known.has(id);
    if (removed) this.#known.delete(id);
    else this.#known.add(id);
    const kind = id.slice(0, id.indexOf(':')) as MemberKind;
    const name = categoryNames.find((candidate) => categories[candidate].kind === kind);
    if (name === undefined) return;
    const cameOrWent = removed || isNew || this.#matching !== null;
    if (cameOrWent) this.#sorted.delete(categoryId(clusterId, name));
    rows.add(attentionId(id));
    rows.add(categoryId(clusterId, name));
    rows.add(categoryId(clusterId, 'attention'));
    parents.add(categoryId(clusterId, name));
    parents.add(categoryId(clusterId, 'attention'));
    parents.add(clusterId);
    if (kind !== 'guest') return;
    for (const group of this.#guestGroups.touch(clusterId, id, cameOrWent)) {
      rows.add(group);
      parents.add(group);
    }
  }

  /** Compares what was handed out of these rows and child lists with what they are now. */
  #announce(parents: Iterable<string | null>, rows: Iterable<string>): void {
    const differing = new Set<string | null>();
    for (const id of parents) {
      const before = this.#children.get(id);
      if (before === undefined) continue;
      const after = this.#childrenNow(id);
      if (sameList(before, after)) continue;
      this.#children.set(id, after);
      this.#forgetGone(before, after);
      differing.add(id);
    }
    for (const id of rows) {
      const before = this.#rows.get(id);
      if (before === undefined) continue;
      const rendered = this.#render(id);
      if (rendered === undefined) {
        this.#forget(id);
        continue;
      }
      this.#remember(id, rendered);
      if (!sameRow(before, rendered.row)) differing.add(id);
    }
    const headline = this.#headlineNow();
    const headlineDiffers =
      headline.message !== this.#headline.message || headline.badge !== this.#headline.badge;
    this.#headline = headline;
    if (differing.size > 0 || headlineDiffers) this.#changed.fire({ rows: [...differing] });
  }

  #remember(id: string, rendered: RenderedRow): void {
    this.#rows.set(id, rendered.row);
    if (rendered.ticks) this.#ticking.add(id);
    else this.#ticking.delete(id);
    const clusterId = id.startsWith('cluster:') ? id : this.#clusterOfRow(id);
    if (clusterId === undefined) return;
    const known = this.#rowsByCluster.get(clusterId);
    if (known === undefined) this.#rowsByCluster.set(clusterId, new Set([id]));
    else known.add(id);
  }

  #forgetGone(before: readonly string[], after: readonly string[]): void {
    const present = new Set(after);
    for (const id of before) if (!present.has(id)) this.#forgetBranch(id);
  }

  #forgetBranch(id: string): void {
    for (const child of this.#children.get(id) ?? []) this.#forgetBranch(child);
    this.#children.delete(id);
    this.#forget(id);
  }

  #forget(id: string): void {
    this.#rows.delete(id);
    this.#ticking.delete(id);
    const clusterId = id.startsWith('cluster:') ? id : this.#clusterOfRow(id);
    if (clusterId !== undefined) this.#rowsByCluster.get(clusterId)?.delete(id);
  }

  // Child lists.

  #childrenNow(id: string | null): readonly string[] {
    if (id === null) return this.#roots();
    if (id.startsWith('cluster:')) return this.#clusterChildren(id);
    return id.startsWith('cat:') ? this.#categoryChildren(id) : [];
  }

  #roots(): readonly string[] {
    const clusters = this.#model
      .clusters()
      .filter((entry) => this.#isClusterShown(entry))
      .map(({ id }) => id);
    const connections = this.#model.connections
      .filter((connection) => this.#isConnectionShown(connection))
      .sort((a, b) => compareNatural(a.name, b.name) || (a.id < b.id ? -1 : 1))
      .map(({ id }) => `connection:${id}`);
    const roots = [...clusters, ...connections];
    return roots.length === 0 && this.#matching !== null && this.#model.connections.length > 0
      ? [noMatchId]
      : roots;
  }

  #isConnectionShown({ connection }: ModelConnection): boolean {
    const { state } = connection;
    if (connection.store.list('clusters').size === 0) return true;
    if (state.kind === 'halted') return true;
    if (state.kind !== 'waiting') return false;
    const { code, sinceMs } = state.error;
    return (
      code === 'lockedOut' ||
      code === 'rateLimited' ||
      (sinceMs !== null && this.#clock.now() - sinceMs >= quietReconnectMs)
    );
  }

  #isClusterShown(entry: ClusterEntry): boolean {
    const matching = this.#matching;
    if (matching === null) return true;
    if (memberKinds.some((kind) => some(this.#model.index(entry.id).ids[kind], (id) => matching.has(id))))
      return true;
    if (this.#words.length > 0)
      return (
        !this.#filter.problemsOnly &&
        this.#words.every((word) => entry.record.name.toLowerCase().includes(word))
      );
    if (!this.#filter.problemsOnly) return true;
    const context = this.#model.context(entry.id);
    return context !== undefined && toneRank[clusterState(this.#model, context, entry.id).tone] >= 4;
  }

  #clusterChildren(clusterId: string): readonly string[] {
    const cluster = this.#model.cluster(clusterId);
    if (cluster === undefined) return [];
    const index = this.#model.index(clusterId);
    if (cluster.freshness.lastSuccessMs === null && index.isEmpty) {
      return this.#matching === null
        ? [noteId(clusterId, 'nodes', noteOf(cluster, 'nodes', 0) ?? 'notRead')]
        : [];
    }
    const placement = placementCategories(cluster, index);
    return categoryNames
      .filter((name) => {
        if (name === 'attention') return this.#attention(clusterId).length > 0;
        if ((name === 'groups' || name === 'rules') && !placement.includes(name)) return false;
        return this.#matching === null || this.#members(clusterId, name).length > 0;
      })
      .map((name) => categoryId(clusterId, name));
  }

  #categoryChildren(id: string): readonly string[] {
    const branch = this.#branch(id);
    const cluster = branch === undefined ? undefined : this.#model.cluster(branch.clusterId);
    if (branch === undefined || cluster === undefined) return [];
    const { clusterId, name, group } = branch;
    if (name === 'attention') return cut(this.#attention(clusterId).map(attentionId), moreId(id));
    if (group !== null) return cut(this.#guestGroups.guests(clusterId, group.kind, group.key), moreId(id));
    const members = this.#members(clusterId, name);
    const note = this.#matching === null ? noteOf(cluster, name, members.length) : null;
    const notes = note === null ? [] : [noteId(clusterId, name, note)];
    const kind = name === 'guests' ? this.#guestGroups.kind(clusterId) : null;
    if (kind !== null) return [...notes, ...this.#guestGroups.groups(clusterId, kind)];
    return [...notes, ...cut(members, moreId(id))];
  }

  /** Ids of a branch in their fixed order, under the filter. */
  #members(clusterId: string, name: CategoryName): readonly string[] {
    const kind = categories[name].kind;
    if (kind === null) return [];
    const cacheId = categoryId(clusterId, name);
    const cached = this.#sorted.get(cacheId);
    if (cached !== undefined) return cached;
    const list = inOrder(this.#model.index(clusterId).ids[kind], kind).filter((id) => this.#isShown(id));
    this.#sorted.set(cacheId, list);
    return list;
  }

  #attention(clusterId: string): readonly string[] {
    const problems = [...this.#model.index(clusterId).problems].filter((id) => this.#isShown(id));
    return memberKinds.flatMap((kind) =>
      inOrder(
        problems.filter((id) => id.startsWith(`${kind}:`)),
        kind,
      ),
    );
  }

  // Filter.

  #isShown(id: string): boolean {
    return this.#matching === null || this.#matching.has(id);
  }

  #allMatching(): Set<string> {
    const matching = new Set<string>();
    for (const { id: clusterId } of this.#model.clusters()) {
      const { ids } = this.#model.index(clusterId);
      for (const kind of memberKinds)
        for (const id of ids[kind])
          if (matchesFilter(this.#model, id, this.#filter, this.#words)) matching.add(id);
    }
    return matching;
  }

  #updateMatch(id: string, removed: boolean): void {
    if (this.#matching === null) return;
    if (!removed && matchesFilter(this.#model, id, this.#filter, this.#words)) this.#matching.add(id);
    else this.#matching.delete(id);
  }

  // Rows.

  #render(id: string): RenderedRow | undefined {
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
    const branch = this.#branch(id);
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
    const state = entry.record.sections[section].state;
    const total = tally.total === 0 && state !== 'read' ? [] : [String(tally.total)];
    const mentioned = isMemory
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
    const tone = isMemory && tally.total > 0 ? 'unknown' : tally.worst;
    const icon = isMemory && tally.total > 0 ? 'history' : rollUpIcon(tone);
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
    const clusterId = this.#clusterOfRow(id);
    const entry = clusterId === undefined ? undefined : this.#model.clusterEntry(clusterId);
    if (clusterId === undefined || entry === undefined) return undefined;
    const rest = id.slice(`row:${clusterKeyOf(clusterId)}/`.length);
    const parts = rest.split('/');
    const last = parts.at(-1) ?? '';
    const cutBranch = branchOfMore(id);
    if (cutBranch !== null) {
      const branch = this.#branch(cutBranch);
      if (branch === undefined) return undefined;
      const { name, group } = branch;
      const all =
        name === 'attention'
          ? this.#attention(clusterId)
          : group === null
            ? this.#members(clusterId, name)
            : this.#guestGroups.guests(clusterId, group.kind, group.key);
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

  /** The branch a `cat:` row shows; groups of guests only while that is how they are grouped. */
  #branch(id: string): Branch | undefined {
    const clusterId = this.#clusterOfRow(id);
    const branch = clusterId === undefined ? undefined : parseBranch(id, clusterId);
    if (branch === undefined || branch.group === null) return branch;
    return this.#guestGroups.kind(branch.clusterId) === branch.group.kind ? branch : undefined;
  }

  /** Cluster of any row but roots; of a record that is gone as well. */
  #clusterOfRow(id: string): string | undefined {
    const direct = this.#model.clusterIdOf(id);
    if (direct !== undefined) return direct;
    const colon = id.indexOf(':');
    const rest = id.slice(colon + 1);
    const dot = rest.indexOf('.');
    if (dot === -1) return undefined;
    // The key ends at a slash; keys with slashes in them are found by trying the longer ones as well.
    for (let slash = rest.indexOf('/'); slash !== -1; slash = rest.indexOf('/', slash + 1)) {
      const candidate = `cluster:${rest.slice(0, slash)}`;
      if (this.#model.cluster(candidate) !== undefined) return candidate;
    }
    return undefined;
  }

  // Text above the tree, and badge.

  #headlineNow(): { readonly message: string; readonly badge: string } {
    const badge = this.#badgeNow();
    return { message: this.#messageNow(), badge: `${badge.count}\n${badge.tooltip}` };
  }

  #messageNow(): string {
    const clusters = this.#model.clusters();
    const live = clusters.filter(({ id }) => {
      const reason = this.#model.lastKnown(id);
      return reason !== 'stale' && reason !== 'neverRead';
    }).length;
    const parts: string[] = [];
    if (live < clusters.length) parts.push(`${live} of ${plural(clusters.length, 'cluster')} live.`);
    if (this.#matching !== null) {
      const total = clusters.reduce(
        (sum, { id }) =>
          sum + memberKinds.reduce((inner, kind) => inner + this.#model.index(id).ids[kind].size, 0),
        0,
      );
      parts.push(filterMessage(this.#filter, this.#matching.size, total));
    }
    return parts.join(' ');
  }

  #badgeNow(): { readonly count: number; readonly tooltip: string } {
    let count = 0;
    const names: string[] = [];
    const unreadable: string[] = [];
    for (const entry of this.#model.clusters()) {
      const name = nameText(entry.record.name);
      const reason = this.#model.lastKnown(entry.id);
      if (reason === 'stale' || reason === 'neverRead' || reason === 'quorumUnknown') {
        unreadable.push(name);
        continue;
      }
      if (entry.record.quorum.state === 'notQuorate' || entry.record.quorum.state === 'split') {
        count += 1;
        names.push(name);
      }
      if (reason !== null) continue;
      const index = this.#model.index(entry.id);
      count += memberKinds.reduce((sum, kind) => sum + index.tallies[kind].count('fail'), 0);
      for (const id of index.problems) {
        if (names.length >= 4) break;
        if (this.#model.judgement(id)?.state.tone === 'fail')
          names.push(`${name}/${nameText(id.slice(id.lastIndexOf('/') + 1))}`);
      }
    }
    for (const { name, connection } of this.#model.connections) {
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

function cut(ids: readonly string[], moreRowId: string): readonly string[] {
  return ids.length <= branchLimit ? ids : [...ids.slice(0, branchLimit), moreRowId];
}

function some(ids: Iterable<string>, test: (id: string) => boolean): boolean {
  for (const id of ids) if (test(id)) return true;
  return false;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((id, index) => id === b[index]));
}

function sameRow(a: TreeRow, b: TreeRow): boolean {
  return (
    a.label === b.label &&
    a.description === b.description &&
    a.icon === b.icon &&
    a.tone === b.tone &&
    a.edge === b.edge &&
    a.contextValue === b.contextValue &&
    a.collapsible === b.collapsible &&
    a.accessibleLabel === b.accessibleLabel &&
    JSON.stringify(a.open) === JSON.stringify(b.open)
  );
}
