import type { Clock } from '../base/clock.ts';
import type { FleetSnapshot } from '../contract/model/fleet.ts';
import type { FleetError, FleetErrorCode } from '../contract/model/fleetError.ts';
import type { GuestDetail } from '../contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../contract/model/loadTimeframe.ts';
import { routes } from '../contract/routes.ts';
import { looksLikeHtml } from '../http/html.ts';
import { ClientError, fleetError, replyFailure, toFleetError } from './clientError.ts';
import type { ServerCapabilities } from './connection.ts';
import type { FleetStore } from './fleetStore.ts';
import type { HttpClient } from './httpClient.ts';
import { type Answer, readResources, readStatus, readSummary } from './referenceAnswers.ts';
import { referenceToFleet } from './referenceToFleet.ts';

const deadlineMs = 15_000;

export interface PollResult {
  readonly snapshot: FleetSnapshot;
  readonly capabilities: ServerCapabilities;
}

/**
 * Reads a server that has only the published reference routes. Each of its answers stands by itself: the HA summary alone
 * tells quorum and HA, and one broken cluster, which turns some answers of older servers into errors, hides no other.
 * Only when nothing could be read, or the key is refused, it is a failure of the connection.
 */
export async function pollReference(
  client: HttpClient,
  store: FleetStore,
  clock: Clock,
): Promise<PollResult> {
  const [version, summary, status, resources] = await Promise.all([
    ask(client, routes.version.path, (body): Answer<unknown> => ({ state: 'read', value: body, dropped: 0 })),
    ask(client, routes.haSummary.path, readSummary),
    ask(client, routes.clusterStatus.path, readStatus),
    ask(client, routes.clusterResources.path, readResources),
  ]);
  const answers = { summary, status, resources };
  const failure = failureOf([summary, status, resources]);
  if (failure !== null) throw new ClientError(failure);
  const parsedVersion = routes.version.reply.safeParse(version.state === 'read' ? version.value : null);
  return {
    snapshot: referenceToFleet(answers, store, clock.now()),
    capabilities: {
      version: parsedVersion.success ? parsedVersion.data.version : null,
      fleet: false,
      ha: summary.state !== 'notOffered',
    },
  };
}

/** Refusals of the key or address: asking on with it would only make things worse. */
const refusals: ReadonlySet<FleetErrorCode> = new Set(['unauthorized', 'lockedOut', 'rateLimited']);

function failureOf(answers: readonly Answer<unknown>[]): FleetError | null {
  const errors = answers.flatMap((answer) => (answer.state === 'failed' ? [answer.error] : []));
  const refusal = errors.find(({ code }) => refusals.has(code));
  if (refusal !== undefined) return refusal;
  if (answers.some(({ state }) => state === 'read')) return null;
  return errors[0] ?? fleetError('notOffered', 'the server has none of the routes that this console needs');
}

/** What a server without guest routes can tell of a guest: its records; the rest says that it is not offered. */
export function referenceGuestDetail(
  store: FleetStore,
  cluster: string,
  vmid: number,
  timeframe: LoadTimeframe,
  clock: Clock,
): GuestDetail {
  const notOffered = fleetError('notOffered', 'this server does not tell it');
  const resources = [...store.idsOf(cluster, 'resources')].map((id) => store.list('resources').get(id));
  const resource = resources.find((candidate) => candidate?.vmid === vmid) ?? null;
  const rules = [...store.idsOf(cluster, 'rules')].flatMap((id) => store.list('rules').get(id) ?? []);
  return {
    serverTimeMs: clock.now(),
    cluster,
    vmid,
    guest: store.list('guests').get(`guest:${cluster}/${vmid}`) ?? null,
    resource,
    haError: null,
    rules: resource === null ? [] : rules.filter((rule) => rule.resources.includes(resource.sid)),
    config: null,
    configError: notOffered,
    status: null,
    statusError: notOffered,
    tasks: [],
    tasksError: notOffered,
    load: [],
    loadTimeframe: timeframe,
    loadError: notOffered,
  };
}

async function ask<T>(
  client: HttpClient,
  path: string,
  read: (body: unknown) => Answer<T>,
): Promise<Answer<T>> {
  try {
    return read(await get(client, path));
  } catch (error) {
    const failure = toFleetError(error);
    return failure.code === 'notOffered' ? { state: 'notOffered' } : { state: 'failed', error: failure };
  }
}

async function get(client: HttpClient, path: string): Promise<unknown> {
  const reply = await client.request({ method: 'GET', path, deadlineMs });
  const failure = replyFailure(reply, '');
  if (failure !== null) throw new ClientError(failure);
  try {
    return JSON.parse(reply.body);
  } catch {
    throw new ClientError(
      looksLikeHtml(reply.contentType, reply.body)
        ? fleetError('htmlInsteadOfJson', 'got a web page instead of data')
        : fleetError('invalidJson', 'the answer is not valid JSON'),
    );
  }
}
