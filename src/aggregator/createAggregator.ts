import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Disposable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { apiKeyHeader, type Route, routes, selectorQuery } from '../contract/routes.ts';
import { productVersion } from '../contract/version.ts';
import type { ClusterReader, FleetCollector } from './collector.ts';
import { Access } from './serve/access.ts';
import { clusterResources, clusterStatus, nodes } from './serve/clusterReference.ts';
import { FleetStream } from './serve/fleetStream.ts';
import {
  haGroup,
  haGroups,
  haResourceByVm,
  haResources,
  haRules,
  haStatus,
  haSummary,
} from './serve/haReference.ts';
import { HttpError } from './serve/httpError.ts';
import { openApiDocument } from './serve/openapi.ts';
import { selectReaders } from './serve/selectReaders.ts';

export interface AggregatorOptions {
  readonly collector: FleetCollector;
  /** Keys that may ask. */
  readonly keys: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rateLimitPerMinute: number;
}

export interface Aggregator extends Disposable {
  /** The application apart from listening: `app.listen` in the product, `app.inject` in tests. */
  readonly app: FastifyInstance;
}

/** Picture age that `GET /fleet` accepts without reading, and how long it waits for a reading, milliseconds. */
const fleetMaxAgeMs = 5_000;
const fleetWaitMs = 3_000;

const maxRequestBytes = 64 * 1024;

/** Joins collector, access and routes. Reads no environment, arguments or files. */
export function createAggregator(options: AggregatorOptions): Aggregator {
  const { collector, clock, logger } = options;
  const access = new Access(options);
  const stream = new FleetStream(collector, clock);
  const app = Fastify({ logger: false, bodyLimit: maxRequestBytes, exposeHeadRoutes: false });
  const keylessPaths = new Set(
    Object.values(routes)
      .filter((row) => row.keyless)
      .map((row) => row.path),
  );

  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    checkOrigin(request);
    const [path = '/'] = request.url.split('?');
    if (!keylessPaths.has(path)) access.check(request.ip, oneHeader(request, apiKeyHeader));
  });
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, logger));
  app.setNotFoundHandler((_request, reply) => reply.status(404).send({ detail: 'Not Found' }));

  const serve = <Params extends z.ZodType, Query extends z.ZodType, Reply extends z.ZodType>(
    row: Route<Params, Query, Reply>,
    handle: (
      input: { readonly params: z.output<Params>; readonly query: z.output<Query> },
      request: FastifyRequest,
      reply: FastifyReply,
    ) => Promise<unknown> | unknown,
  ): void => {
    app.route({
      method: row.method,
      url: row.path.replace(/\{(\w+)\}/g, ':$1'),
      handler: async (request, reply) => {
        const params = parse(row.params, request.params, 'path');
        const query = parse(row.query, queryOf(row.path, request.query), 'query');
        const body = await handle({ params, query }, request, reply);
        if (reply.sent) return reply;
        return reply
          .header('content-type', 'application/json; charset=utf-8')
          .send(JSON.stringify(body ?? null));
      },
    });
  };
  const chosen = (query: z.output<typeof selectorQuery>): readonly ClusterReader[] =>
    selectReaders(collector.readers, query);

  serve(routes.root, () => ({ message: 'Proxbox aggregator' }));
  serve(routes.health, () => ({ status: 'ready', init_ok: true }));
  const document = openApiDocument();
  serve(routes.openapi, () => document);
  serve(routes.version, () => ({ version: productVersion }));
  serve(routes.haStatus, ({ query }) => haStatus(chosen(query), clock));
  serve(routes.haResources, ({ query }) => haResources(chosen(query), clock));
  serve(routes.haResourceByVm, ({ params, query }) => haResourceByVm(chosen(query), params.vmid, clock));
  serve(routes.haGroups, ({ query }) => haGroups(chosen(query), clock));
  serve(routes.haGroup, ({ params, query }) => haGroup(chosen(query), params.group, clock));
  serve(routes.haRules, ({ query }) => haRules(chosen(query), clock));
  serve(routes.haSummary, ({ query }) => haSummary(chosen(query), clock));
  serve(routes.clusterStatus, ({ query }) => clusterStatus(chosen(query), clock));
  serve(routes.clusterResources, ({ query }) => clusterResources(chosen(query), query.type, clock));
  serve(routes.nodes, ({ query }) => nodes(chosen(query), clock));
  serve(routes.fleet, async () => {
    await collector.ensureFresh(fleetMaxAgeMs, fleetWaitMs);
    return collector.snapshot();
  });
  serve(routes.fleetStream, (_input, request, reply) => {
    reply.hijack();
    stream.open(reply.raw, oneHeader(request, 'last-event-id'));
  });
  serve(routes.fleetRefresh, async ({ query }) => {
    if (query.cluster !== undefined && !collector.readers.some((reader) => reader.key === query.cluster))
      throw HttpError.detail(404, `No cluster ${query.cluster} is configured.`);
    return { refreshed: await collector.refresh(query.cluster) };
  });
  serve(routes.guestDetail, async ({ params, query }) => {
    const detail = await collector.guestDetail(params.cluster, params.vmid, query.timeframe ?? 'hour');
    if (detail === null) throw HttpError.detail(404, `No cluster ${params.cluster} is configured.`);
    return detail;
  });

  return {
    app,
    dispose() {
      stream.dispose();
      collector.dispose();
    },
  };
}

/**
 * The reference routes ignore query keys they do not know, as the original does; our own routes refuse them with their
 * path.
 */
function queryOf(path: string, query: unknown): unknown {
  if (!path.startsWith('/proxmox/') || typeof query !== 'object' || query === null) return query;
  const known = new Set([...Object.keys(selectorQuery.shape), 'type']);
  return Object.fromEntries(
    Object.entries(query).filter(
      ([key]) => known.has(key) && !(key === 'type' && path !== routes.clusterResources.path),
    ),
  );
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  // The submitted value is not repeated: it may hold a secret.
  const detail = parsed.error.issues.map((issue) => ({
    type: issue.code,
    loc: [where, ...issue.path.map(String), ...('keys' in issue ? issue.keys : [])],
    msg: issue.message,
  }));
  throw HttpError.detail(422, detail);
}

function oneHeader(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * No web page is a client of this server. A browser that sends an Origin, or a name that was bound to our address from
 * outside, is refused before any key is looked at.
 */
function checkOrigin(request: FastifyRequest): void {
  const origin = oneHeader(request, 'origin');
  if (origin !== undefined) throw HttpError.detail(403, 'Requests from web pages are not accepted.');
  const host = request.host.replace(/:\d+$/, '').toLowerCase();
  const local = request.socket.localAddress;
  const loopback =
    local === undefined || local.startsWith('127.') || local === '::1' || local === '::ffff:127.0.0.1';
  if (
    loopback &&
    !['127.0.0.1', 'localhost', '[::1]'].includes(host) &&
    request.socket.remoteAddress !== undefined
  )
    throw HttpError.detail(403, 'This host name is not served here.');
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): unknown {
  if (error instanceof HttpError) return reply.headers(error.headers).status(error.status).send(error.body);
  const status =
    typeof error === 'object' &&
    error !== null &&
    'statusCode' in error &&
    typeof error.statusCode === 'number'
      ? error.statusCode
      : 500;
  if (status < 500) return reply.status(status).send({ detail: 'Bad Request' });
  logger.error('a request failed', { method: request.method, path: request.url.split('?')[0], error });
  return reply.status(500).send({ message: 'Internal server error', detail: null, python_exception: null });
}
