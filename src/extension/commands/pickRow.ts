import * as vscode from 'vscode';
import type { FleetModel } from '../../console/fleetModel.ts';
import { searchFleet } from '../../console/search.ts';
import { rowIdOf } from './commandRegistry.ts';

/** Console id that a command was called on, when it names a record that is known. */
export function knownRecordId(model: FleetModel, argument: unknown): string | null {
  const id = rowIdOf(argument)?.replace(/^attention:/, '') ?? null;
  return id !== null && model.record(id) !== undefined ? id : null;
}

/** The cluster a command was called on or one that is picked. */
export async function pickClusterId(
  model: FleetModel,
  argument: unknown,
  placeholder: string,
): Promise<string | undefined> {
  const id = knownRecordId(model, argument);
  const named = id === null ? undefined : model.clusterOf(id);
  if (named !== undefined) return named.id;
  const views = model.clusters();
  if (views.length <= 1) return views[0]?.id;
  const chosen = await vscode.window.showQuickPick(
    views.map((view) => ({
      label: `$(${view.quorum.icon}) ${view.cluster.name}`,
      description: view.quorum.label,
      id: view.id,
    })),
    { placeHolder: placeholder },
  );
  return chosen?.id;
}

/** An object picked by searching; `query` narrows what is offered at first. */
export async function pickBySearch(
  model: FleetModel,
  query: string,
  placeholder: string,
): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly id?: string }>();
  pick.placeholder = placeholder;
  const update = (text: string): void => {
    const { hits, cut } = searchFleet(model, [query, text].filter((part) => part !== '').join(' '));
    pick.items = [
      ...hits.map((hit) => ({
        id: hit.id,
        label: `$(${hit.icon}) ${hit.label}`,
        description: hit.description,
        alwaysShow: true,
      })),
      ...(cut ? [{ label: 'Keep typing to narrow the list', alwaysShow: true }] : []),
    ];
  };
  pick.onDidChangeValue(update);
  update('');
  pick.show();
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.id);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
  });
}
