/*
 * Coercion of Proxmox values into the reference's types (product documents, coercion rules; wire contract, coercion). A
 * value that does not fit is null, and never costs its row.
 */

/** Booleans as 0/1, integers as they are, digit-only text parsed; everything else, floats included, is null. */
export function coerceInt(value: unknown): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return Number.isInteger(value) ? value : null;
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null;
}

const trueWords = new Set(['1', 'true', 'yes', 'on']);
const falseWords = new Set(['0', 'false', 'no', 'off', '']);

/** Booleans as they are, numbers by being non-zero, the words of the contract trimmed and case-folded; else null. */
export function coerceBool(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isNaN(value) ? null : value !== 0;
  if (typeof value !== 'string') return null;
  const word = value.trim().toLowerCase();
  return trueWords.has(word) ? true : falseWords.has(word) ? false : null;
}

/** Text as it is; anything else is null. */
export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The value under the underscore key, else under the kebab key. A zero is a value. */
export function either(row: Readonly<Record<string, unknown>>, key: string): unknown {
  const value = row[key];
  return value !== undefined && value !== null ? value : row[key.replace(/_/g, '-')];
}
