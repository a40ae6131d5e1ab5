/** A copy of plain data (objects, lists, texts, numbers, flags) that shares nothing with it. */
export function plainCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(plainCopy) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainCopy(inner)])) as T;
}
