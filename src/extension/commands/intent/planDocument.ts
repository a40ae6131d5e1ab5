import * as vscode from 'vscode';
import { plainText } from '../../../base/text.ts';
import type { IntentWorkbench, OpenIntent } from '../../intent/intentWorkbench.ts';
import { withNotice } from '../../messages.ts';
import { pickDocument } from './pickDocument.ts';

/** Plans a document and shows the plan beside it. Planning only reads. */
export async function planDocument(workbench: IntentWorkbench, argument: unknown): Promise<void> {
  const open = await pickDocument(workbench, argument, 'Plan which document?');
  if (open === undefined || !(await chooseConnection(open))) return;
  workbench.pages.openPlan(open);
  await makePlan(open);
}

/** Shows the plan or run of a document without making a new one. */
export async function showPlan(workbench: IntentWorkbench, argument: unknown): Promise<void> {
  const open = await pickDocument(workbench, argument, 'Show the plan of which document?');
  if (open !== undefined) workbench.pages.openPlan(open);
}

async function makePlan({ session }: OpenIntent): Promise<void> {
  const cluster = session.target()?.record.name ?? session.read.cluster;
  await withNotice(
    cluster === null ? 'Planning' : `Planning for ${plainText(cluster, 60)}`,
    async (_report, token) => {
      const cancelled = new Promise<void>((resolve) => {
        token.onCancellationRequested(() => {
          session.cancelPlanning();
          resolve();
        });
      });
      await Promise.race([session.makePlan(), cancelled]);
    },
    { cancellable: true },
  );
}

/** Where several connections have a cluster of that key, somebody has to say which. False: they did not. */
async function chooseConnection({ session }: OpenIntent): Promise<boolean> {
  const candidates = session.candidates();
  if (candidates.length < 2 || session.target() !== null) return true;
  const chosen = await vscode.window.showQuickPick(
    candidates.map(({ record, connection }) => ({
      label: record.name,
      description: connection.name,
      connectionId: connection.id,
    })),
    { placeHolder: 'Several connections have this cluster. Plan over which?' },
  );
  if (chosen === undefined) return false;
  session.chooseConnection(chosen.connectionId);
  return true;
}
