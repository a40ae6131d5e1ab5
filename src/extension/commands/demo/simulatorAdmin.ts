import type { Services } from '../../services.ts';
import { OperatorError } from '../commandRegistry.ts';

/** Deadline of one call to the simulator on this machine, milliseconds. */
const callDeadlineMs = 5_000;

/** Tells the demo's simulator to do something to its world. */
export async function commandSimulator(
  services: Services,
  connectionId: string,
  path: string,
  body: unknown,
): Promise<void> {
  const admin = await services.registry.active.get(connectionId)?.simulatorAdmin();
  if (admin === undefined || admin === null)
    throw new OperatorError('Demo: the simulated clusters do not run. Turn the demo connection on first.');
  const reply = await fetch(new URL(path, admin.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(callDeadlineMs),
    redirect: 'error',
  });
  if (!reply.ok) {
    throw new OperatorError(`Demo: the simulator refused (${reply.status}). Details are in the log.`);
  }
}
