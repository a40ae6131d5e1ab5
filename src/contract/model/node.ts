import * as z from 'zod';
import { lenientFlag, lenientNumber, lenientText, openEnum } from '../lenient.ts';

/** The lrm row of a node, parsed from its text (HA states, rows of `/cluster/ha/status/current`). */
export const lrmSchema = z.object({
  state: openEnum([
    'active',
    'idle',
    'waitingForLock',
    'lostLock',
    'maintenance',
    'restarting',
    'shuttingDown',
    'disarmed',
    'silent',
    'clockDrift',
    'unreadable',
  ]),
  watchdog: openEnum(['active', 'standby', 'released']).nullable().default(null),
  timestampS: lenientNumber,
  /** The row's own text. */
  rawStatus: lenientText,
});
export type Lrm = z.infer<typeof lrmSchema>;

/** A member of a cluster. Figures are `null` while the node is offline or did not tell them. */
export const clusterNodeSchema = z.object({
  /** `node:<cluster>/<name>`. */
  id: z.string(),
  cluster: z.string(),
  name: z.string(),
  nodeId: lenientNumber,
  ip: lenientText,
  /** Membership as told by `/cluster/status`; `null` when not told. */
  online: lenientFlag,
  /** True for the node that answered. */
  local: lenientFlag,
  /** Membership word of `/cluster/resources`, raw (`online`, `offline`, `unknown`). */
  status: lenientText,
  /** HA manager's node state, raw (`online`, `maintenance`, `unknown`, `fence`, `gone`); `null` when not told. */
  haState: lenientText,
  lrm: lrmSchema.nullable().catch(null).default(null),
  cpuRatio: lenientNumber,
  maxCpu: lenientNumber,
  memoryBytes: lenientNumber,
  maxMemoryBytes: lenientNumber,
  diskBytes: lenientNumber,
  maxDiskBytes: lenientNumber,
  uptimeS: lenientNumber,
  /** Corosync votes of this node; `null` when not told. */
  votes: lenientNumber,
  /** Subscription level, raw. */
  level: lenientText,
  sslFingerprint: lenientText,
  /** When the aggregator first saw it gone, epoch milliseconds; `null` while online. */
  lostSinceMs: lenientNumber,
  /** When the aggregator last saw it online before that; `null` while online, and when it never saw it online. */
  lastOnlineMs: lenientNumber,
});
export type ClusterNode = z.infer<typeof clusterNodeSchema>;
