/**
 * A request that is refused before anything was done, with the body `{reason, detail}` of the contract's write gate.
 * `detail` names the cluster, what happened and what to do next.
 */
export class IntentRefusal extends Error {
  readonly status: 403 | 404 | 409 | 422 | 502 | 503;
  readonly reason: string;
  readonly detail: string;
  /** Additive fields of the body, such as the changes that moved. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    status: IntentRefusal['status'],
    reason: string,
    detail: string,
    extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${reason}: ${detail}`);
    this.name = 'IntentRefusal';
    this.status = status;
    this.reason = reason;
    this.detail = detail;
    this.extra = extra;
  }
}
