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
  | 'showInformationMessage'
  | 'showSaveDialog'
  | 'withProgress';

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

/** Types a text into every input box opened while `body` runs, accepts it, and leaves a box that does not take it. */
export async function typing<T>(text: string, body: () => Promise<T>): Promise<T> {
  const original = vscode.window.createInputBox;
  const fake = (): vscode.InputBox => {
    const box = original();
    const accepted = new vscode.EventEmitter<void>();
    return new Proxy(box, {
      get(target, name) {
        if (name === 'onDidAccept') return accepted.event;
        if (name === 'show')
          return () => {
            target.show();
            target.value = text;
            accepted.fire();
            target.hide();
          };
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
      set: (target, name, value) => Reflect.set(target, name, value, target),
    });
  };
  Object.defineProperty(vscode.window, 'createInputBox', { configurable: true, writable: true, value: fake });
  try {
    return await body();
  } finally {
    Object.defineProperty(vscode.window, 'createInputBox', {
      configurable: true,
      writable: true,
      value: original,
    });
  }
}

/** Closes every page of the extension. */
export async function closePages(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

export function openTabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);
}
