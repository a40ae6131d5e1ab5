import * as z from 'zod';
import { lenientFlag, lenientNumber, lenientRows, lenientText, openEnum } from '../lenient.ts';

/** What a placement makes of one node. */
export const judgedNodeSchema = z.object({
  node: z.string(),
  isCurrent: z.boolean().catch(false).default(false),
  /**
   * `candidate`: it may run there and nothing is better by rule; `lower`: allowed, but another has a higher priority or
   * more of those it belongs to; `excluded`: it may not run there now.
   */
  verdict: openEnum(['candidate', 'lower', 'excluded']),
  /** Priority by its rule or group; `null` without one. */
  priority: lenientNumber,
  /** HA resources that count for the node; `null` for one that is not usable. */
  resources: lenientNumber,
  /** Why, as a sentence. */
  why: lenientText,
});
export type JudgedNode = z.infer<typeof judgedNodeSchema>;

/** A rule or group that names the resource, or one that it is kept together with. */
export const consideredRuleSchema = z.object({
  name: z.string(),
  kind: openEnum(['rule', 'group']),
  /** `decides`: without it other nodes would do; `holds`: it is kept anyhow; `ignored`: HA leaves it out. */
  effect: openEnum(['decides', 'holds', 'ignored']),
  /** What it asks for, or why it is left out, as a sentence. */
  text: z.string(),
});
export type ConsideredRule = z.infer<typeof consideredRuleSchema>;

/** `POST /fleet/placement`: why an HA resource is where it is, and whether it would move. */
export const placementExplanationSchema = z.object({
  cluster: z.string(),
  /** `vm:101`. */
  sid: z.string(),
  name: lenientText,
  node: lenientText,
  /** The reason in one sentence. */
  answer: z.string(),
  /** `stays`; `moves`: in the manager's next round; `later`: when something named in `outlook` happens. */
  movement: openEnum(['stays', 'moves', 'later']),
  /** What would make it move, and when, a sentence each. */
  outlook: lenientRows(z.string()),
  /** Node it would get if it were placed anew; `null` when none would do or nobody can know. */
  best: lenientText,
  scheduler: openEnum(['basic', 'static', 'dynamic']),
  /** Whether it goes back to a better node by itself; `null` when not told. */
  failback: lenientFlag,
  rules: lenientRows(consideredRuleSchema),
  nodes: lenientRows(judgedNodeSchema),
  /** Exact for placement by count with every input told. Missing reads as not exact. */
  isExact: z.boolean().catch(false).default(false),
  /** What could not be known, a sentence each. */
  unknowns: lenientRows(z.string()),
});
export type PlacementExplanation = z.infer<typeof placementExplanationSchema>;

export const placementRequestSchema = z.strictObject({
  /** Key of the cluster. */
  cluster: z.string().min(1).max(63),
  sid: z.string().min(1).max(63),
});
