import * as z from 'zod';

/**
 * An enum of ours as read from another version of ours: a value this version does not know becomes `unknown`, so that
 * one new word on the other side cannot take a whole reply down.
 */
export function openEnum<const Values extends readonly string[]>(values: Values) {
  return z.enum([...values, 'unknown'] as [...Values, 'unknown']).catch('unknown');
}

/** A number, text or flag that may be missing or of the wrong type: both read as `null` ("not told"). */
export const lenientNumber = z.number().nullable().catch(null).default(null);
export const lenientText = z.string().nullable().catch(null).default(null);
export const lenientFlag = z.boolean().nullable().catch(null).default(null);

/** Rows that could be read, and how many could not. */
export interface ParsedRows<T> {
  readonly rows: T[];
  readonly dropped: number;
}

/** Reads a list row by row: a row that does not fit costs that row only. Anything but a list reads as no rows. */
export function parseRows<T>(schema: z.ZodType<T>, value: unknown): ParsedRows<T> {
  if (!Array.isArray(value)) return { rows: [], dropped: value === undefined || value === null ? 0 : 1 };
  const rows: T[] = [];
  let dropped = 0;
  for (const candidate of value) {
    const parsed = schema.safeParse(candidate);
    if (parsed.success) rows.push(parsed.data);
    else dropped += 1;
  }
  return { rows, dropped };
}

/** A list field read row by row, see {@link parseRows}. */
export function lenientRows<T>(schema: z.ZodType<T>) {
  return z
    .unknown()
    .optional()
    .transform((value): T[] => parseRows(schema, value).rows);
}
