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

const unreadable = 'conflict not readable';

/** Reasons against a rule, whatever their form: a conflict that cannot be read is still one. */
function conflictTexts(value: unknown): string[] {
  const told: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = told.map((text) => (typeof text === 'string' && text !== '' ? text : unreadable));
  return texts.length === 0 ? [unreadable] : texts;
}

/** Why HA leaves a rule out, by field; empty when nothing is told. What names no field stands under `rule`. */
const pveRuleErrors = z
  .unknown()
  .optional()
  .transform((value): Record<string, string[]> => {
    if (value === undefined || value === null) return {};
    if (typeof value !== 'object' || Array.isArray(value)) return { rule: conflictTexts(value) };
    return Object.fromEntries(Object.entries(value).map(([field, told]) => [field, conflictTexts(told)]));
  });

/** A flag that is off when it is not set; `null` when it is set to something that is no flag. */
const pveSwitch = z
  .unknown()
  .optional()
  .transform((value): boolean | null =>
    value === undefined || value === null ? false : pveFlag.parse(value),
  );

/** Row of `/cluster/ha/rules`. */
export const pveHaRule = z.object({
  rule: z.string().min(1),
  type: pveText,
  affinity: pveText,
  nodes: pveText,
  resources: pveText,
  strict: pveFlag,
  disable: pveSwitch,
  comment: pveText,
  order: pveNumber,
  digest: pveText,
  errors: pveRuleErrors,
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
