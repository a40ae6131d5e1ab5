import type { Cell, Column } from '../../src/contract/panels.ts';
import type { RowRecord, TableItem } from './tableContent.ts';

export const rowHeightPx = 26;
/** Height of a row with a second line before it was measured. */
export const tallRowHeightPx = 44;

const middleWidthPx = 640;
const wideWidthPx = 960;
const fewestCharacters = 5;
const mostCharacters = 34;
const sampleSize = 2_000;

/** Columns at the table's present width: those in the grid, and those whose values go to the second line. */
export interface ColumnSplit {
  readonly shown: readonly Column[];
  readonly folded: readonly Column[];
}

export function splitColumns(columns: readonly Column[], widthPx: number): ColumnSplit {
  const highest = widthPx >= wideWidthPx ? 3 : widthPx >= middleWidthPx ? 2 : 1;
  return {
    shown: columns.filter(({ priority }) => priority <= highest),
    folded: columns.filter(({ priority }) => priority > highest),
  };
}

/**
 * Share of each column: as wide as its longest text, within bounds, so that columns do not jump while rows scroll by.
 * Long tables are judged by a sample.
 */
export function columnTemplate(columns: readonly Column[], items: readonly TableItem[]): string {
  const step = Math.max(1, Math.floor(items.length / sampleSize));
  const widest = new Map(columns.map(({ id, title }) => [id, title.length + 1]));
  for (let index = 0; index < items.length; index += step) {
    const item = items[index];
    if (item?.kind !== 'row') continue;
    for (const { id } of columns) {
      const length = cellLength(item.record, id);
      if (length > (widest.get(id) ?? 0)) widest.set(id, length);
    }
  }
  return columns
    .map(({ id, align }) => {
      const characters = Math.min(mostCharacters, Math.max(fewestCharacters, widest.get(id) ?? 0));
      // Figures need no more than they are wide; words share what is left.
      return align === 'end' ? `minmax(0, ${characters + 2}ch)` : `minmax(0, ${characters}fr)`;
    })
    .join(' ');
}

function cellLength(record: RowRecord, column: string): number {
  const cell: Cell | undefined = record.row.cells[column];
  if (cell === undefined) return 0;
  return cell.text.length + (cell.icon === undefined ? 0 : 3) + (cell.sinceMs === undefined ? 0 : 7);
}

/** Whether a row has anything on its second line. */
export function hasSecondLine(record: RowRecord, folded: readonly Column[]): boolean {
  return folded.some(({ id }) => {
    const cell = record.row.cells[id];
    return cell !== undefined && (cell.text !== '' || cell.sinceMs !== undefined);
  });
}
