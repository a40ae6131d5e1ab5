import { plainText } from '../../base/text.ts';
import { toFleetError } from '../../client/clientError.ts';
import { RefusedByServer } from '../../client/intentClient.ts';
import { errorSentence } from '../errorText.ts';

/** A failure of the write side as one sentence for an operator: who, what, why and what next. */
export function intentSentence(error: unknown, connectionName: string): string {
  if (error instanceof RefusedByServer) return `${plainText(connectionName, 60)}: ${error.message}`;
  const failure = toFleetError(error);
  if (failure.code === 'notOffered')
    return `${plainText(connectionName, 60)} offers no changes: this server only reads. Connect to an aggregator with a store.`;
  return errorSentence(failure, { connectionName });
}
