import * as z from 'zod';
import { lenientNumber, lenientRows, lenientText, openEnum } from '../lenient.ts';
import { plainLine } from '../plainLine.ts';
import { guestKindSchema, vmidSchema } from './guestPayload.ts';
import { clusterChoice, haConsequenceSchema } from './plan.ts';

export const deletionStates = [
  'pending',
  'approved',
  'rejected',
  'executing',
  'succeeded',
  'failed',
] as const;
export const deletionStateSchema = openEnum(deletionStates);
export type DeletionState = z.infer<typeof deletionStateSchema>;

/** The guest as it was when somebody asked; `config` without secrets. */
export const guestSnapshotSchema = z.object({
  vmid: z.number(),
  kind: openEnum(['qemu', 'lxc']),
  node: lenientText,
  name: lenientText,
  /** Tells this guest from another that took its VMID: SMBIOS or VM generation id, first MAC addresses, creation time. */
  identity: lenientText,
  status: lenientText,
  config: z.record(z.string(), z.string()).catch({}).default({}),
  ha: lenientRows(haConsequenceSchema),
  /** Seconds since the epoch. */
  taken_at: lenientNumber,
});
export type GuestSnapshot = z.infer<typeof guestSnapshotSchema>;

/** Whether this key may do a thing now, and if not, why: the text beside the disabled button. */
export const allowanceSchema = z
  .object({ allowed: z.boolean().catch(false), code: lenientText, message: lenientText })
  .catch({ allowed: false, code: null, message: null });
export type Allowance = z.infer<typeof allowanceSchema>;

export const deletionHistorySchema = z.object({
  at: lenientNumber,
  actor: lenientText,
  from_state: deletionStateSchema.nullable().catch('unknown').default(null),
  to_state: deletionStateSchema,
  note: lenientText,
});

export const deletionRequestSchema = z.object({
  id: z.number(),
  endpoint_id: lenientNumber,
  cluster: lenientText,
  vmid: z.number(),
  node: lenientText,
  kind: openEnum(['qemu', 'lxc']),
  name: lenientText,
  state: deletionStateSchema,
  /** Seconds since the epoch, here and below. */
  created_at: lenientNumber,
  updated_at: lenientNumber,
  /** When it is rejected by itself unless it is decided, or executed once approved; `null` after that. */
  expires_at: lenientNumber,
  requested_by: lenientText,
  reason: lenientText,
  authorizer: lenientText,
  approved_at: lenientNumber,
  /** `TTL` when nobody decided in time. */
  reject_reason: lenientText,
  executed_by: lenientText,
  executed_at: lenientNumber,
  run_uuid: lenientText,
  executor_run_uuid: lenientText,
  upid: lenientText,
  /** Why it failed. */
  error: lenientText,
  /** Whether the guest carries the tag `proxbox-pending-deletion`; `null` when that could not be told. */
  tagged: z.boolean().nullable().catch(null).default(null),
  metadata_snapshot: guestSnapshotSchema.nullable().catch(null).default(null),
  history: lenientRows(deletionHistorySchema),
  may: z
    .object({ approve: allowanceSchema, reject: allowanceSchema, execute: allowanceSchema })
    .nullable()
    .catch(null)
    .default(null),
});
export type DeletionRequest = z.infer<typeof deletionRequestSchema>;

export const deletionRequestListSchema = z.object({
  requests: lenientRows(deletionRequestSchema),
  next_before: lenientNumber,
});

export const deletionListQuerySchema = z.strictObject({
  /** Comma list of states. */
  state: z
    .string()
    .max(255)
    .transform((text) => text.split(',').map((word) => word.trim()))
    .pipe(z.array(z.enum(deletionStates)))
    .optional(),
  cluster: z.string().max(63).optional(),
  vmid: z.coerce.number().int().optional(),
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
});

/** `POST /intent/deletion-requests`: ask for a deletion outside of a run. */
export const deletionCreateSchema = z.strictObject({
  ...clusterChoice,
  vmid: vmidSchema,
  node: z.string().min(1).max(63),
  kind: guestKindSchema,
  reason: z.string().trim().max(255).pipe(plainLine).optional(),
});

/** Approve and execute repeat what is to go; a difference is a 409. */
export const deletionTargetSchema = z.strictObject({
  vmid: z.number().int(),
  node: z.string().min(1).max(63),
  kind: guestKindSchema,
});
export type DeletionTarget = z.infer<typeof deletionTargetSchema>;

export const deletionRejectSchema = z.strictObject({
  reason: z.string().trim().min(3).max(255).pipe(plainLine),
});

/** The guest of a request as it is now beside how it was. */
export const deletionComparisonSchema = z.object({
  /** `gone`: no such guest any more; `replaced`: another guest has its VMID; `unknown`: the cluster did not tell. */
  live: openEnum(['same', 'changed', 'replaced', 'gone']),
  message: lenientText,
  changes: lenientRows(z.object({ key: z.string(), when_asked: lenientText, now: lenientText })),
  /** Additive: whether a change makes it a request for something else, so that approving is refused. */
  material: z.boolean().nullable().catch(null).default(null),
  status: lenientText,
  node: lenientText,
  ha: lenientRows(haConsequenceSchema),
});
export type DeletionComparison = z.infer<typeof deletionComparisonSchema>;

/** Reply of execute: the job that was started; its end is seen in the request. */
export const deletionExecutionSchema = z.object({
  upid: lenientText,
  run_uuid: z.string(),
});
