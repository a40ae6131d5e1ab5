import * as vscode from 'vscode';
import type { Services } from '../../services.ts';
import { freeConnectionId } from '../../settings/connectionSettings.ts';

/** Adds the demo connection, or turns the known one on, and shows the tree. */
export async function startDemo(services: Services): Promise<void> {
  const { settings } = services.registry;
  const known = settings.find((setting) => setting.kind === 'demo');
  if (known === undefined) {
    const id = freeConnectionId('demo', new Set(settings.map((setting) => setting.id)));
    await services.registry.save({ id, name: 'Demo', kind: 'demo', enabled: true });
  } else if (!known.enabled) await services.registry.save({ ...known, enabled: true });
  await vscode.commands.executeCommand('proxbox.clusters.focus');
}
