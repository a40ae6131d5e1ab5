import * as vscode from 'vscode';
import type { Services } from '../../services.ts';
import { nodePath, pickDemoNode } from './pickDemoNode.ts';
import { commandSimulator } from './simulatorAdmin.ts';

interface Change {
  readonly label: string;
  readonly detail: string;
  readonly action: string;
  readonly body: unknown;
}

const changes: readonly Change[] = [
  {
    label: '$(debug-disconnect) Cut the Network',
    detail: 'The node loses quorum; with HA guests on it, its watchdog resets it after a minute.',
    action: 'partition',
    body: { isolated: true },
  },
  {
    label: '$(plug) Connect the Network Again',
    detail: 'The node sees the others again.',
    action: 'partition',
    body: { isolated: false },
  },
  {
    label: '$(tools) Enter Maintenance',
    detail: 'HA guests leave the node as far as they can.',
    action: 'maintenance',
    body: { enabled: true },
  },
  {
    label: '$(check) Leave Maintenance',
    detail: 'HA guests that came from here return.',
    action: 'maintenance',
    body: { enabled: false },
  },
  {
    label: '$(debug-restart) Reboot',
    detail: 'The operating system ends the HA daemons first; services are frozen meanwhile.',
    action: 'shutdown',
    body: { kind: 'reboot' },
  },
  {
    label: '$(dashboard) Load Its Guests',
    detail: 'Every guest on the node takes all of its processors.',
    action: 'load',
    body: { share: 1 },
  },
  {
    label: '$(pulse) Take the Load Away',
    detail: 'Every guest on the node is nearly idle.',
    action: 'load',
    body: { share: 0.05 },
  },
];

/** Does something to a simulated node that happens to real ones. */
export async function changeNode(services: Services, argument: unknown): Promise<void> {
  const node = await pickDemoNode(services, argument, 'Change which simulated node?', () => true);
  if (node === undefined) return;
  const change = await vscode.window.showQuickPick([...changes], {
    title: `Simulated node ${node.cluster}/${node.name}`,
    placeHolder: 'What should happen?',
  });
  if (change !== undefined)
    await commandSimulator(services, node.connectionId, nodePath(node, change.action), change.body);
}
