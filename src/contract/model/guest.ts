import * as z from 'zod';
import { lenientNumber, lenientText, openEnum } from '../lenient.ts';

/** A virtual machine or container. Load figures are rounded so that idle guests cause no deltas. */
export const guestSchema = z.object({
  /** `guest:<cluster>/<vmid>`. */
  id: z.string(),
  cluster: z.string(),
  vmid: z.number(),
  kind: openEnum(['qemu', 'lxc']),
  name: lenientText,
  /** Node where its configuration lies. */
  node: lenientText,
  /** Run state, raw (`running`, `stopped`, `paused`, `io-error`, `unknown`, …). */
  status: lenientText,
  /** `unknown` when neither this guest's entry nor the HA rows could tell; never read as not managed. */
  haManaged: openEnum(['managed', 'notManaged']),
  /** HA state of `/cluster/resources`, raw. */
  haState: lenientText,
  template: z.boolean().catch(false).default(false),
  lock: lenientText,
  tags: z.array(z.string()).catch([]).default([]),
  pool: lenientText,
  /** 0…1, in steps of 0.01. */
  cpuRatio: lenientNumber,
  maxCpu: lenientNumber,
  /** In steps of one per cent of the maximum. */
  memoryBytes: lenientNumber,
  maxMemoryBytes: lenientNumber,
  maxDiskBytes: lenientNumber,
});
export type Guest = z.infer<typeof guestSchema>;
