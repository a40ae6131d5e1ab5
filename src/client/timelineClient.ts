import { type FleetEventKind, type FleetEvents, fleetEventsSchema } from '../contract/model/fleetEvent.ts';
import { routes } from '../contract/routes.ts';
import { ClientError, fleetError, replyFailure } from './clientError.ts';
import type { HttpClient } from './httpClient.ts';

/** Which events are asked for; times are epoch milliseconds on the server's clock. */
export interface EventsFilter {
  readonly cluster?: string;
  readonly vmid?: number;
  readonly kinds?: readonly FleetEventKind[];
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

export interface EventsQuery extends EventsFilter {
  readonly limit?: number;
  /** `next` of the page before. */
  readonly before?: string;
}

const readDeadlineMs = 15_000;
const exportDeadlineMs = 60_000;

/** One page of a server's timeline, newest first. Rejects with `ClientError`, `notOffered` where there is no timeline. */
export async function readEvents(client: HttpClient, query: EventsQuery): Promise<FleetEvents> {
  const { limit, before } = query;
  const text = await ask(
    client,
    routes.fleetEvents.path,
    {
      ...filterTexts(query),
      ...(limit === undefined ? {} : { limit: String(limit) }),
      ...(before === undefined ? {} : { before }),
    },
    readDeadlineMs,
  );
  const parsed = fleetEventsSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new ClientError(fleetError('unexpectedShape', 'the timeline came in another form than expected'));
  return parsed.data;
}

/** All events of a filter as the text of a file. */
export function exportEvents(
  client: HttpClient,
  filter: EventsFilter,
  format: 'json' | 'csv',
): Promise<string> {
  return ask(client, routes.fleetEventsExport.path, { ...filterTexts(filter), format }, exportDeadlineMs);
}

async function ask(
  client: HttpClient,
  path: string,
  query: Readonly<Record<string, string>>,
  deadlineMs: number,
): Promise<string> {
  const reply = await client.request({ method: 'GET', path, query, deadlineMs });
  const failure = replyFailure(reply, '');
  if (failure !== null) throw new ClientError(failure);
  return reply.body;
}

function filterTexts(filter: EventsFilter): Record<string, string> {
  const { cluster, vmid, kinds, sinceMs, untilMs } = filter;
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(vmid === undefined ? {} : { vmid: String(vmid) }),
    ...(kinds === undefined ? {} : { kind: kinds.join(',') }),
    ...(sinceMs === undefined ? {} : { since: String(Math.max(0, Math.floor(sinceMs))) }),
    ...(untilMs === undefined ? {} : { until: String(Math.max(0, Math.floor(untilMs))) }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
