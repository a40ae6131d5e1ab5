import type { Clock } from '../base/clock.ts';
import type { FleetSnapshot } from '../contract/model/fleet.ts';
import type { GuestDetail } from '../contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../contract/model/loadTimeframe.ts';
import { routes } from '../contract/routes.ts';
import { looksLikeHtml } from '../http/html.ts';
import { ClientError, fleetError, replyFailure } from './clientError.ts';
import type { ServerCapabilities } from './connection.ts';
import type { FleetStore } from './fleetStore.ts';
import type { HttpClient } from './httpClient.ts';
import { referenceToFleet } from './referenceToFleet.ts';

const deadlineMs = 15_000;

export interface PollResult {
  readonly snapshot: FleetSnapshot;
  readonly capabilities: ServerCapabilities;
}

/**
 * Reads a server that has only the published reference routes. The HA summary may be missing (an old server): guests and
 * nodes are still shown then, and the capabilities say that HA is not offered.
 */
export async function pollReference(
  client: HttpClient,
  store: FleetStore,
  clock: Clock,
): Promise<PollResult> {
  const [version, summary, status, resources] = await Promise.all([
    getOptional(client, routes.version.path),
    getOptional(client, routes.haSummary.path),
    get(client, routes.clusterStatus.path),
    get(client, routes.clusterResources.path),
  ]);
  const parsedVersion = routes.version.reply.safeParse(version);
  return {
    snapshot: referenceToFleet(
      {
        summary: summary === null ? null : routes.haSummary.reply.parse(summary),
        status: routes.clusterStatus.reply.parse(status),
        resources: routes.clusterResources.reply.parse(resources),
      },
      store,
      clock.now(),
    ),
    capabilities: {
      version: parsedVersion.success ? parsedVersion.data.version : null,
      fleet: false,
      ha: summary !== null,
    },
  };
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

async function getOptional(client: HttpClient, path: string): Promise<unknown> {
  try {
    return await get(client, path);
  } catch (error) {
    if (error instanceof ClientError && error.fleetError.code === 'notOffered') return null;
    throw error;
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
