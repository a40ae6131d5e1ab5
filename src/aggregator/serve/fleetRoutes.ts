import { routes } from '../../contract/routes.ts';
import type { ClusterPicture } from '../../ha/foresight/clusterPicture.ts';
import { explainPlacement } from '../../ha/foresight/explainPlacement.ts';
import { maintenanceReadiness } from '../../ha/foresight/maintenance.ts';
import { whatIf } from '../../ha/foresight/whatIf.ts';
import type { FleetCollector } from '../collector.ts';
import { identityOf } from './identityRoutes.ts';
import { ReplyError } from './replyError.ts';
import type { RouteRegistrar } from './routeRegistrar.ts';
import type { StreamHub } from './stream/streamHub.ts';

export interface FleetRoutesOptions {
  readonly collector: FleetCollector;
  readonly hub: StreamHub;
  /** How old the picture may be for `GET /fleet`, milliseconds. */
  readonly maxAgeMs: number;
  /** How long `GET /fleet` waits for a cluster, milliseconds; what is late is told by its freshness. */
  readonly waitMs: number;
}

/** The additive routes for consoles. */
export function registerFleetRoutes(registrar: RouteRegistrar, options: FleetRoutesOptions): void {
  const { collector, hub, maxAgeMs, waitMs } = options;

  const pictureOf = async (key: string): Promise<ClusterPicture> => {
    requireCluster(collector, key);
    await collector.ensureFresh(maxAgeMs, waitMs);
    const { clusters, ...lists } = collector.snapshot();
    const cluster = clusters.find((candidate) => candidate.key === key);
    if (cluster === undefined)
      throw ReplyError.application(503, 'This cluster has not been read yet', 'Ask again in a moment.');
    const own = <Row extends { readonly cluster: string }>(rows: readonly Row[]): Row[] =>
      rows.filter((row) => row.cluster === key);
    return {
      cluster,
      nodes: own(lists.nodes),
      groups: own(lists.groups),
      rules: own(lists.rules),
      resources: own(lists.resources),
      guests: own(lists.guests),
    };
  };

  registrar.route(routes.fleet, async () => {
    await collector.ensureFresh(maxAgeMs, waitMs);
    return collector.snapshot();
  });

  registrar.route(routes.fleetStream, (_input, request, reply) => {
    if (hub.isFull) {
      throw ReplyError.application(503, 'Too many open streams', 'Close one or read GET /fleet instead.');
    }
    reply.hijack();
    const lastEventId = request.headers['last-event-id'];
    hub.open(reply.raw, identityOf(request).id, typeof lastEventId === 'string' ? lastEventId : undefined);
  });

  registrar.route(routes.fleetRefresh, async ({ query }) => {
    if (query.cluster !== undefined) requireCluster(collector, query.cluster);
    return { refreshed: await collector.refresh(query.cluster) };
  });

  registrar.route(routes.whatIf, async ({ body }) => whatIf(await pictureOf(body.cluster), body.nodes));

  registrar.route(routes.maintenanceReadiness, async ({ body }) =>
    maintenanceReadiness(await pictureOf(body.cluster), body.node),
  );

  registrar.route(routes.explainPlacement, async ({ body }) =>
    explainPlacement(await pictureOf(body.cluster), body.sid),
  );

  registrar.route(routes.guestDetail, async ({ params, query }) => {
    requireCluster(collector, params.cluster);
    const detail = await collector.guestDetail(params.cluster, params.vmid, query.timeframe ?? 'hour');
    if (detail === null) throw unknownCluster();
    return detail;
  });
}

function requireCluster(collector: FleetCollector, key: string): void {
  if (!collector.readers.some((reader) => reader.key === key)) throw unknownCluster();
}

/** An envelope rather than `Not Found`, so that a client does not take it for a server without this route. */
function unknownCluster(): ReplyError {
  return ReplyError.application(404, 'No cluster is configured under that name');
}
