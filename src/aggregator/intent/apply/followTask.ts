import * as z from 'zod';
import { type Clock, delay } from '../../../base/clock.ts';
import { plainText } from '../../../base/text.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import { parsePveRows, pveText } from '../../../pve/values.ts';
import type { ClusterApi } from '../intentCluster.ts';

/** How a Proxmox task ended. `unknown`: it could not be followed to its end. */
export type TaskEnd =
  | { readonly state: 'ok'; readonly warnings: boolean }
  | { readonly state: 'failed'; readonly message: string }
  | { readonly state: 'unknown'; readonly message: string };

const taskStatus = z.object({ status: pveText, exitstatus: pveText });
const logRow = z.object({ t: pveText });

/** The node in a UPID: `UPID:node:pid:pstart:starttime:type:id:user:`. `null` for anything else. */
export function nodeOfUpid(upid: unknown): string | null {
  const match = typeof upid === 'string' ? /^UPID:([A-Za-z0-9][A-Za-z0-9.-]*):/.exec(upid) : null;
  return match?.[1] ?? null;
}

export interface FollowOptions {
  readonly clock: Clock;
  /** Pause between looks, milliseconds. */
  readonly pauseMs: number;
  /** Gives up after so long without any answer, milliseconds. */
  readonly patienceMs: number;
  /** Called after each look with the share that is done, where the log tells one. */
  readonly onLook?: (progress: number | null) => void | Promise<void>;
  /** Ends the following early; the task goes on in Proxmox. */
  readonly isStopped?: () => boolean;
}

/**
 * Follows a task to its end. A node that does not answer is asked again, because the task goes on without us; only after
 * `patienceMs` without an answer the end counts as unknown.
 */
export async function followTask(api: ClusterApi, upid: string, options: FollowOptions): Promise<TaskEnd> {
  const node = nodeOfUpid(upid);
  if (node === null)
    return { state: 'unknown', message: `Proxmox named no task (${plainText(String(upid), 80)})` };
  const path = `/nodes/${encodeURIComponent(node)}/tasks/${encodeURIComponent(upid)}`;
  let lastAnswerMs = options.clock.now();
  let why = '';
  for (;;) {
    try {
      const parsed = taskStatus.safeParse(await api.get(`${path}/status`));
      lastAnswerMs = options.clock.now();
      if (parsed.success && parsed.data.status === 'stopped') return toEnd(parsed.data.exitstatus);
      await options.onLook?.(await progressOf(api, path));
    } catch (error) {
      why = error instanceof HttpFailure ? error.message : 'unexpected failure';
      if (options.clock.now() - lastAnswerMs >= options.patienceMs)
        return { state: 'unknown', message: `its task could not be followed: ${why}` };
      await options.onLook?.(null);
    }
    if (options.isStopped?.() === true)
      return { state: 'unknown', message: 'this server stopped following it' };
    await delay(options.clock, options.pauseMs);
  }
}

/** `OK` and `WARNINGS: n` are good ends; anything else is the error. A stopped task without a status was killed. */
function toEnd(exitStatus: string | null): TaskEnd {
  if (exitStatus === 'OK') return { state: 'ok', warnings: false };
  if (exitStatus?.startsWith('WARNINGS') === true) return { state: 'ok', warnings: true };
  return {
    state: 'failed',
    message: exitStatus === null ? 'the task ended without a status' : plainText(exitStatus),
  };
}

/** Share that a copying task tells in its newest lines, such as `transferred 1.2 GiB of 8.0 GiB (15.00%)`. */
async function progressOf(api: ClusterApi, path: string): Promise<number | null> {
  try {
    const data = await api.get(`${path}/log?start=0&limit=500`);
    const lines = parsePveRows(logRow, Array.isArray(data) ? data : []).rows;
    for (const { t } of [...lines].reverse()) {
      const percent = /(\d{1,3}(?:\.\d+)?)\s?%/.exec(t ?? '')?.[1];
      if (percent !== undefined) return Math.min(1, Number(percent) / 100);
    }
  } catch {
    // The log only adds to what the status tells.
  }
  return null;
}
