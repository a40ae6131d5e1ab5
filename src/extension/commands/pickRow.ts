import * as vscode from 'vscode';
import type { FleetModel } from '../../console/fleetModel.ts';
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
