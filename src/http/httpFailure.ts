/** Kinds of failure between us and a server; the same words as the contract's fleet error codes. */
export type HttpFailureCode =
  | 'timeout'
  | 'connectionRefused'
  | 'connectionReset'
  | 'hostNotFound'
  | 'unreachable'
  | 'tlsUntrusted'
  | 'tlsFingerprintMismatch'
  | 'tlsToPlainPort'
  | 'plainToTlsPort'
  | 'unauthorized'
  | 'forbidden'
  | 'secretUnavailable'
  | 'rateLimited'
  | 'lockedOut'
  | 'notOffered'
  | 'nodeUnreachable'
  | 'httpError'
  | 'redirected'
  | 'htmlInsteadOfJson'
  | 'invalidJson'
  | 'unexpectedShape'
  | 'bodyTooLarge'
  | 'cancelled'
  | 'internal';

/** Certificate that a server offered. */
export interface OfferedCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: string;
  readonly validTo: string;
  /** SHA-256, upper-case hex pairs parted by colons. */
  readonly fingerprint256: string;
}

export interface HttpFailureDetails {
  readonly httpStatus?: number;
  readonly retryAfterS?: number;
  readonly certificate?: OfferedCertificate | null;
  readonly expectedFingerprint?: string;
  readonly cause?: unknown;
}

/** A request that did not give usable data. The message never holds a credential, nor the name of the endpoint. */
export class HttpFailure extends Error {
  readonly code: HttpFailureCode;
  /** `host:port` that was asked. */
  readonly endpoint: string;
  readonly httpStatus: number | null;
  /** Seconds after which the server wants to be asked again. */
  readonly retryAfterS: number | null;
  readonly certificate: OfferedCertificate | null;
  readonly expectedFingerprint: string | null;

  constructor(code: HttpFailureCode, endpoint: string, message: string, details: HttpFailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'HttpFailure';
    this.code = code;
    this.endpoint = endpoint;
    this.httpStatus = details.httpStatus ?? null;
    this.retryAfterS = details.retryAfterS ?? null;
    this.certificate = details.certificate ?? null;
    this.expectedFingerprint = details.expectedFingerprint ?? null;
  }
}
