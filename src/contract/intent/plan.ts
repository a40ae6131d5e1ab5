import * as z from 'zod';
import { lenientFlag, lenientNumber, lenientRows, lenientText, openEnum } from '../lenient.ts';
import { intentDiffSchema, intentOps, maxDiffs } from './diff.ts';

/** Fields that say which cluster is meant: the published number of its endpoint, or its key. */
export const clusterChoice = {
  /** Number of any endpoint of the cluster, in the order of the configuration. */
  endpoint_id: z.number().int().min(1).optional(),
  /** Key of the cluster; additive, and clearer. */
  cluster: z.string().min(1).max(63).optional(),
};

/**
 * `POST /intent/plan`. `actor` and `branch_id` are read for the published clients and kept as remarks; who asks is told by
 * the key alone.
 */
export const planRequestSchema = z.strictObject({
  ...clusterChoice,
  branch_id: z.number().int().nullable().optional(),
  actor: z.string().max(255).nullable().optional(),
  diffs: z.array(intentDiffSchema).max(maxDiffs).default([]),
});
export type PlanRequest = z.input<typeof planRequestSchema>;

export const verdicts = ['permitted', 'warning', 'blocked'] as const;
export const verdictSchema = openEnum(verdicts);
export type Verdict = z.infer<typeof verdictSchema>;

/** One thing a probe found out about a change. */
export const planFindingSchema = z.object({
  /** Stable word, such as `vmid_taken`. */
  code: z.string(),
  verdict: verdictSchema,
  /** What is the case and what to do, for an operator to read. */
  message: z.string(),
  /** Field of the payload that it is about, as `memory_mib` or `disks.0`. */
  field: lenientText,
});
export type PlanFinding = z.infer<typeof planFindingSchema>;

/** One key of the guest's configuration before and after. `null`: not there. Secrets are never in it. */
export const planChangeSchema = z.object({
  key: z.string(),
  before: lenientText,
  after: lenientText,
});
export type PlanChange = z.infer<typeof planChangeSchema>;

/** What a change does to HA: an entry, rule or group that changes or goes. */
export const haConsequenceSchema = z.object({
  /** `resource`, `rule` or `group`. */
  subject: openEnum(['resource', 'rule', 'group']),
  id: z.string(),
  effect: openEnum(['removed', 'changed', 'unchanged']),
  message: z.string(),
});
export type HaConsequence = z.infer<typeof haConsequenceSchema>;

export const planVerdictSchema = z.object({
  /** Place of the diff in the request. */
  index: z.number(),
  netbox_id: lenientNumber,
  op: openEnum(intentOps),
  kind: openEnum(['qemu', 'lxc']),
  vmid: lenientNumber,
  name: lenientText,
  node: lenientText,
  verdict: verdictSchema,
  /** Code of the finding that decided, or `default_permit`, `no_change`, `delete_routed_to_deletion_request`. */
  reason: lenientText,
  message: lenientText,
  findings: lenientRows(planFindingSchema),
  changes: lenientRows(planChangeSchema),
  ha: lenientRows(haConsequenceSchema),
  /** Nothing would be done: live already is what is wanted. */
  no_change: z.boolean().catch(false).default(false),
});
export type PlanVerdict = z.infer<typeof planVerdictSchema>;

/** Why a plan as a whole cannot be applied now, such as `writes_disabled` or `not_quorate`. */
export const planBlockerSchema = z.object({ code: z.string(), message: z.string() });
export type PlanBlocker = z.infer<typeof planBlockerSchema>;

export const planReplySchema = z.object({
  /** No diff is blocked and no blocker stands. Missing reads as no. */
  permitted: z.boolean().catch(false).default(false),
  verdicts: lenientRows(planVerdictSchema),
  summary: lenientText,
  /** Names the plan; an apply bound to it is refused once the live state moved. */
  plan_hash: lenientText,
  cluster: lenientText,
  /** Seconds since the epoch. */
  created_at: lenientNumber,
  expires_at: lenientNumber,
  /** Who asked, as told by the key. */
  actor: lenientText,
  blockers: lenientRows(planBlockerSchema),
  /** As the cluster told at the time; `null`: it did not tell. */
  quorum: z.object({ quorate: lenientFlag }).catch({ quorate: null }).default({ quorate: null }),
});
export type PlanReply = z.infer<typeof planReplySchema>;
