import type { IntentRun } from '../../contract/intent/run.ts';
import { type ApplyOrder, type IntentPort, IntentRefused } from './intentPort.ts';
import { messageOf, NotDone } from './notDone.ts';

/** How sending a run ended. Where contact was lost and nobody can tell, it counts as begun, without a first picture. */
export type Sent =
  | { readonly kind: 'begun'; readonly first: IntentRun | null }
  | { readonly kind: 'refused'; readonly error: IntentRefused }
  | { readonly kind: 'notBegun'; readonly error: NotDone };

/** Sends a run. When contact is lost, it is looked for under its id, so that it is neither forgotten nor begun twice. */
export async function sendOrder(port: IntentPort, cluster: string, order: ApplyOrder): Promise<Sent> {
  try {
    return { kind: 'begun', first: await port.apply(cluster, order) };
  } catch (error) {
    if (error instanceof IntentRefused) return { kind: 'refused', error };
    if (!(await isUnknownThere(port, order.runUuid))) return { kind: 'begun', first: null };
    return {
      kind: 'notBegun',
      error: new NotDone(
        `${messageOf(error)} The server knows no such run, so nothing was changed so far. Plan again before you repeat it.`,
      ),
    };
  }
}

/** Whether the server answers that it knows no such run. No answer is no such answer. */
async function isUnknownThere(port: IntentPort, runUuid: string): Promise<boolean> {
  try {
    return (await port.run(runUuid)) === null;
  } catch {
    return false;
  }
}
