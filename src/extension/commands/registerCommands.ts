import { type Disposable, DisposableStore } from '../../base/lifecycle.ts';
import { type GuestGrouping, parseGuestGrouping } from '../../console/guestGrouping.ts';
import { emptyFilter } from '../../console/treeFilter.ts';
import type { WriteFeature } from '../deletion/writeFeature.ts';
import type { WhatIfFeature } from '../foresight/whatIfFeature.ts';
import type { IntentFeature } from '../intent/intentFeature.ts';
import type { Services } from '../services.ts';
import type { QuorumItem } from '../status/quorumItem.ts';
import type { TimelineFeature } from '../timeline/timelineFeature.ts';
import type { FleetTreeView } from '../trees/fleetTreeView.ts';
import type { Pages } from '../webviews/pages.ts';
import { type CommandId, OperatorError, registerCommand, rowIdOf } from './commandRegistry.ts';
import { knownRecordId } from './knownRecord.ts';
import { groupGuests, pickGuestGrouping } from './view/groupGuests.ts';
import { setFilter } from './view/setFilter.ts';

export interface CommandTargets {
  readonly pages: Pages;
  readonly treeView: FleetTreeView;
  readonly quorumItem: QuorumItem;
  readonly intent: IntentFeature;
  readonly write: WriteFeature;
  readonly whatIf: WhatIfFeature;
  readonly timeline: TimelineFeature;
}

/** Every command of the manifest, in its order. What a command needs is loaded when it is first called. */
export function registerCommands(services: Services, targets: CommandTargets): Disposable {
  const { model } = services;
  const { pages, treeView, quorumItem, intent, write, whatIf, timeline } = targets;
  const owned = new DisposableStore();
  const on = (id: CommandId, handler: (argument: unknown, all: unknown) => Promise<void> | void): void => {
    owned.add(
      registerCommand(id, services.logger, async (argument, all) => {
        await services.registry.ready;
        await handler(argument, all);
      }),
    );
  };
  on('proxbox.connection.add', async () =>
    (await import('./connection/addConnection.ts')).addConnection(services),
  );
  on('proxbox.connection.edit', async (argument) =>
    (await import('./connection/editConnection.ts')).editConnection(services, argument),
  );
  on('proxbox.connection.remove', async (argument) =>
    (await import('./connection/removeConnection.ts')).removeConnection(services, argument),
  );
  on('proxbox.connection.test', async (argument) =>
    (await import('./connection/testConnection.ts')).testConnection(services, argument),
  );
  on('proxbox.connection.updateKey', async (argument) =>
    (await import('./connection/updateKey.ts')).updateKey(services, argument),
  );
  on('proxbox.connection.reviewCertificate', async (argument) =>
    (await import('./connection/reviewCertificate.ts')).reviewCertificate(services, argument),
  );
  on('proxbox.connection.select', async () =>
    (await import('./connection/selectConnections.ts')).selectConnections(services),
  );
  on('proxbox.view.search', async () =>
    (await import('./view/searchEverything.ts')).searchEverything(services),
  );
  on('proxbox.view.refresh', async () => (await import('./view/refreshAll.ts')).refreshAll(services));
  on('proxbox.view.filter', async () => (await import('./view/editFilter.ts')).editFilter(services));
  on('proxbox.view.editFilter', async () => (await import('./view/editFilter.ts')).editFilter(services));
  on('proxbox.view.clearFilter', () => setFilter(services, emptyFilter));
  on('proxbox.view.showProblemsOnly', () => setFilter(services, { ...emptyFilter, problemsOnly: true }));
  on('proxbox.view.groupBy', () => pickGuestGrouping(services));
  for (const [grouping, ids] of Object.entries(groupingCommands))
    for (const id of ids) on(id, () => groupGuests(services, parseGuestGrouping(grouping)));
  on('proxbox.view.openLog', () => services.channel.show(true));
  on('proxbox.cluster.openHaStatus', async (argument) => {
    const id = knownRecordId(model, argument);
    await pages.openHaStatus((id === null ? undefined : model.clusterIdOf(id)) ?? null);
  });
  on('proxbox.cluster.copySummary', async (argument) =>
    (await import('./row/copyRow.ts')).copyClusterSummary(services, argument),
  );
  on('proxbox.cluster.whatIf', async (argument, all) =>
    (await import('./foresight/askWhatIf.ts')).askWhatIf(services, whatIf, argument, all),
  );
  on('proxbox.node.maintenanceReadiness', async (argument) =>
    (await import('./foresight/checkMaintenance.ts')).checkMaintenance(services, whatIf, argument),
  );
  on('proxbox.cluster.timeline', async (argument) =>
    (await import('./timeline/openTimeline.ts')).openTimeline(services, timeline, argument),
  );
  on('proxbox.cluster.exportTimeline', async (argument) =>
    (await import('./timeline/exportTimeline.ts')).exportTimeline(services, argument),
  );
  on('proxbox.guest.open', async (argument) => {
    const id = guestIdFor(services, argument) ?? (await pickGuest(services, 'Open which guest?'));
    if (id !== undefined) await pages.openGuest(id);
  });
  on('proxbox.guest.explainPlacement', async (argument) => {
    const id = guestIdFor(services, argument) ?? (await pickGuest(services, 'Explain where which guest is?'));
    if (id !== undefined) await pages.explainPlacement(id);
  });
  on('proxbox.row.openInProxmox', async (argument) =>
    (await import('./row/openInProxmox.ts')).openInProxmox(services, argument),
  );
  on('proxbox.row.revealNode', async (argument) => {
    const id = knownRecordId(model, argument);
    const node = id === null ? null : (model.guest(id)?.node ?? model.resource(id)?.node ?? null);
    const clusterId = id === null ? undefined : model.clusterIdOf(id);
    if (clusterId === undefined) return;
    if (node === null) throw new OperatorError('Nobody tells which node this is on, so none can be shown.');
    await treeView.reveal(model.nodeId(clusterId, node));
  });
  on('proxbox.row.revealInTree', async (argument) => {
    const id = rowIdOf(argument);
    if (id !== null) await treeView.reveal(id);
  });
  on('proxbox.row.copyId', async (argument, all) =>
    (await import('./row/copyRow.ts')).copyRows(services, 'id', argument, all),
  );
  on('proxbox.row.copyName', async (argument, all) =>
    (await import('./row/copyRow.ts')).copyRows(services, 'name', argument, all),
  );
  on('proxbox.row.copyMarkdown', async (argument, all) =>
    (await import('./row/copyRow.ts')).copyRows(services, 'markdown', argument, all),
  );
  on('proxbox.row.copyJson', async (argument, all) =>
    (await import('./row/copyRow.ts')).copyRows(services, 'json', argument, all),
  );
  on('proxbox.quorum.acknowledge', () => quorumItem.acknowledge());
  on('proxbox.intent.newDocument', async () =>
    (await import('./intent/newDocument.ts')).newDocument(services),
  );
  on('proxbox.intent.plan', async (argument) =>
    (await import('./intent/planDocument.ts')).planDocument(await intent.load(), argument),
  );
  on('proxbox.intent.planAgain', async (argument) =>
    (await import('./intent/planDocument.ts')).planDocument(await intent.load(), argument),
  );
  on('proxbox.intent.showPlan', async (argument) =>
    (await import('./intent/planDocument.ts')).showPlan(await intent.load(), argument),
  );
  on('proxbox.intent.apply', async (argument) =>
    (await import('./intent/applyPlan.ts')).applyPlan(await intent.load(), argument),
  );
  on('proxbox.intent.openRun', async (argument) =>
    (await import('./intent/openRun.ts')).openRun(await intent.load(), argument),
  );
  on('proxbox.intent.cancelRest', async (argument) =>
    (await import('./intent/applyPlan.ts')).cancelRest(await intent.load(), argument),
  );
  on('proxbox.intent.turnOnWrites', async (argument) =>
    (await import('./intent/switchWrites.ts')).turnOnWrites(services, argument),
  );
  on('proxbox.intent.turnOffWrites', async (argument) =>
    (await import('./intent/switchWrites.ts')).turnOffWrites(services, argument),
  );
  on('proxbox.intent.changeRules', async () =>
    (await import('./intent/changeRules.ts')).changeRules(await write.load()),
  );
  on('proxbox.cluster.setProtection', async (argument) =>
    (await import('./intent/setProtection.ts')).chooseProtection(services, argument),
  );
  on('proxbox.deletion.open', async (argument) =>
    (await import('./deletion/decide.ts')).openDeletion(await write.load(), argument),
  );
  on('proxbox.deletion.compare', async (argument) =>
    (await import('./deletion/decide.ts')).compareDeletion(await write.load(), argument),
  );
  on('proxbox.deletion.approve', async (argument) =>
    (await import('./deletion/decide.ts')).approveDeletion(await write.load(), argument),
  );
  on('proxbox.deletion.reject', async (argument) =>
    (await import('./deletion/decide.ts')).rejectDeletion(await write.load(), argument),
  );
  on('proxbox.deletion.execute', async (argument) =>
    (await import('./deletion/decide.ts')).executeDeletion(await write.load(), argument),
  );
  on('proxbox.deletion.refresh', async () => (await write.load()).desk.refresh());
  on('proxbox.audit.open', async () => (await import('./audit/openJournal.ts')).openJournal(write));
  on('proxbox.audit.verify', async () =>
    (await import('./audit/verifyJournal.ts')).verifyJournal(await write.load()),
  );
  on('proxbox.audit.export', async () =>
    (await import('./audit/exportJournal.ts')).exportJournal(await write.load()),
  );
  on('proxbox.demo.start', async () => (await import('./demo/startDemo.ts')).startDemo(services));
  on('proxbox.demo.pullPlug', async (argument) =>
    (await import('./demo/powerNode.ts')).powerNode(services, argument, false),
  );
  on('proxbox.demo.restorePower', async (argument) =>
    (await import('./demo/powerNode.ts')).powerNode(services, argument, true),
  );
  on('proxbox.demo.changeNode', async (argument) =>
    (await import('./demo/changeNode.ts')).changeNode(services, argument),
  );
  on('proxbox.demo.changeCluster', async () =>
    (await import('./demo/changeCluster.ts')).changeCluster(services),
  );
  on('proxbox.demo.runScenario', async () => (await import('./demo/runScenario.ts')).runScenario(services));
  on('proxbox.demo.switchIdentity', async () =>
    (await import('./demo/switchIdentity.ts')).switchIdentity(services, await write.load()),
  );
  return owned;
}

/** The entry of each choice in the menu, and the one that shows instead while it is the current choice. */
const groupingCommands: Readonly<Record<GuestGrouping, readonly CommandId[]>> = {
  automatic: ['proxbox.view.groupByAutomatic', 'proxbox.view.groupByAutomaticTicked'],
  node: ['proxbox.view.groupByNode', 'proxbox.view.groupByNodeTicked'],
  state: ['proxbox.view.groupByState', 'proxbox.view.groupByStateTicked'],
  pool: ['proxbox.view.groupByPool', 'proxbox.view.groupByPoolTicked'],
  none: ['proxbox.view.groupByNone', 'proxbox.view.groupByNoneTicked'],
};

/** Guest behind a guest row or an HA resource row. */
function guestIdFor({ model }: Services, argument: unknown): string | undefined {
  const id = knownRecordId(model, argument);
  if (id === null) return undefined;
  if (model.guest(id) !== undefined) return id;
  const guest = model.guestOf(id);
  const clusterId = model.clusterIdOf(id);
  return guest === undefined || clusterId === undefined ? undefined : model.guestId(clusterId, guest.vmid);
}

async function pickGuest(services: Services, question: string): Promise<string | undefined> {
  const { pickBySearch } = await import('./searchPick.ts');
  const hit = await pickBySearch(services.model, 'is:guest', question);
  return hit?.target.kind === 'guest' ? hit.target.guestId : undefined;
}
