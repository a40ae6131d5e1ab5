import type { FleetModel } from './fleetModel.ts';
import { memberKinds } from './judgement.ts';
import { emptyFilter, filterWordList, isFiltering, matchesFilter } from './treeFilter.ts';
import type { TreeFilter } from './treeRow.ts';

/** Which records stay under the tree's filter, kept up record by record. */
export class TreeMatches {
  readonly #model: FleetModel;
  #filter: TreeFilter = emptyFilter;
  #words: readonly string[] = [];
  /** `null` without a filter. */
  #matching: Set<string> | null = null;

  constructor(model: FleetModel) {
    this.#model = model;
  }

  get filter(): TreeFilter {
    return this.#filter;
  }

  set filter(filter: TreeFilter) {
    this.#filter = filter;
    this.#words = filterWordList(filter);
    this.#matching = isFiltering(filter) ? this.#all() : null;
  }

  get isFiltering(): boolean {
    return this.#matching !== null;
  }

  /** Words of the filter's text. */
  get words(): readonly string[] {
    return this.#words;
  }

  /** How many records stay; 0 without a filter. */
  get count(): number {
    return this.#matching?.size ?? 0;
  }

  isShown(id: string): boolean {
    return this.#matching === null || this.#matching.has(id);
  }

  /** Looks at a record that changed. */
  update(id: string, removed: boolean): void {
    if (this.#matching === null) return;
    if (!removed && matchesFilter(this.#model, id, this.#filter, this.#words)) this.#matching.add(id);
    else this.#matching.delete(id);
  }

  #all(): Set<string> {
    const matching = new Set<string>();
    for (const { id: clusterId } of this.#model.clusters()) {
      const { ids } = this.#model.index(clusterId);
      for (const kind of memberKinds)
        for (const id of ids[kind])
          if (matchesFilter(this.#model, id, this.#filter, this.#words)) matching.add(id);
    }
    return matching;
  }
}
