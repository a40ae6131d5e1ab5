import { type Clock, delay } from '../../../base/clock.ts';
import type { ReadDiff } from '../../../contract/intent/diff.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import { mayHaveHappened } from '../../../pve/mayHaveHappened.ts';
import { guestChanges } from '../guest/guestChanges.ts';
import { ForbiddenChange, sendChange } from '../guest/sendChange.ts';
import type { ClusterApi } from '../intentCluster.ts';
import type { PreparedCall } from '../plan/preparedChange.ts';
import { readGuestConfig } from '../probe/clusterProbe.ts';
import { findTask } from './findTask.ts';
import { followTask, nodeOfUpid, type TaskEnd } from './followTask.ts';
import { RunPaused } from './runLost.ts';

/** How the calls of one change ended. */
export type CallsEnd =
  | { readonly status: 'succeeded'; readonly message: string }
  | { readonly status: 'failed' | 'outcome_unknown'; readonly reason: string; readonly message: string };

export interface CallsOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly pauseMs: number;
  readonly patienceMs: number;
  /** Ends the following early, with `RunPaused`; the task goes on in Proxmox. */
  readonly isStopped: () => boolean;
  /** Told the UPID as soon as Proxmox names it, and the progress afterwards. */
  readonly onTask: (upid: string, progress: number | null) => Promise<void>;
}

/** Task types that a creation starts. */
const creationTasks: Readonly<Record<'qemu' | 'lxc', readonly string[]>> = {
  qemu: ['qmcreate', 'qmclone'],
  lxc: ['vzcreate', 'vzclone'],
};

/** How often a task whose answer was lost is looked for. */
const looksForTask = 5;

/**
 * Makes the calls of one change, one after the other, and follows the tasks they start to their ends. A call is never
 * sent twice: when its answer is lost, what became of it is looked up.
 */
export async function makeCalls(
  diff: ReadDiff,
  calls: readonly PreparedCall[],
  options: CallsOptions,
): Promise<CallsEnd> {
  for (const [index, call] of calls.entries()) {
    const done = index === 0 ? '' : ' The guest was made; its settings were not.';
    let end: TaskEnd;
    try {
      end = await makeCall(diff, call, options);
    } catch (error) {
      if (!(error instanceof ForbiddenChange)) throw error;
      return { status: 'failed', reason: 'change_forbidden', message: `${error.message}.${done}` };
    }
    if (end.state === 'ok') continue;
    return end.state === 'failed'
      ? { status: 'failed', reason: 'proxmox_error', message: `Proxmox: ${end.message}.${done}` }
      : {
          status: 'outcome_unknown',
          reason: 'outcome_unknown',
          message: `Whether Proxmox did this could not be learned: ${end.message}. Look at the guest and its tasks before you try again.${done}`,
        };
  }
  return { status: 'succeeded', message: diff.op === 'create' ? 'Created.' : 'Changed.' };
}

async function makeCall(diff: ReadDiff, call: PreparedCall, options: CallsOptions): Promise<TaskEnd> {
  const { api, clock } = options;
  const sentMs = clock.now();
  let answer: unknown;
  try {
    answer = await sendChange(api, call);
  } catch (error) {
    if (error instanceof ForbiddenChange) throw error;
    const failure = error instanceof HttpFailure ? error : null;
    const why = failure?.message ?? 'unexpected failure';
    if (failure !== null && !mayHaveHappened(failure)) return { state: 'failed', message: why };
    if (call.method === 'PUT') return lookUpChange(diff, api, why);
    answer = await lookUpTask(diff, options, call.path, sentMs);
    if (answer === null) return { state: 'unknown', message: why };
  }
  // A change of configuration is done when it is answered; what starts a task names it.
  if (nodeOfUpid(answer) === null)
    return call.method === 'PUT'
      ? { state: 'ok', warnings: false }
      : { state: 'unknown', message: 'Proxmox named no task' };
  const upid = String(answer);
  await options.onTask(upid, null);
  const end = await followTask(api, upid, {
    clock,
    pauseMs: options.pauseMs,
    patienceMs: options.patienceMs,
    isStopped: options.isStopped,
    onLook: (progress) => options.onTask(upid, progress),
  });
  if (end.state === 'unknown' && options.isStopped()) throw new RunPaused(upid);
  return end;
}

/** The task of a creation whose answer was lost; `null` when there is none or it cannot be told. */
async function lookUpTask(
  diff: ReadDiff,
  options: CallsOptions,
  path: string,
  sentMs: number,
): Promise<string | null> {
  const node = /^\/nodes\/([^/]+)\//.exec(path)?.[1];
  if (node === undefined) return null;
  const { api, clock } = options;
  const types = creationTasks[diff.kind];
  // A clone's task bears the number of its template; its own number is in neither list of the task.
  const vmid = Number(/\/(\d+)\/clone$/.exec(path)?.[1] ?? diff.payload.vmid);
  for (let look = 1; look <= looksForTask; look += 1) {
    try {
      const lost = { node: decodeURIComponent(node), vmid, types, sentMs };
      const { upid } = await findTask(api, lost, clock.now());
      if (upid !== null) return upid;
    } catch {
      // The next look may be answered.
    }
    await delay(clock, options.pauseMs);
  }
  return null;
}

/** Whether a change of configuration whose answer was lost is in force. */
async function lookUpChange(diff: ReadDiff, api: ClusterApi, why: string): Promise<TaskEnd> {
  try {
    const { node, vmid } = diff.payload;
    const { values } = await readGuestConfig(api, node, diff.kind, vmid);
    return guestChanges(diff, values).changes.length === 0
      ? { state: 'ok', warnings: false }
      : { state: 'failed', message: `${why}; the guest is unchanged` };
  } catch {
    return { state: 'unknown', message: why };
  }
}
