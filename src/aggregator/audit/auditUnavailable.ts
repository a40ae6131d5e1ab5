/** The journal could not be written. Thrown before an action, it stops the action. */
export class AuditUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
