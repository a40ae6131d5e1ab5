import * as z from 'zod';

/*
 * Field types of Proxmox replies. Proxmox sends numbers as strings in some places and 0/1 for flags; a field that is
 * missing or of another type reads as null ("not told") and never costs the row. Zero stays zero.
 */

export const pveText = z
  .unknown()
  .optional()
  .transform((value): string | null => (typeof value === 'string' ? value : null));

export const pveNumber = z
  .unknown()
  .optional()
  .transform((value): number | null => {
    if (typeof value === 'number') return Number.isFinite(value) ? value : null;
    if (typeof value !== 'string' || value.trim() === '') return null;
    const parsed = Number(value);
    return Number.isFinite(parsed) ? parsed : null;
  });

export const pveFlag = z
  .unknown()
  .optional()
  .transform((value): boolean | null => {
    if (typeof value === 'boolean') return value;
    if (value === 1 || value === '1') return true;
    if (value === 0 || value === '0') return false;
    return null;
  });

/** A whole number above zero that names the row (vmid, time); unlike {@link pveNumber} a row without it is dropped. */
export const pveKeyNumber = pveNumber.pipe(z.number().int().positive());

/** Rows that fit and how many did not. */
export interface PveRows<T> {
  readonly rows: readonly T[];
  readonly dropped: number;
}

/** Reads a list row by row; a row without its identity, or that is no object, is dropped and counted. */
export function parsePveRows<T>(schema: z.ZodType<T>, rows: readonly unknown[]): PveRows<T> {
  const parsed: T[] = [];
  let dropped = 0;
  for (const row of rows) {
    const result = schema.safeParse(row);
    if (result.success) parsed.push(result.data);
    else dropped += 1;
  }
  return { rows: parsed, dropped };
}
