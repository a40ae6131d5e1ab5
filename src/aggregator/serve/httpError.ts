/** An answer that is not the wished-for one, in one of the contract's two error forms. */
export class HttpError extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  private constructor(
    status: number,
    body: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }

  /** `{detail}`: authentication, limits, validation, unknown paths. */
  static detail(status: number, detail: unknown, headers: Readonly<Record<string, string>> = {}): HttpError {
    return new HttpError(status, { detail }, headers);
  }

  /** `{message, detail, python_exception}`: application errors. */
  static message(status: number, message: string, detail: string | null): HttpError {
    return new HttpError(status, { message, detail, python_exception: null });
  }
}
