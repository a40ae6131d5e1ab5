import * as vscode from 'vscode';
import { parseConsoleId } from '../../../console/fleetModel.ts';
import type { ClusterNode } from '../../../contract/model/node.ts';
import type { Services } from '../../services.ts';
import { rowIdOf } from '../commandRegistry.ts';

/** A simulated node. */
export interface DemoNode {
  readonly connectionId: string;
  readonly cluster: string;
  readonly name: string;
}

/** The simulated node a command was called on, or one of those that fit, which is picked. */
export async function pickDemoNode(
  services: Services,
  argument: unknown,
  placeHolder: string,
  fits: (node: ClusterNode) => boolean,
): Promise<DemoNode | undefined> {
  const nodes = [...services.registry.active.values()]
    .filter(({ setting }) => setting.kind === 'demo')
    .flatMap(({ setting, connection }) =>
      [...connection.store.list('nodes').values()]
        .filter(fits)
        .map((node) => ({ connectionId: setting.id, cluster: node.cluster, name: node.name })),
    );
  const named = nodeOfRow(rowIdOf(argument), nodes);
  if (named !== undefined) return named;
  const chosen = await vscode.window.showQuickPick(
    nodes.map((node) => ({ label: `${node.cluster}/${node.name}`, node })),
    { placeHolder },
  );
  return chosen?.node;
}

/** Path of the simulator's admin routes about a node. */
export function nodePath({ cluster, name }: DemoNode, action: string): string {
  return `/clusters/${encodeURIComponent(cluster)}/nodes/${encodeURIComponent(name)}/${action}`;
}

function nodeOfRow(rowId: string | null, nodes: readonly DemoNode[]): DemoNode | undefined {
  const parsed = rowId === null ? null : parseConsoleId(rowId);
  if (parsed === null || parsed === undefined) return undefined;
  return nodes.find(
    (node) =>
      parsed.connectionId === node.connectionId && parsed.recordId === `node:${node.cluster}/${node.name}`,
  );
}
