import * as z from 'zod';
import { lenientNumber, lenientRows, lenientText, openEnum } from '../lenient.ts';
import { fleetErrorSchema } from './fleetError.ts';
import { guestSchema } from './guest.ts';
import { loadTimeframes } from './loadTimeframe.ts';
import { haResourceSchema, haRuleSchema } from './placement.ts';

const nullableError = fleetErrorSchema.nullable().catch(null).default(null);

/** A Proxmox task that concerned the guest. */
export const guestTaskSchema = z.object({
  upid: z.string(),
  node: lenientText,
  /** Task type word of Proxmox (`qmstart`, `hamigrate`, `vzdump`, …). */
  type: z.string(),
  user: lenientText,
  startS: lenientNumber,
  endS: lenientNumber,
  /** `OK`, `WARNINGS: n` or an error text; `null` while it runs. */
  status: lenientText,
});
export type GuestTask = z.infer<typeof guestTaskSchema>;

/** One point of the load series; `null` is a gap. */
export const loadPointSchema = z.object({
  timeS: z.number(),
  cpuRatio: lenientNumber,
  memoryBytes: lenientNumber,
  maxMemoryBytes: lenientNumber,
});
export type LoadPoint = z.infer<typeof loadPointSchema>;

/**
 * Body of `GET /fleet/clusters/{cluster}/guests/{vmid}`. Each part that could not be read carries its own error; the
 * others are still there.
 */
export const guestDetailSchema = z.object({
  serverTimeMs: z.number(),
  cluster: z.string(),
  vmid: z.number(),
  /** `null` when no guest of that number exists in the last known list. */
  guest: guestSchema.nullable().catch(null),
  /** `null` when the guest is not HA-managed; see `haError` before saying so. */
  resource: haResourceSchema.nullable().catch(null),
  haError: nullableError,
  /** HA rules that name the resource. */
  rules: lenientRows(haRuleSchema),
  /** Configuration keys and values as text, secrets removed (`cipassword`, `sshkeys` and the like). */
  config: z.record(z.string(), z.string()).nullable().catch(null),
  configError: nullableError,
  /** Live run state figures. */
  status: z
    .object({
      status: lenientText,
      uptimeS: lenientNumber,
      cpuRatio: lenientNumber,
      maxCpu: lenientNumber,
      memoryBytes: lenientNumber,
      maxMemoryBytes: lenientNumber,
      maxDiskBytes: lenientNumber,
    })
    .nullable()
    .catch(null),
  statusError: nullableError,
  tasks: lenientRows(guestTaskSchema),
  tasksError: nullableError,
  load: lenientRows(loadPointSchema),
  loadTimeframe: openEnum(loadTimeframes),
  loadError: nullableError,
});
export type GuestDetail = z.infer<typeof guestDetailSchema>;
