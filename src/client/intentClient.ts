import type * as z from 'zod';
import type { Disposable } from '../base/lifecycle.ts';
import { plainText } from '../base/text.ts';
import {
  type AuditEntry,
  type AuditQuery,
  type AuditVerification,
  auditRoutes,
} from '../contract/intent/audit.ts';
import type {
  DeletionComparison,
  DeletionRequest,
  DeletionTarget,
} from '../contract/intent/deletionRequest.ts';
import type { IntentDiff } from '../contract/intent/diff.ts';
import { identityRoutes, type Me } from '../contract/intent/identity.ts';
import { intentRoutes } from '../contract/intent/intentRoutes.ts';
import type { PlanReply } from '../contract/intent/plan.ts';
import {
  applyProgressEventSchema,
  doneEventSchema,
  type IntentRun,
  planSummaryEventSchema,
  type RunItem,
} from '../contract/intent/run.ts';
import {
  type IntentSettings,
  type IntentSettingsPatch,
  settingsRoutes,
} from '../contract/intent/settings.ts';
import type { Route } from '../contract/routes.ts';
import { ClientError, fleetError, replyFailure } from './clientError.ts';
import { EventStreamParser } from './eventStream.ts';
import type { HttpClient, HttpReply } from './httpClient.ts';

/** The server was reached and refused. `reason` is a stable word, `null` when it gave none; the message is for people. */
export class RefusedByServer extends Error {
  readonly status: number;
  readonly reason: string | null;

  constructor(status: number, reason: string | null, message: string) {
    super(message);
    this.name = 'RefusedByServer';
    this.status = status;
    this.reason = reason;
  }
}

export interface RunListeners {
  readonly onRun: (run: IntentRun) => void;
  readonly onItem: (item: RunItem) => void;
  /** Comes once, unless the caller let go before; `null` after a regular end. */
  readonly onEnd: (error: unknown) => void;
  /** Id of the newest event, for {@link IntentClient.followRun} to go on from. */
  readonly onId: (id: string) => void;
}

export interface Page<T> {
  readonly rows: readonly T[];
  /** Pass as `before` for the next page; `null` at the end. */
  readonly nextBefore: number | null;
}

/**
 * What changes something on one aggregator, and who may. Promises reject with {@link RefusedByServer} when the server
 * said no, and with `ClientError` when it could not be reached or not be understood.
 */
export interface IntentClient {
  me(): Promise<Me>;
  settings(): Promise<IntentSettings>;
  changeSettings(patch: IntentSettingsPatch): Promise<IntentSettings>;
  plan(cluster: string, diffs: readonly IntentDiff[]): Promise<PlanReply>;
  /** Begins a run and answers at once; the same `runUuid` again is the same run. */
  apply(
    cluster: string,
    order: { readonly runUuid: string; readonly diffs: readonly IntentDiff[]; readonly planHash: string },
  ): Promise<IntentRun>;
  /** `null` when the server knows no such run. */
  run(runUuid: string): Promise<IntentRun | null>;
  runs(query: { readonly before?: number; readonly limit: number }): Promise<Page<IntentRun>>;
  cancelRun(runUuid: string): Promise<IntentRun>;
  /** @param afterId the last event that was seen, empty for all. */
  followRun(runUuid: string, afterId: string, listeners: RunListeners): Disposable;
  deletionRequests(query: {
    readonly states?: readonly string[];
    readonly before?: number;
    readonly limit: number;
  }): Promise<Page<DeletionRequest>>;
  deletionRequest(id: number): Promise<DeletionRequest>;
  compareDeletion(id: number): Promise<DeletionComparison>;
  approveDeletion(id: number, target: DeletionTarget): Promise<DeletionRequest>;
  rejectDeletion(id: number, reason: string): Promise<DeletionRequest>;
  /** Starts the destroy as a job; its end is seen in the request. */
  executeDeletion(id: number, target: DeletionTarget): Promise<void>;
  audit(query: AuditQuery): Promise<Page<AuditEntry>>;
  verifyAudit(): Promise<AuditVerification>;
  /** The whole journal as the text of a file. */
  exportAudit(format: 'json' | 'csv'): Promise<string>;
}

/** A look into the store, and what asks Proxmox a lot, milliseconds. */
const shortDeadlineMs = 15_000;
const longDeadlineMs = 60_000;

type AnyRoute = Route<z.ZodType, z.ZodType, z.ZodType, z.ZodType>;

interface Call {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly deadlineMs?: number;
}

/** @param client made anew by its owner after a changed key or an ended server. */
export function createIntentClient(client: () => Promise<HttpClient>): IntentClient {
  const askText = async (row: AnyRoute, call: Call): Promise<string> => {
    if (row.method === 'DELETE') throw new Error('this client deletes nothing');
    const http = await client();
    const reply = await http.request({
      method: row.method,
      path: pathOf(row, call.params),
      query: textsOf(call.query),
      deadlineMs: call.deadlineMs ?? shortDeadlineMs,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    if (reply.status < 200 || reply.status > 299) throw refusalOf(reply);
    return reply.body;
  };
  const ask = async <Reply extends z.ZodType>(
    row: Route<z.ZodType, z.ZodType, Reply, z.ZodType>,
    call: Call = {},
  ): Promise<z.output<Reply>> => parse(row.reply, await askText(row, call));
  return {
    me: () => ask(identityRoutes.me),
    settings: () => ask(settingsRoutes.intentSettings),
    changeSettings: (patch) => ask(settingsRoutes.changeIntentSettings, { body: patch }),
    plan: (cluster, diffs) =>
      ask(intentRoutes.plan, { body: { cluster, diffs }, deadlineMs: longDeadlineMs }),
    apply: (cluster, { runUuid, diffs, planHash }) =>
      ask(intentRoutes.apply, {
        query: { cluster, wait: 'false' },
        body: { run_uuid: runUuid, diffs, plan_hash: planHash },
        deadlineMs: longDeadlineMs,
      }),
    async run(runUuid) {
      try {
        return await ask(intentRoutes.run, { params: { run_uuid: runUuid } });
      } catch (error) {
        if (error instanceof RefusedByServer && error.reason === 'run_unknown') return null;
        throw error;
      }
    },
    async runs(query) {
      const { runs, next_before: nextBefore } = await ask(intentRoutes.runs, { query: { ...query } });
      return { rows: runs, nextBefore };
    },
    cancelRun: (runUuid) => ask(intentRoutes.cancelRun, { params: { run_uuid: runUuid } }),
    followRun: (runUuid, afterId, listeners) => follow(client, runUuid, afterId, listeners),
    async deletionRequests({ states, ...query }) {
      const { requests, next_before: nextBefore } = await ask(intentRoutes.deletionRequests, {
        query: { ...query, state: states?.join(',') },
      });
      return { rows: requests, nextBefore };
    },
    deletionRequest: (id) => ask(intentRoutes.deletionRequest, { params: { id } }),
    compareDeletion: (id) => ask(intentRoutes.compareDeletion, { params: { id } }),
    approveDeletion: (id, target) => ask(intentRoutes.approveDeletion, { params: { id }, body: target }),
    rejectDeletion: (id, reason) => ask(intentRoutes.rejectDeletion, { params: { id }, body: { reason } }),
    async executeDeletion(id, target) {
      await ask(intentRoutes.executeDeletion, {
        params: { id },
        body: target,
        deadlineMs: longDeadlineMs,
      });
    },
    async audit(query) {
      const { entries, next_before: nextBefore } = await ask(auditRoutes.audit, { query });
      return { rows: entries, nextBefore };
    },
    verifyAudit: () => ask(auditRoutes.auditVerify, { deadlineMs: longDeadlineMs }),
    exportAudit: (format) =>
      askText(auditRoutes.auditExport, { query: { format }, deadlineMs: longDeadlineMs }),
  };
}

function follow(
  client: () => Promise<HttpClient>,
  runUuid: string,
  afterId: string,
  { onRun, onItem, onEnd, onId }: RunListeners,
): Disposable {
  let inner: Disposable | null = null;
  let isOver = false;
  const end = (error: unknown): void => {
    if (isOver) return;
    isOver = true;
    inner?.dispose();
    onEnd(error);
  };
  const parser = new EventStreamParser(({ event, data, id }) => {
    try {
      if (event === 'plan_summary') onRun(parse(planSummaryEventSchema, data).run);
      else if (event === 'apply_progress') onItem(parse(applyProgressEventSchema, data).item);
      else if (event === 'done') onRun(parse(doneEventSchema, data).run);
      onId(id);
    } catch (error) {
      end(error);
    }
  });
  client().then(
    (http) => {
      if (isOver) return;
      inner = http.stream(
        pathOf(intentRoutes.runEvents, { run_uuid: runUuid }),
        afterId === '' ? {} : { 'last-event-id': afterId },
        {
          onOpen: () => undefined,
          onText(text) {
            try {
              parser.push(text);
            } catch (error) {
              end(error);
            }
          },
          onEnd: end,
        },
      );
    },
    (error: unknown) => end(error),
  );
  return {
    dispose() {
      isOver = true;
      inner?.dispose();
    },
  };
}

function pathOf(row: AnyRoute, params: Call['params'] = {}): string {
  return row.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')));
}

function textsOf(query: Call['query'] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)]],
    ),
  );
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ClientError(fleetError('unexpectedShape', 'the reply is not JSON'));
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ClientError(fleetError('unexpectedShape', 'the reply has another form than expected'));
}

/** What a reply that is no good one means: a refusal in words, or a server that has no such route or is in trouble. */
function refusalOf(reply: HttpReply): Error {
  const { status, body } = reply;
  const said = wordsOf(body);
  if (said !== null && status >= 400 && status !== 401 && status !== 429)
    return new RefusedByServer(status, said.reason, plainText(said.detail, 600));
  const failure = replyFailure(reply, '');
  return new ClientError(failure ?? fleetError('unexpectedShape', `unexpected status ${status}`));
}

/** `{reason, detail}` of a refusal, `{detail: […]}` of a request that does not fit, `{message, detail}` of the server. */
function wordsOf(body: string): { readonly reason: string | null; readonly detail: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { reason, detail, message } = value as Readonly<Record<string, unknown>>;
  const word = typeof reason === 'string' ? reason : null;
  if (typeof detail === 'string' && word !== null) return { reason: word, detail };
  if (typeof message === 'string')
    return { reason: null, detail: typeof detail === 'string' ? `${message}. ${detail}` : `${message}.` };
  if (!Array.isArray(detail)) return null;
  const faults = detail.flatMap((fault: unknown): string[] => {
    if (typeof fault !== 'object' || fault === null) return [];
    const { loc, msg } = fault as Readonly<Record<string, unknown>>;
    const at = Array.isArray(loc) ? loc.slice(1).join('.') : '';
    return typeof msg === 'string' ? [at === '' ? msg : `${at}: ${msg}`] : [];
  });
  return faults.length === 0 ? null : { reason: 'request_invalid', detail: faults.join('; ') };
}
