import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import type { FleetModel } from '../../console/fleetModel.ts';
import { type SearchHit, searchFleet } from '../../console/search.ts';
import { knownRecordId } from './knownRecord.ts';

/** The cluster a command was called on or one that is picked. */
export async function pickClusterId(
  model: FleetModel,
  argument: unknown,
  placeholder: string,
): Promise<string | undefined> {
  const id = knownRecordId(model, argument);
  const named = id === null ? undefined : model.clusterIdOf(id);
  if (named !== undefined) return named;
  const entries = model.clusters();
  if (entries.length <= 1) return entries[0]?.id;
  const chosen = await vscode.window.showQuickPick(
    entries.map((entry) => {
      const quorum = model.context(entry.id)?.quorum;
      return {
        label: `$(${quorum?.icon ?? 'question'}) ${entry.record.name}`,
        description: quorum?.label ?? '',
        id: entry.id,
      };
    }),
    { placeHolder: placeholder },
  );
  return chosen?.id;
}

/** An object picked by searching; `narrowing` is put in front of what is typed. */
export async function pickBySearch(
  model: FleetModel,
  narrowing: string,
  placeholder: string,
): Promise<SearchHit | undefined> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly hit?: SearchHit }>();
  pick.placeholder = placeholder;
  const update = (text: string): void => {
    const query = [narrowing, text].filter((part) => part !== '').join(' ');
    const { hits, hint } = searchFleet(model, query, systemClock.now());
    pick.items = [
      ...hits.map((hit) => ({
        hit,
        label: hit.icon === null ? hit.label : `$(${hit.icon}) ${hit.label}`,
        description: hit.description,
        ...(hit.detail === null ? {} : { detail: hit.detail }),
        alwaysShow: true,
      })),
      ...(hint === null ? [] : [{ label: hint, alwaysShow: true }]),
    ];
  };
  pick.onDidChangeValue(update);
  update('');
  pick.show();
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.hit);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
  });
}
