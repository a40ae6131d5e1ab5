import type { FastifyRequest } from 'fastify';
import type { DeletionRequest } from '../../contract/intent/deletionRequest.ts';
import { intentRoutes } from '../../contract/intent/intentRoutes.ts';
import { toWireRun } from '../intent/apply/runView.ts';
import { toWireDeletion } from '../intent/deletion/deletionView.ts';
import { requirePermission } from '../intent/deletion/requestGuards.ts';
import type { IntentActor } from '../intent/intentActor.ts';
import type { DeletionRecord } from '../intent/intentRecords.ts';
import { IntentRefusal } from '../intent/intentRefusal.ts';
import type { IntentService } from '../intent/intentService.ts';
import type { KeyIdentity } from './access/apiKeys.ts';
import { identityOf } from './identityRoutes.ts';
import { ReplyError } from './replyError.ts';
import type { RouteRegistrar } from './routeRegistrar.ts';
import type { RunEventStreams } from './stream/runEventStreams.ts';

export interface IntentRoutesOptions {
  readonly intent: IntentService;
  readonly streams: RunEventStreams;
  /** Looks the key of a request up once more; `null` when it is no longer valid. */
  readonly renewIdentity: (request: FastifyRequest) => Promise<KeyIdentity | null>;
}

const defaultLimit = 50;

/** How long an apply that waits for its end waits at most, milliseconds. A task in Proxmox may take hours. */
const waitAtMostMs = 120_000;

/** Plan, apply, runs and deletion requests. What changes something asks for more than `view` itself. */
export function registerIntentRoutes(registrar: RouteRegistrar, options: IntentRoutesOptions): void {
  const { intent, streams, renewIdentity } = options;
  const actorOf = (request: FastifyRequest): IntentActor =>
    toActor(identityOf(request), () => renewIdentity(request));
  const refusing =
    <Input, Answer>(answer: (input: Input, request: FastifyRequest) => Promise<Answer>) =>
    async (input: Input, request: FastifyRequest): Promise<Answer> => {
      try {
        return await answer(input, request);
      } catch (error) {
        throw error instanceof IntentRefusal ? toReplyError(error) : error;
      }
    };
  const wire = async (record: DeletionRecord, actor: IntentActor): Promise<DeletionRequest> =>
    toWireDeletion(record, await intent.store.deletions.history(record.id), {
      actor,
      settings: await intent.settings(),
      cluster: intent.clusterOf(record.cluster),
    });

  registrar.route(
    intentRoutes.plan,
    refusing(async ({ body }, request) =>
      intent.plan(intent.chooseCluster(body), actorOf(request), body.diffs),
    ),
  );

  registrar.route(intentRoutes.apply, async (input, request, reply) => {
    const { body, query } = input;
    return refusing(async () => {
      const started = await intent.apply.start(intent.chooseCluster(query), actorOf(request), {
        runUuid: body.run_uuid,
        diffs: body.diffs,
        planHash: body.plan_hash ?? null,
      });
      if (query.wait === 'false') {
        if (started.run.state === 'running') reply.code(202);
        return toWireRun(started);
      }
      await intent.apply.settledWithin(body.run_uuid, waitAtMostMs);
      const now = (await intent.store.runs.find(body.run_uuid)) ?? started;
      // What takes longer goes on; the run can be read and followed.
      if (now.run.state === 'running') reply.code(202);
      return toWireRun(now);
    })(input, request);
  });

  registrar.route(
    intentRoutes.runs,
    refusing(async ({ query }) => {
      const { runs, nextBefore } = await intent.store.runs.list({
        limit: query.limit ?? defaultLimit,
        ...(query.cluster === undefined ? {} : { cluster: query.cluster }),
        ...(query.before === undefined ? {} : { before: query.before }),
      });
      return { runs: runs.map(toWireRun), next_before: nextBefore };
    }),
  );

  const findRun = async (uuid: string) => {
    const found = await intent.store.runs.find(uuid);
    if (found === null) throw new IntentRefusal(404, 'run_unknown', `There is no run ${uuid}.`);
    return found;
  };

  registrar.route(
    intentRoutes.run,
    refusing(async ({ params }) => toWireRun(await findRun(params.run_uuid))),
  );

  registrar.route(intentRoutes.runEvents, async (input, request, reply) => {
    const { params } = input;
    await refusing(async () => findRun(params.run_uuid))(input, request);
    if (streams.isFull)
      throw ReplyError.application(503, 'Too many open streams', 'Close one or read the run instead.');
    const lastEventId = Number(request.headers['last-event-id'] ?? 0);
    reply.hijack();
    streams.open(
      reply.raw,
      identityOf(request).id,
      params.run_uuid,
      Number.isSafeInteger(lastEventId) && lastEventId > 0 ? lastEventId : 0,
    );
  });

  registrar.route(
    intentRoutes.cancelRun,
    refusing(async ({ params }, request) => {
      const actor = actorOf(request);
      const { run } = await findRun(params.run_uuid);
      if (run.actor !== actor.actor) requirePermission(actor, 'admin');
      return toWireRun(await intent.apply.cancel(params.run_uuid, actor));
    }),
  );

  registrar.route(
    intentRoutes.deletionRequests,
    refusing(async ({ query }, request) => {
      const actor = actorOf(request);
      const limit = query.limit ?? defaultLimit;
      const records = await intent.store.deletions.list({
        limit,
        ...(query.state === undefined ? {} : { states: query.state }),
        ...(query.cluster === undefined ? {} : { cluster: query.cluster }),
        ...(query.vmid === undefined ? {} : { vmid: query.vmid }),
        ...(query.before === undefined ? {} : { beforeId: query.before }),
      });
      return {
        requests: await Promise.all(records.map((record) => wire(record, actor))),
        next_before: records.length < limit ? null : (records.at(-1)?.id ?? null),
      };
    }),
  );

  registrar.route(
    intentRoutes.createDeletionRequest,
    refusing(async ({ body }, request) => {
      const actor = actorOf(request);
      const record = await intent.deletions.request(intent.chooseCluster(body), actor, {
        vmid: body.vmid,
        node: body.node,
        kind: body.kind,
        reason: body.reason ?? null,
        runUuid: null,
      });
      return wire(record, actor);
    }),
  );

  registrar.route(
    intentRoutes.deletionRequest,
    refusing(async ({ params }, request) => {
      const actor = actorOf(request);
      return wire(await intent.deletions.find(params.id), actor);
    }),
  );

  registrar.route(
    intentRoutes.compareDeletion,
    refusing(async ({ params }) => intent.deletions.compare(params.id)),
  );

  registrar.route(
    intentRoutes.approveDeletion,
    refusing(async ({ params, body }, request) => {
      const actor = actorOf(request);
      return wire(await intent.deletions.approve(params.id, actor, body), actor);
    }),
  );

  registrar.route(
    intentRoutes.rejectDeletion,
    refusing(async ({ params, body }, request) => {
      const actor = actorOf(request);
      return wire(await intent.deletions.reject(params.id, actor, body.reason), actor);
    }),
  );

  registrar.route(
    intentRoutes.executeDeletion,
    refusing(async ({ params, body }, request) => {
      const actor = actorOf(request);
      const record = await intent.executor.execute(params.id, actor, body);
      return { upid: record.upid, run_uuid: record.executorRunUuid ?? '' };
    }),
  );
}

/** Somebody as their key tells and nothing else. */
function toActor(identity: KeyIdentity, renew: () => Promise<KeyIdentity | null>): IntentActor {
  const { actor, id, permissions, madeBy } = identity;
  return {
    actor,
    keyId: id,
    keyMadeBy: madeBy,
    has: (permission) => permissions.some((one) => one === permission),
    renewed: async () => {
      const now = await renew();
      return now === null || now.id !== id || now.actor !== actor ? null : toActor(now, renew);
    },
  };
}

/** The contract's body of a refused write: `{reason, detail}` with what else is known beside it. */
export function toReplyError(refusal: IntentRefusal): ReplyError {
  return ReplyError.refusal(refusal.status, refusal.reason, refusal.detail, refusal.extra);
}
