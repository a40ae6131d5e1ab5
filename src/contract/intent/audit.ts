import * as z from 'zod';
import { lenientNumber, lenientRows, lenientText, openEnum } from '../lenient.ts';
import { noParams, noQuery, route } from '../routes.ts';

/** How an action ended. `open`: announced and never completed, as after a crash; whether it happened is not known. */
export const auditResults = ['succeeded', 'failed', 'blocked', 'skipped', 'outcome_unknown', 'open'] as const;
export const auditResultSchema = openEnum(auditResults);

/** One action: its announcement together with its completion. */
export const auditEntrySchema = z.object({
  /** Number of the announcement's row in the chain; grows with time. */
  seq: z.number(),
  entry_id: z.string(),
  /** Seconds since the epoch, here and below. */
  at: lenientNumber,
  actor: lenientText,
  key_id: lenientText,
  /** What was done, such as `key_create` or `intent_update_qemu`. */
  action: lenientText,
  /** What it was done to, such as `vm:prod/105`. */
  target: lenientText,
  cluster: lenientText,
  result: auditResultSchema,
  message: lenientText,
  /** Particulars without secrets. */
  details: z.unknown().default(null),
  /** What was learned by the end, without secrets; `null` while open. */
  outcome: z.unknown().default(null),
  completed_at: lenientNumber,
  hash: lenientText,
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** Times are seconds since the epoch. */
const auditFilter = {
  actor: z.string().max(80).optional(),
  action: z.string().max(80).optional(),
  target: z.string().max(255).optional(),
  cluster: z.string().max(63).optional(),
  result: z.enum(auditResults).optional(),
  from: z.coerce.number().min(0).optional(),
  to: z.coerce.number().min(0).optional(),
};

export const auditQuerySchema = z.strictObject({
  ...auditFilter,
  /** Only entries older than this `seq`. */
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
});
export type AuditQuery = z.output<typeof auditQuerySchema>;

export const auditListSchema = z.object({
  entries: lenientRows(auditEntrySchema),
  /** Pass as `before` for the next page; `null` at the end. */
  next_before: lenientNumber,
});

export const auditVerificationSchema = z.object({
  /** Missing reads as no. */
  intact: z.boolean().catch(false).default(false),
  /** Rows that were checked. */
  rows: lenientNumber,
  /** First row that does not fit; `null` when all do. */
  broken_at: lenientNumber,
  message: lenientText,
  /** Last row and its hash: kept elsewhere, they show later whether the end was cut off. */
  head_seq: lenientNumber,
  head_hash: lenientText,
});
export type AuditVerification = z.infer<typeof auditVerificationSchema>;

/** Routes of the audit journal; reading needs `view`. */
export const auditRoutes = {
  audit: route({
    method: 'GET',
    path: '/audit',
    keyless: false,
    summary: 'Who did what, newest first',
    params: noParams,
    query: auditQuerySchema,
    reply: auditListSchema,
  }),
  auditVerify: route({
    method: 'GET',
    path: '/audit/verify',
    keyless: false,
    summary: 'Whether the chain of the journal is whole',
    params: noParams,
    query: noQuery,
    reply: auditVerificationSchema,
  }),
  auditExport: route({
    method: 'GET',
    path: '/audit/export',
    keyless: false,
    summary: 'The journal as a file, oldest first: rows of the chain as JSON or CSV',
    params: noParams,
    query: z.strictObject({ ...auditFilter, format: z.enum(['json', 'csv']) }),
    reply: z.unknown(),
  }),
} as const;
