import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExpressionBuilder, Kysely, Transaction } from 'kysely';
import type { FleetEvent, FleetEventKind } from '../../contract/model/fleetEvent.ts';
import {
  eventId,
  type HistoryFilter,
  type HistoryStore,
  judgeMove,
  type Lane,
  type LaneMove,
  type SeenTask,
} from '../history/historyStore.ts';
import { taskEvent } from '../history/taskEvents.ts';
import type { StoreSchema, TimelineEventRow, TimelineEventsTable, TimelineLaneRow } from './schema.ts';

/** Rows written by one statement; SQLite takes 32,766 values in one, PostgreSQL 65,535. */
const rowsPerStatement = 500;
/** Rows removed by one statement: SQLite answers at once, so that a large clearing would keep everything else waiting. */
const rowsPerRemoval = 500;
/** How often a lane is read again that another aggregator changed in between. */
const maxTries = 10;

/** Place of the mark that tells up to when events were removed. */
const pruned = { cluster: '', lane: 'pruned' } as const;

type NewEvent = Omit<TimelineEventsTable, 'id'>;

/** The timeline in the store. */
export function historyRepository(db: Kysely<StoreSchema>): HistoryStore {
  return {
    kept: 'store',

    async lanes(cluster) {
      const rows = await db.selectFrom('timeline_lanes').selectAll().where('cluster', '=', cluster).execute();
      return rows.map(toLane);
    },

    async apply(cluster, moves) {
      // The same order on every aggregator, so that two of them never wait for each other.
      const ordered = [...moves].sort((a, b) => (a.lane < b.lane ? -1 : a.lane > b.lane ? 1 : 0));
      return db.transaction().execute(async (within) => {
        const known = await readLanes(within, cluster, ordered);
        await beginLanes(within, cluster, ordered, known);
        const events: NewEvent[] = [];
        for (const move of ordered) {
          const event = await moveLane(within, cluster, move, known);
          if (event !== null) events.push(event);
        }
        await writeEvents(within, events);
        return [...known.values()].map(toLane);
      });
    },

    async see(cluster, atMs) {
      const of = { cluster, lane: 'reading' };
      await db
        .updateTable('timeline_lanes')
        .set({ seen_at_ms: atMs })
        .where((where) => where.and(of))
        .where('state', '=', 'read')
        .where((where) => where.or([where('seen_at_ms', 'is', null), where('seen_at_ms', '<', atMs)]))
        .execute();
      const row = await db
        .selectFrom('timeline_lanes')
        .selectAll()
        .where((where) => where.and(of))
        .executeTakeFirst();
      return row === undefined ? null : toLane(row);
    },

    async saveTasks(cluster, tasks) {
      const beforeMs = await prunedBefore(db);
      await db.transaction().execute(async (within) => {
        const rows = tasks.map((task) => taskRow(cluster, task)).filter(({ at_ms }) => at_ms >= beforeMs);
        rows.sort((a, b) => (a.lane < b.lane ? -1 : 1));
        for (const part of chunks(rows, rowsPerStatement)) {
          await within
            .insertInto('timeline_events')
            .values(part)
            .onConflict((conflict) =>
              conflict
                .columns(['cluster', 'lane', 'seq'])
                .doUpdateSet((row) => ({
                  end_ms: row.ref('excluded.end_ms'),
                  to_state: row.ref('excluded.to_state'),
                }))
                .where('timeline_events.end_ms', 'is', null),
            )
            .execute();
        }
      });
    },

    async page(filter, before, limit) {
      let select = db
        .selectFrom('timeline_events')
        .selectAll()
        .where((where) => where.and(conditions(where, filter)));
      if (before !== null) {
        select = select.where((where) =>
          where.or([
            where('at_ms', '<', before.atMs),
            where.and([where('at_ms', '=', before.atMs), where('id', '<', before.row)]),
          ]),
        );
      }
      const rows = await select
        .orderBy('at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        events: page.map(toEvent),
        next: rows.length > limit && last !== undefined ? { atMs: last.at_ms, row: last.id } : null,
      };
    },

    async recorded() {
      const rows = await db
        .selectFrom('timeline_lanes')
        .select(['cluster', 'at_ms'])
        .where('lane', '=', 'began')
        .orderBy('cluster')
        .execute();
      const beforeMs = await prunedBefore(db);
      return rows.map(({ cluster, at_ms }) => ({ cluster, sinceMs: Math.max(at_ms, beforeMs) }));
    },

    async prune(beforeMs, maxRows) {
      const overflow = await db
        .selectFrom('timeline_events')
        .select('at_ms')
        .orderBy('at_ms', 'desc')
        .orderBy('id', 'desc')
        .offset(maxRows)
        .limit(1)
        .executeTakeFirst();
      // Of one moment all events go or none, so that the rest is complete from a moment on.
      const untilMs = Math.max(beforeMs, (overflow?.at_ms ?? -1) + 1);
      await notePruned(db, untilMs);
      for (;;) {
        const removed = await db
          .deleteFrom('timeline_events')
          .where('id', 'in', (old) =>
            old.selectFrom('timeline_events').select('id').where('at_ms', '<', untilMs).limit(rowsPerRemoval),
          )
          .executeTakeFirst();
        if (removed.numDeletedRows === 0n) break;
        await nextTurn();
      }
      // What was removed from a list that long ago is not compared with any more.
      await db
        .deleteFrom('timeline_lanes')
        .where('state', '=', 'removed')
        .where('at_ms', '<', untilMs)
        .execute();
    },
  };
}

/** Lanes as they are in the store; changed in place as they are moved. */
type StoredLanes = Map<string, TimelineLaneRow>;

async function readLanes(
  db: Transaction<StoreSchema>,
  cluster: string,
  moves: readonly LaneMove[],
): Promise<StoredLanes> {
  const names = [...new Set(moves.map(({ lane }) => lane))];
  const known: StoredLanes = new Map();
  for (const part of chunks(names, rowsPerStatement)) {
    const rows = await db
      .selectFrom('timeline_lanes')
      .selectAll()
      .where('cluster', '=', cluster)
      .where('lane', 'in', part)
      .execute();
    for (const row of rows) known.set(row.lane, row);
  }
  return known;
}

/** The first picture of a cluster has thousands of lanes: they begin together. */
async function beginLanes(
  db: Transaction<StoreSchema>,
  cluster: string,
  moves: readonly LaneMove[],
  known: StoredLanes,
): Promise<void> {
  const first = new Map<string, LaneMove>();
  for (const move of moves)
    if (move.isSilent && !known.has(move.lane) && !first.has(move.lane)) first.set(move.lane, move);
  for (const part of chunks([...first.values()], rowsPerStatement)) {
    await db
      .insertInto('timeline_lanes')
      .values(part.map((move) => laneRow(cluster, move, null)))
      .onConflict((conflict) => conflict.columns(['cluster', 'lane']).doNothing())
      .execute();
    for (const [lane, row] of await readLanes(db, cluster, part)) known.set(lane, row);
  }
}

/** Moves a lane by compare-and-set on its number; the event to write, `null` when there is none. */
async function moveLane(
  db: Transaction<StoreSchema>,
  cluster: string,
  move: LaneMove,
  known: StoredLanes,
): Promise<NewEvent | null> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const before = known.get(move.lane);
    const verdict = judgeMove(move, before === undefined ? undefined : toLane(before));
    if (verdict === 'skip') return null;
    const row = laneRow(cluster, move, before ?? null);
    if (await isWritten(db, row, before)) {
      known.set(move.lane, row);
      return verdict === 'event' ? eventRow(move, row, before) : null;
    }
    const fresh = (await readLanes(db, cluster, [move])).get(move.lane);
    if (fresh !== undefined) known.set(move.lane, fresh);
  }
  throw new Error(`the lane ${move.lane} of ${cluster} is changed by others all the time`);
}

async function isWritten(
  db: Transaction<StoreSchema>,
  row: TimelineLaneRow,
  before: TimelineLaneRow | undefined,
): Promise<boolean> {
  if (before === undefined) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('timeline_lanes')
      .values(row)
      .onConflict((conflict) => conflict.columns(['cluster', 'lane']).doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }
  const { numUpdatedRows } = await db
    .updateTable('timeline_lanes')
    .set(row)
    .where('cluster', '=', row.cluster)
    .where('lane', '=', row.lane)
    .where('seq', '=', before.seq)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

async function writeEvents(db: Transaction<StoreSchema>, events: readonly NewEvent[]): Promise<void> {
  for (const part of chunks(events, rowsPerStatement))
    await db.insertInto('timeline_events').values(part).execute();
}

async function prunedBefore(db: Kysely<StoreSchema>): Promise<number> {
  const row = await db
    .selectFrom('timeline_lanes')
    .select('at_ms')
    .where((where) => where.and(pruned))
    .executeTakeFirst();
  return row?.at_ms ?? 0;
}

async function notePruned(db: Kysely<StoreSchema>, untilMs: number): Promise<void> {
  await db
    .insertInto('timeline_lanes')
    .values({ ...pruned, seq: 1, state: 'pruned', node: null, at_ms: untilMs, seen_at_ms: null })
    .onConflict((conflict) =>
      conflict
        .columns(['cluster', 'lane'])
        .doUpdateSet({ at_ms: untilMs })
        .where('timeline_lanes.at_ms', '<', untilMs),
    )
    .execute();
}

function conditions(where: ExpressionBuilder<StoreSchema, 'timeline_events'>, filter: HistoryFilter) {
  const { cluster, vmid, node, kinds, sinceMs, untilMs } = filter;
  return [
    ...(cluster === undefined ? [] : [where('cluster', '=', cluster)]),
    ...(vmid === undefined ? [] : [where('vmid', '=', vmid)]),
    ...(node === undefined ? [] : [where.or([where('to_node', '=', node), where('from_node', '=', node)])]),
    ...(kinds === undefined || kinds.length === 0 ? [] : [where('kind', 'in', kinds)]),
    ...(sinceMs === undefined ? [] : [where('at_ms', '>=', sinceMs)]),
    ...(untilMs === undefined ? [] : [where('at_ms', '<=', untilMs)]),
  ];
}

function laneRow(cluster: string, move: LaneMove, before: TimelineLaneRow | null): TimelineLaneRow {
  const { lane, state, atMs } = move;
  return {
    cluster,
    lane,
    seq: (before?.seq ?? 0) + 1,
    state,
    node: move.node ?? before?.node ?? null,
    at_ms: atMs,
    seen_at_ms: lane === 'reading' && state === 'read' ? atMs : (before?.seen_at_ms ?? null),
  };
}

function eventRow(move: LaneMove, lane: TimelineLaneRow, before: TimelineLaneRow | undefined): NewEvent {
  return {
    cluster: lane.cluster,
    lane: lane.lane,
    seq: lane.seq,
    kind: move.kind,
    vmid: move.vmid,
    name: move.name,
    at_ms: move.atMs,
    after_ms: move.afterMs,
    end_ms: null,
    from_state: before?.state ?? null,
    from_node: before?.node ?? null,
    to_state: move.state,
    to_node: move.node,
    detail: move.detail,
    actor: null,
  };
}

function taskRow(cluster: string, task: SeenTask): NewEvent {
  const event = taskEvent(cluster, task);
  return {
    cluster,
    lane: event.subject,
    seq: 1,
    kind: event.kind as FleetEventKind,
    vmid: event.vmid,
    name: event.name,
    at_ms: event.atMs,
    after_ms: event.afterMs,
    end_ms: event.endMs,
    from_state: event.from,
    from_node: event.fromNode,
    to_state: event.to,
    to_node: event.node,
    detail: event.detail,
    actor: event.user,
  };
}

function toLane(row: TimelineLaneRow): Lane {
  return { lane: row.lane, state: row.state, node: row.node, atMs: row.at_ms, seenAtMs: row.seen_at_ms };
}

function toEvent(row: TimelineEventRow): FleetEvent {
  return {
    id: eventId(row.cluster, row.lane, row.seq),
    cluster: row.cluster,
    kind: row.kind,
    subject: row.lane,
    vmid: row.vmid,
    name: row.name,
    atMs: row.at_ms,
    afterMs: row.after_ms,
    endMs: row.end_ms,
    from: row.from_state,
    fromNode: row.from_node,
    to: row.to_state,
    node: row.to_node,
    detail: row.detail,
    user: row.actor,
  };
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
