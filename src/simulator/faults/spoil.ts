/** Cuts a JSON text so that it no longer parses, at full transport length. */
export function brokenJson(body: string): string {
  return `${body.slice(0, Math.max(1, Math.floor(body.length * 0.6)))},,}`;
}

/**
 * Turns every value of the answer into one of another type: numbers into words, texts into numbers or lists, lists into
 * objects. The envelope stays, so that a client must look at the values.
 */
export function wrongTypes(data: unknown): unknown {
  if (Array.isArray(data)) {
    return data.length === 0 ? {} : data.map((row, index) => (index % 5 === 4 ? 'row' : spoilRow(row)));
  }
  return data === null ? 'null' : spoilRow(data);
}

function spoilRow(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return spoilValue(value);
  if (Array.isArray(value)) return { 0: value.length };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spoilValue(inner)]));
}

function spoilValue(value: unknown): unknown {
  if (typeof value === 'number') return value % 2 === 0 ? 'many' : { value };
  if (typeof value === 'string') return value.length % 2 === 0 ? value.length : [value];
  if (value === null) return false;
  return Array.isArray(value) ? { length: value.length } : [];
}

/** The login page some proxies put in front of an API. */
export const htmlPage =
  '<!DOCTYPE html><html><head><title>Gateway login</title></head><body><form method="post"><input name="user"></form></body></html>';
