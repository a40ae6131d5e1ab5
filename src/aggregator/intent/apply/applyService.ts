import { createHash, randomUUID } from 'node:crypto';
import { type Clock, delay } from '../../../base/clock.ts';
import type { Disposable } from '../../../base/lifecycle.ts';
import type { Logger } from '../../../base/logger.ts';
import type { IntentDiff } from '../../../contract/intent/diff.ts';
import type { DeletionService } from '../deletion/deletionService.ts';
import { type IntentActor, isSameActor, permissionFor } from '../intentActor.ts';
import type { IntentCluster } from '../intentCluster.ts';
import type { IntentJournal } from '../intentJournal.ts';
import type { IntentStore, PlanRecord, RunItemRecord, RunRecord, RunWithItems } from '../intentRecords.ts';
import { IntentRefusal } from '../intentRefusal.ts';
import { type ReadIntentSettings, requireWrites } from '../intentSettings.ts';
import { makePlan, type Plan, type PlannedChange, seenOf } from '../plan/makePlan.ts';
import { diffsHash } from '../plan/planHash.ts';
import { applyItem } from './applyItem.ts';
import { RunLost, RunPaused } from './runLost.ts';
import { overallOf, toWireItem, toWireRun } from './runView.ts';

export interface ApplyServiceOptions {
  readonly store: IntentStore;
  readonly journal: IntentJournal;
  readonly settings: ReadIntentSettings;
  readonly deletions: DeletionService;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this process among those that share the store. */
  readonly owner: string;
  /** Pause between looks at a task, milliseconds. */
  readonly taskPauseMs: number;
  /** How long a task may be out of sight before its end counts as unknown, milliseconds. */
  readonly taskPatienceMs: number;
  /** Told the uuid of a run after each of its changes. */
  readonly onDidChangeRun: (uuid: string) => void;
}

export interface ApplyCommand {
  readonly runUuid: string;
  readonly diffs: readonly IntentDiff[];
  readonly planHash: string | null;
}

/** A lease is renewed well before it ends; three missed renewals let others take over. */
export const leaseMs = 30_000;
const renewEveryMs = 10_000;

/** Starts runs, keeps them alive and lets them be cancelled. One change after the other, as the contract has it. */
export class ApplyService {
  readonly #options: ApplyServiceOptions;
  readonly #running = new Map<string, Promise<void>>();
  #isDisposed = false;

  constructor(options: ApplyServiceOptions) {
    this.#options = options;
  }

  /**
   * Begins a run, or finds the one that this request began before. Rejects with {@link IntentRefusal} before anything
   * is done: 403 when writing is off, 409 when the name was used for something else or the plan no longer holds.
   */
  async start(cluster: IntentCluster, actor: IntentActor, command: ApplyCommand): Promise<RunWithItems> {
    const { store, clock, journal } = this.#options;
    const requestHash = hashOf(cluster, actor, command);
    const before = await store.runs.find(command.runUuid);
    if (before !== null) return sameRequest(before, requestHash);
    const settings = await this.#options.settings();
    requireWrites(settings, cluster);
    requireAnyPermission(actor, command.diffs);
    const bound =
      command.planHash === null ? null : await this.#boundPlan(cluster, actor, command, command.planHash);
    const plan = await makePlan(command.diffs, {
      cluster,
      actor,
      settings,
      openRequest: (vmid) => this.#openRequest(cluster, vmid),
    });
    if (bound !== null) requireSameState(cluster, bound, plan);
    for (const blocker of plan.blockers)
      throw new IntentRefusal(
        blocker.code === 'cluster_unreachable' ? 502 : 409,
        blocker.code,
        `${blocker.message} Nothing was changed.`,
      );
    const items = plan.changes.map(toQueuedItem);
    const entry = await journal.begin({
      actor: actor.actor,
      keyId: actor.keyId,
      action: 'intent_apply',
      cluster: cluster.key,
      target: `run/${command.runUuid}`,
      runUuid: command.runUuid,
      details: { changes: items.length, plan_hash: command.planHash },
    });
    const nowMs = clock.now();
    const run: RunRecord = {
      uuid: command.runUuid,
      requestHash,
      cluster: cluster.key,
      actor: actor.actor,
      planHash: command.planHash,
      state: 'running',
      overall: null,
      cancelRequested: false,
      createdMs: nowMs,
      endedMs: null,
      owner: `${this.#options.owner}/${randomUUID()}`,
      leaseUntilMs: nowMs + leaseMs,
      auditEntry: entry.id,
    };
    if (!(await store.runs.create(run, items))) {
      await entry.complete('skipped', { note: 'the run exists already' });
      const other = await store.runs.find(command.runUuid);
      if (other === null) throw new IntentRefusal(409, 'run_uuid_reused', `Run ${run.uuid} exists already.`);
      return sameRequest(other, requestHash);
    }
    await store.runs.addEvent(run.uuid, {
      name: 'plan_summary',
      data: JSON.stringify({ run: toWireRun({ run, items }) }),
    });
    const work = this.#work(cluster, actor, run, items, plan).then(
      async (overall) => {
        await entry.complete(overall === 'failed' ? 'failed' : 'succeeded', { overall });
      },
      async (error: unknown) => {
        if (error instanceof RunPaused) {
          await store.runs.renewLease(run.uuid, run.owner, 0);
          return;
        }
        if (error instanceof RunLost) {
          // Whoever took the run over completes its entries as well.
          this.#options.logger.warn(error.message, { run: run.uuid });
          return;
        }
        this.#options.logger.error('a run ended in a defect', { run: run.uuid, error });
        await entry.complete('failed', { note: 'ended in a defect' }).catch(() => undefined);
      },
    );
    const kept = work
      .finally(() => this.#running.delete(run.uuid))
      .catch((error: unknown) => {
        this.#options.logger.error('the end of a run could not be journaled', { run: run.uuid, error });
      });
    this.#running.set(run.uuid, kept);
    return { run, items };
  }

  /** Resolves once a run that this process works on has ended, or after so many milliseconds; at once for any other. */
  async settledWithin(uuid: string, atMostMs: number): Promise<void> {
    const running = this.#running.get(uuid);
    if (running === undefined) return;
    const { clock } = this.#options;
    let timer: Disposable | null = null;
    const late = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, atMostMs);
    });
    await Promise.race([running, late]).finally(() => timer?.dispose());
  }

  /** Whether this process is at work on a run, whatever its lease says. */
  isWorkingOn(uuid: string): boolean {
    return this.#running.has(uuid);
  }

  /** Leaves out what has not begun. Needs no switch: it only prevents. */
  async cancel(uuid: string, actor: IntentActor): Promise<RunWithItems> {
    const { journal } = this.#options;
    const { runs } = this.#options.store;
    const found = await runs.find(uuid);
    if (found === null) throw new IntentRefusal(404, 'run_unknown', `There is no run ${uuid}.`);
    if (found.run.state === 'done')
      throw new IntentRefusal(409, 'run_ended', `Run ${uuid} has ended; there is nothing left to cancel.`);
    const entry = await journal.begin({
      actor: actor.actor,
      keyId: actor.keyId,
      action: 'intent_run_cancel',
      cluster: found.run.cluster,
      target: `run/${uuid}`,
      runUuid: uuid,
    });
    await runs.requestCancel(uuid);
    await entry.complete('succeeded');
    this.#options.onDidChangeRun(uuid);
    return { run: { ...found.run, cancelRequested: true }, items: found.items };
  }

  /** Stops beginning items and following tasks; resolves when the work under way has come to a stop. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await Promise.all(this.#running.values());
  }

  async #openRequest(cluster: IntentCluster, vmid: number): Promise<number | null> {
    return (await this.#options.store.deletions.findOpen(cluster.key, vmid))?.id ?? null;
  }

  async #boundPlan(
    cluster: IntentCluster,
    actor: IntentActor,
    command: ApplyCommand,
    hash: string,
  ): Promise<PlanRecord> {
    const plan = await this.#options.store.plans.find(hash);
    const short = hash.slice(0, 6);
    if (plan === null)
      throw new IntentRefusal(
        409,
        'plan_unknown',
        `Plan ${short} for ${cluster.key} is not known here. Nothing was changed. Plan again.`,
      );
    if (!isSameActor(plan.actor, actor.actor))
      throw new IntentRefusal(
        409,
        'plan_mismatch',
        `Plan ${short} for ${cluster.key} was made by ${plan.actor}. Nothing was changed. Make a plan of your own.`,
      );
    const late = this.#options.clock.now() - plan.expiresMs;
    if (late >= 0)
      throw new IntentRefusal(
        409,
        'plan_expired',
        `Plan ${short} for ${cluster.key}: not applied, it ended ${Math.ceil(late / 1000)} s ago. Nothing was changed. Plan again.`,
      );
    if (plan.cluster !== cluster.key || plan.diffsHash !== diffsHash(cluster.key, command.diffs))
      throw new IntentRefusal(
        409,
        'plan_mismatch',
        `Plan ${short} was made from other changes. Nothing was changed. Plan again.`,
      );
    return plan;
  }

  async #work(
    cluster: IntentCluster,
    actor: IntentActor,
    run: RunRecord,
    queued: readonly RunItemRecord[],
    plan: Plan,
  ): Promise<RunRecord['overall']> {
    const { store, clock, logger } = this.#options;
    const lease = this.#keepLease(run);
    const stillOwn = async (): Promise<void> => {
      if (!(await store.runs.renewLease(run.uuid, run.owner, clock.now() + leaseMs)))
        throw new RunLost(run.uuid);
    };
    const ended: RunItemRecord[] = [];
    const save = async (item: RunItemRecord): Promise<void> => {
      const data = JSON.stringify({ run_uuid: run.uuid, item: toWireItem(item) });
      if (!(await store.runs.saveItem(run.uuid, run.owner, item, { name: 'apply_progress', data })))
        throw new RunLost(run.uuid);
      this.#options.onDidChangeRun(run.uuid);
    };
    try {
      for (const [index, item] of queued.entries()) {
        const planned = plan.changes[index];
        if (planned === undefined) break;
        const isCancelled =
          this.#isDisposed || (await store.runs.find(run.uuid))?.run.cancelRequested === true;
        const end: RunItemRecord = isCancelled
          ? {
              ...item,
              status: 'cancelled',
              reason: 'cancelled',
              message: 'Left out before it began.',
              endedMs: clock.now(),
            }
          : await applyItem(item, planned, {
              ...this.#options,
              cluster,
              actor,
              runUuid: run.uuid,
              seen: run.planHash === null ? null : seenOf(planned),
              save,
              stillOwn,
              isStopped: () => this.#isDisposed,
            }).catch((error: unknown) => {
              if (error instanceof RunLost || error instanceof RunPaused) throw error;
              // One change that ends in a defect is that change's alone.
              logger.error('a change ended in a defect', { run: run.uuid, index: item.index, error });
              return {
                ...item,
                status: 'outcome_unknown',
                reason: 'internal_error',
                message:
                  'This ended in a defect of this server. Look at the guest and its tasks before you try again.',
                endedMs: clock.now(),
              };
            });
        await save(end);
        ended.push(end);
      }
      const overall = overallOf(ended);
      const endedMs = clock.now();
      if (await store.runs.finish(run.uuid, run.owner, overall, endedMs)) {
        const done = { run: { ...run, state: 'done' as const, overall, endedMs }, items: ended };
        await store.runs.addEvent(run.uuid, { name: 'done', data: JSON.stringify({ run: toWireRun(done) }) });
      }
      this.#options.onDidChangeRun(run.uuid);
      return overall;
    } finally {
      lease.dispose();
    }
  }

  #keepLease({ uuid, owner }: RunRecord): Disposable {
    const { store, clock, logger } = this.#options;
    let isOver = false;
    const loop = async (): Promise<void> => {
      for (;;) {
        await delay(clock, renewEveryMs);
        if (isOver) return;
        await store.runs.renewLease(uuid, owner, clock.now() + leaseMs).catch((error: unknown) => {
          logger.warn('the lease of a run could not be renewed', { run: uuid, error });
        });
      }
    };
    void loop();
    return {
      dispose: () => {
        isOver = true;
      },
    };
  }
}

function sameRequest(found: RunWithItems, requestHash: string): RunWithItems {
  if (found.run.requestHash !== requestHash)
    throw new IntentRefusal(
      409,
      'run_uuid_reused',
      `Run ${found.run.uuid} was begun with other changes, by another key or for another cluster. Nothing was changed. Use a new run_uuid.`,
    );
  return found;
}

function hashOf(cluster: IntentCluster, actor: IntentActor, command: ApplyCommand): string {
  return createHash('sha256')
    .update(JSON.stringify([diffsHash(cluster.key, command.diffs), command.planHash, actor.actor]))
    .digest('hex');
}

/** 403 for a key that may do none of these changes; one that may do some of them is told per change. */
function requireAnyPermission(actor: IntentActor, diffs: readonly IntentDiff[]): void {
  const needed = diffs.flatMap(({ op, kind }) =>
    kind === 'firewall' ? [] : [permissionFor(op, kind === 'lxc' ? 'lxc' : 'qemu')],
  );
  if (needed.length === 0 || needed.some((permission) => actor.has(permission))) return;
  throw new IntentRefusal(
    403,
    'permission_missing',
    `Your key lacks the permission ${[...new Set(needed)].join(', ')}. An administrator can give it.`,
  );
}

/** 409 with the changes whose live state is no longer what the plan saw. */
function requireSameState(cluster: IntentCluster, bound: PlanRecord, plan: Plan): void {
  if (plan.hash === bound.hash) return;
  const moved = plan.changes.filter((change, index) => seenOf(change) !== bound.seen[index]);
  throw new IntentRefusal(
    409,
    'plan_state_moved',
    `${cluster.key} has changed since plan ${bound.hash.slice(0, 6)} was made. Nothing was changed. Plan again.`,
    {
      moved: moved.map(({ verdict }) => ({
        index: verdict.index,
        vmid: verdict.vmid,
        reason: verdict.reason,
        message: verdict.message,
      })),
    },
  );
}

function toQueuedItem({ diff, verdict }: PlannedChange): RunItemRecord {
  return {
    index: diff.index,
    netboxId: diff.netboxId,
    op: diff.op,
    kind: diff.kind,
    vmid: verdict.vmid,
    name: verdict.name,
    node: verdict.node,
    status: 'queued',
    reason: null,
    message: null,
    upid: null,
    deletionRequestId: null,
    progress: null,
    startedMs: null,
    endedMs: null,
    auditEntry: null,
  };
}
