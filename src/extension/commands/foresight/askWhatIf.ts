import * as vscode from 'vscode';
import type { WhatIfFeature } from '../../foresight/whatIfFeature.ts';
import type { Services } from '../../services.ts';
import { OperatorError, rowIdsOf } from '../commandRegistry.ts';
import { knownRecordId } from '../knownRecord.ts';
import { pickClusterId } from '../pickRow.ts';

/** Asks what happens when the nodes it was called on fail, or those that are picked. */
export async function askWhatIf(
  { model }: Services,
  feature: WhatIfFeature,
  argument: unknown,
  all: unknown,
): Promise<void> {
  const clusterId = await pickClusterId(model, argument, 'What if a node of which cluster fails?');
  const entry = clusterId === undefined ? undefined : model.clusterEntry(clusterId);
  if (clusterId === undefined || entry === undefined) return;
  const nodes = [...entry.connection.connection.store.list('nodes').values()].filter(
    ({ cluster }) => cluster === entry.record.key,
  );
  if (nodes.length === 0)
    throw new OperatorError(`${entry.record.name}: its nodes are not known yet, so nothing can be foreseen.`);
  const ids = new Set([...rowIdsOf(argument, all), knownRecordId(model, argument)]);
  const called = nodes.map(({ name }) => name).filter((name) => ids.has(model.nodeId(clusterId, name)));
  const chosen =
    called.length > 0
      ? called
      : await vscode.window.showQuickPick(
          nodes.map(({ name }) => name),
          { canPickMany: true, placeHolder: 'Which nodes fail?' },
        );
  if (chosen === undefined || chosen.length === 0) return;
  (await feature.load()).open(clusterId, chosen);
}
