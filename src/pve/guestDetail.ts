import * as z from 'zod';
import { redactText } from '../base/redact.ts';
import { pveKeyNumber, pveNumber, pveText } from './values.ts';

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
  time: pveKeyNumber,
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

/**
 * Keys whose values are secrets or may be: cloud-init's `cipassword` and `sshkeys`, and `env`, the environment that a
 * container from an application image is started with (PVE 9.1). `keyboard` is not one of them.
 */
const secretConfigKey = /passw|secret|token|credential|api[-_]?key|private[-_]?key|^env$|keys?\d*$/i;

/** `password=…` and the like inside a value, as in QEMU `args`. */
const secretInValue =
  /\b([\w.-]*(?:passw|secret|token|apikey)[\w.-]*)[=:](?!(?:on|off|yes|no|[01])\b)[^\s,;]+/gi;

/** What a QEMU secret object holds. */
const secretObject = /(\bsecret,\S*?\bdata=)[^\s,]+/gi;

/** Guest configuration as texts, without the keys that hold secrets; secrets inside other values are blacked out. */
export function readableConfig(config: unknown): Record<string, string> | null {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return null;
  return Object.fromEntries(
    Object.entries(config)
      .filter(
        ([key, value]) =>
          !secretConfigKey.test(key) && ['string', 'number', 'boolean'].includes(typeof value),
      )
      .map(([key, value]) => [key, withoutSecrets(String(value))]),
  );
}

function withoutSecrets(value: string): string {
  return redactText(value).replace(secretObject, '$1[redacted]').replace(secretInValue, '$1=[redacted]');
}
