import * as z from 'zod';
import { compareNatural } from '../base/text.ts';
import { pveFlag, pveNumber, pveText } from './values.ts';

/** Row of `/cluster/ha/resources`: only what is set; defaults are not filled in. */
export const pveHaResource = z.object({
  sid: z.string().min(1),
  type: pveText,
  state: pveText,
  group: pveText,
  max_restart: pveNumber,
  max_relocate: pveNumber,
  failback: pveFlag,
  comment: pveText,
  digest: pveText,
});
export type PveHaResource = z.infer<typeof pveHaResource>;

/** Row of `/cluster/ha/groups`. */
export const pveHaGroup = z.object({
  group: z.string().min(1),
  nodes: pveText,
  restricted: pveFlag,
  nofailback: pveFlag,
  comment: pveText,
  digest: pveText,
});
export type PveHaGroup = z.infer<typeof pveHaGroup>;

/** Row of `/cluster/ha/rules`. */
export const pveHaRule = z.object({
  rule: z.string().min(1),
  type: pveText,
  affinity: pveText,
  nodes: pveText,
  resources: pveText,
  strict: pveFlag,
  disable: pveFlag,
  comment: pveText,
  order: pveNumber,
  digest: pveText,
  errors: z
    .record(z.string(), z.union([z.array(z.coerce.string()), z.string().transform((text) => [text])]))
    .optional()
    .catch(undefined),
});
export type PveHaRule = z.infer<typeof pveHaRule>;

/**
 * `pve1:2,pve2` as names and priorities, highest first; a node without a number has priority 0. Proxmox gives the nodes of
 * a group in random order, so they are put in one order here.
 */
export function parsePrioritizedNodes(text: string | null): { name: string; priority: number | null }[] {
  return splitList(text)
    .map((part) => {
      const colon = part.lastIndexOf(':');
      if (colon === -1) return { name: part, priority: 0 };
      const priority = Number(part.slice(colon + 1));
      return { name: part.slice(0, colon), priority: Number.isInteger(priority) ? priority : null };
    })
    .sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0) || compareNatural(a.name, b.name));
}

/** Comma list without empty parts. */
export function splitList(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
