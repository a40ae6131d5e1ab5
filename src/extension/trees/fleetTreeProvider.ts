import * as vscode from 'vscode';
import type { Disposable } from '../../base/lifecycle.ts';
import type { FleetTree, RowTarget, TreeRow } from '../../console/treeRow.ts';
import { iconColor } from '../themeTones.ts';
import { rowUri } from './rowDecorations.ts';

/** An element of the tree view. One object per row id for as long as the row exists, as the editor compares identity. */
export interface RowElement {
  readonly id: string;
}

/** Draws {@link FleetTree} rows; holds no facts of its own. */
export class FleetTreeProvider implements vscode.TreeDataProvider<RowElement>, Disposable {
  readonly #tree: FleetTree;
  readonly #elements = new Map<string, RowElement>();
  readonly #changed = new vscode.EventEmitter<RowElement[] | undefined>();
  readonly #subscription: Disposable;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(tree: FleetTree) {
    this.#tree = tree;
    this.#subscription = tree.onDidChange(({ rows }) => this.#fire(rows));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  element(id: string): RowElement {
    const known = this.#elements.get(id);
    if (known !== undefined) return known;
    const created = { id };
    this.#elements.set(id, created);
    return created;
  }

  getChildren(element?: RowElement): RowElement[] {
    return this.#tree.children(element?.id ?? null).map((id) => this.element(id));
  }

  getParent(element: RowElement): RowElement | undefined {
    const parent = this.#tree.parent(element.id);
    return parent === null ? undefined : this.element(parent);
  }

  getTreeItem(element: RowElement): vscode.TreeItem {
    const row = this.#tree.row(element.id);
    // The editor may still ask for a row that went in the same moment; an empty item is replaced by the next refresh.
    return row === undefined ? new vscode.TreeItem('') : toTreeItem(row);
  }

  resolveTreeItem(item: vscode.TreeItem, element: RowElement): vscode.TreeItem {
    const tooltip = new vscode.MarkdownString(this.#tree.tooltip(element.id).markdown, true);
    item.tooltip = tooltip;
    return item;
  }

  #fire(rows: readonly (string | null)[]): void {
    if (rows.includes(null)) {
      this.#forgetGoneRows();
      this.#changed.fire(undefined);
      return;
    }
    const elements = rows.filter((id): id is string => id !== null).map((id) => this.element(id));
    if (elements.length > 0) this.#changed.fire(elements);
  }

  #forgetGoneRows(): void {
    for (const id of this.#elements.keys()) if (this.#tree.row(id) === undefined) this.#elements.delete(id);
  }
}

function toTreeItem(row: TreeRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, collapsibleState[row.collapsible]);
  item.id = row.id;
  item.description = row.description;
  item.contextValue = row.contextValue;
  item.accessibilityInformation = { label: row.accessibleLabel };
  if (row.icon !== null) item.iconPath = new vscode.ThemeIcon(row.icon, iconColor(row.tone));
  if (row.edge !== null) item.resourceUri = rowUri(row.id, row.edge, row.tone);
  if (row.open !== null) item.command = openCommand(row.open);
  return item;
}

const collapsibleState = {
  none: vscode.TreeItemCollapsibleState.None,
  collapsed: vscode.TreeItemCollapsibleState.Collapsed,
  expanded: vscode.TreeItemCollapsibleState.Expanded,
} as const;

function openCommand(target: RowTarget): vscode.Command {
  switch (target.kind) {
    case 'haStatus':
      return {
        command: 'proxbox.cluster.openHaStatus',
        title: 'Open HA Status',
        arguments: [target.clusterId],
      };
    case 'guest':
      return { command: 'proxbox.guest.open', title: 'Open Guest', arguments: [target.guestId] };
    case 'command':
      return { command: target.command, title: 'Open', arguments: [target.argument] };
  }
}
