import * as vscode from 'vscode';
import { plainText } from '../../../base/text.ts';
import { applyConfirmation } from '../../../console/intent/applyConfirmation.ts';
import { NotDone } from '../../../console/intent/notDone.ts';
import type { ApplyRefusal } from '../../../console/intent/planGate.ts';
import { changeLabel } from '../../../console/intent/planWords.ts';
import type { RunFollower } from '../../../console/intent/runFollower.ts';
import { runSentence } from '../../../console/intent/runSection.ts';
import { isItemEnded } from '../../../console/intent/runStates.ts';
import type { IntentWorkbench, OpenIntent } from '../../intent/intentWorkbench.ts';
import { confirmed } from '../../intent/typedConfirmation.ts';
import { showError, showInfo, showWarning, withNotice } from '../../messages.ts';
import { protectionOf } from '../../settings/protectionSetting.ts';
import { pickDocument } from './pickDocument.ts';

/** Applies the plan that is shown, after the confirmation that the cluster's protection asks for. */
export async function applyPlan(workbench: IntentWorkbench, argument: unknown): Promise<void> {
  const open = await pickDocument(workbench, argument, 'Apply the plan of which document?');
  if (open === undefined) return;
  const { session } = open;
  workbench.pages.openPlan(open);
  if (await isRefused(open)) return;
  const { plan } = session;
  const target = session.target();
  if (plan === null || target === null) return;
  const question = applyConfirmation(plan, target.record.name, protectionOf(target.id), session.validForMs());
  if (!(await confirmed(question))) return;
  // The dialog may have stood open for long: what was confirmed must still be what is applied.
  if (session.plan !== plan)
    throw new NotDone(
      `${who(open)}: not applied, a new plan was made meanwhile. Nothing was changed. Look at it, then apply.`,
    );
  if (await isRefused(open)) return;
  let follower: RunFollower;
  try {
    follower = await session.apply();
  } catch (error) {
    await showFailure(open, error instanceof Error ? error.message : 'An unexpected failure.');
    return;
  }
  await followInNotice(workbench, open, follower);
}

/** Leaves out what the run of a document has not begun. */
export async function cancelRest(workbench: IntentWorkbench, argument: unknown): Promise<void> {
  const running = workbench.sessions.filter(({ session }) => session.follower?.isOver === false);
  const [only] = running;
  const open =
    argument === undefined && running.length === 1
      ? only
      : await pickDocument(workbench, argument, 'Cancel the rest of the run of which document?');
  const follower = open?.session.follower;
  if (open === undefined) return;
  if (follower == null || follower.isOver)
    throw new NotDone(`${who(open)}: no run goes on, so there is nothing to cancel.`);
  await follower.cancelRest();
}

async function followInNotice(
  workbench: IntentWorkbench,
  open: OpenIntent,
  follower: RunFollower,
): Promise<void> {
  await withNotice(
    `Applying to ${plainText(follower.picture().cluster, 60)}`,
    async (report, token) => {
      let told = 0;
      const tell = (): void => {
        const items = follower.run?.results ?? [];
        const ended = items.filter(isItemEnded).length;
        const current = items.find(({ status }) => status === 'running');
        const share = items.length === 0 ? 0 : (100 * ended) / items.length;
        const { trouble, cancelling } = follower.picture();
        const words = [
          `${ended} of ${items.length}`,
          current === undefined ? null : changeLabel(current),
          cancelling ? 'the rest is left out' : null,
          trouble === null ? null : 'not followed now',
        ];
        report(words.filter((word) => word !== null).join(', '), Math.max(0, share - told));
        told = Math.max(told, share);
      };
      const subscription = follower.onDidChange(tell);
      token.onCancellationRequested(() => {
        workbench.pages.openPlan(open);
        follower
          .cancelRest()
          .catch((error: unknown) =>
            showFailure(open, error instanceof Error ? error.message : 'An unexpected failure.'),
          );
      });
      tell();
      await follower.ended();
      subscription.dispose();
    },
    { cancellable: true },
  );
  // What was asked for and done shows beside it at once.
  void vscode.commands.executeCommand('proxbox.deletion.refresh');
  if (follower.run?.state === 'done') await tellEnd(workbench, open, follower);
}

/** One notice at the end; a good end on a page that is seen needs none. */
async function tellEnd(workbench: IntentWorkbench, open: OpenIntent, follower: RunFollower): Promise<void> {
  const { run } = follower;
  if (run === null) return;
  const text = `${who(open)}: ${runSentence(run)}`;
  const isGood = run.overall === 'succeeded' || run.overall === 'no_op';
  if (isGood && workbench.pages.isVisible(open.uri.toString())) return;
  const show = isGood ? showInfo : showWarning;
  const choice = await show(text, 'Open Run', 'Copy Report');
  if (choice === 'Open Run') workbench.pages.openPlan(open);
  if (choice === 'Copy Report')
    await vscode.env.clipboard.writeText(open.session.pageModel().run?.report ?? text);
}

/** Tells why the plan may not be applied, with the step that helps. */
async function isRefused(open: OpenIntent): Promise<boolean> {
  const [refusal] = open.session.refusals();
  if (refusal === undefined) return false;
  await showFailure(open, `${who(open)}: not applied, ${refusal.short}. ${refusal.sentence}`, refusal);
  return true;
}

async function showFailure(open: OpenIntent, message: string, refusal?: ApplyRefusal): Promise<void> {
  const choice = await showError(message, buttonFor(refusal));
  const clusterId = open.session.target()?.id;
  if (choice === 'Plan Again') await vscode.commands.executeCommand('proxbox.intent.plan', open.uri);
  if (choice === 'Open HA Status')
    await vscode.commands.executeCommand('proxbox.cluster.openHaStatus', clusterId);
  if (choice === 'Manage Workspace Trust') await vscode.commands.executeCommand('workbench.trust.manage');
}

function buttonFor(refusal: ApplyRefusal | undefined): string {
  switch (refusal?.short) {
    case 'no quorum':
    case 'quorum unknown':
      return 'Open HA Status';
    case 'restricted mode':
      return 'Manage Workspace Trust';
    default:
      return 'Plan Again';
  }
}

/** "shop.proxbox-intent.yaml for lab". */
function who({ uri, session }: OpenIntent): string {
  const name = plainText(uri.path.split('/').at(-1) ?? '', 100);
  const cluster = session.target()?.record.name ?? session.read.cluster;
  return cluster === null ? name : `${name} for ${plainText(cluster, 60)}`;
}
