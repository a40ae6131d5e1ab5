import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { TestAccess } from '../../../src/extension/extension.ts';

export const extensionId = 'proxbox.proxbox-operator-console';

/** The parts of the running extension; it hands them out because the editor runs its tests. */
export async function access(): Promise<TestAccess> {
  const extension = vscode.extensions.getExtension<TestAccess | undefined>(extensionId);
  assert.ok(extension, `${extensionId} is not installed`);
  const parts = await extension.activate();
  assert.ok(parts, 'the extension runs as if it were not tested');
  await parts.services.registry.ready;
  return parts;
}

/** Replaces the connection list as a person would in the settings; resolves when the extension has taken it over. */
export async function setConnections(list: unknown): Promise<void> {
  await vscode.workspace
    .getConfiguration('proxbox')
    .update('connections', list, vscode.ConfigurationTarget.Global);
}

/** Waits until `read` returns something other than undefined; tells what it last saw when it never does. */
export async function eventually<T>(
  what: string,
  read: () => T | undefined,
  seen: () => unknown = () => '',
  deadlineMs = 45_000,
): Promise<T> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    const value = read();
    if (value !== undefined) return value;
    if (Date.now() > until) throw new Error(`${what} did not come about. Seen: ${JSON.stringify(seen())}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

type Asking =
  | 'showQuickPick'
  | 'showInputBox'
  | 'showWarningMessage'
  | 'showErrorMessage'
  | 'showInformationMessage';

/** Answers one kind of the editor's questions for as long as `body` runs; the browser suite answers them by hand. */
export async function answering<T>(
  asking: Asking,
  answer: (...args: readonly unknown[]) => unknown,
  body: () => Promise<T>,
): Promise<T> {
  const original = Object.getOwnPropertyDescriptor(vscode.window, asking);
  assert.ok(original, asking);
  Object.defineProperty(vscode.window, asking, {
    configurable: true,
    writable: true,
    value: async (...args: unknown[]) => answer(...args),
  });
  try {
    return await body();
  } finally {
    Object.defineProperty(vscode.window, asking, original);
  }
}

/** Closes every page of the extension. */
export async function closePages(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

export function openTabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);
}
