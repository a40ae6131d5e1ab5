import * as z from 'zod';
import { pveNumber, pveText } from './values.ts';

/** Row of `/nodes/{node}/tasks`. */
export const pveTaskRow = z.object({
  upid: z.string().min(1),
  node: pveText,
  type: z.string(),
  user: pveText,
  starttime: pveNumber,
  endtime: pveNumber,
  status: pveText,
});

/** Point of `/nodes/{node}/{type}/{vmid}/rrddata`; a gap lacks its figures. */
export const pveRrdPoint = z.object({
  time: z.coerce.number(),
  cpu: pveNumber,
  mem: pveNumber,
  maxmem: pveNumber,
});

/** What we use of `/nodes/{node}/{type}/{vmid}/status/current`. */
export const pveGuestStatus = z.object({
  status: pveText,
  uptime: pveNumber,
  cpu: pveNumber,
  cpus: pveNumber,
  mem: pveNumber,
  maxmem: pveNumber,
  maxdisk: pveNumber,
});

const secretConfigKey = /^(cipassword|sshkeys|.*(password|secret|token|apikey|privatekey).*)$/i;

/** Guest configuration as texts, without the keys that hold secrets. */
export function readableConfig(config: unknown): Record<string, string> | null {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return null;
  return Object.fromEntries(
    Object.entries(config)
      .filter(
        ([key, value]) =>
          !secretConfigKey.test(key) && ['string', 'number', 'boolean'].includes(typeof value),
      )
      .map(([key, value]) => [key, String(value)]),
  );
}
