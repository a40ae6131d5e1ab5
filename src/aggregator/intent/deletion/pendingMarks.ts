import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { IntentCluster } from '../intentCluster.ts';
import type { DeletionPatch, DeletionRecord, DeletionStore } from '../intentRecords.ts';
import { IntentRefusal } from '../intentRefusal.ts';
import { type ReadIntentSettings, requireWrites } from '../intentSettings.ts';
import { isReplaced, type LiveGuests } from './liveGuests.ts';
import { setPendingTag } from './pendingTag.ts';

export interface PendingMarksOptions {
  readonly store: DeletionStore;
  readonly settings: ReadIntentSettings;
  readonly clusterOf: (key: string) => IntentCluster | null;
  readonly guests: LiveGuests;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The marks by which Proxmox itself shows that a deletion of a guest is asked for. */
export class PendingMarks {
  readonly #options: PendingMarksOptions;

  constructor(options: PendingMarksOptions) {
    this.#options = options;
  }

  /** Puts the pending mark on the guest; a request stands without it, and says so. */
  async set(record: DeletionRecord, cluster: IntentCluster, isOn: boolean): Promise<DeletionRecord> {
    const { store, clock, logger } = this.#options;
    let patch: DeletionPatch;
    try {
      await setPendingTag(cluster.api, record.node, record.kind, record.vmid, isOn);
      patch = { tagged: isOn };
    } catch (error) {
      logger.warn('the mark of a deletion request could not be set', {
        cluster: record.cluster,
        vmid: record.vmid,
        isOn,
        cause: error instanceof Error ? error.message : String(error),
      });
      patch = { tagged: isOn ? false : null };
    }
    return (await store.change(record, { ...patch, updatedMs: clock.now() }, null)) ?? record;
  }

  /** Takes the mark off again where writing is on; the guest itself may be gone or moved. */
  async takeOff(record: DeletionRecord): Promise<DeletionRecord> {
    const cluster = this.#options.clusterOf(record.cluster);
    if (cluster === null || record.tagged === false) return record;
    const settings = await this.#options.settings();
    try {
      requireWrites(settings, cluster);
      const live = await this.#options.guests.read(cluster, record);
      if (live === null || isReplaced(record, live)) return record;
      return await this.set({ ...record, node: live.node }, cluster, false);
    } catch (error) {
      if (!(error instanceof IntentRefusal)) throw error;
      return record;
    }
  }
}
