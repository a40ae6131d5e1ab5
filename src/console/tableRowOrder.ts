import { compareNatural } from '../base/text.ts';
import type { TableRow } from '../contract/panels.ts';
import { toneRank } from '../contract/stateView.ts';

/** Tone first, then id: the order a table opens in. */
export function compareTableRows(a: TableRow, b: TableRow): number {
  return toneRank[b.tone] - toneRank[a.tone] || compareIds(a, b);
}

function compareIds(a: TableRow, b: TableRow): number {
  const bySort = (a.cells.resource?.sort ?? 0) - (b.cells.resource?.sort ?? 0);
  return bySort || compareNatural(a.id, b.id);
}

/** Whether two versions of a row look the same. */
export function sameTableRow(a: TableRow, b: TableRow): boolean {
  if (a.tone !== b.tone || a.problem !== b.problem || a.haystack !== b.haystack) return false;
  if (!sameFields(a.groups, b.groups) || JSON.stringify(a.open) !== JSON.stringify(b.open)) return false;
  const keys = Object.keys(a.cells);
  return (
    keys.length === Object.keys(b.cells).length &&
    keys.every((key) => {
      const before = a.cells[key];
      const after = b.cells[key];
      return before !== undefined && after !== undefined && sameFields(before, after);
    })
  );
}

function sameFields(a: object, b: object): boolean {
  const left = Object.entries(a);
  const right: Record<string, unknown> = { ...b };
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) =>
      typeof value === 'object' ? JSON.stringify(value) === JSON.stringify(right[key]) : value === right[key],
    )
  );
}
