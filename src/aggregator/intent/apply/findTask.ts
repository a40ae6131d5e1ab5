import * as z from 'zod';
import { HttpFailure } from '../../../http/httpFailure.ts';
import { pveTaskRow } from '../../../pve/guestDetail.ts';
import { parsePveRows } from '../../../pve/values.ts';
import type { ClusterApi } from '../intentCluster.ts';

/** A call whose answer was lost. */
export interface LostCall {
  readonly node: string;
  /** The number that its task bears. */
  readonly vmid: number;
  /** Types of task that it starts. */
  readonly types: readonly string[];
  /** When it was sent, by our clock, milliseconds. */
  readonly sentMs: number;
}

export interface FoundTask {
  /** `null`: none was found. */
  readonly upid: string | null;
  /** Whether "none" means that there is none: only where the node's clock could be compared with ours. */
  readonly isSure: boolean;
}

/** Between writing down that a call is sent and the task's start, and for clocks that are being set, seconds. */
const slackS = 30;

const nodeTime = z.object({ time: z.number() });

/**
 * The task that a lost call started: one of its types that runs now, else the newest that began after the call was sent.
 * Tasks bear the time of their node, whose clock may be minutes off, so the node is asked what time it is. Rejects with
 * `HttpFailure` when the tasks cannot be read.
 */
export async function findTask(api: ClusterApi, call: LostCall, nowMs: number): Promise<FoundTask> {
  const aheadS = await clockAhead(api, call.node, nowMs);
  const sinceS = aheadS === null ? null : Math.floor(call.sentMs / 1000 + aheadS) - slackS;
  const fits = ({ type, starttime }: { type: string; starttime: number | null }): boolean =>
    call.types.includes(type) && (sinceS === null || starttime === null || starttime >= sinceS);
  const running = (await tasks(api, call, 'source=active')).filter(
    (task) => fits(task) && task.endtime === null,
  );
  if (running.length > 0 || sinceS === null) return { upid: newest(running), isSure: running.length > 0 };
  const began = (await tasks(api, call, `source=all&limit=50&since=${Math.max(0, sinceS)}`)).filter(fits);
  return { upid: newest(began), isSure: true };
}

async function tasks(api: ClusterApi, { node, vmid }: LostCall, query: string) {
  const data = await api.get(`/nodes/${encodeURIComponent(node)}/tasks?vmid=${vmid}&${query}`);
  if (!Array.isArray(data))
    throw new HttpFailure('unexpectedShape', node, 'its list of tasks has another form than expected');
  return parsePveRows(pveTaskRow, data).rows;
}

/** Seconds by which the node's clock is ahead of ours; `null` when it cannot be told. */
async function clockAhead(api: ClusterApi, node: string, nowMs: number): Promise<number | null> {
  try {
    const parsed = nodeTime.safeParse(await api.get(`/nodes/${encodeURIComponent(node)}/time`));
    return parsed.success ? parsed.data.time - nowMs / 1000 : null;
  } catch (error) {
    if (error instanceof HttpFailure) return null;
    throw error;
  }
}

function newest(rows: readonly { upid: string; starttime: number | null }[]): string | null {
  return [...rows].sort((a, b) => (b.starttime ?? 0) - (a.starttime ?? 0))[0]?.upid ?? null;
}
