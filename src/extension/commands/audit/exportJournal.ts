import { plainText } from '../../../base/text.ts';
import type { WriteViews } from '../../deletion/writeViews.ts';
import { askServer, pickServer } from '../pickServer.ts';
import { saveExport } from '../saveExport.ts';

/** Saves every row of a server's journal, with the hashes of its chain, as JSON or CSV by the name's ending. */
export async function exportJournal(views: WriteViews): Promise<void> {
  const server = await pickServer(views, 'Export the audit journal of which server?');
  if (server === undefined) return;
  const owner = plainText(server.name, 60);
  await saveExport({
    owner,
    what: 'audit journal',
    title: `Export Audit Journal of ${owner}`,
    fileName: `${server.connectionId}-audit.json`,
    read: (format) => askServer(server, (intent) => intent.exportAudit(format)),
  });
}
