/** Why something was not done, for an operator to read. */
export class NotDone extends Error {}

/** What an operator is told of a failure. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'An unexpected failure.';
}
