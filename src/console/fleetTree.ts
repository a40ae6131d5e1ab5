import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/event.ts';
import type { Disposable } from '../base/lifecycle.ts';
import type { FleetModel, ModelChange } from './fleetModel.ts';
import type { GuestGrouping } from './guestGrouping.ts';
import { categoryNames } from './treeCategories.ts';
import { treeBadge, treeMessage } from './treeHeadline.ts';
import { attentionId, categoryId } from './treeIds.ts';
import { TreeLists } from './treeLists.ts';
import { TreeMatches } from './treeMatches.ts';
import { categoryOf, TreeMembers } from './treeMembers.ts';
import { TreeRenderer } from './treeRenderer.ts';
import type { FleetTree, RowTooltip, TreeChange, TreeFilter, TreeRow } from './treeRow.ts';
import type { RenderedRow } from './treeRowParts.ts';
import { rowTooltip } from './treeTooltips.ts';

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
  readonly #counting = new Set<string>();
  readonly #rowsByCluster = new Map<string, Set<string>>();
  readonly #matches: TreeMatches;
  readonly #members: TreeMembers;
  readonly #lists: TreeLists;
  readonly #renderer: TreeRenderer;
  #headline: { readonly message: string; readonly badge: string };

  readonly onDidChange = this.#changed.event;

  constructor(model: FleetModel, clock: Clock) {
    this.#model = model;
    this.#clock = clock;
    this.#matches = new TreeMatches(model);
    this.#members = new TreeMembers(model, this.#matches);
    this.#lists = new TreeLists(model, clock, this.#matches, this.#members);
    this.#renderer = new TreeRenderer(model, clock, this.#lists, this.#members);
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
    const list = this.#lists.children(id);
    this.#children.set(id, list);
    return list;
  }

  row(id: string): TreeRow | undefined {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const rendered = this.#renderer.render(id);
    if (rendered === undefined) return undefined;
    this.#remember(id, rendered);
    return rendered.row;
  }

  parent(id: string): string | null {
    return this.#lists.parent(id);
  }

  tooltip(id: string): RowTooltip {
    return rowTooltip(this.#model, id, this.row(id), this.#clock.now());
  }

  get isCounting(): boolean {
    return this.#counting.size > 0;
  }

  tick(): void {
    this.#announce([], [...this.#counting]);
  }

  get filter(): TreeFilter {
    return this.#matches.filter;
  }

  set filter(filter: TreeFilter) {
    this.#matches.filter = filter;
    this.#members.reset();
    this.#announce([...this.#children.keys()], [...this.#rows.keys()]);
  }

  get guestGrouping(): GuestGrouping {
    return this.#members.groups.grouping;
  }

  set guestGrouping(grouping: GuestGrouping) {
    if (grouping === this.#members.groups.grouping) return;
    this.#members.groups.grouping = grouping;
    this.#announce(
      this.#model.clusters().map(({ id }) => categoryId(id, 'guests')),
      [],
    );
  }

  get message(): string {
    return treeMessage(this.#model, this.#matches);
  }

  get badge(): { readonly count: number; readonly tooltip: string } {
    return treeBadge(this.#model);
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
    const clusterId = id.startsWith('cluster:') ? id : this.#lists.clusterOfRow(id);
    if (clusterId === undefined) {
      this.#members.forget(id);
      return;
    }
    rows.add(clusterId);
    if (id === clusterId) {
      if (removed) this.#members.forgetCluster(clusterId);
      parents.add(null);
      parents.add(clusterId);
      for (const name of categoryNames) {
        parents.add(categoryId(clusterId, name));
        rows.add(categoryId(clusterId, name));
      }
      return;
    }
    for (const group of this.#members.touch(id, clusterId, removed)) {
      rows.add(group);
      parents.add(group);
    }
    const name = categoryOf(id);
    if (name === undefined) return;
    rows.add(attentionId(id));
    rows.add(categoryId(clusterId, name));
    rows.add(categoryId(clusterId, 'attention'));
    parents.add(categoryId(clusterId, name));
    parents.add(categoryId(clusterId, 'attention'));
    parents.add(clusterId);
  }

  /** Compares what was handed out of these rows and child lists with what they are now. */
  #announce(parents: Iterable<string | null>, rows: Iterable<string>): void {
    const differing = new Set<string | null>();
    for (const id of parents) {
      const before = this.#children.get(id);
      if (before === undefined) continue;
      const after = this.#lists.children(id);
      if (sameList(before, after)) continue;
      this.#children.set(id, after);
      this.#forgetGone(before, after);
      differing.add(id);
    }
    for (const id of rows) {
      const before = this.#rows.get(id);
      if (before === undefined) continue;
      const rendered = this.#renderer.render(id);
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
    if (rendered.counts === true) this.#counting.add(id);
    else this.#counting.delete(id);
    const clusterId = id.startsWith('cluster:') ? id : this.#lists.clusterOfRow(id);
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
    this.#counting.delete(id);
    const clusterId = id.startsWith('cluster:') ? id : this.#lists.clusterOfRow(id);
    if (clusterId !== undefined) this.#rowsByCluster.get(clusterId)?.delete(id);
  }

  #headlineNow(): { readonly message: string; readonly badge: string } {
    const { count, tooltip } = this.badge;
    return { message: this.message, badge: `${count}\n${tooltip}` };
  }
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
