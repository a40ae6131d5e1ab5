import * as z from 'zod';
import { lenientFlag, lenientNumber, lenientText, openEnum } from '../lenient.ts';

/** A node named by a group or rule; a higher priority wins. */
export const prioritizedNodeSchema = z.object({ name: z.string(), priority: lenientNumber });
export type PrioritizedNode = z.infer<typeof prioritizedNodeSchema>;

/** An HA group (PVE 8 and older, or PVE 9 before its groups moved to rules). */
export const haGroupSchema = z.object({
  /** `group:<cluster>/<name>`. */
  id: z.string(),
  cluster: z.string(),
  name: z.string(),
  nodes: z.array(prioritizedNodeSchema),
  restricted: z.boolean().catch(false).default(false),
  nofailback: z.boolean().catch(false).default(false),
  comment: lenientText,
  digest: lenientText,
});
export type HaGroup = z.infer<typeof haGroupSchema>;

/** An HA rule (PVE 9). */
export const haRuleSchema = z.object({
  /** `rule:<cluster>/<name>`. */
  id: z.string(),
  cluster: z.string(),
  name: z.string(),
  kind: openEnum(['nodeAffinity', 'resourceAffinity']),
  /** Type word of Proxmox, raw. */
  rawType: lenientText,
  /** `negative` on a node rule means "avoid these nodes"; on a resource rule "keep apart". */
  affinity: openEnum(['positive', 'negative']),
  nodes: z.array(prioritizedNodeSchema),
  /** Resource ids such as `vm:101`. */
  resources: z.array(z.string()),
  /** `null`: not told, which happens on rules derived from groups. */
  strict: lenientFlag,
  disabled: z.boolean().catch(false).default(false),
  comment: lenientText,
  order: lenientNumber,
  /** Texts by field for a rule that HA leaves out because it is infeasible. */
  errors: z.record(z.string(), z.array(z.string())).catch({}).default({}),
  /** False where the server does not tell such texts: then none of them proves that the rule is applied. */
  conflictsTold: z.boolean().optional().catch(undefined),
  /** Name of the group this rule came from (`ha-group-<group>`), while that group still exists. */
  fromGroup: lenientText,
  digest: lenientText,
});
export type HaRule = z.infer<typeof haRuleSchema>;

/** A guest under HA management, from status rows and configuration. States stay Proxmox's own words. */
export const haResourceSchema = z.object({
  /** `ha:<cluster>/<sid>`. */
  id: z.string(),
  cluster: z.string(),
  /** `vm:101` or `ct:201`. */
  sid: z.string(),
  kind: openEnum(['vm', 'ct']),
  vmid: lenientNumber,
  /** Guest name, joined from the guest list. */
  name: lenientText,
  /** Requested state, raw; defaults are filled in (`started`). */
  requestState: lenientText,
  /** CRM state, raw; `null` when the CRM does not know the resource (yet). */
  crmState: lenientText,
  /** Verbose state, raw; `null` when no status row told it. */
  state: lenientText,
  /** The status row's own text. */
  rawStatus: lenientText,
  /** Node in the CRM's view; the source until a move was processed. `null` for `---` or when not told. */
  node: lenientText,
  group: lenientText,
  maxRestart: lenientNumber,
  maxRelocate: lenientNumber,
  failback: lenientFlag,
  comment: lenientText,
  /** Node it is moving to, by the manager's record; `null` when there is none or it was not read. */
  target: lenientText,
  /** Node it goes back to after that node's maintenance, by the manager's record; `null` as for `target`. */
  maintenanceNode: lenientText,
  /** In the resource configuration; false while it is being removed. */
  configured: lenientFlag,
  /** When the aggregator first saw the present verbose state, epoch milliseconds. */
  stateSinceMs: lenientNumber,
});
export type HaResource = z.infer<typeof haResourceSchema>;
