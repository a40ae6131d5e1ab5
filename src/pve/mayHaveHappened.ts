import type { HttpFailure, HttpFailureCode } from '../http/httpFailure.ts';

/** Failures before a request was sent, or answers that say no: nothing was done. */
const surelyNotDone: ReadonlySet<HttpFailureCode> = new Set([
  'connectionRefused',
  'hostNotFound',
  'unreachable',
  'tlsUntrusted',
  'tlsFingerprintMismatch',
  'tlsToPlainPort',
  'plainToTlsPort',
  'unauthorized',
  'forbidden',
  'rateLimited',
  'lockedOut',
  'secretUnavailable',
  'notOffered',
  'redirected',
]);

/**
 * Whether a write that failed this way may have been done all the same. Such a write is never sent again; what became of
 * it has to be looked up. pveproxy answers 595 when it could not connect to the node in charge; its other codes around
 * it (596 broken pipe, 599 …) come after the request was handed on. An error reply of the API server means that the
 * call ended with that error.
 */
export function mayHaveHappened(failure: HttpFailure): boolean {
  if (surelyNotDone.has(failure.code)) return false;
  if (failure.code === 'nodeUnreachable') return failure.httpStatus !== 595;
  if (failure.code === 'httpError') return failure.httpStatus === 502 || failure.httpStatus === 504;
  return true;
}
