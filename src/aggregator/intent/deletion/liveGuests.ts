import type { Clock } from '../../../base/clock.ts';
import type { DeletionComparison } from '../../../contract/intent/deletionRequest.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import type { IntentCluster } from '../intentCluster.ts';
import type { DeletionRecord, DeletionStore } from '../intentRecords.ts';
import { IntentRefusal } from '../intentRefusal.ts';
import { type LiveGuest, materialParts, readLiveGuest, snapshotChanges } from './guestSnapshot.ts';

/** The guests of deletion requests as they are now, beside what was asked for. */
export class LiveGuests {
  readonly #store: DeletionStore;
  readonly #clock: Clock;

  constructor(store: DeletionStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Reads a guest now; `null` when it is gone. A cluster that does not answer is a 502 that says so. */
  async read(
    cluster: IntentCluster,
    { kind, vmid }: Pick<DeletionRecord, 'kind' | 'vmid'>,
  ): Promise<LiveGuest | null> {
    try {
      const live = await readLiveGuest(cluster.api, kind, vmid, this.#clock.now());
      return 'gone' in live ? null : live;
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      throw new IntentRefusal(
        502,
        'cluster_unreachable',
        `Guest ${vmid} of ${cluster.key} cannot be read: ${error.message}. Nothing was changed. Try again when it answers.`,
      );
    }
  }

  /** How the guest differs from when it was asked for. */
  async compare(record: DeletionRecord, cluster: IntentCluster): Promise<DeletionComparison> {
    const none = { changes: [], material: null, status: null, node: null, ha: [] };
    let live: LiveGuest | null;
    try {
      live = await this.read(cluster, record);
    } catch (error) {
      if (!(error instanceof IntentRefusal)) throw error;
      return { live: 'unknown', message: error.detail, ...none };
    }
    if (live === null)
      return { live: 'gone', message: `${record.cluster} has no guest ${record.vmid} any more.`, ...none };
    const changes = snapshotChanges(record.snapshot, live.snapshot);
    const material = this.materialChanges(record, live).length > 0;
    const seen = { changes, material, status: live.status, node: live.node, ha: live.snapshot.ha };
    if (isReplaced(record, live))
      return {
        live: 'replaced',
        message: `VMID ${record.vmid} belongs to another guest now. Reject this request.`,
        ...seen,
      };
    return changes.length === 0
      ? { live: 'same', message: null, ...seen }
      : {
          live: 'changed',
          message: `Differs from the request: ${changes.map(({ key }) => key).join(', ')}. ${material ? 'It can only be rejected now; ask again for the guest as it is.' : 'Compare before you decide.'}`,
          ...seen,
        };
  }

  /**
   * Names of what differs from the request and makes it a request for something else; empty when nothing does. Notes and
   * tags are no such difference.
   */
  materialChanges({ snapshot }: DeletionRecord, live: LiveGuest): string[] {
    const [asked, now] = [materialParts(snapshot), materialParts(live.snapshot)];
    return [...new Set([...asked.keys(), ...now.keys()])]
      .filter((part) => asked.get(part) !== now.get(part))
      .sort();
  }

  /** The live guest of a request, or a refusal with 409 when it is not the one that was asked for. */
  async requireSame(record: DeletionRecord, cluster: IntentCluster): Promise<LiveGuest> {
    const live = await this.read(cluster, record);
    const nothing = 'Nothing was destroyed.';
    if (live === null)
      throw new IntentRefusal(
        409,
        'guest_gone',
        `${cluster.key} has no guest ${record.vmid} any more. ${nothing} Reject this request.`,
      );
    if (isReplaced(record, live))
      throw new IntentRefusal(
        409,
        'guest_replaced',
        `VMID ${record.vmid} of ${cluster.key} belongs to another guest now. ${nothing} Reject this request.`,
      );
    if (live.node !== record.node) {
      const nowMs = this.#clock.now();
      await this.#store.change(
        record,
        { node: live.node, updatedMs: nowMs },
        {
          atMs: nowMs,
          actor: null,
          fromState: record.state,
          toState: record.state,
          note: `the guest moved from ${record.node} to ${live.node}`,
        },
      );
      throw new IntentRefusal(
        409,
        'guest_moved',
        `Guest ${record.vmid} of ${cluster.key} moved from ${record.node} to ${live.node}. ${nothing} Look at the request again.`,
        { node: live.node },
      );
    }
    return live;
  }
}

/** Whether the VMID belongs to another guest now. */
export function isReplaced(record: DeletionRecord, live: LiveGuest): boolean {
  if (live.snapshot.kind !== record.kind) return true;
  const { identity } = record.snapshot;
  return identity !== null && live.snapshot.identity !== null && identity !== live.snapshot.identity;
}
