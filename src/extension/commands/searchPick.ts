import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { type Disposable, DisposableStore } from '../../base/lifecycle.ts';
import type { FleetModel } from '../../console/fleetModel.ts';
import { activeAfter, sameHits } from '../../console/renewedSearch.ts';
import { type SearchHit, type SearchResult, searchFleet } from '../../console/search.ts';

/** Results are renewed at most this often; a search over a large fleet takes a tenth of it. */
const renewEveryMs = 1_000;

interface HitItem extends vscode.QuickPickItem {
  readonly hit?: SearchHit;
}

/**
 * An object picked by searching. What was found is renewed while the pick is open, and the active item stays.
 *
 * @param narrowing Put in front of what is typed.
 */
export function pickBySearch(
  model: FleetModel,
  narrowing: string,
  placeholder: string,
): Promise<SearchHit | undefined> {
  const pick = new SearchPick(model, narrowing, placeholder);
  return pick.result;
}

class SearchPick implements Disposable {
  readonly result: Promise<SearchHit | undefined>;
  readonly #model: FleetModel;
  readonly #narrowing: string;
  readonly #pick = vscode.window.createQuickPick<HitItem>();
  readonly #owned = new DisposableStore();
  #shown: SearchResult = { hits: [], total: 0, hint: null };
  #renewal: Disposable | null = null;

  constructor(model: FleetModel, narrowing: string, placeholder: string) {
    this.#model = model;
    this.#narrowing = narrowing;
    this.#pick.placeholder = placeholder;
    this.#pick.onDidChangeValue(() => this.#show(this.#search()));
    this.#owned.add(model.onDidChange(() => this.#renewSoon()));
    this.#show(this.#search());
    this.result = new Promise((resolve) => {
      this.#pick.onDidAccept(() => {
        resolve(this.#pick.selectedItems[0]?.hit);
        this.#pick.hide();
      });
      this.#pick.onDidHide(() => {
        resolve(undefined);
        this.dispose();
      });
    });
    this.#pick.show();
  }

  dispose(): void {
    this.#renewal?.dispose();
    this.#owned.dispose();
    this.#pick.dispose();
  }

  #search(): SearchResult {
    const query = [this.#narrowing, this.#pick.value].filter((part) => part !== '').join(' ');
    return searchFleet(this.#model, query, systemClock.now());
  }

  #renewSoon(): void {
    this.#renewal ??= systemClock.setTimeout(() => {
      this.#renewal = null;
      this.#renew();
    }, renewEveryMs);
  }

  #renew(): void {
    const before = this.#shown;
    const after = this.#search();
    if (after.hint === before.hint && sameHits(before.hits, after.hits)) return;
    const activeId = this.#pick.activeItems[0]?.hit?.id ?? null;
    this.#pick.keepScrollPosition = true;
    this.#show(after);
    const stays = activeAfter(before.hits, activeId, after.hits);
    this.#pick.activeItems = this.#pick.items.filter(({ hit }) => hit !== undefined && hit.id === stays);
  }

  #show(result: SearchResult): void {
    this.#shown = result;
    this.#pick.items = [
      ...result.hits.map((hit) => ({
        hit,
        label: hit.icon === null ? hit.label : `$(${hit.icon}) ${hit.label}`,
        description: hit.description,
        ...(hit.detail === null ? {} : { detail: hit.detail }),
        alwaysShow: true,
      })),
      ...(result.hint === null ? [] : [{ label: result.hint, alwaysShow: true }]),
    ];
  }
}
