import type { SearchHit } from './search.ts';

/** Whether two lists of hits would be drawn alike. */
export function sameHits(before: readonly SearchHit[], after: readonly SearchHit[]): boolean {
  return (
    before.length === after.length &&
    before.every((hit, index) => {
      const other = after[index];
      return (
        hit.id === other?.id &&
        hit.label === other.label &&
        hit.description === other.description &&
        hit.detail === other.detail &&
        hit.icon === other.icon
      );
    })
  );
}

/**
 * Which hit is active in a renewed list: the one that was, wherever it stands now; when it is gone, the next of the old
 * list that still is there, else the last one before it. `null` for an empty list.
 */
export function activeAfter(
  before: readonly SearchHit[],
  activeId: string | null,
  after: readonly SearchHit[],
): string | null {
  const present = new Set(after.map(({ id }) => id));
  const index = before.findIndex(({ id }) => id === activeId);
  if (index === -1) return after[0]?.id ?? null;
  const following = before.slice(index).find(({ id }) => present.has(id));
  const preceding = before.slice(0, index).findLast(({ id }) => present.has(id));
  return (following ?? preceding ?? after[0])?.id ?? null;
}
