import type { FleetModel } from './fleetModel.ts';
import {
  compareGroupKeys,
  effectiveGroupKind,
  type GuestGrouping,
  type GuestGroupKind,
} from './guestGrouping.ts';
import { inOrder } from './memberOrder.ts';
import { guestGroupId } from './treeIds.ts';

/** What the groups are made over: the guests of a cluster that are shown, in their order. */
export interface GuestGroupsSource {
  readonly model: FleetModel;
  readonly guests: (clusterId: string) => readonly string[];
  readonly isShown: (guestId: string) => boolean;
}

/**
 * The guests of each cluster in groups. The lists of groups that were asked for are remembered until a guest comes, goes
 * or moves, so that a change of a guest's state costs its own groups only.
 */
export class GuestGroups {
  readonly #source: GuestGroupsSource;
  readonly #groupOf = new Map<string, string>();
  readonly #lists = new Map<string, readonly string[]>();
  #grouping: GuestGrouping = 'automatic';

  constructor(source: GuestGroupsSource) {
    this.#source = source;
    this.#place();
  }

  get grouping(): GuestGrouping {
    return this.#grouping;
  }

  set grouping(grouping: GuestGrouping) {
    this.#grouping = grouping;
    this.#lists.clear();
    this.#place();
  }

  /** What a cluster's guests are grouped by now; `null` for one list. */
  kind(clusterId: string): GuestGroupKind | null {
    const { guests } = this.#source;
    return effectiveGroupKind(this.#grouping, this.#grouping === 'automatic' ? guests(clusterId).length : 0);
  }

  /** Row ids of the groups of a cluster that hold anything shown. */
  groups(clusterId: string, kind: GuestGroupKind): readonly string[] {
    return [...this.#source.model.index(clusterId).guestGroups(kind)]
      .sort(compareGroupKeys)
      .filter((key) => this.guests(clusterId, kind, key).length > 0)
      .map((key) => guestGroupId(clusterId, kind, key));
  }

  /** Shown guests of a group, in order. */
  guests(clusterId: string, kind: GuestGroupKind, key: string): readonly string[] {
    const id = guestGroupId(clusterId, kind, key);
    const known = this.#lists.get(id);
    if (known !== undefined) return known;
    const inGroup = this.#source.model.index(clusterId).guestsIn(kind, key);
    const all = this.#source.guests(clusterId);
    // A large part of all guests is picked out of their order; a small one is cheaper to put in order itself.
    const list =
      inGroup.size * 8 > all.length
        ? all.filter((guestId) => inGroup.has(guestId))
        : inOrder(inGroup, 'guest').filter(this.#source.isShown);
    this.#lists.set(id, list);
    return list;
  }

  /** Row id of the group that a guest stands in; `null` while its cluster's guests are one list. */
  groupOf(clusterId: string, guestId: string): string | null {
    const kind = this.kind(clusterId);
    const key = kind === null ? null : this.#source.model.index(clusterId).guestGroupKey(kind, guestId);
    return kind === null || key === null ? null : guestGroupId(clusterId, kind, key);
  }

  /** Takes notice of a guest that changed, came or went; @returns the rows of the groups it concerns. */
  touch(clusterId: string, guestId: string, cameOrWent: boolean): readonly string[] {
    const before = this.#groupOf.get(guestId);
    const after = this.#placeOf(clusterId, guestId);
    if (after === undefined) this.#groupOf.delete(guestId);
    else this.#groupOf.set(guestId, after);
    const groups = [...new Set([before, after])].filter((id) => id !== undefined);
    if (cameOrWent || before !== after) for (const id of groups) this.#lists.delete(id);
    return groups;
  }

  /** Forgets a guest whose cluster is gone with it. */
  forget(guestId: string): void {
    const group = this.#groupOf.get(guestId);
    if (group !== undefined) this.#lists.delete(group);
    this.#groupOf.delete(guestId);
  }

  /** Forgets every list, because other guests are shown now. */
  reset(): void {
    this.#lists.clear();
  }

  #place(): void {
    this.#groupOf.clear();
    const { model } = this.#source;
    for (const { id: clusterId } of model.clusters()) {
      for (const guestId of model.index(clusterId).ids.guest) {
        const group = this.#placeOf(clusterId, guestId);
        if (group !== undefined) this.#groupOf.set(guestId, group);
      }
    }
  }

  /** The group a guest would stand in, whether or not its cluster's guests are grouped at the moment. */
  #placeOf(clusterId: string, guestId: string): string | undefined {
    const kind = effectiveGroupKind(this.#grouping, Number.POSITIVE_INFINITY);
    const key = kind === null ? null : this.#source.model.index(clusterId).guestGroupKey(kind, guestId);
    return kind === null || key === null ? undefined : guestGroupId(clusterId, kind, key);
  }
}
