import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FleetEvent } from '../../contract/model/fleetEvent.ts';
import { csvCell } from '../audit/auditExport.ts';
import type { HistoryFilter, HistoryPosition, HistoryStore } from './historyStore.ts';

const pageRows = 1_000;

const columns = [
  'time',
  'notBefore',
  'end',
  'cluster',
  'kind',
  'subject',
  'vmid',
  'name',
  'from',
  'fromNode',
  'to',
  'node',
  'detail',
  'user',
  'id',
] as const;

/** Events as a file, newest first: JSON as the contract has them, or CSV (RFC 4180) with a header and ISO times in UTC. */
export async function* exportEvents(
  store: HistoryStore,
  filter: HistoryFilter,
  format: 'json' | 'csv',
): AsyncGenerator<string> {
  const isCsv = format === 'csv';
  let isFirst = true;
  // Header and first page leave together, so that a store that fails is noticed before anything is sent.
  let text = isCsv ? `${columns.join(',')}\r\n` : '[';
  for (let before: HistoryPosition | null = null; ; ) {
    const { events, next }: Awaited<ReturnType<HistoryStore['page']>> = await store.page(
      filter,
      before,
      pageRows,
    );
    for (const event of events) {
      text += isCsv ? csvLine(event) : `${isFirst ? '\n' : ',\n'}${JSON.stringify(event)}`;
      isFirst = false;
    }
    yield text;
    text = '';
    if (next === null) break;
    before = next;
    // SQLite answers at once: without this a long timeline would keep every other request waiting.
    await nextTurn();
  }
  if (!isCsv) yield '\n]\n';
}

function csvLine(event: FleetEvent): string {
  const { atMs, afterMs, endMs, ...rest } = event;
  const record = { ...rest, time: iso(atMs), notBefore: iso(afterMs), end: iso(endMs) };
  return `${columns.map((name) => csvCell(record[name])).join(',')}\r\n`;
}

function iso(ms: number | null): string | null {
  if (ms === null || !Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return null;
  return new Date(ms).toISOString();
}
