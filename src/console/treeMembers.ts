import type { FleetModel } from './fleetModel.ts';
import { GuestGroups } from './guestGroups.ts';
import { type MemberKind, memberKinds } from './judgement.ts';
import { inOrder } from './memberOrder.ts';
import { type CategoryName, categories, categoryNames } from './treeCategories.ts';
import { categoryId } from './treeIds.ts';
import type { TreeMatches } from './treeMatches.ts';

/** The shown records of each cluster in their fixed order. Lists are remembered until a record comes, goes or moves. */
export class TreeMembers {
  readonly groups: GuestGroups;
  readonly #model: FleetModel;
  readonly #matches: TreeMatches;
  readonly #sorted = new Map<string, readonly string[]>();
  readonly #known = new Set<string>();

  constructor(model: FleetModel, matches: TreeMatches) {
    this.#model = model;
    this.#matches = matches;
    for (const { id } of model.clusters())
      for (const kind of memberKinds) for (const member of model.index(id).ids[kind]) this.#known.add(member);
    this.groups = new GuestGroups({
      model,
      guests: (clusterId) => this.members(clusterId, 'guests'),
      isShown: (id) => this.#matches.isShown(id),
    });
  }

  /** Ids of a branch in their fixed order, under the filter. */
  members(clusterId: string, name: CategoryName): readonly string[] {
    const kind = categories[name].kind;
    if (kind === null) return [];
    const cacheId = categoryId(clusterId, name);
    const cached = this.#sorted.get(cacheId);
    if (cached !== undefined) return cached;
    const list = inOrder(this.#model.index(clusterId).ids[kind], kind).filter((id) =>
      this.#matches.isShown(id),
    );
    this.#sorted.set(cacheId, list);
    return list;
  }

  /** Shown records that need attention, kind by kind. */
  attention(clusterId: string): readonly string[] {
    const problems = [...this.#model.index(clusterId).problems].filter((id) => this.#matches.isShown(id));
    return memberKinds.flatMap((kind) =>
      inOrder(
        problems.filter((id) => id.startsWith(`${kind}:`)),
        kind,
      ),
    );
  }

  /** Forgets every list, because other records are shown now. */
  reset(): void {
    this.#sorted.clear();
    this.groups.reset();
  }

  /** Takes notice of a record that changed; @returns the rows of the guest groups it concerns. */
  touch(id: string, clusterId: string, removed: boolean): readonly string[] {
    this.#matches.update(id, removed);
    const isNew = !this.#known.has(id);
    if (removed) this.#known.delete(id);
    else this.#known.add(id);
    const name = categoryOf(id);
    if (name === undefined) return [];
    const cameOrWent = removed || isNew || this.#matches.isFiltering;
    if (cameOrWent) this.#sorted.delete(categoryId(clusterId, name));
    return name === 'guests' ? this.groups.touch(clusterId, id, cameOrWent) : [];
  }

  /** Forgets a record whose cluster went in the same moment; when both return, it is a new one. */
  forget(id: string): void {
    this.#known.delete(id);
    this.groups.forget(id);
  }

  /** Forgets the lists of a cluster that went. */
  forgetCluster(clusterId: string): void {
    for (const name of categoryNames) this.#sorted.delete(categoryId(clusterId, name));
  }
}

/** The category that lists a record; `undefined` for other ids. */
export function categoryOf(id: string): CategoryName | undefined {
  const kind = id.slice(0, id.indexOf(':')) as MemberKind;
  return categoryNames.find((candidate) => categories[candidate].kind === kind);
}
