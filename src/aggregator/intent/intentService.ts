import type { Clock } from '../../base/clock.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { Logger } from '../../base/logger.ts';
import type { IntentDiff } from '../../contract/intent/diff.ts';
import type { PlanReply } from '../../contract/intent/plan.ts';
import { ApplyService } from './apply/applyService.ts';
import { DeletionExecutor } from './deletion/deletionExecutor.ts';
import { DeletionService } from './deletion/deletionService.ts';
import type { IntentActor } from './intentActor.ts';
import type { IntentCluster } from './intentCluster.ts';
import type { IntentJournal } from './intentJournal.ts';
import { IntentKeeper } from './intentKeeper.ts';
import type { IntentStore } from './intentRecords.ts';
import { IntentRefusal } from './intentRefusal.ts';
import type { ReadIntentSettings } from './intentSettings.ts';
import { makePlan, planSummary, seenOf } from './plan/makePlan.ts';

export interface IntentServiceOptions {
  readonly clusters: readonly IntentCluster[];
  readonly store: IntentStore;
  readonly journal: IntentJournal;
  readonly settings: ReadIntentSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this process among those that share the store. */
  readonly owner: string;
  /** Pause between looks at a task, milliseconds. Default 1 000. */
  readonly taskPauseMs?: number;
  /** How long the task of a change may be out of sight, milliseconds. Default two minutes. */
  readonly taskPatienceMs?: number;
}

/** How long a plan may be applied. */
export const planLifeMs = 5 * 60_000;

const deletionLeaseMs = 30_000;
const keeperEveryMs = 15_000;

/** The intent path of one aggregator: plan, apply, deletion requests, and the keeper that tidies up behind them. */
export class IntentService {
  readonly apply: ApplyService;
  readonly deletions: DeletionService;
  readonly executor: DeletionExecutor;
  readonly keeper: IntentKeeper;
  readonly store: IntentStore;
  readonly settings: ReadIntentSettings;
  readonly #options: IntentServiceOptions;
  readonly #runChanged = new Emitter<string>();
  #isDisposed = false;

  constructor(options: IntentServiceOptions) {
    this.#options = options;
    this.store = options.store;
    this.settings = options.settings;
    const { store, journal, settings, clock, logger, owner } = options;
    const shared = { journal, settings, clock, logger, owner };
    const tasks = {
      taskPauseMs: options.taskPauseMs ?? 1_000,
      taskPatienceMs: options.taskPatienceMs ?? 120_000,
    };
    const clusterOf = (key: string): IntentCluster | null => this.clusterOf(key);
    const onDidChangeRun = (uuid: string): void => this.#runChanged.fire(uuid);
    this.deletions = new DeletionService({ ...shared, store: store.deletions, clusterOf });
    this.apply = new ApplyService({ ...shared, ...tasks, store, deletions: this.deletions, onDidChangeRun });
    this.executor = new DeletionExecutor({
      ...shared,
      ...tasks,
      store: store.deletions,
      requests: this.deletions,
      leaseMs: deletionLeaseMs,
    });
    this.keeper = new IntentKeeper({
      store,
      clock,
      logger,
      requests: this.deletions,
      executor: this.executor,
      recovery: {
        ...shared,
        ...tasks,
        store,
        clusterOf,
        onDidChangeRun,
        isWorkingOn: (uuid) => this.apply.isWorkingOn(uuid),
        isStopped: () => this.#isDisposed,
      },
      everyMs: keeperEveryMs,
    });
  }

  /** Uuid of a run that changed in this process. */
  get onDidChangeRun(): Event<string> {
    return this.#runChanged.event;
  }

  get clusters(): readonly IntentCluster[] {
    return this.#options.clusters;
  }

  clusterOf(key: string): IntentCluster | null {
    return this.#options.clusters.find((cluster) => cluster.key === key) ?? null;
  }

  /**
   * The cluster that a request means (contract, write gate): by key, or by the number of one of its endpoints. 403 as
   * published, not 404.
   */
  chooseCluster(choice: {
    readonly cluster?: string | undefined;
    readonly endpoint_id?: number | undefined;
  }): IntentCluster {
    const { clusters } = this.#options;
    if (choice.cluster === undefined && choice.endpoint_id === undefined)
      throw new IntentRefusal(
        403,
        'endpoint_id_required',
        'Say which cluster is meant: cluster or endpoint_id.',
      );
    const found = clusters.find(
      ({ key, endpointIds }) =>
        (choice.cluster === undefined || key === choice.cluster) &&
        (choice.endpoint_id === undefined || endpointIds.includes(choice.endpoint_id)),
    );
    if (found !== undefined) return found;
    const named = choice.cluster ?? `endpoint ${choice.endpoint_id}`;
    throw new IntentRefusal(
      403,
      'endpoint_not_found',
      `This server has no cluster ${named}. It has ${clusters.map(({ key }) => key).join(', ')}.`,
    );
  }

  /** Probes the live cluster and keeps the plan, so that an apply can be bound to it. */
  async plan(cluster: IntentCluster, actor: IntentActor, diffs: readonly IntentDiff[]): Promise<PlanReply> {
    const { store, clock } = this.#options;
    const settings = await this.settings();
    const plan = await makePlan(diffs, {
      cluster,
      actor,
      settings,
      openRequest: async (vmid) => (await store.deletions.findOpen(cluster.key, vmid))?.id ?? null,
    });
    const createdMs = clock.now();
    const expiresMs = createdMs + planLifeMs;
    await store.plans.save({
      hash: plan.hash,
      diffsHash: plan.diffsHash,
      cluster: cluster.key,
      actor: actor.actor,
      seen: plan.changes.map(seenOf),
      createdMs,
      expiresMs,
    });
    return {
      permitted: plan.permitted,
      verdicts: plan.changes.map(({ verdict }) => verdict),
      summary: planSummary(plan),
      plan_hash: plan.hash,
      cluster: cluster.key,
      created_at: createdMs / 1000,
      expires_at: expiresMs / 1000,
      actor: actor.actor,
      blockers: [...plan.blockers],
      quorum: { quorate: plan.quorate },
    };
  }

  /** Stops beginning anything; resolves when the work under way has come to a stop. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.keeper.dispose();
    await Promise.all([this.apply.dispose(), this.executor.dispose()]);
    await this.keeper.settled();
    this.#runChanged.dispose();
  }
}
