import * as vscode from 'vscode';
import type { WhatIfFeature } from '../../foresight/whatIfFeature.ts';
import type { Services } from '../../services.ts';
import { OperatorError } from '../commandRegistry.ts';
import { knownRecordId } from '../knownRecord.ts';
import { pickClusterId } from '../pickRow.ts';

/** Asks what taking the node it was called on out of service would do, or one that is picked. */
export async function checkMaintenance(
  { model }: Services,
  feature: WhatIfFeature,
  argument: unknown,
): Promise<void> {
  const clusterId = await pickClusterId(model, argument, 'Maintenance of a node in which cluster?');
  const entry = clusterId === undefined ? undefined : model.clusterEntry(clusterId);
  if (clusterId === undefined || entry === undefined) return;
  const nodes = [...entry.connection.connection.store.list('nodes').values()]
    .filter(({ cluster }) => cluster === entry.record.key)
    .map(({ name }) => name)
    .sort();
  if (nodes.length === 0)
    throw new OperatorError(`${entry.record.name}: its nodes are not known yet, so nothing can be foreseen.`);
  const id = knownRecordId(model, argument);
  const node =
    nodes.find((name) => model.nodeId(clusterId, name) === id) ??
    (await vscode.window.showQuickPick(nodes, { placeHolder: 'Which node is to be taken out of service?' }));
  if (node === undefined) return;
  (await feature.load()).open(clusterId, [node], 'maintenance');
}
