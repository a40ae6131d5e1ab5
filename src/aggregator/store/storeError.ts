/** A store that cannot be used; its text is for the person who runs the aggregator and holds no secret. */
export class StoreError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
