import { redactText } from '../../base/redact.ts';
import { plainText } from '../../base/text.ts';
import type { FleetError, FleetErrorCode } from './fleetError.ts';

/** A fleet error from a code and a message, which is made safe to show; everything else not told unless given. */
export function fleetError(
  code: FleetErrorCode,
  message: string,
  details: Partial<Omit<FleetError, 'code' | 'message'>> = {},
): FleetError {
  return {
    code,
    message: plainText(redactText(message)),
    httpStatus: null,
    endpoint: null,
    sinceMs: null,
    retryAfterS: null,
    certificate: null,
    expectedFingerprint: null,
    ...details,
  };
}
