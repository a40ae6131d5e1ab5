import * as vscode from 'vscode';
import { DataNeed } from '../../base/dataNeed.ts';
import type { Event } from '../../base/event.ts';
import { type Disposable, DisposableStore } from '../../base/lifecycle.ts';
import type { FleetTree } from '../../console/treeRow.ts';
import { FleetTreeProvider, type RowElement } from './fleetTreeProvider.ts';

/** The Clusters view: rows, message and badge. */
export class FleetTreeView implements Disposable {
  readonly #tree: FleetTree;
  readonly #provider: FleetTreeProvider;
  readonly #view: vscode.TreeView<RowElement>;
  readonly #owned = new DisposableStore();

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
    this.#owned.add(this.#view.onDidChangeVisibility(({ visible }) => held.set(visible)));
    held.set(this.#view.visible);
    this.#owned.add(tree.onDidChange(() => this.#decorate()));
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

  /** Shows a row; a row that is not there (any more) is no fault. */
  async reveal(id: string): Promise<void> {
    if (this.#tree.row(id) === undefined) return;
    await this.#view.reveal(this.#provider.element(id), { select: true, focus: true, expand: true });
  }

  dispose(): void {
    this.#owned.dispose();
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
