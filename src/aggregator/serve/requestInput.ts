import type { z } from 'zod';
import { ReplyError } from './replyError.ts';

/** One finding of a 422 reply: the form of the wire contract, without the submitted value. */
export interface ValidationFinding {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
}

/**
 * Reads request input by a schema. A misfit is a 422 whose `detail` lists type, place and message; unlike the original
 * the submitted value is not echoed, because it may be a secret put into the wrong field.
 */
export function readInput<T>(schema: z.ZodType<T>, place: 'path' | 'query' | 'body', input: unknown): T {
  const nul = placeOfNul(input);
  if (nul !== null)
    throw ReplyError.detail(422, [
      { type: 'string_nul', loc: [place, ...nul], msg: 'must not hold the character NUL' },
    ]);
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const findings = parsed.error.issues.flatMap((issue): ValidationFinding[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        type: 'unrecognized_keys',
        loc: [place, ...path, key],
        msg: place === 'body' ? 'unknown field' : 'unknown parameter',
      }));
    }
    return [{ type: issue.code, loc: [place, ...path], msg: issue.message }];
  });
  throw ReplyError.detail(422, findings);
}

interface Place {
  readonly key: string | number;
  readonly parent: Place | null;
}

/** Where a text holds NUL, which PostgreSQL stores nowhere and no name has; `null` when none does. */
function placeOfNul(input: unknown): (string | number)[] | null {
  // Input may be nested as deep as it is long, so that its depth must not be the stack's.
  const left: { readonly value: unknown; readonly at: Place | null }[] = [{ value: input, at: null }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, at } = next;
    if (typeof value === 'string' && value.includes('\0')) return pathOf(at);
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (key.includes('\0')) return pathOf(at);
      left.push({ value: inner, at: { key: Array.isArray(value) ? Number(key) : key, parent: at } });
    }
  }
  return null;
}

function pathOf(place: Place | null): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = place; at !== null; at = at.parent) path.unshift(at.key);
  return path;
}

/** Keeps the keys a schema knows. The reference routes ignore unknown query parameters, as the original does. */
export function knownKeysOf(
  schema: { readonly shape: Readonly<Record<string, unknown>> },
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) => (key in input ? [[key, input[key]]] : [])),
  );
}

/** Of a parameter that was given several times the last one counts on reference routes, as in the original. */
export function lastOfRepeated(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).map(([key, value]) => [key, Array.isArray(value) ? value.at(-1) : value]),
  );
}
