import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/lifecycle.ts';
import { registerCommands } from './commands/registerCommands.ts';
import { restoreGuestGrouping } from './commands/view/groupGuests.ts';
import { modelConnections } from './connections/modelConnections.ts';
import { WriteFeature } from './deletion/writeFeature.ts';
import { FindingsFeature } from './findings/findingsFeature.ts';
import { WhatIfFeature } from './foresight/whatIfFeature.ts';
import { IntentFeature } from './intent/intentFeature.ts';
import { NoticeFeature } from './notices/noticeFeature.ts';
import { createServices, type Services } from './services.ts';
import { SettingProblems } from './settings/settingProblems.ts';
import { QuorumItem } from './status/quorumItem.ts';
import { TimelineFeature } from './timeline/timelineFeature.ts';
import { FleetTreeView } from './trees/fleetTreeView.ts';
import { registerRowDecorations } from './trees/rowDecorations.ts';
import { Pages } from './webviews/pages.ts';

/** What the host suite looks at. Handed out only while the editor runs the tests of this extension. */
export interface TestAccess {
  readonly services: Services;
  readonly treeView: FleetTreeView;
  readonly quorumItem: QuorumItem;
  readonly intent: IntentFeature;
  readonly write: WriteFeature;
  readonly secretStorage: vscode.SecretStorage;
  readonly logUri: vscode.Uri;
  readonly globalStorageUri: vscode.Uri;
}

/** Wires the parts; what they do is in their own files. */
export function activate(context: vscode.ExtensionContext): TestAccess | undefined {
  const owned = new DisposableStore();
  context.subscriptions.push(owned);
  const services = owned.add(createServices(context));
  restoreGuestGrouping(services);
  const need = (): Disposable => services.registry.need();
  const pages = owned.add(
    new Pages({
      extensionUri: context.extensionUri,
      model: services.model,
      logger: services.logger,
      need,
      act: (action) =>
        void import('./commands/pageAction.ts')
          .then(({ runPageAction }) => runPageAction(services, action))
          .catch((error: unknown) => services.logger.error('a page action failed', { error })),
    }),
  );
  owned.add(registerRowDecorations());
  const treeView = owned.add(new FleetTreeView(services.tree, services.onDidChangeFilter.event, need));
  const quorumItem = owned.add(new QuorumItem(services.model, need));
  const intent = owned.add(new IntentFeature(services));
  const write = owned.add(new WriteFeature(services));
  const whatIf = owned.add(new WhatIfFeature(services));
  const timeline = owned.add(new TimelineFeature(services));
  owned.add(new NoticeFeature(services, (clusterId) => pages.isWatching(clusterId)));
  owned.add(new FindingsFeature(services));
  owned.add(registerCommands(services, { pages, treeView, quorumItem, intent, write, whatIf, timeline }));
  const problems = new SettingProblems(services.logger);
  const apply = (): void => {
    applyConnections(services);
    problems.tell(services.registry.problems);
  };
  owned.add(services.registry.onDidChange(apply));
  services.registry.ready.catch((error: unknown) =>
    services.logger.error('the connections could not be loaded', { error }),
  );
  return context.extensionMode === vscode.ExtensionMode.Test
    ? {
        services,
        treeView,
        quorumItem,
        intent,
        write,
        secretStorage: context.secrets,
        logUri: context.logUri,
        globalStorageUri: context.globalStorageUri,
      }
    : undefined;
}

/** Shows the connections that are on. */
function applyConnections({ registry, model }: Services): void {
  model.setConnections(modelConnections(registry));
  const set = (key: string, value: boolean): void =>
    void vscode.commands.executeCommand('setContext', key, value);
  set('proxbox.hasConnections', registry.settings.length > 0);
  set(
    'proxbox.demoRunning',
    [...registry.active.values()].some(({ setting }) => setting.kind === 'demo'),
  );
}
