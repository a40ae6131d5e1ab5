import type { Cell, Column, TableRow } from '../../src/contract/panels.ts';
import { agedText } from './age.ts';

/** What the host takes as text to copy. */
const copyLimit = 200_000;

function cellText(cell: Cell | undefined, nowMs: number): string {
  if (cell === undefined) return '';
  return cell.sinceMs === undefined ? cell.text : agedText(cell.text, cell.sinceMs, nowMs);
}

/** One line per row: the first column as it is, the others with their titles; empty ones are left out. */
export function rowsAsText(columns: readonly Column[], rows: readonly TableRow[], nowMs: number): string {
  return cut(
    rows.map((row) => {
      const parts = columns.map(({ id, title }, index) => {
        const text = cellText(row.cells[id], nowMs);
        return text === '' || index === 0 ? text : `${title}: ${text}`;
      });
      return parts.filter((part) => part !== '').join(' · ');
    }),
  );
}

export function rowsAsMarkdown(columns: readonly Column[], rows: readonly TableRow[], nowMs: number): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return cut([
    line(columns.map(({ title }) => escapeMarkdown(title))),
    line(columns.map(({ align }) => (align === 'end' ? '--:' : '---'))),
    ...rows.map((row) => line(columns.map(({ id }) => escapeMarkdown(cellText(row.cells[id], nowMs))))),
  ]);
}

export function rowsAsCsv(columns: readonly Column[], rows: readonly TableRow[], nowMs: number): string {
  return cut([
    columns.map(({ title }) => escapeCsv(title)).join(','),
    ...rows.map((row) => columns.map(({ id }) => escapeCsv(cellText(row.cells[id], nowMs))).join(',')),
  ]);
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~-]/g, '\\$&').replace(/\s+/g, ' ');
}

/** Quoted always; a leading sign that a spreadsheet would calculate with is made plain text. */
function escapeCsv(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${plain.replaceAll('"', '""')}"`;
}

/** Whole lines up to the limit, and how many were left out. */
function cut(lines: readonly string[]): string {
  let length = 0;
  const kept: string[] = [];
  for (const line of lines) {
    length += line.length + 1;
    if (length > copyLimit - 100) return [...kept, `(${lines.length - kept.length} more rows)`].join('\n');
    kept.push(line);
  }
  return kept.join('\n');
}
