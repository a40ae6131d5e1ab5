import type { Clock } from '../../../base/clock.ts';
import { redactText } from '../../../base/redact.ts';
import type { DeletionService } from '../deletion/deletionService.ts';
import type { IntentActor } from '../intentActor.ts';
import type { IntentCluster } from '../intentCluster.ts';
import type { IntentJournal, JournalResult } from '../intentJournal.ts';
import type { IntentStore, RunItemRecord } from '../intentRecords.ts';
import { IntentRefusal } from '../intentRefusal.ts';
import { type ReadIntentSettings, requireWrites } from '../intentSettings.ts';
import { makePlan, type PlannedChange, seenOf } from '../plan/makePlan.ts';
import { makeCalls } from './applyCalls.ts';

export interface ApplyItemOptions {
  readonly cluster: IntentCluster;
  readonly actor: IntentActor;
  readonly runUuid: string;
  readonly store: IntentStore;
  readonly journal: IntentJournal;
  readonly settings: ReadIntentSettings;
  readonly deletions: DeletionService;
  readonly clock: Clock;
  readonly taskPauseMs: number;
  readonly taskPatienceMs: number;
  /** What the plan saw of this change; `null` for a run that is not bound to one. */
  readonly seen: string | null;
  readonly save: (item: RunItemRecord) => Promise<void>;
  /** Whether this process is ending. */
  readonly isStopped: () => boolean;
  /** Renews the lease of the run; rejects with `RunLost` when another process took it over. */
  readonly stillOwn: () => Promise<void>;
}

/**
 * Applies one change and answers with its end; never rejects for what Proxmox answers. Everything is looked at once more
 * right before the change, because the run's earlier items took their time.
 */
export async function applyItem(
  queued: RunItemRecord,
  planned: PlannedChange,
  options: ApplyItemOptions,
): Promise<RunItemRecord> {
  const { clock } = options;
  let item: RunItemRecord = { ...queued, status: 'running', startedMs: clock.now() };
  const end = (status: RunItemRecord['status'], reason: string | null, message: string): RunItemRecord => ({
    ...item,
    status,
    reason,
    message: redactText(message),
    progress: null,
    endedMs: clock.now(),
  });
  const { diff } = planned;
  if ('problem' in diff)
    return diff.problem.code === 'firewall_not_offered'
      ? end('not_implemented', diff.problem.code, diff.problem.message)
      : end('failed', diff.problem.code, diff.problem.message);
  if (planned.verdict.verdict === 'blocked')
    return end('failed', planned.verdict.reason, planned.verdict.message ?? 'Blocked.');
  await options.save(item);
  const now = await lookAgain(planned, options);
  if (now instanceof IntentRefusal) return end('failed', now.reason, now.detail);
  if (now.verdict.verdict === 'blocked')
    return end('failed', now.verdict.reason, now.verdict.message ?? 'Blocked.');
  if (options.seen !== null && seenOf(now) !== options.seen)
    return end(
      'failed',
      'plan_state_moved',
      'The guest has changed since the plan was made. Nothing was changed. Plan again.',
    );
  if (now.prepared.isNoChange && diff.op === 'delete') {
    const open = await options.store.deletions.findOpen(options.cluster.key, diff.payload.vmid);
    item = { ...item, deletionRequestId: open?.id ?? null };
  }
  if (now.prepared.isNoChange)
    return end('skipped', now.verdict.reason, now.verdict.message ?? 'Nothing to do.');

  // Looking may have taken longer than the lease.
  await options.stillOwn();
  if (diff.op === 'delete') {
    try {
      const request = await options.deletions.request(options.cluster, options.actor, {
        vmid: diff.payload.vmid,
        node: diff.payload.node,
        kind: diff.kind,
        reason: diff.reason,
        runUuid: options.runUuid,
      });
      item = { ...item, deletionRequestId: request.id };
      return end(
        'delete-pending-approval',
        'delete_routed_to_deletion_request',
        `Deletion request ${request.id} waits for a second person.`,
      );
    } catch (error) {
      if (error instanceof IntentRefusal) return end('failed', error.reason, error.detail);
      throw error;
    }
  }

  // A journal that cannot be written stops the action: this rejects before Proxmox is told anything.
  let entry: Awaited<ReturnType<IntentJournal['begin']>>;
  try {
    entry = await options.journal.begin({
      actor: options.actor.actor,
      keyId: options.actor.keyId,
      action: `intent_${diff.op}_${diff.kind}`,
      cluster: options.cluster.key,
      target: `${diff.kind}/${diff.payload.vmid}`,
      runUuid: options.runUuid,
      details: {
        node: diff.payload.node,
        changes: now.prepared.changes.map(({ key }) => key),
        payload: diff.payload,
      },
    });
  } catch {
    return end(
      'failed',
      'journal_unavailable',
      'The audit journal could not be written, so nothing was changed. Ask the administrator of this server.',
    );
  }
  item = { ...item, auditEntry: entry.id };
  await options.save(item);
  const result = await makeCalls(diff, now.prepared.calls, {
    api: options.cluster.api,
    clock,
    pauseMs: options.taskPauseMs,
    patienceMs: options.taskPatienceMs,
    isStopped: options.isStopped,
    onTask: async (upid, progress) => {
      if (item.upid === upid && item.progress === progress) return;
      item = { ...item, upid, progress };
      await options.save(item);
    },
  });
  const journaled: JournalResult = result.status === 'outcome_unknown' ? 'unknown' : result.status;
  const ended = end(
    result.status,
    result.status === 'succeeded' ? null : result.reason,
    messageOf(result, now),
  );
  try {
    await entry.complete(journaled, { upid: item.upid, message: ended.message });
  } catch {
    return { ...ended, message: `${ended.message} The audit journal could not be completed.` };
  }
  return ended;
}

function messageOf(result: Awaited<ReturnType<typeof makeCalls>>, now: PlannedChange): string {
  if (result.status !== 'succeeded' || now.diff.op !== 'update') return result.message;
  return `Changed ${now.prepared.changes.map(({ key }) => key).join(', ')}.`;
}

/** The same change planned alone, now, with the switches as they are now. */
async function lookAgain(
  planned: PlannedChange,
  options: ApplyItemOptions,
): Promise<PlannedChange | IntentRefusal> {
  const { cluster } = options;
  const actor = await options.actor.renewed();
  if (actor === null)
    return new IntentRefusal(
      403,
      'key_revoked',
      `The key of ${options.actor.actor} that began this run is no longer valid. Nothing was changed.`,
    );
  const settings = await options.settings();
  try {
    requireWrites(settings, cluster);
  } catch (error) {
    if (error instanceof IntentRefusal) return error;
    throw error;
  }
  const plan = await makePlan([planned.wire], {
    cluster,
    actor,
    settings,
    openRequest: async (vmid) => (await options.store.deletions.findOpen(cluster.key, vmid))?.id ?? null,
  });
  const [blocker] = plan.blockers;
  if (blocker !== undefined)
    return new IntentRefusal(409, blocker.code, `${blocker.message} Nothing was changed.`);
  const [change] = plan.changes;
  if (change === undefined) throw new Error('a plan has a change for each diff');
  return change;
}
