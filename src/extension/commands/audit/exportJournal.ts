import * as vscode from 'vscode';
import { plainText } from '../../../base/text.ts';
import type { WriteViews } from '../../deletion/writeViews.ts';
import { showInfo, withNotice } from '../../messages.ts';
import { askServer, pickServer } from '../pickServer.ts';

/** Saves every row of a server's journal, with the hashes of its chain, as JSON or CSV by the name's ending. */
export async function exportJournal(views: WriteViews): Promise<void> {
  const server = await pickServer(views, 'Export the audit journal of which server?');
  if (server === undefined) return;
  const name = plainText(server.name, 60);
  const target = await vscode.window.showSaveDialog({
    title: `Export Audit Journal of ${name}`,
    saveLabel: 'Export',
    filters: { JSON: ['json'], CSV: ['csv'] },
    defaultUri: inFirstFolder(`${server.connectionId}-audit.json`),
  });
  if (target === undefined) return;
  const format = target.path.toLowerCase().endsWith('.csv') ? 'csv' : 'json';
  const text = await withNotice(`${name}: reading the audit journal`, () =>
    askServer(server, (intent) => intent.exportAudit(format)),
  );
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  const open = 'Open';
  const answer = await showInfo(
    `${name}: the audit journal was saved as ${target.path.split('/').at(-1)}.`,
    open,
  );
  if (answer === open) await vscode.window.showTextDocument(target);
}

function inFirstFolder(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return folder === undefined ? vscode.Uri.file(name) : vscode.Uri.joinPath(folder, name);
}
