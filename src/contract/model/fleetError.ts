import * as z from 'zod';
import { lenientNumber, lenientText, openEnum } from '../lenient.ts';

/**
 * What went wrong between the aggregator and Proxmox (or the console and the aggregator). The code decides the advice
 * and the wording in the console; `message` is the cause in the words of whoever reported it, already redacted.
 */
export const fleetErrorCodeSchema = openEnum([
  /** No answer within the deadline. */
  'timeout',
  'connectionRefused',
  'connectionReset',
  'hostNotFound',
  'unreachable',
  /** Certificate not trusted; `certificate` tells which one was offered. */
  'tlsUntrusted',
  /** Certificate is not the pinned one. The credential was not sent. */
  'tlsFingerprintMismatch',
  /** TLS spoken to a plain port. */
  'tlsToPlainPort',
  /** Plain HTTP spoken to a TLS port. */
  'plainToTlsPort',
  /** 401: token, ticket or key rejected. */
  'unauthorized',
  /** 403: credential accepted but lacks a privilege. */
  'forbidden',
  /** 429 after too many requests. */
  'rateLimited',
  /** 429 after too many wrong keys. */
  'lockedOut',
  /** 404 on a route that this product needs: the server is too old or another program. */
  'notOffered',
  /** 595/596: the answering node cannot reach the node it should ask. */
  'nodeUnreachable',
  /** Any other HTTP error status. */
  'httpError',
  'redirected',
  'htmlInsteadOfJson',
  'invalidJson',
  'unexpectedShape',
  'bodyTooLarge',
  /** The stored secret could not be read, or the named environment variable is empty. */
  'secretUnavailable',
  'cancelled',
  'internal',
]);
export type FleetErrorCode = z.infer<typeof fleetErrorCodeSchema>;

/** The certificate a server offered, for an operator to compare before trusting it. */
export const certificateSchema = z.object({
  subject: z.string(),
  issuer: z.string(),
  validFrom: z.string(),
  validTo: z.string(),
  /** SHA-256 over the DER form, upper-case hex in pairs parted by colons. */
  fingerprint256: z.string(),
});
export type Certificate = z.infer<typeof certificateSchema>;

export const fleetErrorSchema = z.object({
  code: fleetErrorCodeSchema,
  /** Redacted, at most 300 characters, without the name of cluster or endpoint in front. */
  message: z.string(),
  httpStatus: lenientNumber,
  /** `host:port` that was asked. */
  endpoint: lenientText,
  /** When this kind of failure began, epoch milliseconds. */
  sinceMs: lenientNumber,
  /** Seconds until another try makes sense (Retry-After). */
  retryAfterS: lenientNumber,
  certificate: certificateSchema.nullable().catch(null).default(null),
  /** Fingerprint that was expected, for `tlsFingerprintMismatch`. */
  expectedFingerprint: lenientText,
});
export type FleetError = z.infer<typeof fleetErrorSchema>;
