import type { Cell, TableRow } from '../../src/contract/panels.ts';
import { toneRank } from '../../src/contract/stateView.ts';

/** What a table keeps over a reload. */
export interface TableLayout {
  readonly sort: string | null;
  readonly descending: boolean;
  readonly filter: string;
  readonly problems: boolean | null;
  readonly group: string | null;
}

/** How a table looks before anybody arranged it. */
export const noLayout: TableLayout = {
  sort: null,
  descending: false,
  filter: '',
  problems: null,
  group: null,
};

export interface GroupItem {
  readonly kind: 'group';
  readonly key: string;
  readonly count: number;
}
interface RowItem {
  readonly kind: 'row';
  readonly row: TableRow;
}
/** What stands in a line of the table. */
export type Item = GroupItem | RowItem;

/** Id of a line; `null` for none. */
export function itemId(item: Item | undefined): string | null {
  if (item === undefined) return null;
  return item.kind === 'row' ? item.row.id : `group ${item.key}`;
}

/** What of the rows is shown, in order: what fits filter and switches, under its groups when there are any. */
export function visibleItems(
  order: readonly string[],
  byId: ReadonlyMap<string, TableRow>,
  layout: TableLayout,
  folded: ReadonlySet<string>,
): readonly Item[] {
  const words = layout.filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const problemsOnly = layout.problems === true && [...byId.values()].some((row) => row.problem);
  const rows: TableRow[] = [];
  for (const id of order) {
    const row = byId.get(id);
    if (row === undefined) continue;
    if (problemsOnly && !row.problem) continue;
    if (words.every((word) => row.haystack.includes(word))) rows.push(row);
  }
  const { group } = layout;
  if (group === null) return rows.map((row): Item => ({ kind: 'row', row }));
  const groups = new Map<string, TableRow[]>();
  for (const row of rows) {
    const key = row.groups[group] ?? '';
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [row]);
    else list.push(row);
  }
  return [...groups]
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .flatMap(([key, list]): Item[] => [
      { kind: 'group', key, count: list.length },
      ...(folded.has(key) ? [] : list.map((row): Item => ({ kind: 'row', row }))),
    ]);
}

/** Order by the chosen column, else worst tone first, then id. */
export function sortedIds(rows: Iterable<TableRow>, layout: TableLayout): string[] {
  const { sort, descending } = layout;
  const direction = descending ? -1 : 1;
  const compare = (a: TableRow, b: TableRow): number => {
    const byColumn =
      sort === null
        ? toneRank[b.tone] - toneRank[a.tone]
        : direction * compareCells(a.cells[sort], b.cells[sort]);
    return byColumn || collator.compare(a.id, b.id);
  };
  return [...rows].sort(compare).map((row) => row.id);
}

const collator = new Intl.Collator('en', { numeric: true });

function compareCells(a: Cell | undefined, b: Cell | undefined): number {
  if (a?.sort !== undefined && b?.sort !== undefined) return a.sort - b.sort;
  return collator.compare(a?.text ?? '', b?.text ?? '');
}
