import * as vscode from 'vscode';
import { DisposableStore } from '../base/lifecycle.ts';
import { registerCommands } from './commands/registerCommands.ts';
import { modelConnections } from './connections/modelConnections.ts';
import { createServices, type Services } from './services.ts';
import { QuorumItem } from './status/quorumItem.ts';
import { FleetTreeView } from './trees/fleetTreeView.ts';
import { registerRowDecorations } from './trees/rowDecorations.ts';
import { Pages } from './webviews/pages.ts';

/** Wires the parts; what they do is in their own files. */
export function activate(context: vscode.ExtensionContext): void {
  const owned = new DisposableStore();
  context.subscriptions.push(owned);
  const services = owned.add(createServices(context));
  const pages = owned.add(
    new Pages({
      extensionUri: context.extensionUri,
      model: services.model,
      logger: services.logger,
      act: (action) =>
        void import('./commands/pageAction.ts')
          .then(({ runPageAction }) => runPageAction(services, action))
          .catch((error: unknown) => services.logger.error('a page action failed', { error })),
    }),
  );
  owned.add(registerRowDecorations());
  const treeView = owned.add(new FleetTreeView(services.tree, services.onDidChangeFilter.event));
  const quorumItem = owned.add(new QuorumItem(services.model));
  owned.add(registerCommands(services, { pages, treeView, quorumItem }));
  owned.add(services.registry.onDidChange(() => applyConnections(services)));
  // The status bar shows quorum from the start, so data is needed as soon as there is a connection.
  services.registry.setWatched(true);
  applyConnections(services);
}

/** Shows the connections that are on, and says once what in the list could not be understood. */
function applyConnections(services: Services): void {
  const { registry, model, logger } = services;
  model.setConnections(modelConnections(registry));
  const set = (key: string, value: boolean): void =>
    void vscode.commands.executeCommand('setContext', key, value);
  set('proxbox.hasConnections', registry.settings.length > 0);
  set(
    'proxbox.demoRunning',
    [...registry.active.values()].some(({ setting }) => setting.kind === 'demo'),
  );
  if (registry.problems.length === 0) return;
  for (const problem of registry.problems)
    logger.warn('a connection in the settings cannot be used', { ...problem });
  const [first] = registry.problems;
  const name = first?.id ?? `entry ${(first?.index ?? 0) + 1}`;
  const more = registry.problems.length > 1 ? ` (and ${registry.problems.length - 1} more)` : '';
  void vscode.window
    .showWarningMessage(
      `Connection ${name} cannot be used${more}: ${first?.message}. The others are not affected. Correct it in the settings.`,
      'Open Settings',
    )
    .then((choice) => {
      if (choice !== undefined)
        void vscode.commands.executeCommand('workbench.action.openSettings', 'proxbox.connections');
    });
}
