import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { IntentCluster } from '../intentCluster.ts';
import type { IntentJournal, JournalResult } from '../intentJournal.ts';
import type { IntentStore, RunItemRecord, RunRecord } from '../intentRecords.ts';
import { leaseMs } from './applyService.ts';
import { followTask } from './followTask.ts';
import { overallOf, toWireItem, toWireRun } from './runView.ts';

export interface RecoverRunOptions {
  readonly store: IntentStore;
  readonly journal: IntentJournal;
  readonly clusterOf: (key: string) => IntentCluster | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: string;
  readonly taskPauseMs: number;
  readonly taskPatienceMs: number;
  readonly onDidChangeRun: (uuid: string) => void;
  /** Whether this process is at work on the run itself. */
  readonly isWorkingOn: (uuid: string) => boolean;
  /** Ends the following early; the run is taken up again after the next start. */
  readonly isStopped: () => boolean;
}

/**
 * Brings a run whose process died to its end: a task that was started is followed, an item of which nobody knows whether
 * Proxmox was told ends as unknown, and what had not begun is left out. Nothing is sent to Proxmox.
 */
export async function recoverRun(uuid: string, options: RecoverRunOptions): Promise<void> {
  const { store, clock } = options;
  const { runs } = store;
  if (options.isWorkingOn(uuid)) return;
  const owner = `${options.owner}/${randomUUID()}`;
  if (!(await runs.takeOver(uuid, owner, clock.now(), clock.now() + leaseMs))) return;
  const found = await runs.find(uuid);
  if (found === null) return;
  const ended: RunItemRecord[] = [];
  for (const item of found.items) {
    const end = item.endedMs !== null ? item : await endOf(item, found.run, owner, options);
    if (end === null) {
      await runs.renewLease(uuid, owner, 0);
      return;
    }
    if (end !== item) {
      const data = JSON.stringify({ run_uuid: uuid, item: toWireItem(end) });
      if (!(await runs.saveItem(uuid, owner, end, { name: 'apply_progress', data }))) return;
      await complete(end.auditEntry, journaled(end), { upid: end.upid, message: end.message }, options);
      await runs.renewLease(uuid, owner, clock.now() + leaseMs);
      options.onDidChangeRun(uuid);
    }
    ended.push(end);
  }
  const overall = overallOf(ended);
  const endedMs = clock.now();
  if (await runs.finish(uuid, owner, overall, endedMs)) {
    const run = toWireRun({ run: { ...found.run, state: 'done', overall, endedMs }, items: ended });
    await runs.addEvent(uuid, { name: 'done', data: JSON.stringify({ run }) });
    options.onDidChangeRun(uuid);
    await complete(
      found.run.auditEntry,
      overall === 'succeeded' || overall === 'failed' ? overall : 'unknown',
      { overall, note: 'the process at work died; another one took the run over' },
      options,
    );
  }
}

/** Completes what the dead process announced; it may have come to that itself. */
async function complete(
  entry: string | null,
  result: JournalResult,
  details: Readonly<Record<string, unknown>>,
  { journal, logger }: RecoverRunOptions,
): Promise<void> {
  if (entry === null) return;
  await journal
    .resume(entry)
    .complete(result, details)
    .catch((error: unknown) =>
      logger.warn('an entry of an abandoned run was not completed', { entry, error }),
    );
}

function journaled({ status }: RunItemRecord): JournalResult {
  return status === 'failed' ? 'failed' : 'unknown';
}

/** How an item ended; `null` when following its task was stopped. */
async function endOf(
  item: RunItemRecord,
  { uuid, cluster: clusterKey }: RunRecord,
  owner: string,
  options: RecoverRunOptions,
): Promise<RunItemRecord | null> {
  const { clock } = options;
  const end = (status: RunItemRecord['status'], reason: string, message: string): RunItemRecord => ({
    ...item,
    status,
    reason,
    message,
    progress: null,
    endedMs: clock.now(),
  });
  if (item.status === 'queued')
    return end(
      'cancelled',
      'interrupted',
      'The server stopped before this began. Nothing was done for it. Plan again.',
    );
  const unknown = (why: string): RunItemRecord =>
    end(
      'outcome_unknown',
      'interrupted',
      `The server stopped while this was under way, and ${why}. Look at the guest and its tasks before you try again.`,
    );
  if (item.upid === null) return unknown('whether Proxmox was told is not known');
  const cluster = options.clusterOf(clusterKey);
  if (cluster === null) return unknown(`it no longer has the cluster ${clusterKey}`);
  const task = await followTask(cluster.api, item.upid, {
    clock,
    pauseMs: options.taskPauseMs,
    patienceMs: options.taskPatienceMs,
    isStopped: options.isStopped,
    onLook: async () => {
      await options.store.runs.renewLease(uuid, owner, clock.now() + leaseMs).catch(() => false);
    },
  });
  if (task.state === 'unknown' && options.isStopped()) return null;
  if (task.state === 'unknown') return unknown(task.message);
  return task.state === 'failed'
    ? end('failed', 'proxmox_error', `Proxmox: ${task.message}.`)
    : end(
        'outcome_unknown',
        'interrupted',
        'The server stopped while this was under way. Its task in Proxmox ended well; what was to follow it was not done. Plan again to see what is missing.',
      );
}
