import * as z from 'zod';
import { lenientNumber, lenientRows, lenientText, openEnum } from '../lenient.ts';
import { plainLine } from '../plainLine.ts';
import { intentDiffSchema, intentOps, maxDiffs } from './diff.ts';

/** `POST /intent/apply`. The cluster comes from the query: `endpoint_id` as published, or `cluster`. */
export const applyRequestSchema = z.strictObject({
  /** Chosen by the client; the same again is the same run, never a second one. */
  run_uuid: z.string().min(1).max(255).pipe(plainLine),
  branch_id: z.number().int().nullable().optional(),
  actor: z.string().max(255).nullable().optional(),
  diffs: z.array(intentDiffSchema).max(maxDiffs),
  /** Bind to this plan: refused with 409 when it expired, was made from other diffs, or the live state moved. */
  plan_hash: z.string().max(128).optional(),
});
export type ApplyRequest = z.input<typeof applyRequestSchema>;

export const applyQuerySchema = z.strictObject({
  endpoint_id: z.coerce.number().int().min(1).optional(),
  cluster: z.string().min(1).max(63).optional(),
  /** `false` answers 202 at once; the run is followed by its events. Default true, as published. */
  wait: z.enum(['true', 'false']).optional(),
});

/**
 * Item states: the published results, `delete-pending-approval` for a filed deletion request, and those on the way.
 * `outcome_unknown`: Proxmox was told, and whether it did it could not be learned.
 */
export const itemStatuses = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'skipped',
  'not_implemented',
  'cancelled',
  'delete-pending-approval',
  'outcome_unknown',
] as const;
export const itemStatusSchema = openEnum(itemStatuses);
export type ItemStatus = z.infer<typeof itemStatusSchema>;

export const runItemSchema = z.object({
  index: z.number(),
  netbox_id: lenientNumber,
  /** 0 when the diff named none, as published. */
  vmid: lenientNumber,
  op: openEnum(intentOps),
  kind: openEnum(['qemu', 'lxc']),
  name: lenientText,
  node: lenientText,
  status: itemStatusSchema,
  reason: lenientText,
  message: lenientText,
  proxmox_upid: lenientText,
  deletion_request_id: lenientNumber,
  /** 0…1 while its task tells, else `null`. */
  progress: lenientNumber,
  started_at: lenientNumber,
  ended_at: lenientNumber,
});
export type RunItem = z.infer<typeof runItemSchema>;

export const runStates = ['queued', 'running', 'done'] as const;
export const overallResults = ['no_op', 'succeeded', 'failed', 'partial'] as const;

export const runSchema = z.object({
  run_uuid: z.string(),
  state: openEnum(runStates),
  /** `null` while it runs. */
  overall: openEnum(overallResults).nullable().catch('unknown').default(null),
  cluster: lenientText,
  actor: lenientText,
  plan_hash: lenientText,
  created_at: lenientNumber,
  ended_at: lenientNumber,
  results: lenientRows(runItemSchema),
});
export type IntentRun = z.infer<typeof runSchema>;

export const runListSchema = z.object({
  runs: lenientRows(runSchema),
  /** Pass as `before` for the next page; `null` at the end. */
  next_before: lenientNumber,
});

/** Names of the events of `GET /intent/runs/{run_uuid}/events`; `id` is a number that grows by one per run. */
export const runEventNames = ['plan_summary', 'apply_progress', 'done'] as const;

/** Data of `plan_summary`: what the run is going to do. */
export const planSummaryEventSchema = z.object({ run: runSchema });
/** Data of `apply_progress`: one item as it is now. */
export const applyProgressEventSchema = z.object({ run_uuid: z.string(), item: runItemSchema });
/** Data of `done`: the whole run; the stream ends after it. */
export const doneEventSchema = z.object({ run: runSchema });
