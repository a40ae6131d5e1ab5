import * as z from 'zod';
import { lenientFlag, lenientNumber, lenientRows, lenientText, openEnum } from '../lenient.ts';

/** What becomes of one HA resource. */
export const fatedResourceSchema = z.object({
  /** `vm:101`. */
  sid: z.string(),
  name: lenientText,
  from: lenientText,
  /**
   * `recovers`: started on another node; `moves`: a rule sends it elsewhere; `stuck`: no node may take it; `waits`: there
   * is no quorum, so nobody moves it; `stays`: on its node, as it is; `unknown`: an input is missing.
   */
  fate: openEnum(['recovers', 'moves', 'stuck', 'waits', 'stays']),
  to: lenientText,
  /** Why, as a sentence: the rule, group or missing node that decided. */
  why: lenientText,
});
export type FatedResource = z.infer<typeof fatedResourceSchema>;

/** `POST /fleet/what-if`: what happens when nodes of a cluster die. Seconds count from that moment. */
export const whatIfSchema = z.object({
  cluster: z.string(),
  lost: z.array(z.string()).catch([]).default([]),
  /** Exact for placement by count with every input told; otherwise approximate. Missing reads as not exact. */
  isExact: z.boolean().catch(false).default(false),
  /** What could not be known, a sentence each. */
  unknowns: lenientRows(z.string()),
  quorum: z
    .object({
      votesBefore: lenientNumber,
      votesAfter: lenientNumber,
      neededVotes: lenientNumber,
      /** `null`: not known. */
      holds: lenientFlag,
    })
    .catch({ votesBefore: null, votesAfter: null, neededVotes: null, holds: null }),
  /** Nodes that reset themselves because they lose quorum. */
  resets: lenientRows(z.object({ node: z.string(), atS: lenientNumber })),
  /** Resources that do not simply stay. */
  resources: lenientRows(fatedResourceSchema),
  /** How many stay as they are. */
  staying: lenientNumber,
  /** Running guests that HA does not manage: they stay down. */
  unmanaged: lenientRows(
    z.object({ vmid: z.number(), name: lenientText, node: lenientText, kind: openEnum(['qemu', 'lxc']) }),
  ),
  /** Memory of the nodes that stay, with what arrives counted at its limit. */
  memory: lenientRows(
    z.object({
      node: z.string(),
      beforeBytes: lenientNumber,
      afterBytes: lenientNumber,
      maxBytes: lenientNumber,
    }),
  ),
  /** Rules that do not hold afterwards, a sentence each. */
  brokenRules: lenientRows(z.string()),
  timeline: lenientRows(z.object({ atS: z.number(), text: z.string() })),
});
export type WhatIf = z.infer<typeof whatIfSchema>;

export const whatIfRequestSchema = z.strictObject({
  /** Key of the cluster. */
  cluster: z.string().min(1).max(63),
  /** Names of the nodes that die. */
  nodes: z.array(z.string().min(1).max(63)).min(1).max(64),
});
