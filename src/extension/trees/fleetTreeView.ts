import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { DataNeed } from '../../base/dataNeed.ts';
import type { Event } from '../../base/event.ts';
import { type Disposable, DisposableStore } from '../../base/lifecycle.ts';
import type { FleetTree } from '../../console/treeRow.ts';
import { FleetTreeProvider, type RowElement } from './fleetTreeProvider.ts';

const revealAttempts = 3;
/** How long the editor takes at most to tell a new selection. */
const selectionPatienceMs = 1_000;

/** The Clusters view: rows, message and badge. */
export class FleetTreeView implements Disposable {
  readonly #tree: FleetTree;
  readonly #provider: FleetTreeProvider;
  readonly #view: vscode.TreeView<RowElement>;
  readonly #owned = new DisposableStore();
  #second: Disposable | null = null;

  /** @param need Keeps data flowing; held while the view is on screen. */
  constructor(tree: FleetTree, onDidChangeFilter: Event<void>, need: () => Disposable) {
    this.#tree = tree;
    this.#provider = this.#owned.add(new FleetTreeProvider(tree));
    this.#view = this.#owned.add(
      vscode.window.createTreeView('proxbox.clusters', {
        treeDataProvider: this.#provider,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    const held = this.#owned.add(new DataNeed(need));
    this.#owned.add(
      this.#view.onDidChangeVisibility(({ visible }) => {
        held.set(visible);
        this.#count();
      }),
    );
    held.set(this.#view.visible);
    this.#owned.add(
      tree.onDidChange(() => {
        this.#decorate();
        this.#count();
      }),
    );
    this.#owned.add(onDidChangeFilter(() => this.#decorate()));
    this.#decorate();
  }

  /** The editor's view and what fills it. */
  get view(): vscode.TreeView<RowElement> {
    return this.#view;
  }

  get provider(): FleetTreeProvider {
    return this.#provider;
  }

  /**
   * Shows a row and selects it; a row that is not there (any more) is no fault. The editor loses a selection that meets
   * a refresh of the tree, so it is asked again when nothing came of it.
   */
  async reveal(id: string): Promise<void> {
    for (let attempt = 1; attempt <= revealAttempts && this.#tree.row(id) !== undefined; attempt += 1) {
      await this.#view.reveal(this.#provider.element(id), { select: true, focus: true, expand: true });
      if (await this.#becomesSelected(id)) return;
    }
  }

  dispose(): void {
    this.#second?.dispose();
    this.#owned.dispose();
  }

  #becomesSelected(id: string): Promise<boolean> {
    const isSelected = (): boolean => this.#view.selection.some((element) => element.id === id);
    if (isSelected()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        subscription.dispose();
        resolve(isSelected());
      };
      const subscription = this.#view.onDidChangeSelection(() => {
        if (isSelected()) end();
      });
      const timer = setTimeout(end, selectionPatienceMs);
    });
  }

  /** Renews countdowns every second while there are any and somebody can see them. */
  #count(): void {
    const isDue = this.#view.visible && this.#tree.isCounting;
    if (!isDue) {
      this.#second?.dispose();
      this.#second = null;
      return;
    }
    this.#second ??= systemClock.setTimeout(() => {
      this.#second = null;
      this.#tree.tick();
      this.#count();
    }, 1_000);
  }

  #decorate(): void {
    const { message, badge } = this.#tree;
    if ((this.#view.message ?? '') !== message) this.#view.message = message === '' ? undefined : message;
    const shown = this.#view.badge;
    const value = badge.count;
    if ((shown?.value ?? 0) !== value || shown?.tooltip !== badge.tooltip)
      this.#view.badge = value === 0 ? undefined : { value, tooltip: badge.tooltip };
  }
}
