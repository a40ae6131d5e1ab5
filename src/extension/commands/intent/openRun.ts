import * as z from 'zod';
import type { IntentWorkbench } from '../../intent/intentWorkbench.ts';
import { OperatorError } from '../commandRegistry.ts';

/** What rows of the activity view hand over. */
const runArgument = z.object({ connectionId: z.string().min(1), runUuid: z.string().min(1).max(255) });

/** Opens the page of a run. */
export function openRun(workbench: IntentWorkbench, argument: unknown): void {
  const address = runArgument.safeParse(argument);
  if (!address.success) throw new OperatorError('No run was named. Open it from the Activity view.');
  workbench.pages.openRun(address.data);
}
