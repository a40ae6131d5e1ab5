import * as z from 'zod';
import { lenientFlag, lenientNumber, lenientRows, lenientText } from '../lenient.ts';

/*
 * Rows of the HA reference, field for field as published: every field is optional in meaning and always present in the
 * reply (`null` when not told). Schemas read leniently because older servers are on the other side as well.
 */

/** Row of `GET /proxmox/cluster/ha/status`. A cluster that failed has one row with `status` "error: <message>". */
export const haStatusItemSchema = z.object({
  cluster_name: lenientText,
  id: lenientText,
  /** `quorum`, `master`, `lrm`, `service`, `fencing`. */
  type: lenientText,
  sid: lenientText,
  node: lenientText,
  state: lenientText,
  /** Text for people, not a state word. */
  status: lenientText,
  crm_state: lenientText,
  request_state: lenientText,
  quorate: lenientFlag,
  failback: lenientFlag,
  max_relocate: lenientNumber,
  max_restart: lenientNumber,
  /** Epoch seconds. */
  timestamp: lenientNumber,
  /** Additive: `armed`, `standby`, `disarming`, `disarmed` of the fencing row. */
  armed_state: lenientText,
  /** Additive: `freeze` or `ignore` while disarming or disarmed. */
  resource_mode: lenientText,
});
export type HaStatusItem = z.infer<typeof haStatusItemSchema>;

/** Row of `GET /proxmox/cluster/ha/resources`: configuration with the runtime state of the same sid merged in. */
export const haWireResourceSchema = z.object({
  cluster_name: lenientText,
  sid: lenientText,
  /** `vm` or `ct`. */
  type: lenientText,
  /** Configured state. */
  state: lenientText,
  group: lenientText,
  max_relocate: lenientNumber,
  max_restart: lenientNumber,
  failback: lenientFlag,
  comment: lenientText,
  digest: lenientText,
  node: lenientText,
  crm_state: lenientText,
  request_state: lenientText,
  status: lenientText,
});
export type HaWireResource = z.infer<typeof haWireResourceSchema>;

/** Row of `GET /proxmox/cluster/ha/groups`. */
export const haWireGroupSchema = z.object({
  cluster_name: lenientText,
  group: lenientText,
  type: lenientText,
  /** Proxmox's own form, `pve1:2,pve2`. */
  nodes: lenientText,
  restricted: lenientFlag,
  nofailback: lenientFlag,
  comment: lenientText,
  digest: lenientText,
});
export type HaWireGroup = z.infer<typeof haWireGroupSchema>;

/** Row of `GET /proxmox/cluster/ha/rules`. */
export const haWireRuleSchema = z.object({
  cluster_name: lenientText,
  rule: lenientText,
  type: lenientText,
  affinity: lenientText,
  nodes: lenientText,
  /** Comma list of sids. */
  resources: lenientText,
  strict: lenientFlag,
  disable: lenientFlag,
  comment: lenientText,
});
export type HaWireRule = z.infer<typeof haWireRuleSchema>;

/** Additive entry of the summary: a section of one cluster that could not be read. */
export const haSectionErrorSchema = z.object({
  cluster_name: z.string(),
  section: z.string(),
  message: z.string(),
});
export type HaSectionError = z.infer<typeof haSectionErrorSchema>;

/** Body of `GET /proxmox/cluster/ha/summary`. */
export const haSummarySchema = z.object({
  status: lenientRows(haStatusItemSchema),
  groups: lenientRows(haWireGroupSchema),
  resources: lenientRows(haWireResourceSchema),
  rules: lenientRows(haWireRuleSchema),
  errors: lenientRows(haSectionErrorSchema),
});
export type HaSummary = z.infer<typeof haSummarySchema>;
