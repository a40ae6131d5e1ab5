import type { FleetEvent } from '../../contract/model/fleetEvent.ts';
import {
  eventId,
  type HistoryFilter,
  type HistoryPage,
  type HistoryPosition,
  type HistoryStore,
  judgeMove,
  type Lane,
  type LaneMove,
  type SeenTask,
} from './historyStore.ts';
import { taskEvent } from './taskEvents.ts';

interface Row {
  readonly row: number;
  readonly event: FleetEvent;
}

/**
 * The timeline of an aggregator without a store: the newest events, until the process ends.
 *
 * @param maxRows events kept at most.
 */
export function memoryHistory(maxRows: number): HistoryStore {
  const clusters = new Map<string, Map<string, Lane & { readonly seq: number }>>();
  const rows: Row[] = [];
  const taskRows = new Map<string, Row>();
  let written = 0;
  /** Events before this moment were dropped, or may have been. */
  let droppedBeforeMs = 0;

  const lanesOf = (cluster: string) => {
    const lanes = clusters.get(cluster) ?? new Map<string, Lane & { readonly seq: number }>();
    clusters.set(cluster, lanes);
    return lanes;
  };
  /** Keeps the list in the order in which it is read. */
  const insert = (event: FleetEvent): Row => {
    written += 1;
    const row = { row: written, event };
    let at = rows.length;
    while (at > 0 && (rows[at - 1]?.event.atMs ?? 0) > event.atMs) at -= 1;
    rows.splice(at, 0, row);
    if (rows.length > maxRows) drop(rows.length - maxRows);
    return row;
  };
  const drop = (count: number): void => {
    for (const { event } of rows.splice(0, count)) {
      droppedBeforeMs = Math.max(droppedBeforeMs, event.atMs + 1);
      taskRows.delete(event.id);
    }
  };
  const replace = (before: Row, event: FleetEvent): Row => {
    const at = rows.indexOf(before);
    const row = { row: before.row, event };
    if (at !== -1) rows[at] = row;
    return row;
  };

  return {
    kept: 'memory',
    lanes: (cluster) => Promise.resolve([...lanesOf(cluster).values()]),

    apply(cluster, moves) {
      const lanes = lanesOf(cluster);
      for (const move of moves) {
        const known = lanes.get(move.lane);
        const verdict = judgeMove(move, known);
        if (verdict === 'skip') continue;
        const { lane, state, atMs } = move;
        const seq = (known?.seq ?? 0) + 1;
        const seenAtMs = lane === 'reading' && state === 'read' ? atMs : (known?.seenAtMs ?? null);
        lanes.set(lane, { lane, state, node: move.node ?? known?.node ?? null, atMs, seenAtMs, seq });
        if (verdict === 'event') insert(eventOf(cluster, move, known, seq));
      }
      return Promise.resolve(moves.flatMap(({ lane }) => lanes.get(lane) ?? []));
    },

    see(cluster, atMs) {
      const lanes = lanesOf(cluster);
      const known = lanes.get('reading');
      if (known === undefined) return Promise.resolve(null);
      if (known.state === 'read')
        lanes.set('reading', { ...known, seenAtMs: Math.max(atMs, known.seenAtMs ?? 0) });
      return Promise.resolve(lanes.get('reading') ?? null);
    },

    saveTasks(cluster, tasks) {
      for (const task of tasks) saveTask(cluster, task);
      return Promise.resolve();
    },

    page: (filter, before, limit) => Promise.resolve(pageOf(rows, filter, before, limit)),

    recorded: () =>
      Promise.resolve(
        [...clusters].flatMap(([cluster, lanes]) => {
          const began = lanes.get('began');
          return began === undefined ? [] : [{ cluster, sinceMs: Math.max(began.atMs, droppedBeforeMs) }];
        }),
      ),

    prune(beforeMs) {
      droppedBeforeMs = Math.max(droppedBeforeMs, beforeMs);
      const kept = rows.findIndex(({ event }) => event.atMs >= beforeMs);
      drop(kept === -1 ? rows.length : kept);
      return Promise.resolve();
    },
  };

  function saveTask(cluster: string, task: SeenTask): void {
    const event = taskEvent(cluster, task);
    if (event.atMs < droppedBeforeMs) return;
    const known = taskRows.get(event.id);
    if (known === undefined) taskRows.set(event.id, insert(event));
    else if (known.event.endMs === null && event.endMs !== null)
      taskRows.set(event.id, replace(known, event));
  }
}

function eventOf(cluster: string, move: LaneMove, known: Lane | undefined, seq: number): FleetEvent {
  return {
    id: eventId(cluster, move.lane, seq),
    cluster,
    kind: move.kind,
    subject: move.lane,
    vmid: move.vmid,
    name: move.name,
    atMs: move.atMs,
    afterMs: move.afterMs,
    endMs: null,
    from: known?.state ?? null,
    fromNode: known?.node ?? null,
    to: move.state,
    node: move.node,
    detail: move.detail,
    user: null,
  };
}

function pageOf(
  rows: readonly Row[],
  filter: HistoryFilter,
  before: HistoryPosition | null,
  limit: number,
): HistoryPage {
  const events: FleetEvent[] = [];
  let last: Row | null = null;
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const row = rows[at];
    if (row === undefined || !isBefore(row, before) || !isWanted(row.event, filter)) continue;
    if (events.length === limit)
      return { events, next: last === null ? null : { atMs: last.event.atMs, row: last.row } };
    events.push(row.event);
    last = row;
  }
  return { events, next: null };
}

function isBefore({ event, row }: Row, place: HistoryPosition | null): boolean {
  return place === null || event.atMs < place.atMs || (event.atMs === place.atMs && row < place.row);
}

function isWanted(event: FleetEvent, filter: HistoryFilter): boolean {
  const { cluster, vmid, node, kinds, sinceMs, untilMs } = filter;
  return (
    (cluster === undefined || event.cluster === cluster) &&
    (vmid === undefined || event.vmid === vmid) &&
    (node === undefined || event.node === node || event.fromNode === node) &&
    (kinds === undefined || kinds.length === 0 || kinds.some((kind) => kind === event.kind)) &&
    (sinceMs === undefined || event.atMs >= sinceMs) &&
    (untilMs === undefined || event.atMs <= untilMs)
  );
}
