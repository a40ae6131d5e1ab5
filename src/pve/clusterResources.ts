import * as z from 'zod';
import { pveFlag, pveKeyNumber, pveNumber, pveText } from './values.ts';

/** Guest entry of `/cluster/resources`. */
export const pveGuestRow = z.object({
  type: z.enum(['qemu', 'lxc']),
  vmid: pveKeyNumber,
  node: pveText,
  name: pveText,
  status: pveText,
  hastate: pveText,
  /** Present, though perhaps null, exactly when the guest is HA-managed. */
  hasHaState: z.boolean().optional(),
  template: pveFlag,
  lock: pveText,
  tags: pveText,
  pool: pveText,
  cpu: pveNumber,
  maxcpu: pveNumber,
  mem: pveNumber,
  maxmem: pveNumber,
  maxdisk: pveNumber,
});
export type PveGuestRow = z.infer<typeof pveGuestRow>;

/** Node entry of `/cluster/resources`, and row of `/nodes`. */
export const pveNodeRow = z.object({
  node: z.string().min(1),
  status: pveText,
  hastate: pveText,
  cpu: pveNumber,
  maxcpu: pveNumber,
  mem: pveNumber,
  maxmem: pveNumber,
  disk: pveNumber,
  maxdisk: pveNumber,
  uptime: pveNumber,
  level: pveText,
  ssl_fingerprint: pveText,
});
export type PveNodeRow = z.infer<typeof pveNodeRow>;
