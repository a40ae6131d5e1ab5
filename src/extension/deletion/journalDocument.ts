import * as vscode from 'vscode';
import { intentSentence } from '../../console/intent/intentErrors.ts';
import { journalText } from '../../console/intent/journalText.ts';
import type { Services } from '../services.ts';
import { journalScheme } from './writeFeature.ts';

/** Entries of one document; older ones are in the export. */
const entriesShown = 500;

/** Address of the read-only document that shows the journal of a connection's server. */
export function journalUri(connectionId: string): vscode.Uri {
  return vscode.Uri.from({
    scheme: journalScheme,
    path: `/${connectionId} audit journal`,
    query: connectionId,
  });
}

/** Text of such a document, read now; a server that cannot be read has its reason in it. */
export async function readJournal(services: Services, { query: connectionId }: vscode.Uri): Promise<string> {
  await services.registry.ready;
  const active = services.registry.active.get(connectionId);
  if (active === undefined)
    return 'This connection is switched off. Switch it on, then open the journal again.\n';
  const { intent, setting } = active;
  try {
    const { rows, nextBefore } = await intent.audit({ limit: entriesShown });
    return journalText({ connectionName: setting.name, entries: rows, isCut: nextBefore !== null });
  } catch (error) {
    return `${intentSentence(error, setting.name)}\n`;
  }
}
