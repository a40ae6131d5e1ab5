import * as vscode from 'vscode';
import { isFiltering } from '../../../console/treeFilter.ts';
import type { TreeFilter } from '../../../console/treeRow.ts';
import type { Services } from '../../services.ts';

/** Narrows the tree, and tells menus and the view's message about it. */
export function setFilter(services: Services, filter: TreeFilter): void {
  services.tree.filter = filter;
  void vscode.commands.executeCommand('setContext', 'proxbox.filtered', isFiltering(filter));
  services.onDidChangeFilter.fire();
}
