import { plural } from '../../src/base/format.ts';
import type { Cell, Column, TableModel, TablePatch, TableRow } from '../../src/contract/panels.ts';
import { type Tone, toneRank } from '../../src/contract/stateView.ts';

/** Gone rows stay this long, struck through. */
const goneMs = 10_000;
/** A changed cell is marked this long. */
const changedMs = 2_000;

/** A row with what the page knows about it beyond the host's model. */
export interface RowRecord {
  readonly id: string;
  row: TableRow;
  /** Id in an order that sorts 2 before 10. */
  orderKey: string;
  /** When the host said that it is gone; `null` while it exists. */
  goneAtMs: number | null;
  /** Until when each changed column is marked. */
  changed: Map<string, number>;
}

export interface GroupItem {
  readonly kind: 'group';
  readonly key: string;
  readonly name: string;
  readonly count: number;
  readonly problems: number;
  readonly tone: Tone;
  readonly isFolded: boolean;
}

/** A line of the drawn table. */
export type TableItem =
  | GroupItem
  | { readonly kind: 'row'; readonly key: string; readonly record: RowRecord };

export interface TableSort {
  readonly column: string;
  readonly descending: boolean;
}

/** What the reader chose. */
export interface TableChoice {
  readonly filter: string;
  /** `null` sorts by tone, then id. */
  readonly sort: TableSort | null;
  readonly problemsOnly: boolean;
  readonly groupBy: string | null;
  readonly folded: ReadonlySet<string>;
}

const noGroup = '';

interface Placed {
  readonly record: RowRecord;
  readonly group: string;
}

/**
 * Rows of one table, arranged as the reader chose: filtered, grouped, sorted. While frozen, a change of data moves
 * nothing: rows keep their places, new ones join at the end, and {@link pendingMoves} tells how many would move.
 */
export class TableContent {
  readonly #records = new Map<string, RowRecord>();
  #placed: Placed[] = [];
  #items: readonly TableItem[] = [];
  #choice: TableChoice = { filter: '', sort: null, problemsOnly: false, groupBy: null, folded: new Set() };
  #isFrozen = false;
  #pendingMoves = 0;
  #columns: readonly Column[] = [];
  title = '';
  empty = '';
  notice: string | null = null;
  groupings: TableModel['groupings'] = [];

  get columns(): readonly Column[] {
    return this.#columns;
  }

  get items(): readonly TableItem[] {
    return this.#items;
  }

  get choice(): TableChoice {
    return this.#choice;
  }

  /** Rows that would change place if the order were applied now. */
  get pendingMoves(): number {
    return this.#pendingMoves;
  }

  /** Rows that exist. */
  get total(): number {
    let count = 0;
    for (const { goneAtMs } of this.#records.values()) if (goneAtMs === null) count += 1;
    return count;
  }

  get problems(): number {
    let count = 0;
    for (const { goneAtMs, row } of this.#records.values()) if (goneAtMs === null && row.problem) count += 1;
    return count;
  }

  /** Existing rows that the reader's choice lets through. */
  get shown(): number {
    return this.#placed.reduce((count, { record }) => count + (record.goneAtMs === null ? 1 : 0), 0);
  }

  record(id: string): RowRecord | undefined {
    return this.#records.get(id);
  }

  /**
   * Takes a whole model.
   * @param isOther the table is about something else now (another cluster): nothing is compared with what was there.
   */
  setModel(model: TableModel, isOther: boolean, nowMs: number): void {
    this.#columns = model.columns;
    this.title = model.title;
    this.groupings = model.groupings;
    if (isOther) {
      this.#records.clear();
      this.#placed = [];
    }
    if (this.#choice.groupBy !== null && !model.groupings.some(({ key }) => key === this.#choice.groupBy)) {
      this.#choice = { ...this.#choice, groupBy: null };
    }
    const present = new Set(model.rows.map(({ id }) => id));
    this.applyPatch(
      {
        upserted: model.rows,
        removed: [...this.#records.keys()].filter((id) => !present.has(id)),
        empty: model.empty,
        notice: model.notice,
      },
      nowMs,
    );
  }

  applyPatch(patch: TablePatch, nowMs: number): void {
    this.empty = patch.empty;
    this.notice = patch.notice;
    for (const row of patch.upserted) this.#upsert(row, nowMs);
    for (const id of patch.removed) {
      const record = this.#records.get(id);
      if (record !== undefined && record.goneAtMs === null) record.goneAtMs = nowMs;
    }
    this.#arrangeData();
  }

  #upsert(row: TableRow, nowMs: number): void {
    const record = this.#records.get(row.id);
    if (record === undefined) {
      const { id } = row;
      this.#records.set(id, { id, row, orderKey: naturalKey(id), goneAtMs: null, changed: new Map() });
      return;
    }
    for (const { id } of this.#columns) {
      if (!isSameCell(record.row.cells[id], row.cells[id])) record.changed.set(id, nowMs + changedMs);
    }
    record.row = row;
    record.goneAtMs = null;
  }

  /** Takes the reader's choice, which moves rows at once. */
  choose(choice: Partial<TableChoice>): void {
    this.#choice = { ...this.#choice, ...choice };
    this.applyOrder();
  }

  /** Holds or frees the order against changes of data. */
  setFrozen(isFrozen: boolean): void {
    if (this.#isFrozen === isFrozen) return;
    this.#isFrozen = isFrozen;
    if (!isFrozen) this.applyOrder();
  }

  /** Puts every row where the choice wants it, frozen or not. */
  applyOrder(): void {
    this.#placed = this.#arrange();
    this.#pendingMoves = 0;
    this.#buildItems();
  }

  /**
   * Takes away what was marked long enough.
   * @returns when to look again, `null` when nothing is marked. Gone rows of a frozen table wait until it is free.
   */
  expire(nowMs: number): { readonly changed: boolean; readonly nextMs: number | null } {
    let changed = false;
    let hasGone = false;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const record of this.#records.values()) {
      for (const [column, untilMs] of record.changed) {
        if (untilMs > nowMs) nextMs = Math.min(nextMs, untilMs);
        else {
          record.changed.delete(column);
          changed = true;
        }
      }
      if (record.goneAtMs === null) continue;
      const untilMs = record.goneAtMs + goneMs;
      if (untilMs > nowMs) nextMs = Math.min(nextMs, untilMs);
      else if (!this.#isFrozen) {
        this.#records.delete(record.id);
        hasGone = true;
      } else nextMs = Math.min(nextMs, nowMs + changedMs);
    }
    if (hasGone) this.#arrangeData();
    return { changed: changed || hasGone, nextMs: Number.isFinite(nextMs) ? nextMs : null };
  }

  #arrangeData(): void {
    if (!this.#isFrozen) {
      this.applyOrder();
      return;
    }
    const target = this.#arrange();
    const targetIndex = new Map(target.map(({ record }, index) => [record.id, index]));
    const kept = this.#placed.filter(({ record }) => this.#records.get(record.id) === record);
    const known = new Set(kept.map(({ record }) => record.id));
    const joined = target.filter(({ record }) => !known.has(record.id));
    this.#placed = joinAtEnd(kept, joined);
    const positions = this.#placed.map(({ record }) => targetIndex.get(record.id));
    const staying = longestRise(positions.filter((position) => position !== undefined));
    this.#pendingMoves = this.#placed.length - staying;
    this.#buildItems();
  }

  #arrange(): Placed[] {
    const { filter, problemsOnly, groupBy } = this.#choice;
    const wanted = filter
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const matching: RowRecord[] = [];
    for (const record of this.#records.values()) {
      if (problemsOnly && !record.row.problem) continue;
      if (wanted.every((word) => record.row.haystack.includes(word))) matching.push(record);
    }
    this.#sort(matching);
    if (groupBy === null) return matching.map((record) => ({ record, group: noGroup }));
    return inGroups(matching, groupBy);
  }

  #sort(records: RowRecord[]): void {
    const { sort } = this.#choice;
    if (sort === null) {
      records.sort(byToneThenId);
      return;
    }
    const keys = new Map(records.map((record) => [record, cellKey(record.row.cells[sort.column])]));
    const direction = sort.descending ? -1 : 1;
    records.sort((a, b) => {
      const order = compareKeys(keys.get(a), keys.get(b), direction);
      return order === 0 ? byOrderKey(a, b) : order;
    });
  }

  #buildItems(): void {
    const { groupBy, folded } = this.#choice;
    if (groupBy === null) {
      this.#items = this.#placed.map(({ record }) => ({ kind: 'row', key: record.id, record }));
      return;
    }
    const members = inLists(this.#placed, ({ group }) => group);
    const items: TableItem[] = [];
    for (const [name, placed] of members) {
      const records = placed.map(({ record }) => record);
      const existing = records.filter(({ goneAtMs }) => goneAtMs === null);
      const isFolded = folded.has(name);
      items.push({
        kind: 'group',
        key: `group:${name}`,
        name,
        count: existing.length,
        problems: existing.filter(({ row }) => row.problem).length,
        tone: worstTone(existing),
        isFolded,
      });
      if (!isFolded)
        items.push(...records.map((record) => ({ kind: 'row' as const, key: record.id, record })));
    }
    this.#items = items;
  }
}

/** Lists by key, in the order in which the keys first appear. */
function inLists<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const lists = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [value]);
    else list.push(value);
  }
  return lists;
}

/** Groups with the worst first; equals by name. The order within a group stays. */
function inGroups(records: readonly RowRecord[], groupBy: string): Placed[] {
  const groups = inLists(records, ({ row }) => row.groups[groupBy] ?? 'none');
  const ranked = [...groups].map(([name, members]) => ({
    name,
    members,
    rank: toneRank[worstTone(members)],
    key: naturalKey(name),
  }));
  ranked.sort((a, b) => b.rank - a.rank || compareText(a.key, b.key));
  return ranked.flatMap(({ name, members }) => members.map((record) => ({ record, group: name })));
}

function joinAtEnd(kept: readonly Placed[], joined: readonly Placed[]): Placed[] {
  const newOnes = inLists(joined, ({ group }) => group);
  const lastOfGroup = new Map(kept.map(({ group }, index) => [group, index]));
  const placed: Placed[] = [];
  for (const [index, entry] of kept.entries()) {
    placed.push(entry);
    if (lastOfGroup.get(entry.group) === index) {
      placed.push(...(newOnes.get(entry.group) ?? []));
      newOnes.delete(entry.group);
    }
  }
  return [...placed, ...[...newOnes.values()].flat()];
}

/** Length of the longest rising subsequence: so many entries can stay while the others are moved around them. */
export function longestRise(positions: readonly number[]): number {
  const tails: number[] = [];
  for (const position of positions) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tails[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    tails[low] = position;
  }
  return tails.length;
}

function worstTone(records: readonly RowRecord[]): Tone {
  let worst: Tone = 'calm';
  for (const { row } of records) if (toneRank[row.tone] > toneRank[worst]) worst = row.tone;
  return worst;
}

function byToneThenId(a: RowRecord, b: RowRecord): number {
  return toneRank[b.row.tone] - toneRank[a.row.tone] || byOrderKey(a, b);
}

function byOrderKey(a: RowRecord, b: RowRecord): number {
  return compareText(a.orderKey, b.orderKey);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A text that sorts plainly as its numbers do: much cheaper than a collator over ten thousand rows. */
export function naturalKey(text: string): string {
  return text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, '0'));
}

interface CellKey {
  readonly figure: number | null;
  readonly text: string;
}

function cellKey(cell: Cell | undefined): CellKey | null {
  if (cell === undefined || (cell.text === '' && cell.sort === undefined)) return null;
  return { figure: cell.sort ?? null, text: naturalKey(cell.text) };
}

/** Empty cells come last in either direction. */
function compareKeys(
  a: CellKey | null | undefined,
  b: CellKey | null | undefined,
  direction: 1 | -1,
): number {
  if (a == null || b == null) return (a == null ? 1 : 0) - (b == null ? 1 : 0);
  if (a.figure !== null && b.figure !== null && a.figure !== b.figure)
    return direction * (a.figure - b.figure);
  return direction * compareText(a.text, b.text);
}

function isSameCell(a: Cell | undefined, b: Cell | undefined): boolean {
  return a?.text === b?.text && a?.tone === b?.tone && a?.icon === b?.icon;
}

/** "3 rows would move". */
export function movesText(count: number): string {
  return `${plural(count, 'row')} would move`;
}
