import * as vscode from 'vscode';
import { type Disposable, toDisposable } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { redactText } from '../../base/redact.ts';
import { showError } from '../messages.ts';

/** Every command of the manifest; a unit test compares the two. */
export const commandIds = [
  'proxbox.connection.add',
  'proxbox.connection.edit',
  'proxbox.connection.remove',
  'proxbox.connection.test',
  'proxbox.connection.updateKey',
  'proxbox.connection.reviewCertificate',
  'proxbox.connection.select',
  'proxbox.view.search',
  'proxbox.view.refresh',
  'proxbox.view.filter',
  'proxbox.view.editFilter',
  'proxbox.view.clearFilter',
  'proxbox.view.showProblemsOnly',
  'proxbox.view.groupBy',
  'proxbox.view.groupByAutomatic',
  'proxbox.view.groupByAutomaticTicked',
  'proxbox.view.groupByNode',
  'proxbox.view.groupByNodeTicked',
  'proxbox.view.groupByState',
  'proxbox.view.groupByStateTicked',
  'proxbox.view.groupByPool',
  'proxbox.view.groupByPoolTicked',
  'proxbox.view.groupByNone',
  'proxbox.view.groupByNoneTicked',
  'proxbox.view.openLog',
  'proxbox.cluster.openHaStatus',
  'proxbox.cluster.copySummary',
  'proxbox.cluster.whatIf',
  'proxbox.node.maintenanceReadiness',
  'proxbox.cluster.timeline',
  'proxbox.cluster.exportTimeline',
  'proxbox.guest.open',
  'proxbox.guest.explainPlacement',
  'proxbox.row.openInProxmox',
  'proxbox.row.revealNode',
  'proxbox.row.revealInTree',
  'proxbox.row.copyId',
  'proxbox.row.copyName',
  'proxbox.row.copyMarkdown',
  'proxbox.row.copyJson',
  'proxbox.quorum.acknowledge',
  'proxbox.intent.newDocument',
  'proxbox.intent.plan',
  'proxbox.intent.planAgain',
  'proxbox.intent.showPlan',
  'proxbox.intent.apply',
  'proxbox.intent.openRun',
  'proxbox.intent.cancelRest',
  'proxbox.intent.turnOnWrites',
  'proxbox.intent.turnOffWrites',
  'proxbox.intent.changeRules',
  'proxbox.cluster.setProtection',
  'proxbox.deletion.open',
  'proxbox.deletion.compare',
  'proxbox.deletion.approve',
  'proxbox.deletion.reject',
  'proxbox.deletion.execute',
  'proxbox.deletion.refresh',
  'proxbox.audit.open',
  'proxbox.audit.verify',
  'proxbox.audit.export',
  'proxbox.demo.start',
  'proxbox.demo.pullPlug',
  'proxbox.demo.restorePower',
  'proxbox.demo.changeNode',
  'proxbox.demo.changeCluster',
  'proxbox.demo.runScenario',
  'proxbox.demo.switchIdentity',
] as const;
export type CommandId = (typeof commandIds)[number];

/** A failure whose message is already fit for the operator: who, what, why and what to do next. */
export class OperatorError extends Error {}

/**
 * Registers a command. What it throws is told once, in a message with a way to the log; the argument comes from menus,
 * links and other extensions, so handlers get it as `unknown` and look at it themselves.
 */
export function registerCommand(
  id: CommandId,
  logger: Logger,
  handler: (argument: unknown, all: unknown) => Promise<void> | void,
): Disposable {
  const registration = vscode.commands.registerCommand(id, async (argument: unknown, all: unknown) => {
    try {
      await handler(argument, all);
    } catch (error) {
      const message = redactText(error instanceof Error ? error.message : 'An unexpected error.');
      logger.error(`${id} failed`, { message, stack: error instanceof Error ? error.stack : undefined });
      const choice = await showError(message, 'Open Log');
      if (choice !== undefined) await vscode.commands.executeCommand('proxbox.view.openLog');
    }
  });
  return toDisposable(() => registration.dispose());
}

/** Id of the row that a command was called on: a tree element, or the id itself from a link or page. */
export function rowIdOf(argument: unknown): string | null {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null) return null;
  if ('id' in argument && typeof argument.id === 'string') return argument.id;
  // Native context menu of a page: the attributes of the element under the pointer.
  if ('rowId' in argument && typeof argument.rowId === 'string') return argument.rowId;
  return null;
}

/** Ids of all selected rows when several are, else of the one that was called on. */
export function rowIdsOf(argument: unknown, all: unknown): string[] {
  const ids = (Array.isArray(all) ? all : [argument]).map(rowIdOf);
  return ids.filter((id): id is string => id !== null);
}
