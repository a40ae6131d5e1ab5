import * as vscode from 'vscode';
import { showInfo, withNotice } from '../messages.ts';

export interface ExportOptions {
  /** Whose data it is, on one line. */
  readonly owner: string;
  /** What is saved: "audit journal". */
  readonly what: string;
  /** Title of the dialog. */
  readonly title: string;
  /** Proposed name; its ending is offered first. */
  readonly fileName: string;
  readonly read: (format: 'json' | 'csv') => Promise<string>;
}

/** Asks for a file and saves as JSON or CSV, by the ending of the chosen name. */
export async function saveExport({ owner, what, title, fileName, read }: ExportOptions): Promise<void> {
  const isCsvFirst = fileName.endsWith('.csv');
  const target = await vscode.window.showSaveDialog({
    title,
    saveLabel: 'Export',
    filters: isCsvFirst ? { CSV: ['csv'], JSON: ['json'] } : { JSON: ['json'], CSV: ['csv'] },
    defaultUri: inFirstFolder(fileName),
  });
  if (target === undefined) return;
  const ending = target.path.toLowerCase();
  const format = ending.endsWith('.csv') || (isCsvFirst && !ending.endsWith('.json')) ? 'csv' : 'json';
  const text = await withNotice(`${owner}: reading the ${what}`, () => read(format));
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  const open = 'Open';
  const answer = await showInfo(`${owner}: the ${what} was saved as ${target.path.split('/').at(-1)}.`, open);
  if (answer === open) await vscode.window.showTextDocument(target);
}

function inFirstFolder(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return folder === undefined ? vscode.Uri.file(name) : vscode.Uri.joinPath(folder, name);
}
