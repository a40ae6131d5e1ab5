import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Route, SelectorQuery } from '../../contract/routes.ts';
import type { ClusterList, ClusterReader } from '../collector.ts';
import { askClusters, type ClusterAnswer, failureOf } from './askClusters.ts';
import { ReplyError } from './replyError.ts';
import { knownKeysOf, lastOfRepeated, readInput } from './requestInput.ts';
import { selectReaders } from './selectors.ts';

/** A body that no route reads is taken up to this size and ignored. */
const ignoredBodyLimitBytes = 16 * 1024;

/** Enough for thousands of changes in one request. */
const bodyLimitBytes = 4 * 1024 * 1024;

/** Any row of the route table. */
export type AnyRoute = Route<z.ZodType, z.ZodType, z.ZodType, z.ZodType>;

export interface RegistrarOptions {
  readonly app: FastifyInstance;
  readonly readers: readonly ClusterReader[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stragglerGraceMs: number;
  readonly waitAtMostMs: number;
}

/** Ties rows of the route table to what answers them, so that path and input checks come from the table alone. */
export class RouteRegistrar {
  readonly #options: RegistrarOptions;
  readonly #registered: AnyRoute[] = [];

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  /** Rows registered so far. */
  get registered(): readonly AnyRoute[] {
    return this.#registered;
  }

  /** A route of our own: unknown query parameters and body fields are refused with their place. */
  route<
    Params extends z.ZodType,
    Query extends z.ZodType,
    Reply extends z.ZodType,
    Body extends z.ZodType = z.ZodNever,
  >(
    row: Route<Params, Query, Reply, Body>,
    answer: (
      input: {
        readonly params: z.output<Params>;
        readonly query: z.output<Query>;
        readonly body: z.output<Body>;
      },
      request: FastifyRequest,
      reply: FastifyReply,
    ) => unknown,
  ): void {
    this.#add(row, (request, reply) =>
      answer(
        {
          params: readParams(row.params, request),
          query: readInput(row.query, 'query', request.query) as z.output<Query>,
          body: readBody(row.body, request) as z.output<Body>,
        },
        request,
        reply,
      ),
    );
  }

  /**
   * A route of the wire contract, made from lists of the selected clusters. Unknown query parameters are ignored there,
   * as in the original.
   */
  reference<
    Params extends z.ZodType,
    Query extends z.ZodObject & z.ZodType<SelectorQuery>,
    Reply extends z.ZodType,
    List extends ClusterList,
  >(
    row: Route<Params, Query, Reply>,
    lists: readonly List[],
    toBody: (
      answers: readonly ClusterAnswer<List>[],
      params: z.output<Params>,
      query: z.output<Query>,
    ) => z.output<Reply>,
    isEnough: (
      answers: readonly (ClusterAnswer<List> | undefined)[],
      params: z.output<Params>,
    ) => boolean = () => false,
  ): void {
    const { readers, clock, logger, stragglerGraceMs, waitAtMostMs } = this.#options;
    this.#add(row, async (request) => {
      const params = readParams(row.params, request);
      const given = knownKeysOf(row.query, lastOfRepeated(request.query as Record<string, unknown>));
      const query = readInput(row.query, 'query', given) as z.output<Query>;
      const selected = selectReaders(readers, query);
      const answers = await askClusters(selected, lists, {
        clock,
        stragglerGraceMs,
        waitAtMostMs,
        isEnough: (soFar) => isEnough(soFar, params),
      });
      logFailures(logger, lists, answers);
      return toBody(answers, params, query);
    });
  }

  #add(row: AnyRoute, handle: (request: FastifyRequest, reply: FastifyReply) => unknown): void {
    this.#registered.push(row);
    this.#options.app.route({
      method: row.method,
      url: row.path.replace(/\{(\w+)\}/g, ':$1'),
      config: { keyless: row.keyless, permission: row.permission === undefined ? 'view' : row.permission },
      bodyLimit: row.body === undefined ? ignoredBodyLimitBytes : bodyLimitBytes,
      handler: async (request, reply) => {
        const body = await handle(request, reply);
        if (reply.sent) return reply;
        return reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
      },
    });
  }
}

/** Numbers in paths are digits only: `1e2`, ` 7` and `0x10` are not ids. */
function readParams<Params extends z.ZodType>(schema: Params, request: FastifyRequest): z.output<Params> {
  const raw = request.params as Record<string, string>;
  const vmid = raw.vmid;
  const strict = vmid === undefined || /^-?\d{1,15}$/.test(vmid) ? raw : { ...raw, vmid: 'not a number' };
  return readInput(schema, 'path', strict) as z.output<Params>;
}

/** Bodies arrive as bytes whatever their content type says; only routes that declare a body look at them. */
function readBody(schema: z.ZodType | undefined, request: FastifyRequest): unknown {
  if (schema === undefined) return undefined;
  const bytes = request.body;
  let value: unknown;
  try {
    value = Buffer.isBuffer(bytes) && bytes.length > 0 ? JSON.parse(bytes.toString('utf8')) : undefined;
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    throw ReplyError.detail(422, [
      { type: 'json_invalid', loc: ['body'], msg: 'the body is not valid JSON' },
    ]);
  }
  return readInput(schema, 'body', value);
}

/** A failure that is already known (somebody waited for it before) is not worth a warning per request. */
function logFailures<List extends ClusterList>(
  logger: Logger,
  lists: readonly List[],
  answers: readonly ClusterAnswer<List>[],
): void {
  for (const { reader, readings } of answers) {
    for (const list of lists) {
      const error = failureOf(readings[list]);
      if (error === null) continue;
      const isKnown = error === reader.standingFailure || error === reader.pace(list).slowFailure;
      logger[isKnown ? 'debug' : 'warn']('could not read a list of a cluster', {
        cluster: reader.key,
        list,
        code: error.code,
        httpStatus: error.httpStatus,
        cause: error.message,
      });
    }
  }
}
