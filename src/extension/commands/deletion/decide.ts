import * as vscode from 'vscode';
import * as z from 'zod';
import { systemClock } from '../../../base/clock.ts';
import {
  approveConfirmation,
  deletionObstacle,
  executeConfirmation,
} from '../../../console/intent/deletionConfirmations.ts';
import type { DeletionAddress } from '../../../console/intent/deletionRows.ts';
import { deletionState, nameOf } from '../../../console/intent/deletionStates.ts';
import { guestLabel } from '../../../console/intent/guestLabel.ts';
import { intentSentence } from '../../../console/intent/intentErrors.ts';
import type { DeletionRequest, DeletionTarget } from '../../../contract/intent/deletionRequest.ts';
import type { WriteViews } from '../../deletion/writeViews.ts';
import { confirmed } from '../../intent/typedConfirmation.ts';
import { askLine, showError, showInfo, showWarning, withNotice } from '../../messages.ts';
import { OperatorError } from '../commandRegistry.ts';

const addressSchema = z.object({
  connectionId: z.string().min(1),
  requestId: z.number().int().min(1),
});

type Verb = 'approve' | 'reject' | 'execute';

interface Chosen {
  readonly address: DeletionAddress;
  readonly request: DeletionRequest;
  readonly name: string;
}

/** Opens the page of a request. */
export async function openDeletion(views: WriteViews, argument: unknown): Promise<void> {
  const address = await chooseAddress(views, argument, null);
  if (address !== undefined) views.pages.open(address);
}

export async function compareDeletion(views: WriteViews, argument: unknown): Promise<void> {
  const address = await chooseAddress(views, argument, null);
  if (address !== undefined) await views.pages.compare(address);
}

/** Agrees to a deletion that somebody else asked for, after the VMID was typed. */
export async function approveDeletion(views: WriteViews, argument: unknown): Promise<void> {
  const chosen = await choose(views, argument, 'approve');
  if (chosen === undefined) return;
  if (!(await confirmed(approveConfirmation(chosen.request, systemClock.now())))) return;
  await send(views, chosen, (intent) => intent.approveDeletion(chosen.request.id, targetOf(chosen.request)));
  void showInfo(
    `${guestLabel(chosen.request)}: deletion approved. Nothing is destroyed before somebody executes it.`,
  );
}

/** Says no, with a reason that the asker reads. */
export async function rejectDeletion(views: WriteViews, argument: unknown): Promise<void> {
  const chosen = await choose(views, argument, 'reject');
  if (chosen === undefined) return;
  const asker = nameOf(chosen.request.requested_by);
  const reason = await askLine({
    title: `Reject Deletion of ${guestLabel(chosen.request)}`,
    prompt: `Why? ${asker} will read this, and it stays in the journal. (3 to 255 characters)`,
    validateInput: (text) =>
      text.trim().length >= 3 && text.trim().length <= 255 ? null : 'Give 3 to 255 characters.',
  });
  if (reason === undefined) return;
  await send(views, chosen, (intent) => intent.rejectDeletion(chosen.request.id, reason.trim()));
}

/** Destroys the guest of an approved request, after its name was typed, and follows to the end. */
export async function executeDeletion(views: WriteViews, argument: unknown): Promise<void> {
  const chosen = await choose(views, argument, 'execute');
  if (chosen === undefined || !(await confirmed(executeConfirmation(chosen.request)))) return;
  const { request, address } = chosen;
  await send(views, chosen, (intent) => intent.executeDeletion(request.id, targetOf(request)));
  await withNotice(`Destroying ${guestLabel(request)}`, () => ended(views, address));
  const last = views.desk.request(address.connectionId, address.requestId);
  if (last === undefined || last.state === 'executing' || last.state === 'approved') {
    void showWarning(
      `${guestLabel(request)}: not followed any more, because the server cannot be read. Whether the guest is gone is not known; look at the request once the server answers.`,
    );
    return;
  }
  const state = deletionState(last);
  const text = `${guestLabel(last)}: ${state.label}. ${last.error ?? state.explanation}`;
  if (last.state === 'succeeded') void showInfo(text);
  else void showError(text);
}

/** Resolves once the request is neither approved nor executing, or its server is out of sight. */
function ended(views: WriteViews, { connectionId, requestId }: DeletionAddress): Promise<void> {
  return new Promise((resolve) => {
    const watch = views.desk.watch();
    const look = (): void => {
      const state = views.desk.request(connectionId, requestId)?.state;
      const isRead = views.desk.picture(connectionId)?.failure === null;
      if (isRead && (state === 'executing' || state === 'approved')) return;
      subscription.dispose();
      watch.dispose();
      resolve();
    };
    const subscription = views.desk.onDidChange(look);
    look();
  });
}

/** What is repeated to the server is what was on screen, not what it holds meanwhile. */
function targetOf({ vmid, node, kind }: DeletionRequest): DeletionTarget {
  if (node === null || kind === 'unknown')
    throw new OperatorError('The server did not tell which guest this is. Nothing was sent.');
  return { vmid, node, kind };
}

async function send(
  views: WriteViews,
  { address, name }: Chosen,
  ask: (intent: NonNullable<ReturnType<typeof intentOf>>) => Promise<unknown>,
): Promise<void> {
  const intent = intentOf(views, address);
  if (intent === undefined) throw new OperatorError(`${name} is switched off. Switch it on first.`);
  try {
    await ask(intent);
  } catch (error) {
    throw new OperatorError(intentSentence(error, name));
  } finally {
    await views.desk.refresh();
  }
}

function intentOf(views: WriteViews, { connectionId }: DeletionAddress) {
  return views.services.registry.active.get(connectionId)?.intent;
}

/** The request as it is now; told why when the person at the keyboard may not do this to it. */
async function choose(views: WriteViews, argument: unknown, verb: Verb): Promise<Chosen | undefined> {
  const address = await chooseAddress(views, argument, verb);
  if (address === undefined) return undefined;
  const active = views.services.registry.active.get(address.connectionId);
  if (active === undefined) throw new OperatorError('The connection of this request is off.');
  const { intent, setting } = active;
  let request: DeletionRequest;
  try {
    request = await intent.deletionRequest(address.requestId);
  } catch (error) {
    throw new OperatorError(intentSentence(error, setting.name));
  }
  const allowance = request.may?.[verb];
  if (allowance?.allowed !== true)
    throw new OperatorError(
      `${guestLabel(request)}: ${verb} is off. ${allowance?.message ?? 'The server did not tell whether you may.'}`,
    );
  if (verb !== 'reject') {
    let obstacle: string | null;
    try {
      // The page may have been open for long; what is asked to be typed is about the guest as it is now.
      obstacle = deletionObstacle(request, await intent.compareDeletion(request.id));
    } catch (error) {
      throw new OperatorError(intentSentence(error, setting.name));
    }
    if (obstacle !== null) throw new OperatorError(obstacle);
  }
  return { address, request, name: setting.name };
}

async function chooseAddress(
  views: WriteViews,
  argument: unknown,
  verb: Verb | null,
): Promise<DeletionAddress | undefined> {
  const given = addressSchema.safeParse(argument);
  if (given.success) return given.data;
  const fromRow = addressOfRow(argument);
  if (fromRow !== null) return fromRow;
  const items = views.desk.pictures.flatMap(({ connectionId, connectionName, requests }) =>
    requests
      .filter(({ may }) => verb === null || may?.[verb].allowed === true)
      .map((request) => ({
        label: guestLabel(request),
        description: `${connectionName} · ${deletionState(request).label}`,
        address: { connectionId, requestId: request.id },
      })),
  );
  if (items.length === 0)
    throw new OperatorError(
      verb === null ? 'Nobody asks to delete anything.' : `There is no request that you may ${verb}.`,
    );
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Which deletion request?' }))?.address;
}

/** Menus of the view hand over the row. */
function addressOfRow(argument: unknown): DeletionAddress | null {
  if (typeof argument !== 'object' || argument === null || !('id' in argument)) return null;
  const [, connectionId, requestId] = /^request\/([a-z0-9-]+)\/(\d{1,15})$/.exec(String(argument.id)) ?? [];
  return connectionId === undefined || requestId === undefined
    ? null
    : { connectionId, requestId: Number(requestId) };
}
