/** Body forms of the wire contract: `{detail}` for access and validation, an envelope for what went wrong inside. */
export type ErrorBody =
  | { readonly detail: unknown }
  | { readonly reason: string; readonly detail: string; readonly [extra: string]: unknown }
  | { readonly message: string; readonly detail: unknown; readonly python_exception: null };

/** An answer other than 200 that a handler or hook decided on. Its texts are written for the client to read. */
export class ReplyError extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  readonly headers: Readonly<Record<string, string>>;

  private constructor(status: number, body: ErrorBody, headers: Readonly<Record<string, string>>) {
    super(`reply ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }

  /** `{detail}`: authentication, rate limit, unknown route, validation. */
  static detail(status: number, detail: unknown, headers: Readonly<Record<string, string>> = {}): ReplyError {
    return new ReplyError(status, { detail }, headers);
  }

  /** `{reason, detail, …}`: a change that is refused (contract, the write gate and its bodies). */
  static refusal(
    status: number,
    reason: string,
    detail: string,
    extra: Readonly<Record<string, unknown>> = {},
  ): ReplyError {
    return new ReplyError(status, { ...extra, reason, detail }, {});
  }

  /** `{message, detail, python_exception}`: the application's own errors. The last is always `null` here. */
  static application(status: number, message: string, detail: unknown = null): ReplyError {
    return new ReplyError(status, { message, detail, python_exception: null }, {});
  }
}

/** 404 of a route that does not exist; data that does not exist is never a 404 on reference routes. */
export function notFound(): ReplyError {
  return ReplyError.detail(404, 'Not Found');
}
