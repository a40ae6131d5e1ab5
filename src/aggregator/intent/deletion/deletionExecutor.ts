import { randomUUID } from 'node:crypto';
import { type Clock, delay } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { redactText } from '../../../base/redact.ts';
import type { DeletionTarget } from '../../../contract/intent/deletionRequest.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import { mayHaveHappened } from '../../../pve/mayHaveHappened.ts';
import { findTask, followTask, nodeOfUpid } from '../apply/followTask.ts';
import { destroyLxc } from '../destroy/destroyLxc.ts';
import { destroyQemu } from '../destroy/destroyQemu.ts';
import type { IntentActor } from '../intentActor.ts';
import type { IntentCluster } from '../intentCluster.ts';
import type { IntentJournal } from '../intentJournal.ts';
import type { DeletionPatch, DeletionRecord, DeletionStore } from '../intentRecords.ts';
import { IntentRefusal } from '../intentRefusal.ts';
import { type ReadIntentSettings, requireWrites } from '../intentSettings.ts';
import { mayExecute } from './allowances.ts';
import type { DeletionService } from './deletionService.ts';
import { materialOf } from './guestSnapshot.ts';
import { isReplaced } from './liveGuests.ts';
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

/** Task types of a destroy. */
const destroyTasks: Readonly<Record<'qemu' | 'lxc', readonly string[]>> = {
  qemu: ['qmdestroy'],
  lxc: ['vzdestroy'],
};

/** How long Proxmox may need from a call to the task it starts: its own locks wait up to a minute, milliseconds. */
const settleMs = 90_000;

/** Clocks of nodes may differ from ours by so much, seconds. */
const clockSlackS = 30;

/**
 * Destroys guests of approved requests, each once. The order holds whatever dies in between: the request is claimed in
 * the store, the journal entry is written, the moment of sending is written, and only then is Proxmox told. Whoever finds
 * a request whose worker died therefore knows whether Proxmox may have been told, and never tells it a second time.
 */
export class DeletionExecutor {
  readonly #options: DeletionExecutorOptions;
  readonly #running = new Map<number, Promise<void>>();
  #isDisposed = false;

  constructor(options: DeletionExecutorOptions) {
    this.#options = options;
  }

  /** Starts the destroy and answers with its job once Proxmox took it. Its end is seen in the request. */
  async execute(id: number, actor: IntentActor, target: DeletionTarget): Promise<DeletionRecord> {
    const { store, clock, journal, requests } = this.#options;
    const record = await requests.find(id);
    const cluster = requests.clusterOf(record);
    const settings = await this.#options.settings();
    requireWrites(settings, cluster);
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
        owner: this.#options.owner,
        leaseUntilMs: nowMs + this.#options.leaseMs,
        error: null,
      },
      { atMs: nowMs, actor: actor.actor, fromState: 'approved', toState: 'executing', note: null },
    );
    if (claimed === null) return requests.raced(id);
    let journaled: DeletionRecord;
    try {
      const entry = await journal.begin(
        requests.journalAction(claimed, actor, 'deletion_request_execute', {
          authorizer: claimed.authorizer,
          run_uuid: claimed.executorRunUuid,
        }),
      );
      journaled = await this.#mustChange(claimed, { auditEntry: entry.id });
    } catch (error) {
      this.#options.logger.error('the audit journal could not be written; nothing was destroyed', {
        request: id,
        error,
      });
      await this.#end(claimed, 'failed', 'The audit journal could not be written, so nothing was destroyed.');
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
      await this.#end(journaled, 'failed', error.detail);
      throw error;
    }
    const sent = await this.#mustChange(journaled, { destroySentMs: clock.now() });
    return this.#send(sent, cluster);
  }

  /** Brings a request whose worker died to its end. Never sends a destroy. */
  async recover(abandoned: DeletionRecord): Promise<void> {
    const { store, clock, requests } = this.#options;
    const nowMs = clock.now();
    const record = await store.change(
      abandoned,
      { owner: this.#options.owner, leaseUntilMs: nowMs + this.#options.leaseMs },
      null,
    );
    if (record === null) return;
    const cluster = requests.clusterOf(record);
    if (record.upid !== null) return this.#follow(record, cluster, record.upid);
    if (record.destroySentMs === null)
      return this.#end(
        record,
        'failed',
        'The server stopped before Proxmox was told. Nothing was destroyed.',
      );
    await this.#lookUp(record, cluster, 'the server stopped before it got the answer');
  }

  /** Resolves once a destroy that this process works on has ended; at once for any other. */
  async settled(id: number): Promise<void> {
    await this.#running.get(id);
  }

  /** Stops following; what Proxmox was told goes on there and is taken up again after the next start. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await Promise.all(this.#running.values());
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
        await this.#end(record, 'failed', `Proxmox refused: ${why}. Nothing was destroyed.`);
        throw new IntentRefusal(
          502,
          'proxmox_error',
          `${record.cluster}: guest ${record.vmid} was not destroyed. Proxmox: ${why}.`,
        );
      }
      this.#keep(record, this.#lookUp(record, cluster, why));
      return record;
    }
    const upid = typeof answer === 'string' && nodeOfUpid(answer) !== null ? answer : null;
    if (upid === null) {
      this.#keep(record, this.#lookUp(record, cluster, 'Proxmox named no task'));
      return record;
    }
    const started = await this.#mustChange(record, { upid });
    this.#keep(started, this.#follow(started, cluster, upid));
    return started;
  }

  async #follow(record: DeletionRecord, cluster: IntentCluster, upid: string): Promise<void> {
    let current = record;
    const end = await followTask(cluster.api, upid, {
      clock: this.#options.clock,
      pauseMs: this.#options.taskPauseMs,
      // A destroy that began is followed until its end is known, however long the cluster is away.
      patienceMs: Number.POSITIVE_INFINITY,
      isStopped: () => this.#isDisposed,
      onLook: async () => {
        current = await this.#renew(current);
      },
    });
    if (end.state === 'unknown') {
      if (this.#isDisposed) await this.#release(current);
      else await this.#lookUp(current, cluster, end.message);
      return;
    }
    if (end.state === 'failed') return this.#end(current, 'failed', `Proxmox: ${end.message}`);
    return this.#end(current, 'succeeded', null);
  }

  /** Finds out what became of a destroy whose answer was lost. */
  async #lookUp(record: DeletionRecord, cluster: IntentCluster, why: string): Promise<void> {
    const { clock, requests, taskPauseMs } = this.#options;
    let current = record;
    for (;;) {
      if (this.#isDisposed) return this.#release(current);
      try {
        const sinceS = (current.destroySentMs ?? clock.now()) / 1000 - clockSlackS;
        const upid = await findTask(
          cluster.api,
          current.node,
          current.vmid,
          destroyTasks[current.kind],
          sinceS,
        );
        if (upid !== null) {
          current = await this.#mustChange(current, { upid });
          return await this.#follow(current, cluster, upid);
        }
        const live = await requests.guests.read(cluster, current);
        if (live === null || isReplaced(current, live))
          return await this.#end(
            current,
            'succeeded',
            null,
            `the answer was lost (${why}), and the guest is gone`,
          );
        // Proxmox may still be at work on a call whose answer is out; only after that the task's absence says something.
        if (clock.now() - (current.destroySentMs ?? 0) >= settleMs)
          return await this.#end(
            current,
            'failed',
            `The answer to the destroy was lost (${why}). Proxmox has no task for it and the guest still exists: nothing was destroyed.`,
          );
      } catch (error) {
        if (!(error instanceof HttpFailure) && !(error instanceof IntentRefusal)) throw error;
      }
      await delay(clock, taskPauseMs);
      current = await this.#renew(current);
    }
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

  /** Writes the end of a request and of its journal entry. */
  async #end(
    record: DeletionRecord,
    state: 'succeeded' | 'failed',
    error: string | null,
    note?: string,
  ): Promise<void> {
    const { store, clock, journal, logger } = this.#options;
    const nowMs = clock.now();
    const text = error === null ? null : redactText(error);
    const ended = await store.change(
      record,
      { state, error: text, updatedMs: nowMs, owner: null, leaseUntilMs: null },
      { atMs: nowMs, actor: null, fromState: 'executing', toState: state, note: note ?? text },
    );
    if (ended === null) {
      logger.error('the end of a destroy could not be written: another process has the request', {
        request: record.id,
      });
      return;
    }
    if (record.auditEntry !== null)
      await journal
        .resume(record.auditEntry)
        .complete(state, { upid: record.upid, error: text, note: note ?? null })
        .catch((cause: unknown) =>
          logger.error('the end of a destroy could not be journaled', { request: record.id, cause }),
        );
  }

  async #mustChange(record: DeletionRecord, patch: DeletionPatch): Promise<DeletionRecord> {
    const changed = await this.#options.store.change(record, patch, null);
    if (changed === null) throw new Error(`deletion request ${record.id} is in another process's hands`);
    return changed;
  }

  async #renew(record: DeletionRecord): Promise<DeletionRecord> {
    const nowMs = this.#options.clock.now();
    const left = (record.leaseUntilMs ?? 0) - nowMs;
    if (left > this.#options.leaseMs / 2) return record;
    return this.#mustChange(record, { leaseUntilMs: nowMs + this.#options.leaseMs });
  }

  /** Gives the request up, so that the next process takes it over at once. */
  async #release(record: DeletionRecord): Promise<void> {
    await this.#options.store.change(record, { leaseUntilMs: 0 }, null);
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
