import path from 'node:path';
import * as vscode from 'vscode';
import { intentFileGlob, intentLanguageOf } from '../../../console/intent/intentFile.ts';
import type { IntentWorkbench, OpenIntent } from '../../intent/intentWorkbench.ts';
import { OperatorError } from '../commandRegistry.ts';

const mostFiles = 200;

/** The intent document that a command was called on, the one in the editor, or one that is picked. */
export async function pickDocument(
  workbench: IntentWorkbench,
  argument: unknown,
  placeholder: string,
): Promise<OpenIntent | undefined> {
  const uri = uriOf(argument) ?? activeUri() ?? (await pickedUri(placeholder));
  if (uri === undefined) return undefined;
  const open = workbench.sessionOf(await vscode.workspace.openTextDocument(uri));
  if (open === null)
    throw new OperatorError(
      `${path.posix.basename(uri.path)} is no intent document. Their names end in .proxbox-intent.yaml or .proxbox-intent.json.`,
    );
  return open;
}

/** Links, menus and pages give the address itself or its text. */
function uriOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) return argument;
  return typeof argument === 'string' && argument.includes(':')
    ? vscode.Uri.parse(argument, true)
    : undefined;
}

function activeUri(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri !== undefined && intentLanguageOf(uri.path) !== null ? uri : undefined;
}

async function pickedUri(placeholder: string): Promise<vscode.Uri | undefined> {
  const files = await vscode.workspace.findFiles(intentFileGlob, undefined, mostFiles);
  if (files.length === 0)
    throw new OperatorError(
      'No intent document is in this workspace. Make one with Proxbox: New Intent Document.',
    );
  const items = files
    .map((uri) => ({
      label: path.posix.basename(uri.path),
      description: vscode.workspace.asRelativePath(path.posix.dirname(uri.path)),
      uri,
    }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
  if (items.length === 1) return items[0]?.uri;
  return (await vscode.window.showQuickPick(items, { placeHolder: placeholder }))?.uri;
}
