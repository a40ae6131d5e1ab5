import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../base/clock.ts';
import type { FleetEventKind } from '../../contract/model/fleetEvent.ts';
import { routes } from '../../contract/routes.ts';
import { exportEvents } from '../history/eventExport.ts';
import type { HistoryRecorder } from '../history/historyRecorder.ts';
import type { HistoryFilter, HistoryPosition } from '../history/historyStore.ts';
import { ReplyError } from './replyError.ts';
import type { RouteRegistrar } from './routeRegistrar.ts';

const defaultLimit = 200;

const memoryNotice =
  'This server has no store: the timeline is kept in memory, holds the newest events only and ends with the server.';

export interface HistoryRoutesOptions {
  readonly recorder: HistoryRecorder;
  readonly clusters: readonly { readonly key: string }[];
  readonly clock: Clock;
}

/** What happened in the clusters, in pages and as a file. */
export function registerHistoryRoutes(registrar: RouteRegistrar, options: HistoryRoutesOptions): void {
  const { recorder, clusters, clock } = options;
  const { store, config } = recorder;

  const filterOf = (query: EventsFilter): HistoryFilter => {
    if (query.cluster !== undefined && !clusters.some(({ key }) => key === query.cluster))
      throw ReplyError.application(404, 'No cluster is configured under that name');
    return {
      cluster: query.cluster,
      vmid: query.vmid ?? (query.sid === undefined ? undefined : Number(query.sid.slice(3))),
      node: query.node,
      kinds: query.kind,
      sinceMs: query.since,
      untilMs: query.until,
    };
  };

  registrar.route(routes.fleetEvents, async ({ query }) => {
    const filter = filterOf(query);
    await recorder.settle();
    const { events, next } = await store.page(filter, toPosition(query.before), query.limit ?? defaultLimit);
    const isInMemory = store.kept === 'memory';
    return {
      serverTimeMs: clock.now(),
      kept: store.kept,
      retentionDays: config.retentionDays,
      maxRows: config.maxRows,
      recorded: (await store.recorded()).filter(
        ({ cluster }) => query.cluster === undefined || cluster === query.cluster,
      ),
      notice: isInMemory ? memoryNotice : null,
      events,
      next: next === null ? null : `${next.atMs}.${next.row}`,
    };
  });

  registrar.route(routes.fleetEventsExport, async ({ query }, _request, reply) => {
    const { format } = query;
    await recorder.settle();
    const file = exportEvents(store, filterOf(query), format);
    // The first page is read before anything is sent, so that a store that fails is a proper error.
    const first = await file.next();
    const all = async function* () {
      if (first.done === true) return;
      yield first.value;
      yield* file;
    };
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8',
      'content-disposition': `attachment; filename="timeline.${format}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    await pipeline(Readable.from(all()), reply.raw).catch(() => undefined);
  });
}

interface EventsFilter {
  readonly cluster?: string | undefined;
  readonly sid?: string | undefined;
  readonly vmid?: number | undefined;
  readonly node?: string | undefined;
  readonly kind?: FleetEventKind[] | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

function toPosition(before: string | undefined): HistoryPosition | null {
  if (before === undefined) return null;
  const [atMs, row] = before.split('.');
  return { atMs: Number(atMs), row: Number(row) };
}
