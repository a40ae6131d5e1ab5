import * as vscode from 'vscode';
import type { Services } from '../../services.ts';
import { OperatorError } from '../commandRegistry.ts';
import { commandSimulator, demoConnectionId } from './simulatorAdmin.ts';

interface Change {
  readonly label: string;
  readonly detail: string;
  /** What is told to the simulator: path below the cluster, and body. */
  readonly steps: (nodes: readonly string[]) => readonly (readonly [path: string, body: unknown])[];
}

const partition = (nodes: readonly string[], isolated: boolean) =>
  nodes.map((node) => [`nodes/${encodeURIComponent(node)}/partition`, { isolated }] as const);

const changes: readonly Change[] = [
  {
    label: '$(error) Take Quorum Away',
    detail: 'All nodes but a minority are cut off from each other.',
    steps: (nodes) => partition(nodes.slice(Math.ceil(nodes.length / 2) - 1), true),
  },
  {
    label: '$(pass) Give Quorum Back',
    detail: 'Every node sees the others again.',
    steps: (nodes) => partition(nodes, false),
  },
  {
    label: '$(plug) Connect a Quorum Device',
    detail: 'Its votes are counted.',
    steps: () => [['qdevice', { state: 'connected' }]],
  },
  {
    label: '$(debug-disconnect) Lose the Quorum Device',
    detail: 'Its votes are expected and missing.',
    steps: () => [['qdevice', { state: 'disconnected' }]],
  },
  {
    label: '$(shield) Disarm HA, Services Frozen',
    detail: 'Nothing is fenced or recovered; services stay as they are. Proxmox VE 9.2 and newer.',
    steps: () => [['ha/disarm', { mode: 'freeze' }]],
  },
  {
    label: '$(shield) Disarm HA, Services Ignored',
    detail: 'Nothing is fenced or recovered; people may move services by hand. Proxmox VE 9.2 and newer.',
    steps: () => [['ha/disarm', { mode: 'ignore' }]],
  },
  {
    label: '$(shield) Arm HA',
    detail: 'HA takes its services over again.',
    steps: () => [['ha/arm', undefined]],
  },
];

/** Does something to a simulated cluster that happens to real ones. */
export async function changeCluster(services: Services): Promise<void> {
  const connectionId = demoConnectionId(services);
  const nodes = services.registry.active.get(connectionId)?.connection.store.list('nodes') ?? new Map();
  const byCluster = new Map<string, string[]>();
  for (const { cluster, name } of nodes.values())
    byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), name]);
  if (byCluster.size === 0)
    throw new OperatorError('Demo: its clusters were not read yet. Wait a moment and try again.');
  const cluster = await vscode.window.showQuickPick([...byCluster.keys()].sort(), {
    placeHolder: 'Change which simulated cluster?',
  });
  if (cluster === undefined) return;
  const change = await vscode.window.showQuickPick([...changes], {
    title: `Simulated cluster ${cluster}`,
    placeHolder: 'What should happen?',
  });
  for (const [path, body] of change?.steps((byCluster.get(cluster) ?? []).sort()) ?? [])
    await commandSimulator(services, connectionId, `/clusters/${encodeURIComponent(cluster)}/${path}`, body);
}
