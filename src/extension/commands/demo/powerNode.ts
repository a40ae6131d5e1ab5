import * as vscode from 'vscode';
import { parseConsoleId } from '../../../console/fleetModel.ts';
import type { Services } from '../../services.ts';
import { rowIdOf } from '../commandRegistry.ts';
import { commandSimulator } from './simulatorAdmin.ts';

/** Cuts the power of a simulated node, or gives it back, so that an operator can watch what the console shows. */
export async function powerNode(services: Services, argument: unknown, on: boolean): Promise<void> {
  const node = await pickDemoNode(services, argument, on);
  if (node === undefined) return;
  const { connectionId, cluster, name } = node;
  await commandSimulator(
    services,
    connectionId,
    `/clusters/${encodeURIComponent(cluster)}/nodes/${encodeURIComponent(name)}/power`,
    { on },
  );
}

interface DemoNode {
  readonly connectionId: string;
  readonly cluster: string;
  readonly name: string;
}

async function pickDemoNode(
  services: Services,
  argument: unknown,
  on: boolean,
): Promise<DemoNode | undefined> {
  const nodes = [...services.registry.active.values()]
    .filter((active) => active.setting.kind === 'demo')
    .flatMap((active) =>
      [...active.connection.store.list('nodes').values()]
        .filter((node) => (node.online === false) === on)
        .map((node) => ({ connectionId: active.setting.id, cluster: node.cluster, name: node.name })),
    );
  const named = nodeOfRow(rowIdOf(argument), nodes);
  if (named !== undefined) return named;
  const chosen = await vscode.window.showQuickPick(
    nodes.map((node) => ({ label: `${node.cluster}/${node.name}`, node })),
    {
      placeHolder: on ? 'Give power back to which simulated node?' : 'Pull the plug of which simulated node?',
    },
  );
  return chosen?.node;
}

function nodeOfRow(rowId: string | null, nodes: readonly DemoNode[]): DemoNode | undefined {
  const parsed = rowId === null ? null : parseConsoleId(rowId);
  if (parsed === null || parsed === undefined) return undefined;
  return nodes.find(
    (node) =>
      parsed.connectionId === node.connectionId && parsed.recordId === `node:${node.cluster}/${node.name}`,
  );
}
