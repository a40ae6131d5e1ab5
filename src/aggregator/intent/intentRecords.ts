import type { DeletionState, GuestSnapshot } from '../../contract/intent/deletionRequest.ts';
import type { IntentOp } from '../../contract/intent/diff.ts';
import type { GuestKind } from '../../contract/intent/guestPayload.ts';
import type { ItemStatus } from '../../contract/intent/run.ts';

/*
 * What the intent path keeps. Times are milliseconds since the epoch. Several processes may share the store: whatever
 * must happen once is claimed with a compare-and-set, and whoever works on it holds a lease that others can see end.
 */

/** A plan that an apply can be bound to. */
export interface PlanRecord {
  readonly hash: string;
  readonly diffsHash: string;
  readonly cluster: string;
  readonly actor: string;
  /** What was seen for each change, in order. */
  readonly seen: readonly string[];
  readonly createdMs: number;
  readonly expiresMs: number;
}

export interface PlanStore {
  save(plan: PlanRecord): Promise<void>;
  find(hash: string): Promise<PlanRecord | null>;
}

export type Overall = 'no_op' | 'succeeded' | 'failed' | 'partial';

export interface RunRecord {
  readonly uuid: string;
  /** Tells the same request from another one under the same name. */
  readonly requestHash: string;
  readonly cluster: string;
  readonly actor: string;
  readonly planHash: string | null;
  readonly state: 'running' | 'done';
  readonly overall: Overall | null;
  readonly cancelRequested: boolean;
  readonly createdMs: number;
  readonly endedMs: number | null;
  /** The piece of work under way, new with every take-over, and until when it says that it is alive. */
  readonly owner: string;
  readonly leaseUntilMs: number;
  /** Journal entry of the run; `null` for runs from before these were kept. */
  readonly auditEntry: string | null;
}

export interface RunItemRecord {
  readonly index: number;
  readonly netboxId: number | null;
  readonly op: IntentOp;
  readonly kind: GuestKind | null;
  readonly vmid: number | null;
  readonly name: string | null;
  readonly node: string | null;
  readonly status: ItemStatus;
  readonly reason: string | null;
  readonly message: string | null;
  readonly upid: string | null;
  readonly deletionRequestId: number | null;
  readonly progress: number | null;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  /** Journal entry of the change, once it was announced. */
  readonly auditEntry: string | null;
}

export interface RunWithItems {
  readonly run: RunRecord;
  readonly items: readonly RunItemRecord[];
}

export interface RunPage {
  readonly runs: readonly RunWithItems[];
  /** Names the end of this page; `null` when there is no next one. */
  readonly nextBefore: number | null;
}

export interface RunEventRecord {
  /** From 1, without gaps, per run. */
  readonly seq: number;
  readonly name: 'plan_summary' | 'apply_progress' | 'done';
  /** JSON. */
  readonly data: string;
}

export interface RunStore {
  /** `false` when a run of that name exists already; then nothing was written. */
  create(run: RunRecord, items: readonly RunItemRecord[]): Promise<boolean>;
  find(uuid: string): Promise<RunWithItems | null>;
  /** Newest first, those after the page that ended with `before`. */
  list(filter: {
    readonly cluster?: string;
    readonly before?: number;
    readonly limit: number;
  }): Promise<RunPage>;
  /**
   * Writes an item that has not ended, and appends its event. Only for the owner, see {@link takeOver}; `false` when it no
   * longer is, or when the item has ended.
   */
  saveItem(
    uuid: string,
    owner: string,
    item: RunItemRecord,
    event: Omit<RunEventRecord, 'seq'>,
  ): Promise<boolean>;
  addEvent(uuid: string, event: Omit<RunEventRecord, 'seq'>): Promise<void>;
  /** Events after a number, in order. */
  events(uuid: string, afterSeq: number): Promise<RunEventRecord[]>;
  finish(uuid: string, owner: string, overall: Overall, endedMs: number): Promise<boolean>;
  requestCancel(uuid: string): Promise<void>;
  /** Says that the owner is alive; `false` when another process took the run over. */
  renewLease(uuid: string, owner: string, leaseUntilMs: number): Promise<boolean>;
  /** Runs whose owner fell silent. */
  abandoned(nowMs: number): Promise<string[]>;
  /** Makes a run whose lease ended the new owner's; `false` when somebody else was faster. */
  takeOver(uuid: string, owner: string, nowMs: number, leaseUntilMs: number): Promise<boolean>;
}

export interface DeletionRecord {
  readonly id: number;
  /** Grows with every change; a change names the one it saw. */
  readonly version: number;
  readonly endpointId: number | null;
  readonly cluster: string;
  readonly vmid: number;
  readonly node: string;
  readonly kind: GuestKind;
  readonly name: string | null;
  readonly state: DeletionState;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly expiresMs: number;
  readonly requestedBy: string;
  readonly reason: string | null;
  readonly runUuid: string | null;
  readonly authorizer: string | null;
  readonly approvedMs: number | null;
  readonly rejectReason: string | null;
  readonly executedBy: string | null;
  readonly executedMs: number | null;
  readonly executorRunUuid: string | null;
  /** Set before Proxmox is told to destroy; from then on it may have been. */
  readonly destroySentMs: number | null;
  readonly upid: string | null;
  readonly error: string | null;
  readonly tagged: boolean | null;
  readonly snapshot: GuestSnapshot;
  /** What the authorizer saw of the guest; the guest must still be that when it is destroyed. */
  readonly approvedMaterial: string | null;
  /** Open journal entry of the execution. */
  readonly auditEntry: string | null;
  readonly owner: string | null;
  readonly leaseUntilMs: number | null;
}

export interface DeletionHistoryRecord {
  readonly atMs: number;
  readonly actor: string | null;
  readonly fromState: DeletionState | null;
  readonly toState: DeletionState;
  readonly note: string | null;
}

/** Fields that a change may set. */
export type DeletionPatch = Partial<
  Omit<
    DeletionRecord,
    'id' | 'version' | 'cluster' | 'vmid' | 'kind' | 'createdMs' | 'requestedBy' | 'snapshot'
  >
>;

export interface DeletionStore {
  /** `null` when the guest already has a request that is pending, approved or executing. */
  create(
    record: Omit<DeletionRecord, 'id' | 'version'>,
    history: DeletionHistoryRecord,
  ): Promise<DeletionRecord | null>;
  find(id: number): Promise<DeletionRecord | null>;
  /** The pending, approved or executing request of a guest. */
  findOpen(cluster: string, vmid: number): Promise<DeletionRecord | null>;
  list(filter: {
    readonly states?: readonly DeletionState[];
    readonly cluster?: string;
    readonly vmid?: number;
    readonly beforeId?: number;
    readonly limit: number;
  }): Promise<DeletionRecord[]>;
  history(id: number): Promise<DeletionHistoryRecord[]>;
  /**
   * Changes a record only if it still has the version that the caller saw, and notes it in the history when a note is
   * given. `null` when somebody else was faster; then nothing was written.
   */
  change(
    seen: DeletionRecord,
    patch: DeletionPatch,
    history: DeletionHistoryRecord | null,
  ): Promise<DeletionRecord | null>;
  /** Pending and approved requests whose time is over. */
  expired(nowMs: number): Promise<DeletionRecord[]>;
  /** Rejected requests whose guest carries the pending mark, or may. */
  marked(): Promise<DeletionRecord[]>;
  /** Executing requests whose owner fell silent. */
  abandoned(nowMs: number): Promise<DeletionRecord[]>;
}

/** Everything the intent path keeps. */
export interface IntentStore {
  readonly plans: PlanStore;
  readonly runs: RunStore;
  readonly deletions: DeletionStore;
}
