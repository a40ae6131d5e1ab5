import * as vscode from 'vscode';
import { intentTemplate } from '../../../console/intent/intentFile.ts';
import type { Services } from '../../services.ts';

/** Opens a new document with one guest of each kind of change. Nothing is written before somebody saves it. */
export async function newDocument({ model }: Services): Promise<void> {
  const entries = model.clusters();
  const keys = [...new Set(entries.map(({ record }) => record.key))];
  const key =
    keys.length > 1
      ? await vscode.window.showQuickPick(keys, { placeHolder: 'For which cluster?' })
      : (keys[0] ?? 'lab');
  if (key === undefined) return;
  const entry = entries.find(({ record }) => record.key === key);
  const nodes = entry === undefined ? [] : [...entry.connection.connection.store.list('nodes').values()];
  const node = nodes.find(({ cluster, online }) => cluster === key && online === true)?.name ?? 'pve1';
  const uri = await freeUri();
  const document = await vscode.workspace.openTextDocument(uri);
  const editor = await vscode.window.showTextDocument(document);
  await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), intentTemplate('yaml', key, node)));
}

/** Address of a document that is not saved yet, in the first folder where there is one. */
async function freeUri(): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  for (let number = 1; ; number += 1) {
    const name = `${number === 1 ? 'new' : `new-${number}`}.proxbox-intent.yaml`;
    const target =
      folder === undefined
        ? vscode.Uri.from({ scheme: 'untitled', path: name })
        : vscode.Uri.joinPath(folder, name);
    const uri = target.with({ scheme: 'untitled' });
    const isOpen = vscode.workspace.textDocuments.some((document) => document.uri.path === uri.path);
    if (!isOpen && (folder === undefined || !(await exists(target)))) return uri;
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
