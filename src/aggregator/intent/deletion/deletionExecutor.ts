import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { DeletionTarget } from '../../../contract/intent/deletionRequest.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import { mayHaveHappened } from '../../../pve/mayHaveHappened.ts';
import { nodeOfUpid } from '../apply/followTask.ts';
import { destroyLxc } from '../destroy/destroyLxc.ts';
import { destroyQemu } from '../destroy/destroyQemu.ts';
import type { IntentActor } from '../intentActor.ts';
import type { IntentCluster } from '../intentCluster.ts';
import type { IntentJournal } from '../intentJournal.ts';
import type { DeletionRecord, DeletionStore } from '../intentRecords.ts';
import { IntentRefusal } from '../intentRefusal.ts';
import { type ReadIntentSettings, requireWrites } from '../intentSettings.ts';
import { mayExecute } from './allowances.ts';
import type { DeletionService } from './deletionService.ts';
import { DestroyFollower } from './destroyFollower.ts';
import { materialOf } from './guestSnapshot.ts';
import { requireTarget } from './requestGuards.ts';

export interface DeletionExecutorOptions {
  readonly store: DeletionStore;
  readonly journal: IntentJournal;
  readonly settings: ReadIntentSettings;
  readonly requests: DeletionService;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this process among those that share the store. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly taskPauseMs: number;
}

/** Lease of a request whose destroy is being sent, milliseconds: longer than any call's deadline. */
const sendLeaseMs = 120_000;

/**
 * Destroys guests of approved requests, each once. The order holds whatever dies in between: the request is claimed in
 * the store, the journal entry is written, the moment of sending is written, and only then is Proxmox told. Whoever finds
 * a request whose worker died therefore knows whether Proxmox may have been told, and never tells it a second time.
 */
export class DeletionExecutor {
  readonly #options: DeletionExecutorOptions;
  readonly #follower: DestroyFollower;
  readonly #running = new Map<number, Promise<void>>();
  /** Requests between their claim and Proxmox's answer. */
  readonly #sending = new Set<number>();

  constructor(options: DeletionExecutorOptions) {
    this.#options = options;
    this.#follower = new DestroyFollower(options);
  }

  /** Starts the destroy and answers with its job once Proxmox took it. Its end is seen in the request. */
  async execute(id: number, actor: IntentActor, target: DeletionTarget): Promise<DeletionRecord> {
    const { store, clock, journal, requests } = this.#options;
    const record = await requests.find(id);
    const cluster = requests.clusterOf(record);
    const settings = await this.#options.settings();
    await requests.requireWrites(record, cluster, settings, actor, 'deletion_request_execute');
    const person = mayExecute({ ...record, state: 'approved' }, actor, settings);
    if (!person.allowed && person.code === 'permission_missing')
      throw new IntentRefusal(403, person.code, person.message ?? 'Not allowed.');
    requireTarget(record, target);
    const allowance = mayExecute(record, actor, settings);
    if (!allowance.allowed) {
      if (allowance.code !== 'wrong_state')
        await (
          await journal.begin(requests.journalAction(record, actor, 'deletion_request_execute'))
        ).complete('blocked', {
          reason: allowance.code,
        });
      throw new IntentRefusal(
        allowance.code === 'wrong_state' ? 409 : 403,
        allowance.code ?? 'wrong_state',
        allowance.message ?? 'Not allowed.',
      );
    }
    if (clock.now() >= record.expiresMs) {
      await requests.expire(record);
      throw new IntentRefusal(
        409,
        'expired',
        `Request ${id} was approved and not executed in time, and is rejected (TTL). Nothing was destroyed. Ask again.`,
      );
    }
    await this.#requireUnchanged(record, cluster);

    const nowMs = clock.now();
    const claimed = await store.change(
      record,
      {
        state: 'executing',
        executedBy: actor.actor,
        executedMs: nowMs,
        updatedMs: nowMs,
        executorRunUuid: randomUUID(),
        owner: this.#token(),
        leaseUntilMs: nowMs + this.#options.leaseMs,
        error: null,
      },
      { atMs: nowMs, actor: actor.actor, fromState: 'approved', toState: 'executing', note: null },
    );
    if (claimed === null) return requests.raced(id);
    this.#sending.add(id);
    try {
      return await this.#send(await this.#announce(claimed, actor, cluster), cluster);
    } finally {
      this.#sending.delete(id);
    }
  }

  /** Brings a request whose worker died to its end. Never sends a destroy. */
  async recover(abandoned: DeletionRecord): Promise<void> {
    const { store, clock, requests } = this.#options;
    // A lease that ended because renewing it failed does not make this process dead.
    if (this.#sending.has(abandoned.id) || this.#running.has(abandoned.id)) return;
    const nowMs = clock.now();
    const record = await store.change(
      abandoned,
      { owner: this.#token(), leaseUntilMs: nowMs + this.#options.leaseMs },
      null,
    );
    if (record === null) return;
    const cluster = requests.clusterOf(record);
    if (record.destroySentMs === null)
      return this.#follower.end(
        record,
        'failed',
        'The server stopped before Proxmox was told. Nothing was destroyed.',
      );
    this.#keep(
      record,
      record.upid === null
        ? this.#follower.lookUp(record, cluster, 'the server stopped before it got the answer')
        : this.#follower.follow(record, cluster, record.upid),
    );
    await this.settled(record.id);
  }

  /** Resolves once a destroy that this process works on has ended; at once for any other. */
  async settled(id: number): Promise<void> {
    await this.#running.get(id);
  }

  /** Stops following; what Proxmox was told goes on there and is taken up again after the next start. */
  async dispose(): Promise<void> {
    this.#follower.stop();
    await Promise.all(this.#running.values());
  }

  /** Everything between the claim and the call: the journal, the last look, the moment of sending. */
  async #announce(
    claimed: DeletionRecord,
    actor: IntentActor,
    cluster: IntentCluster,
  ): Promise<DeletionRecord> {
    const { clock, journal, requests } = this.#options;
    const { id } = claimed;
    let journaled: DeletionRecord;
    try {
      const entry = await journal.begin(
        requests.journalAction(claimed, actor, 'deletion_request_execute', {
          authorizer: claimed.authorizer,
          run_uuid: claimed.executorRunUuid,
        }),
      );
      journaled = await this.#follower.mustChange(claimed, { auditEntry: entry.id });
    } catch (error) {
      this.#options.logger.error('the audit journal could not be written; nothing was destroyed', {
        request: id,
        error,
      });
      await this.#follower.end(
        claimed,
        'failed',
        'The audit journal could not be written, so nothing was destroyed.',
      );
      throw new IntentRefusal(
        503,
        'journal_unavailable',
        `Request ${id}: the audit journal could not be written, so nothing was destroyed.`,
      );
    }
    // The last look comes after the claim, when nobody else works on this request any more.
    try {
      await this.#requireUnchanged(journaled, cluster);
      requireWrites(await this.#options.settings(), cluster);
    } catch (error) {
      if (!(error instanceof IntentRefusal)) throw error;
      await this.#follower.end(journaled, 'failed', error.detail);
      throw error;
    }
    const nowMs = clock.now();
    const sent = await this.#options.store.change(
      journaled,
      { destroySentMs: nowMs, leaseUntilMs: nowMs + sendLeaseMs },
      null,
    );
    return sent ?? requests.raced(id);
  }

  async #send(record: DeletionRecord, cluster: IntentCluster): Promise<DeletionRecord> {
    const destroy = record.kind === 'lxc' ? destroyLxc : destroyQemu;
    let answer: unknown;
    try {
      answer = await destroy(cluster.destroyer, record.node, record.vmid);
    } catch (error) {
      const failure = error instanceof HttpFailure ? error : null;
      const why = failure?.message ?? 'unexpected failure';
      if (failure !== null && !mayHaveHappened(failure)) {
        await this.#follower.end(record, 'failed', `Proxmox refused: ${why}. Nothing was destroyed.`);
        throw new IntentRefusal(
          502,
          'proxmox_error',
          `${record.cluster}: guest ${record.vmid} was not destroyed. Proxmox: ${why}.`,
        );
      }
      this.#keep(record, this.#follower.lookUp(record, cluster, why));
      return record;
    }
    const upid = typeof answer === 'string' && nodeOfUpid(answer) !== null ? answer : null;
    if (upid === null) {
      this.#keep(record, this.#follower.lookUp(record, cluster, 'Proxmox named no task'));
      return record;
    }
    const started = await this.#options.store.change(
      record,
      { upid, leaseUntilMs: this.#options.clock.now() + this.#options.leaseMs },
      null,
    );
    // Whoever took the request over meanwhile finds the task as well, so its record is the answer.
    if (started === null) return this.#options.requests.find(record.id);
    this.#keep(started, this.#follower.follow(started, cluster, upid));
    return started;
  }

  /** 409 when the guest is not what was approved, or cannot be destroyed as it is. */
  async #requireUnchanged(record: DeletionRecord, cluster: IntentCluster): Promise<void> {
    const live = await this.#options.requests.guests.requireSame(record, cluster);
    const where = `Guest ${record.vmid} of ${record.cluster}`;
    if (live.quorate !== true)
      throw new IntentRefusal(
        409,
        'not_quorate',
        `${record.cluster} is not known to be quorate. Nothing was destroyed.`,
      );
    if (record.approvedMaterial !== materialOf(live.snapshot))
      throw new IntentRefusal(
        409,
        'guest_changed',
        `${where} has changed since it was approved. Nothing was destroyed. Compare, reject this request and ask again.`,
      );
    if (live.lock !== null)
      throw new IntentRefusal(
        409,
        'guest_locked',
        `${where} is locked (${live.lock}). Nothing was destroyed. Wait for what holds it.`,
      );
    if (live.status !== 'stopped')
      throw new IntentRefusal(
        409,
        'guest_not_stopped',
        `${where} is ${live.status ?? 'in an unknown state'}. Nothing was destroyed. Stop it first.`,
      );
  }

  /** Names this piece of work, so that it is told from an earlier one of the same process. */
  #token(): string {
    return `${this.#options.owner}/${randomUUID()}`;
  }

  #keep(record: DeletionRecord, work: Promise<void>): void {
    const kept = work
      .catch((error: unknown) =>
        this.#options.logger.error('a destroy could not be followed; it is taken up again later', {
          request: record.id,
          error,
        }),
      )
      .finally(() => this.#running.delete(record.id));
    this.#running.set(record.id, kept);
  }
}
