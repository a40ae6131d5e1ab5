import * as vscode from 'vscode';
import { journalUri } from '../../deletion/journalDocument.ts';
import type { WriteFeature } from '../../deletion/writeFeature.ts';
import { pickServer } from '../pickServer.ts';

/** Opens the newest entries of a server's journal as a text that can be searched; opening it again reads it anew. */
export async function openJournal(write: WriteFeature): Promise<void> {
  const server = await pickServer(await write.load(), 'Open the audit journal of which server?');
  if (server === undefined) return;
  const uri = journalUri(server.connectionId);
  write.renewJournal(uri);
  await vscode.window.showTextDocument(uri, { preview: true });
}
