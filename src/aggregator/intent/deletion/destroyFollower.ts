import { type Clock, delay } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { redactText } from '../../../base/redact.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import { findTask } from '../apply/findTask.ts';
import { followTask } from '../apply/followTask.ts';
import type { IntentCluster } from '../intentCluster.ts';
import type { IntentJournal, JournalResult } from '../intentJournal.ts';
import type { DeletionPatch, DeletionRecord, DeletionStore } from '../intentRecords.ts';
import { IntentRefusal } from '../intentRefusal.ts';
import { isNumberFree } from '../probe/guestNumber.ts';
import type { DeletionService } from './deletionService.ts';
import { isReplaced } from './liveGuests.ts';

export interface DestroyFollowerOptions {
  readonly store: DeletionStore;
  readonly journal: IntentJournal;
  readonly requests: DeletionService;
  readonly clock: Clock;
  readonly logger: Logger;
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

/**
 * How long a node may be silent about a destroy while the rest of its cluster answers, milliseconds: well above fencing
 * and a restart. A cluster that is away as a whole is waited for without end.
 */
const nodePatienceMs = 15 * 60_000;

/**
 * Learns how destroys that Proxmox was told ended, and writes it down. Sends nothing. "Succeeded" needs a task that ended
 * well or the proof that no guest has the number any more; "nothing was destroyed" needs the guest and the node's clock.
 */
export class DestroyFollower {
  readonly #options: DestroyFollowerOptions;
  #isStopped = false;

  constructor(options: DestroyFollowerOptions) {
    this.#options = options;
  }

  /** Gives up what is being followed, for another process or the next start. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Follows a destroy's task to its end. */
  async follow(record: DeletionRecord, cluster: IntentCluster, upid: string): Promise<void> {
    const { clock, taskPauseMs } = this.#options;
    let current = record;
    for (;;) {
      const end = await followTask(cluster.api, upid, {
        clock,
        pauseMs: taskPauseMs,
        patienceMs: nodePatienceMs,
        isStopped: () => this.#isStopped,
        onLook: async () => {
          current = await this.#renew(current);
        },
      });
      if (end.state === 'failed') return this.end(current, 'failed', `Proxmox: ${end.message}`);
      if (end.state === 'ok') return this.end(current, 'succeeded', null);
      if (this.#isStopped) return this.#release(current);
      if (await this.#endSilent(current, cluster, end.message)) return;
    }
  }

  /** Finds out what became of a destroy whose answer was lost. */
  async lookUp(record: DeletionRecord, cluster: IntentCluster, why: string): Promise<void> {
    const { clock, taskPauseMs } = this.#options;
    let current = record;
    let answeredMs = clock.now();
    for (;;) {
      if (this.#isStopped) return this.#release(current);
      try {
        const sentMs = current.destroySentMs ?? clock.now();
        const { node, vmid } = current;
        const lost = { node, vmid, types: destroyTasks[current.kind], sentMs };
        const { upid, isSure } = await findTask(cluster.api, lost, clock.now());
        answeredMs = clock.now();
        if (upid !== null) {
          current = await this.mustChange(current, { upid });
          return await this.follow(current, cluster, upid);
        }
        if (await isNumberFree(cluster.api, vmid)) return await this.#endGone(current, why);
        // Proxmox may still be at work on a call whose answer is out; only after that the task's absence says something.
        if (clock.now() - sentMs >= settleMs)
          return isSure
            ? await this.#endWithoutTask(current, cluster, why)
            : await this.#endUnknown(
                current,
                `the answer was lost (${why}), and ${node} does not tell its time, so that its list of tasks proves nothing (the token may lack Sys.Audit)`,
              );
      } catch (error) {
        if (!(error instanceof HttpFailure) && !(error instanceof IntentRefusal)) throw error;
        const isSilent = clock.now() - answeredMs >= nodePatienceMs;
        if (isSilent && (await this.#endSilent(current, cluster, error.message))) return;
      }
      await delay(clock, taskPauseMs);
      current = await this.#renew(current);
    }
  }

  /** Writes the end of a request and of its journal entry. */
  async end(
    record: DeletionRecord,
    state: 'succeeded' | 'failed',
    error: string | null,
    note?: string,
    journaled: JournalResult = state,
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
        .complete(journaled, { upid: record.upid, error: text, note: note ?? null })
        .catch((cause: unknown) =>
          logger.error('the end of a destroy could not be journaled', { request: record.id, cause }),
        );
  }

  async mustChange(record: DeletionRecord, patch: DeletionPatch): Promise<DeletionRecord> {
    const changed = await this.#options.store.change(record, patch, null);
    if (changed === null) throw new Error(`deletion request ${record.id} is in another process's hands`);
    return changed;
  }

  /** There is no task, and a guest has the number. It need not be the same guest. */
  async #endWithoutTask(record: DeletionRecord, cluster: IntentCluster, why: string): Promise<void> {
    const live = await this.#options.requests.guests.read(cluster, record);
    if (live === null) return this.#endGone(record, why);
    if (isReplaced(record, live))
      return this.#endUnknown(
        record,
        `the answer was lost (${why}), and VMID ${record.vmid} belongs to what looks like another guest now`,
      );
    return this.end(
      record,
      'failed',
      `The answer to the destroy was lost (${why}). Proxmox has no task for it and the guest still exists: nothing was destroyed.`,
    );
  }

  /**
   * Ends a request whose node is silent, by what the rest of the cluster knows. `false` while nobody answers: then
   * there is nothing to say.
   */
  async #endSilent(record: DeletionRecord, cluster: IntentCluster, why: string): Promise<boolean> {
    let isGone: boolean;
    try {
      isGone = await isNumberFree(cluster.api, record.vmid);
    } catch (error) {
      if (error instanceof HttpFailure) return false;
      throw error;
    }
    if (isGone) await this.#endGone(record, why);
    else
      await this.#endUnknown(
        record,
        `${record.node} has not told about it for ${nodePatienceMs / 60_000} minutes (${why}), while its cluster still lists the guest`,
      );
    return true;
  }

  #endGone(record: DeletionRecord, why: string): Promise<void> {
    return this.end(record, 'succeeded', null, `the answer was lost (${why}), and the guest is gone`);
  }

  #endUnknown(record: DeletionRecord, why: string): Promise<void> {
    return this.end(
      record,
      'failed',
      `Whether guest ${record.vmid} of ${record.cluster} was destroyed is not known: ${why}. Look at the guest, its disks and its tasks on ${record.node} in Proxmox before you ask again.`,
      undefined,
      'unknown',
    );
  }

  async #renew(record: DeletionRecord): Promise<DeletionRecord> {
    const nowMs = this.#options.clock.now();
    const left = (record.leaseUntilMs ?? 0) - nowMs;
    if (left > this.#options.leaseMs / 2) return record;
    return this.mustChange(record, { leaseUntilMs: nowMs + this.#options.leaseMs });
  }

  /** Gives the request up, so that the next process takes it over at once. */
  async #release(record: DeletionRecord): Promise<void> {
    await this.#options.store.change(record, { leaseUntilMs: 0 }, null);
  }
}
