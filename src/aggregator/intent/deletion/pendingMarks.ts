import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import { mayHaveHappened } from '../../../pve/mayHaveHappened.ts';
import type { IntentCluster } from '../intentCluster.ts';
import type { IntentJournal, JournalEntry, JournalResult } from '../intentJournal.ts';
import type { DeletionRecord, DeletionStore } from '../intentRecords.ts';
import { IntentRefusal } from '../intentRefusal.ts';
import { type ReadIntentSettings, requireWrites } from '../intentSettings.ts';
import { isReplaced, type LiveGuests } from './liveGuests.ts';
import { setPendingTag } from './pendingTag.ts';

export interface PendingMarksOptions {
  readonly store: DeletionStore;
  readonly journal: IntentJournal;
  readonly settings: ReadIntentSettings;
  readonly clusterOf: (key: string) => IntentCluster | null;
  readonly guests: LiveGuests;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who is on record for a mark. */
interface Marker {
  readonly actor: string;
  readonly keyId: string | null;
}

/** Pause between attempts to take a mark off, milliseconds. */
const retryMs = 5 * 60_000;

/** The marks by which Proxmox itself shows that a deletion of a guest is asked for. */
export class PendingMarks {
  readonly #options: PendingMarksOptions;
  /** When a mark that is still owed was last tried, by request. */
  readonly #triedMs = new Map<number, number>();

  constructor(options: PendingMarksOptions) {
    this.#options = options;
  }

  /** Puts the pending mark on the guest of a request that was just filed; it stands without the mark, and says so. */
  put(record: DeletionRecord, cluster: IntentCluster, actor: Marker): Promise<DeletionRecord> {
    return this.#set(record, cluster, true, actor);
  }

  /**
   * Takes the mark off again where writing is on. What cannot be done now stays owed: the record does not say that the
   * mark is off, and {@link retry} finds it.
   */
  async takeOff(record: DeletionRecord): Promise<DeletionRecord> {
    const { store, clock, guests } = this.#options;
    const cluster = this.#options.clusterOf(record.cluster);
    if (cluster === null || record.tagged === false) return record;
    this.#triedMs.set(record.id, clock.now());
    try {
      requireWrites(await this.#options.settings(), cluster);
      const live = await guests.read(cluster, record);
      const isOthers =
        live === null ||
        isReplaced(record, live) ||
        (await store.findOpen(record.cluster, record.vmid)) !== null;
      // A guest that is gone, or another request's, has no mark of this request.
      const after = isOthers
        ? ((await store.change(record, { tagged: false }, null)) ?? record)
        : await this.#set({ ...record, node: live.node }, cluster, false, { actor: 'proxbox', keyId: null });
      if (after.tagged === false) this.#triedMs.delete(record.id);
      return after;
    } catch (error) {
      if (!(error instanceof IntentRefusal)) throw error;
      return record;
    }
  }

  /** Tries again what {@link takeOff} could not do, at most every few minutes. */
  async retry(record: DeletionRecord): Promise<void> {
    const triedMs = this.#triedMs.get(record.id);
    if (triedMs === undefined || this.#options.clock.now() - triedMs >= retryMs) await this.takeOff(record);
  }

  async #set(
    record: DeletionRecord,
    cluster: IntentCluster,
    isOn: boolean,
    { actor, keyId }: Marker,
  ): Promise<DeletionRecord> {
    const { store, clock, journal, logger } = this.#options;
    const entries: JournalEntry[] = [];
    let tagged: boolean | null = isOn;
    let result: JournalResult = 'succeeded';
    try {
      await setPendingTag(cluster.api, record.node, record.kind, record.vmid, isOn, async () => {
        entries.push(
          await journal.begin({
            actor,
            keyId,
            action: isOn ? 'deletion_request_mark' : 'deletion_request_unmark',
            cluster: record.cluster,
            target: `${record.kind}/${record.vmid}`,
            details: { deletion_request_id: record.id, node: record.node },
          }),
        );
      });
    } catch (error) {
      const isUndone = entries.length === 0 || (error instanceof HttpFailure && !mayHaveHappened(error));
      logger.warn('the mark of a deletion request could not be set', {
        cluster: record.cluster,
        vmid: record.vmid,
        isOn,
        cause: error instanceof Error ? error.message : String(error),
      });
      tagged = isOn && isUndone ? false : null;
      result = isUndone ? 'failed' : 'unknown';
    }
    for (const entry of entries)
      await entry.complete(result).catch((error: unknown) =>
        logger.error('the mark of a deletion request could not be journaled', {
          request: record.id,
          error,
        }),
      );
    return (await store.change(record, { tagged, updatedMs: clock.now() }, null)) ?? record;
  }
}
