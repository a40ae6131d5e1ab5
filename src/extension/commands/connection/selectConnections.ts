import * as vscode from 'vscode';
import type { Services } from '../../services.ts';

/** Chooses which connections are on. One that is off is not read and shows nothing; its key stays stored. */
export async function selectConnections(services: Services): Promise<void> {
  const settings = services.registry.settings;
  const chosen = await vscode.window.showQuickPick(
    settings.map((setting) => ({ label: setting.name, picked: setting.enabled, setting })),
    { canPickMany: true, placeHolder: 'Which connections are on?', ignoreFocusOut: true },
  );
  if (chosen === undefined) return;
  const on = new Set(chosen.map((item) => item.setting.id));
  for (const setting of settings) {
    const enabled = on.has(setting.id);
    if (enabled !== setting.enabled) await services.registry.save({ ...setting, enabled });
  }
}
