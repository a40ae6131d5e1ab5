import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Permission } from '../contract/intent/permissions.ts';
import { apiKeyHeader } from '../contract/routes.ts';
import { AuditUnavailable } from './audit/auditUnavailable.ts';
import type { FleetCollector } from './collector.ts';
import type { HistoryRecorder } from './history/historyRecorder.ts';
import type { FirstKeyOffer } from './identity/firstKeyOffer.ts';
import type { KeyRing } from './identity/keyRing.ts';
import type { IntentService } from './intent/intentService.ts';
import { AccessCheck } from './serve/access/accessCheck.ts';
import type { ApiKeyVerifier, KeyIdentity } from './serve/access/apiKeys.ts';
import { refuseForeignSites } from './serve/access/sameSite.ts';
import { registerAuditRoutes } from './serve/auditRoutes.ts';
import { registerClusterRoutes } from './serve/clusterRoutes.ts';
import { registerFleetRoutes } from './serve/fleetRoutes.ts';
import { registerHaRoutes } from './serve/haRoutes.ts';
import { registerHistoryRoutes } from './serve/historyRoutes.ts';
import { registerIdentityRoutes } from './serve/identityRoutes.ts';
import { registerIntentRoutes } from './serve/intentRoutes.ts';
import { registerMetaRoutes } from './serve/metaRoutes.ts';
import { notFound, ReplyError } from './serve/replyError.ts';
import { type AnyRoute, RouteRegistrar } from './serve/routeRegistrar.ts';
import { registerSettingsRoutes } from './serve/settingsRoutes.ts';
import { RunEventStreams } from './serve/stream/runEventStreams.ts';
import { StreamHub, type StreamLimits } from './serve/stream/streamHub.ts';
import type { Store } from './store/openStore.ts';
import { isStoreFailure } from './store/storeFailure.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True on routes of the contract that need no key. */
    keyless?: boolean;
    /** What the key must permit; `null` for any valid key. */
    permission?: Permission | null;
  }
  interface FastifyRequest {
    /** Whose key the request came with; `null` on keyless routes. */
    identity: KeyIdentity | null;
  }
}

export interface AggregatorOptions {
  readonly collector: FleetCollector;
  /** The timeline; the caller's, who also ends it. */
  readonly history: HistoryRecorder;
  readonly keys: ApiKeyVerifier;
  /** What can change something; `null` on an aggregator that only reads. */
  readonly writeSide: WriteSide | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Requests per client address in a sliding minute. */
  readonly rateLimitPerMinute: number;
  /**
   * Host names (without port) under which requests are accepted; pass `loopbackHosts` when listening on loopback. `null`
   * accepts any name, for a listener that is reachable under names it does not know.
   */
  readonly allowedHosts: readonly string[] | null;
  /** How old the picture may be for `GET /fleet`, milliseconds. Default 5 000. */
  readonly maxAgeMs?: number;
  /** How long `GET /fleet` waits for a cluster, milliseconds. Default 2 000. */
  readonly fleetWaitMs?: number;
  /** How much longer reference routes wait for the others once a cluster answered, milliseconds. Default 1 000. */
  readonly stragglerGraceMs?: number;
  /** How long reference routes wait for any cluster, milliseconds. Default 9 000. */
  readonly waitAtMostMs?: number;
  readonly streamLimits?: Partial<StreamLimits>;
}

/** Parts of an aggregator that has a store. They are the caller's, who also ends them. */
export interface WriteSide {
  readonly store: Store;
  readonly ring: KeyRing;
  readonly intent: IntentService;
  /** Offered while there is no key at all; `null` where the first key is made by the command line alone. */
  readonly firstKey: FirstKeyOffer | null;
}

export interface Aggregator {
  /** Answers requests by injection at once; call `listen` on it to open a socket. */
  readonly app: FastifyInstance;
  /** Ends streams, waits a moment for running requests, then closes every socket. The collector is the caller's. */
  dispose(): Promise<void>;
}

/** Streams of run events that may be open at once. */
const maxRunStreams = 100;

/** How long running requests may take to end when the server stops, milliseconds. */
const politeEndMs = 500;

/**
 * The HTTP side of the aggregator over a collector. Reads no environment, no arguments and no files, and opens no
 * socket by itself, so that it runs the same standalone, embedded and under test.
 */
export function createAggregator(options: AggregatorOptions): Aggregator {
  const { collector, keys, clock, logger, writeSide } = options;
  const access = new AccessCheck({ keys, clock, logger, rateLimitPerMinute: options.rateLimitPerMinute });
  const hub = new StreamHub({ collector, clock, logger, limits: options.streamLimits ?? {} });
  const runStreams =
    writeSide === null
      ? null
      : new RunEventStreams({ intent: writeSide.intent, clock, logger, maxStreams: maxRunStreams });
  const revocations = keys.onDidRevoke((keyId) => {
    hub.endStreamsOfKey(keyId);
    runStreams?.endStreamsOfKey(keyId);
  });

  const app = Fastify({
    logger: false,
    exposeHeadRoutes: false,
    // Time for a client to send its request; a stream's reply is not bound by it.
    requestTimeout: 30_000,
    keepAliveTimeout: 30_000,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 255 },
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply, logger);
    },
  });
  app.decorateRequest('identity', null);
  keepBodiesAsBytes(app);

  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    reply.header('x-content-type-options', 'nosniff');
    refuseForeignSites(request.headers, options.allowedHosts);
    // A path that does not exist is no keyless route: 401 comes before 404.
    if (request.routeOptions.config.keyless === true) return;
    const presented = request.headers[apiKeyHeader];
    request.identity = await access.check(
      request.socket.remoteAddress ?? 'unknown',
      typeof presented === 'string' ? presented : undefined,
      request.method !== 'GET',
    );
    const { permission } = request.routeOptions.config;
    if (permission != null && !request.identity.permissions.includes(permission))
      throw ReplyError.refusal(
        403,
        'permission_missing',
        `Your key lacks the permission ${permission}. An administrator can give it.`,
      );
  });
  app.addHook('onResponse', async (request, reply) => {
    logger.debug('request', {
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    });
  });
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, logger));

  const registrar = new RouteRegistrar({
    app,
    readers: collector.readers,
    clock,
    logger,
    stragglerGraceMs: options.stragglerGraceMs ?? 1_000,
    waitAtMostMs: options.waitAtMostMs ?? 9_000,
  });
  registerMetaRoutes(registrar);
  registerHaRoutes(registrar);
  registerClusterRoutes(registrar);
  registerFleetRoutes(registrar, {
    collector,
    hub,
    maxAgeMs: options.maxAgeMs ?? 5_000,
    waitMs: options.fleetWaitMs ?? 2_000,
  });
  registerHistoryRoutes(registrar, { recorder: options.history, clusters: collector.readers, clock });
  registerIdentityRoutes(registrar, {
    store: writeSide?.store ?? null,
    ring: writeSide?.ring ?? null,
    keys,
    firstKey: writeSide?.firstKey ?? null,
    clock,
  });
  if (writeSide !== null && runStreams !== null) {
    const { intent, store } = writeSide;
    registerIntentRoutes(registrar, {
      intent,
      streams: runStreams,
      renewIdentity: async ({ headers }) => {
        const presented = headers[apiKeyHeader];
        return typeof presented === 'string' ? options.keys.verify(presented, true) : null;
      },
    });
    registerSettingsRoutes(registrar, store.settings, intent.clusters);
    registerAuditRoutes(registrar, store.audit);
  }
  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsOf(request.url, registrar.registered);
    const error =
      allowed.length === 0
        ? notFound()
        : ReplyError.detail(405, 'Method Not Allowed', { allow: allowed.join(', ') });
    return answerError(error, request, reply, logger);
  });

  let ended: Promise<void> | null = null;
  const end = async (): Promise<void> => {
    revocations.dispose();
    hub.dispose();
    runStreams?.dispose();
    const force = clock.setTimeout(() => app.server.closeAllConnections(), politeEndMs);
    try {
      await app.close();
    } finally {
      force.dispose();
    }
  };
  return {
    app,
    dispose() {
      ended ??= end();
      return ended;
    },
  };
}

/** The registrar reads bodies by the route's schema; the framework only collects them. */
function keepBodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

function answerError(
  error: Error | FastifyError | ReplyError,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  const answer = error instanceof ReplyError ? error : toReplyError(error, request, logger);
  return reply
    .code(answer.status)
    .headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...answer.headers })
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(answer.body));
}

/** The framework's own refusals keep their status; anything unforeseen is a 500 that tells nothing of the inside. */
function toReplyError(error: Error | FastifyError, request: FastifyRequest, logger: Logger): ReplyError {
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (status !== undefined && status >= 400 && status < 500) {
    const texts: Readonly<Record<number, string>> = { 413: 'Request body too large', 414: 'URI too long' };
    return ReplyError.detail(status, texts[status] ?? 'Bad Request');
  }
  if (isStoreFailure(error) || error instanceof AuditUnavailable) {
    logger.error('the store cannot be used', { cause: error.message });
    return ReplyError.application(
      503,
      'The store of this server cannot be used',
      'Look at the run or the request before you try again, and tell whoever runs the server.',
    );
  }
  logger.error('a request failed unexpectedly', {
    method: request.method,
    route: request.routeOptions?.url ?? 'unknown',
    cause: error.message,
    stack: error.stack,
  });
  return ReplyError.application(500, 'Internal server error');
}

/** Methods the table offers under the path of a URL. */
function methodsOf(url: string, rows: readonly AnyRoute[]): string[] {
  const segments = segmentsOf(url.split('?', 1)[0] ?? '');
  const isMatch = (row: AnyRoute): boolean => {
    const wanted = segmentsOf(row.path);
    return (
      wanted.length === segments.length &&
      wanted.every((part, index) => part.startsWith('{') || part === segments[index])
    );
  };
  return rows.filter(isMatch).map((row) => row.method);
}

function segmentsOf(path: string): string[] {
  return path.replace(/\/$/, '').split('/');
}
