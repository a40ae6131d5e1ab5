import * as vscode from 'vscode';
import type { TreeFilter } from '../../../console/treeRow.ts';
import type { Services } from '../../services.ts';
import { setFilter } from './setFilter.ts';

type Flag = 'problemsOnly' | 'haOnly' | 'showTemplates';

const flagLabels: readonly { readonly flag: Flag; readonly label: string }[] = [
  { flag: 'problemsOnly', label: 'Problems only' },
  { flag: 'haOnly', label: 'HA-managed guests only' },
  { flag: 'showTemplates', label: 'Show templates' },
];

/** Text and switches of the tree's filter in one quick pick; what is typed filters at once. */
export function editFilter(services: Services): void {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly flag: Flag }>();
  const before = services.tree.filter;
  pick.title = 'Filter Clusters';
  pick.placeholder = 'Words that a row must hold';
  pick.canSelectMany = true;
  pick.value = before.text;
  pick.items = flagLabels.map((item) => ({ ...item, alwaysShow: true }));
  pick.selectedItems = pick.items.filter((item) => before[item.flag]);
  const current = (): TreeFilter => {
    const on = new Set(pick.selectedItems.map((item) => item.flag));
    return {
      text: pick.value.trim(),
      problemsOnly: on.has('problemsOnly'),
      haOnly: on.has('haOnly'),
      showTemplates: on.has('showTemplates'),
    };
  };
  pick.onDidChangeValue(() => setFilter(services, current()));
  pick.onDidAccept(() => {
    setFilter(services, current());
    pick.hide();
  });
  pick.onDidHide(() => pick.dispose());
  pick.show();
}
