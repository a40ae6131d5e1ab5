import * as vscode from 'vscode';
import { parseConsoleId } from '../../../console/fleetModel.ts';
import type { ConnectionRegistry } from '../../connections/connectionRegistry.ts';
import type { ConnectionSetting } from '../../settings/connectionSettings.ts';
import { rowIdOf } from '../commandRegistry.ts';

const kindWords: Readonly<Record<ConnectionSetting['kind'], string>> = {
  demo: 'demo',
  proxmox: 'Proxmox nodes',
  aggregator: 'aggregator server',
};

/** The connection a command was called on (its row, a row of one of its clusters, its id), or one that is picked. */
export async function pickConnection(
  registry: ConnectionRegistry,
  argument: unknown,
  placeholder: string,
  accepts: (setting: ConnectionSetting) => boolean = () => true,
): Promise<ConnectionSetting | undefined> {
  const rowId = rowIdOf(argument);
  const named = rowId === null ? undefined : registry.find(connectionIdOf(rowId));
  if (named !== undefined && accepts(named)) return named;
  const candidates = registry.settings.filter(accepts);
  if (candidates.length <= 1) return candidates[0];
  const chosen = await vscode.window.showQuickPick(
    candidates.map((setting) => ({ label: setting.name, description: kindWords[setting.kind], setting })),
    { placeHolder: placeholder, ignoreFocusOut: true },
  );
  return chosen?.setting;
}

function connectionIdOf(rowId: string): string {
  return rowId.startsWith('connection:')
    ? rowId.slice('connection:'.length)
    : (parseConsoleId(rowId)?.connectionId ?? rowId);
}
