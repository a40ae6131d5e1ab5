import type { FleetError, FleetErrorCode } from '../contract/model/fleetError.ts';
import { fleetError } from '../contract/model/plainFleetError.ts';
import { HttpFailure } from '../http/httpFailure.ts';
import type { HttpReply } from './httpClient.ts';

export { fleetError } from '../contract/model/plainFleetError.ts';

/** A failed request to the aggregator, in the contract's form. */
export class ClientError extends Error {
  readonly fleetError: FleetError;

  constructor(fleetError: FleetError) {
    super(fleetError.message);
    this.name = 'ClientError';
    this.fleetError = fleetError;
  }
}

/** Any failure in the contract's form. */
export function toFleetError(error: unknown): FleetError {
  if (error instanceof ClientError) return error.fleetError;
  if (error instanceof HttpFailure) {
    return fleetError(error.code, error.message, {
      httpStatus: error.httpStatus,
      endpoint: error.endpoint,
      retryAfterS: error.retryAfterS,
      certificate: error.certificate,
      expectedFingerprint: error.expectedFingerprint,
    });
  }
  return fleetError('internal', error instanceof Error ? error.message : 'unexpected failure');
}

/** Longest Retry-After of a rate limit; a lockout asks for up to five minutes (wire contract, key check). */
const longestRateLimitS = 60;

/** The failure that an HTTP reply stands for; `null` when it is a good one. */
export function replyFailure(
  reply: Omit<HttpReply, 'body'> & { readonly body?: string },
  endpoint: string,
): FleetError | null {
  const { status } = reply;
  if (status === 200) return null;
  const text = replyText(reply.body ?? '') ?? `HTTP ${status}`;
  const retryAfterS = Number(reply.headers['retry-after'] ?? Number.NaN);
  const details = {
    httpStatus: status,
    endpoint,
    retryAfterS: Number.isFinite(retryAfterS) ? retryAfterS : null,
  };
  if (status >= 300 && status < 400)
    return fleetError('redirected', `redirected to another address (${status})`, details);
  if (status === 400 && saysPlainToTls(reply.body ?? ''))
    return fleetError('plainToTlsPort', 'the port expects HTTPS', details);
  return fleetError(codeOf(status, text, retryAfterS), text, details);
}

function codeOf(status: number, text: string, retryAfterS: number): FleetErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'notOffered';
  if (status === 429)
    return /failed/i.test(text) || retryAfterS > longestRateLimitS ? 'lockedOut' : 'rateLimited';
  return 'httpError';
}

/** nginx's own text for plain HTTP on a TLS port, or the JSON that newer images send instead. */
function saysPlainToTls(body: string): boolean {
  return /plain HTTP request was sent to HTTPS port/i.test(body) || body.includes('plain_http_on_https_port');
}

/** The reason in a JSON error body: `detail`, else `message`. */
function replyText(body: string): string | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return null;
    if ('detail' in value && typeof value.detail === 'string' && value.detail !== '') {
      const message = 'message' in value && typeof value.message === 'string' ? `${value.message} ` : '';
      return `${message}${value.detail}`;
    }
    return 'message' in value && typeof value.message === 'string' ? value.message : null;
  } catch {
    return null;
  }
}
