import * as vscode from 'vscode';
import { systemClock } from '../base/clock.ts';
import { Emitter } from '../base/event.ts';
import { type Disposable, DisposableStore } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { FleetModel } from '../console/fleetModel.ts';
import { createFleetTree } from '../console/fleetTree.ts';
import type { FleetTree } from '../console/treeRow.ts';
import { ConnectionRegistry } from './connections/connectionRegistry.ts';
import type { OpenConnectionOptions } from './connections/openConnection.ts';
import { KnownSecrets } from './logging/knownSecrets.ts';
import { createOutputLogger } from './logging/outputLogger.ts';
import { ConnectionSecrets } from './storage/connectionSecrets.ts';

/** Everything that lives as long as the extension does, wired by hand. */
export interface Services extends Disposable {
  readonly extensionUri: vscode.Uri;
  /** What this window remembers of its views. */
  readonly windowState: vscode.Memento;
  readonly channel: vscode.LogOutputChannel;
  readonly logger: Logger;
  readonly secrets: ConnectionSecrets;
  readonly openOptions: Omit<OpenConnectionOptions, 'secrets'>;
  readonly registry: ConnectionRegistry;
  readonly model: FleetModel;
  readonly tree: FleetTree;
  /** Fired after the tree's filter was set. */
  readonly onDidChangeFilter: Emitter<void>;
}

export function createServices(context: vscode.ExtensionContext): Services {
  const owned = new DisposableStore();
  const channel = owned.add(vscode.window.createOutputChannel('Proxbox', { log: true }));
  const knownSecrets = new KnownSecrets();
  const logger = createOutputLogger(channel, knownSecrets);
  const secrets = new ConnectionSecrets(context.secrets, knownSecrets);
  const openOptions = {
    logger,
    programFolder: vscode.Uri.joinPath(context.extensionUri, 'dist').fsPath,
    storeFolder: vscode.Uri.joinPath(context.globalStorageUri, 'stores').fsPath,
    pollIntervalMs: pollIntervalMs,
    timelineDays: timelineDays,
  };
  const registry = owned.add(
    new ConnectionRegistry(secrets, async () => {
      const { keepUnusable, openConnection, parseConnectionSettings } = await import(
        './connections/connectionParts.ts'
      );
      return {
        parse: parseConnectionSettings,
        keepUnusable,
        open: (setting) => openConnection(setting, { ...openOptions, secrets }),
      };
    }),
  );
  const model = owned.add(new FleetModel(systemClock));
  const tree = owned.add(createFleetTree(model, systemClock));
  const onDidChangeFilter = owned.add(new Emitter<void>());
  return {
    extensionUri: context.extensionUri,
    windowState: context.workspaceState,
    channel,
    logger,
    secrets,
    openOptions,
    registry,
    model,
    tree,
    onDidChangeFilter,
    dispose: () => owned.dispose(),
  };
}

/** Interval for servers without a stream; nonsense in the setting reads as the default. */
function pollIntervalMs(): number {
  const seconds = vscode.workspace.getConfiguration('proxbox').get<unknown>('pollIntervalSeconds');
  return typeof seconds === 'number' && seconds >= 5 && seconds <= 3600 ? seconds * 1000 : 15_000;
}

/** How long built-in aggregators keep the timeline; nonsense in the setting reads as the default. */
function timelineDays(): number {
  const days = vscode.workspace.getConfiguration('proxbox').get<unknown>('timeline.retentionDays');
  return typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= 3650 ? days : 30;
}
