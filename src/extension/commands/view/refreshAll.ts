import * as vscode from 'vscode';
import { toFleetError } from '../../../client/clientError.ts';
import { explainFleetError } from '../../../console/errorText.ts';
import type { Services } from '../../services.ts';
import { OperatorError } from '../commandRegistry.ts';

/** Reads everything now. What fails is said once, for all connections together; the old picture stays. */
export async function refreshAll(services: Services): Promise<void> {
  const failures = await vscode.window.withProgress({ location: { viewId: 'proxbox.clusters' } }, () =>
    Promise.all(
      services.model.connections.map(async (entry) => {
        try {
          await entry.connection.refresh();
          return null;
        } catch (error) {
          const text = explainFleetError(toFleetError(error), { connectionName: entry.name });
          return `${text.who}: not refreshed, ${text.what} ${text.next}`;
        }
      }),
    ),
  );
  const said = failures.filter((failure) => failure !== null);
  if (said.length > 0) throw new OperatorError(said.join(' '));
}
