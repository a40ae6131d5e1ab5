import { redactText } from '../../base/redact.ts';
import { plainText } from '../../base/text.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import { HttpFailure } from '../../http/httpFailure.ts';

/** A failure in the contract's form. */
export function toFleetError(error: unknown, nowMs: number, endpoint: string | null): FleetError {
  if (error instanceof HttpFailure) {
    return {
      code: error.code,
      message: plainText(error.message),
      httpStatus: error.httpStatus,
      endpoint: error.endpoint,
      sinceMs: nowMs,
      retryAfterS: error.retryAfterS,
      certificate: error.certificate,
      expectedFingerprint: error.expectedFingerprint,
    };
  }
  return {
    code: 'internal',
    message: plainText(redactText(error instanceof Error ? error.message : 'unexpected failure')),
    httpStatus: null,
    endpoint,
    sinceMs: nowMs,
    retryAfterS: null,
    certificate: null,
    expectedFingerprint: null,
  };
}
