import * as vscode from 'vscode';
import { plainText } from '../../base/text.ts';
import type { IntentClient } from '../../client/intentClient.ts';
import { intentSentence } from '../../console/intent/intentErrors.ts';
import type { WriteViews } from '../deletion/writeViews.ts';
import { OperatorError } from './commandRegistry.ts';

/** A connected server that has a write side, and how to speak to it. */
export interface PickedServer {
  readonly connectionId: string;
  /** As configured, not cleaned. */
  readonly name: string;
  readonly intent: IntentClient;
}

/** The only connected server with a write side, or the one that is picked; `undefined` when the question was left. */
export async function pickServer(
  { desk, services }: WriteViews,
  placeHolder: string,
): Promise<PickedServer | undefined> {
  const servers = desk.pictures.flatMap(({ connectionId, connectionName, isOffered }): PickedServer[] => {
    const intent = services.registry.active.get(connectionId)?.intent;
    return isOffered === true && intent !== undefined ? [{ connectionId, name: connectionName, intent }] : [];
  });
  if (servers.length === 0)
    throw new OperatorError('No connected server keeps a journal. Connect to an aggregator with a store.');
  if (servers.length === 1) return servers[0];
  const chosen = await vscode.window.showQuickPick(
    servers.map((server) => ({ label: plainText(server.name, 60), server })),
    { placeHolder, ignoreFocusOut: true },
  );
  return chosen?.server;
}

/** Asks the server something; what goes wrong is told in one sentence that names it. */
export async function askServer<T>(
  { intent, name }: PickedServer,
  ask: (intent: IntentClient) => Promise<T>,
): Promise<T> {
  try {
    return await ask(intent);
  } catch (error) {
    throw new OperatorError(intentSentence(error, name));
  }
}
