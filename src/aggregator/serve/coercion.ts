import type { RawRow } from '../collector.ts';

/*
 * Coercion of the HA reference: Proxmox sends flags as 0/1 or as words and, in some versions, keys in kebab case.
 * Zero is a value: it stays zero everywhere.
 */

const trueWords = new Set(['1', 'true', 'yes', 'on']);
const falseWords = new Set(['0', 'false', 'no', 'off', '']);

/** Boolean → 0/1, integer → itself, digits-only text → parsed; everything else, floats included, → `null`. */
export function coerceInt(value: unknown): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  return null;
}

/** Boolean → itself, number → non-zero, the words of the contract (trimmed, any case); everything else → `null`. */
export function coerceBool(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isNaN(value) ? null : value !== 0;
  if (typeof value !== 'string') return null;
  const word = value.trim().toLowerCase();
  if (trueWords.has(word)) return true;
  return falseWords.has(word) ? false : null;
}

/** Text → itself, everything else → `null`. */
export function coerceText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Figures that may have a fraction (loads, sizes): finite numbers and their decimal text. */
export function coerceNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)) return Number(value);
  return null;
}

/** Value under the underscore key when that is told, else under its kebab twin. */
export function eitherCase(row: RawRow, underscoreKey: string): unknown {
  return row[underscoreKey] ?? row[underscoreKey.replaceAll('_', '-')];
}
