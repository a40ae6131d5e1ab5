import type { AuditRow } from '../store/schema.ts';

type Pages = AsyncIterable<readonly AuditRow[]>;

const columns = [
  'seq',
  'entry_id',
  'phase',
  'at',
  'actor',
  'key_id',
  'action',
  'target',
  'cluster',
  'result',
  'message',
  'details',
  'prev_hash',
  'hash',
] as const;

/** Rows of the chain as a JSON list, one row per line. Times are seconds since the epoch. */
export async function* exportJson(pages: Pages): AsyncGenerator<string> {
  yield '[';
  let isFirst = true;
  for await (const rows of pages) {
    const lines = rows.map((row) => JSON.stringify(toRecord(row)));
    yield `${isFirst ? '\n' : ',\n'}${lines.join(',\n')}`;
    isFirst = false;
  }
  yield '\n]\n';
}

/** Rows of the chain as CSV (RFC 4180), with a header line. */
export async function* exportCsv(pages: Pages): AsyncGenerator<string> {
  yield `${columns.join(',')}\r\n`;
  for await (const rows of pages) {
    yield rows
      .map((row) => {
        const record = toRecord(row);
        return `${columns.map((name) => csvCell(record[name])).join(',')}\r\n`;
      })
      .join('');
  }
}

function toRecord({ at_ms, details_json, ...row }: AuditRow) {
  return { ...row, at: at_ms / 1000, details: JSON.parse(details_json) as unknown };
}

/** A cell of a CSV file. A text that a spreadsheet would take for a formula gets an apostrophe in front. */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
