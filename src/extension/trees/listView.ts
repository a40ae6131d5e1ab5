import * as vscode from 'vscode';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import type { ListRow } from '../../console/intent/listRow.ts';
import { iconColor } from '../themeTones.ts';

export interface ListViewOptions {
  readonly viewId: string;
  /** The rows as they are now. */
  readonly rows: () => readonly ListRow[];
  readonly onDidChangeVisibility: (visible: boolean) => void;
}

/** A view of finished rows. The editor keeps what is open and selected by the rows' ids. */
export class ListView implements Disposable, vscode.TreeDataProvider<ListRow> {
  readonly view: vscode.TreeView<ListRow>;
  readonly #options: ListViewOptions;
  readonly #owned = new DisposableStore();
  readonly #changed = new vscode.EventEmitter<undefined>();
  #shown = '';

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(options: ListViewOptions) {
    this.#options = options;
    this.view = vscode.window.createTreeView(options.viewId, { treeDataProvider: this });
    const { view } = this;
    this.#owned.add(toDisposable(() => view.dispose()));
    const visibility = view.onDidChangeVisibility(({ visible }) => options.onDidChangeVisibility(visible));
    this.#owned.add(toDisposable(() => visibility.dispose()));
    options.onDidChangeVisibility(view.visible);
  }

  /** Draws anew when a row reads differently. */
  refresh(): void {
    const text = JSON.stringify(this.#options.rows());
    if (text === this.#shown) return;
    this.#shown = text;
    this.#changed.fire(undefined);
  }

  getChildren(row?: ListRow): ListRow[] {
    return [...(row?.children ?? this.#options.rows())];
  }

  getTreeItem(row: ListRow): vscode.TreeItem {
    const { TreeItemCollapsibleState: Fold } = vscode;
    const fold = row.children.length === 0 ? Fold.None : row.isOpen ? Fold.Expanded : Fold.Collapsed;
    const item = new vscode.TreeItem(row.label, fold);
    item.id = row.id;
    item.description = row.description;
    item.tooltip = row.tooltip;
    item.contextValue = row.contextValue;
    item.accessibilityInformation = { label: row.accessibleLabel };
    if (row.state !== null) item.iconPath = new vscode.ThemeIcon(row.state.icon, iconColor(row.state.tone));
    if (row.open !== null)
      item.command = { command: row.open.command, title: 'Open', arguments: [row.open.argument] };
    return item;
  }

  dispose(): void {
    this.#owned.dispose();
    this.#changed.dispose();
  }
}
