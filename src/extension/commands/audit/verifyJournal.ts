import { plainText } from '../../../base/text.ts';
import { intentSentence } from '../../../console/intent/intentErrors.ts';
import type { WriteViews } from '../../deletion/writeViews.ts';
import { showError, showInfo } from '../../messages.ts';
import { OperatorError } from '../commandRegistry.ts';

/** Lets every server with a journal check its chain, and tells the result. */
export async function verifyJournal({ desk, services }: WriteViews): Promise<void> {
  const offered = desk.pictures.filter(({ isOffered }) => isOffered === true);
  if (offered.length === 0) throw new OperatorError('No connected server keeps a journal.');
  for (const { connectionId, connectionName } of offered) {
    const intent = services.registry.active.get(connectionId)?.intent;
    if (intent === undefined) continue;
    const name = plainText(connectionName, 60);
    try {
      const { intact, rows, message } = await intent.verifyAudit();
      if (intact) void showInfo(`${name}: the journal is whole, ${rows ?? 'an unknown number of'} rows.`);
      else
        void showError(
          `${name}: the journal is not whole. ${plainText(message ?? 'The server did not tell where.', 300)}`,
        );
    } catch (error) {
      throw new OperatorError(intentSentence(error, connectionName));
    }
  }
}
