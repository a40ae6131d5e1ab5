import * as z from 'zod';
import { plainText } from '../../../base/text.ts';
import type { Services } from '../../services.ts';
import { OperatorError } from '../commandRegistry.ts';

/** Deadline of one call to the simulator on this machine, milliseconds. */
const callDeadlineMs = 5_000;

const refusalSchema = z.object({ error: z.string() });

/** Tells the demo's simulator to do something to its world. */
export async function commandSimulator(
  services: Services,
  connectionId: string,
  path: string,
  body: unknown,
): Promise<void> {
  await callSimulator(services, connectionId, 'POST', path, body);
}

/** Reads from the demo's simulator. */
export function askSimulator(services: Services, connectionId: string, path: string): Promise<unknown> {
  return callSimulator(services, connectionId, 'GET', path, undefined);
}

/** The demo connection that runs now. */
export function demoConnectionId({ registry }: Services): string {
  for (const { setting } of registry.active.values()) if (setting.kind === 'demo') return setting.id;
  throw notRunning();
}

async function callSimulator(
  services: Services,
  connectionId: string,
  method: 'GET' | 'POST',
  path: string,
  body: unknown,
): Promise<unknown> {
  const admin = await services.registry.active.get(connectionId)?.simulatorAdmin();
  if (admin === undefined || admin === null) throw notRunning();
  const reply = await fetch(new URL(path, admin.url), {
    method,
    headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(callDeadlineMs),
    redirect: 'error',
  });
  const said: unknown = await reply.json().catch(() => null);
  if (reply.ok) return said;
  const refusal = refusalSchema.safeParse(said);
  throw new OperatorError(
    `Demo: the simulator refused. ${refusal.success ? plainText(refusal.data.error, 200) : `It answered ${reply.status}.`}`,
  );
}

function notRunning(): OperatorError {
  return new OperatorError('Demo: the simulated clusters do not run. Turn the demo connection on first.');
}
