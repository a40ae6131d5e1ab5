import * as vscode from 'vscode';
import type { Services } from '../../services.ts';
import { pickBySearch } from '../searchPick.ts';

/** Finds an object over all clusters and opens its page, or shows it in the tree when it has none. */
export async function searchEverything(services: Services): Promise<void> {
  const hit = await pickBySearch(
    services.model,
    '',
    'Id, name, node, tag; state:error  cluster:lab  node:pve2  is:ha  is:problem  ! negates',
  );
  if (hit === undefined) return;
  if (hit.target.kind === 'guest')
    await vscode.commands.executeCommand('proxbox.guest.open', hit.target.guestId);
  else if (hit.id.startsWith('cluster:'))
    await vscode.commands.executeCommand('proxbox.cluster.openHaStatus', hit.id);
  else await vscode.commands.executeCommand('proxbox.row.revealInTree', hit.id);
}
