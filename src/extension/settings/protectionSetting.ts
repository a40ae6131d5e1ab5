import * as vscode from 'vscode';
import { type ProtectionLevel, protectionLevels } from '../../console/intent/applyConfirmation.ts';

const section = 'proxbox';
const key = 'protection';

/**
 * How much is asked before a cluster is changed. Only the user's own value counts, so a folder can lower nothing; a word
 * that is no level reads as the strictest, a cluster that is not named as `guarded`.
 */
export function protectionOf(clusterId: string): ProtectionLevel {
  const value = userValue()[settingKey(clusterId)];
  if (value === undefined) return 'guarded';
  return protectionLevels.find((level) => level === value) ?? 'protected';
}

export async function setProtection(clusterId: string, level: ProtectionLevel): Promise<void> {
  const next = { ...userValue(), [settingKey(clusterId)]: level };
  await vscode.workspace.getConfiguration(section).update(key, next, vscode.ConfigurationTarget.Global);
}

/** `demo.prod`: connection and cluster key. */
function settingKey(clusterId: string): string {
  return clusterId.slice('cluster:'.length);
}

function userValue(): Readonly<Record<string, unknown>> {
  const value = vscode.workspace.getConfiguration(section).inspect<unknown>(key)?.globalValue;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
