import * as z from 'zod';
import { lenientFlag, lenientNumber, lenientRows, lenientText, openEnum } from '../lenient.ts';
import { fatedResourceSchema } from './whatIf.ts';

/** A guest that stays on the node and stops when it is switched off. */
export const stayingGuestSchema = z.object({
  /** `vm:101` or `ct:201`. */
  sid: z.string(),
  name: lenientText,
  /** Why HA does not move it, as a sentence. */
  why: lenientText,
});
export type StayingGuest = z.infer<typeof stayingGuestSchema>;

/** How far a node in maintenance has got; numbers count HA resources. */
export const drainProgressSchema = z.object({
  /**
   * `inUse`: not in maintenance; `draining`: running resources are still on it; `drained`: none is left; `poweredOff`: it
   * was drained and is gone; `lost`: it went away before it was drained.
   */
  state: openEnum(['inUse', 'draining', 'drained', 'poweredOff', 'lost']),
  /** Running resources still on it, those being moved included. */
  left: lenientNumber,
  /** Of those, on their way now. */
  underway: lenientNumber,
  /** Of those, without any node that may take them. */
  stuck: lenientNumber,
  /** Resources that left it and come back after the maintenance; `null` when the manager's record was not read. */
  moved: lenientNumber,
});
export type DrainProgress = z.infer<typeof drainProgressSchema>;

/** `POST /fleet/maintenance-readiness`: what happens when a node is put in maintenance and then switched off. */
export const maintenanceReadinessSchema = z.object({
  cluster: z.string(),
  node: z.string(),
  /**
   * `ready`: all that runs leaves, and the cluster stays quorate; `attention`: it can be done, but something stops or is
   * tight; `blocked`: the node cannot be drained or spared; `unknown`: an input is missing.
   */
  answer: openEnum(['ready', 'attention', 'blocked']),
  /** Why the answer is not `ready`, worst first, a sentence each. */
  reasons: lenientRows(z.string()),
  /** Exact for placement by count with every input told. Missing reads as not exact. */
  isExact: z.boolean().catch(false).default(false),
  /** What could not be known, a sentence each. */
  unknowns: lenientRows(z.string()),
  drain: drainProgressSchema,
  /** Votes once the node is off. */
  quorum: z
    .object({
      votesBefore: lenientNumber,
      votesAfter: lenientNumber,
      neededVotes: lenientNumber,
      /** Single votes that may be lost then. */
      marginAfter: lenientNumber,
      /** `null`: not known. */
      holds: lenientFlag,
    })
    .catch({ votesBefore: null, votesAfter: null, neededVotes: null, marginAfter: null, holds: null }),
  /** HA resources that do not simply stay where they are; `from` is another node for those that follow a rule. */
  resources: lenientRows(fatedResourceSchema),
  /** Running guests that stay and stop with the node. */
  staying: lenientRows(stayingGuestSchema),
  /** Nodes that stay, with what arrives. Memory counts arriving guests at their limit, processors as they run now. */
  targets: lenientRows(
    z.object({
      node: z.string(),
      arriving: lenientNumber,
      beforeBytes: lenientNumber,
      afterBytes: lenientNumber,
      maxBytes: lenientNumber,
      /** 0…1. */
      cpuBefore: lenientNumber,
      cpuAfter: lenientNumber,
    }),
  ),
  /** Rules that do not hold afterwards, a sentence each. */
  brokenRules: lenientRows(z.string()),
});
export type MaintenanceReadiness = z.infer<typeof maintenanceReadinessSchema>;

export const maintenanceRequestSchema = z.strictObject({
  /** Key of the cluster. */
  cluster: z.string().min(1).max(63),
  node: z.string().min(1).max(63),
});
