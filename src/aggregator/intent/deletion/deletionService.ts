import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { DeletionComparison, DeletionTarget } from '../../../contract/intent/deletionRequest.ts';
import { type IntentActor, permissionFor } from '../intentActor.ts';
import type { IntentCluster } from '../intentCluster.ts';
import type { IntentJournal, JournalAction, JournalEntry } from '../intentJournal.ts';
import type { DeletionRecord, DeletionStore } from '../intentRecords.ts';
import { IntentRefusal } from '../intentRefusal.ts';
import { type IntentSettings, type ReadIntentSettings, requireWrites } from '../intentSettings.ts';
import { mayApprove, mayReject } from './allowances.ts';
import { materialOf } from './guestSnapshot.ts';
import { LiveGuests } from './liveGuests.ts';
import { PendingMarks } from './pendingMarks.ts';
import { requirePermission, requireTarget } from './requestGuards.ts';

export interface DeletionServiceOptions {
  readonly store: DeletionStore;
  readonly journal: IntentJournal;
  readonly settings: ReadIntentSettings;
  readonly clusterOf: (key: string) => IntentCluster | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface DeletionWish {
  readonly vmid: number;
  readonly node: string;
  readonly kind: 'qemu' | 'lxc';
  readonly reason: string | null;
  readonly runUuid: string | null;
}

const dayMs = 24 * 3600_000;

/**
 * Deletion requests up to the decision: asked for by one, decided by another (safety model, invariants 3 and 4). Nothing
 * here can destroy; that is the executor's.
 */
export class DeletionService {
  readonly #options: DeletionServiceOptions;

  readonly guests: LiveGuests;
  readonly marks: PendingMarks;

  constructor(options: DeletionServiceOptions) {
    this.#options = options;
    this.guests = new LiveGuests(options.store, options.clock);
    this.marks = new PendingMarks({ ...options, guests: this.guests });
  }

  /** Files a request with a snapshot of the guest, and marks the guest in Proxmox as far as that works. */
  async request(cluster: IntentCluster, actor: IntentActor, wish: DeletionWish): Promise<DeletionRecord> {
    const { store, clock, logger } = this.#options;
    const settings = await this.#options.settings();
    requireWrites(settings, cluster);
    requirePermission(actor, permissionFor('delete', wish.kind));
    const live = await this.guests.read(cluster, wish);
    if (live === null)
      throw new IntentRefusal(
        409,
        'guest_missing',
        `${cluster.key} has no guest ${wish.vmid}. Nothing was asked for.`,
      );
    if (live.snapshot.kind !== wish.kind || live.node !== wish.node)
      throw new IntentRefusal(
        409,
        'target_mismatch',
        `Guest ${wish.vmid} of ${cluster.key} is ${live.snapshot.kind} on ${live.node}, not ${wish.kind} on ${wish.node}. Nothing was asked for.`,
      );
    if (live.snapshot.config.protection === '1')
      throw new IntentRefusal(
        409,
        'guest_protected',
        `Guest ${wish.vmid} of ${cluster.key} is protected against removal in Proxmox. Nothing was asked for. Take the protection off there first.`,
      );
    const entry = await this.#mustBegin({
      actor: actor.actor,
      keyId: actor.keyId,
      action: 'deletion_request_create',
      cluster: cluster.key,
      target: `${wish.kind}/${wish.vmid}`,
      runUuid: wish.runUuid,
      details: { node: wish.node, name: live.snapshot.name, reason: wish.reason },
    });
    const nowMs = clock.now();
    const created = await store.create(
      {
        endpointId: cluster.endpointIds[0] ?? null,
        cluster: cluster.key,
        vmid: wish.vmid,
        node: wish.node,
        kind: wish.kind,
        name: live.snapshot.name,
        state: 'pending',
        createdMs: nowMs,
        updatedMs: nowMs,
        expiresMs: nowMs + settings.deletionTtlDays * dayMs,
        requestedBy: actor.actor,
        reason: wish.reason,
        runUuid: wish.runUuid,
        authorizer: null,
        approvedMs: null,
        rejectReason: null,
        executedBy: null,
        executedMs: null,
        executorRunUuid: null,
        destroySentMs: null,
        upid: null,
        error: null,
        tagged: null,
        snapshot: live.snapshot,
        approvedMaterial: null,
        auditEntry: null,
        owner: null,
        leaseUntilMs: null,
      },
      { atMs: nowMs, actor: actor.actor, fromState: null, toState: 'pending', note: wish.reason },
    );
    if (created === null) {
      await entry.complete('blocked', { reason: 'already_requested' });
      const open = await store.findOpen(cluster.key, wish.vmid);
      throw new IntentRefusal(
        409,
        'already_requested',
        `Deletion request ${open?.id ?? ''} already asks for guest ${wish.vmid} of ${cluster.key}.`,
        { deletion_request_id: open?.id ?? null },
      );
    }
    // The request is filed; an entry that stays open says no less about it.
    await entry
      .complete('succeeded', { deletion_request_id: created.id })
      .catch((error: unknown) =>
        logger.error('a filed deletion request could not be journaled', { request: created.id, error }),
      );
    return this.marks.put(created, cluster, actor);
  }

  /** The second person agrees. Nothing is destroyed by it. */
  async approve(id: number, actor: IntentActor, target: DeletionTarget): Promise<DeletionRecord> {
    const { store, clock, journal } = this.#options;
    const record = await this.find(id);
    const cluster = this.clusterOf(record);
    const settings = await this.#options.settings();
    await this.requireWrites(record, cluster, settings, actor, 'deletion_request_approve');
    const begin = (): Promise<JournalEntry> =>
      journal.begin(this.journalAction(record, actor, 'deletion_request_approve'));
    const permission = mayApprove({ ...record, state: 'pending' }, actor, settings);
    if (!permission.allowed) {
      await (await begin()).complete('blocked', { reason: permission.code });
      throw new IntentRefusal(403, permission.code ?? 'forbidden', permission.message ?? 'Not allowed.');
    }
    requireTarget(record, target);
    const state = mayApprove(record, actor, settings);
    if (!state.allowed)
      throw new IntentRefusal(409, state.code ?? 'wrong_state', state.message ?? 'Wrong state.');
    // The same decision again is no second one.
    if (record.state === 'approved') return record;
    if (clock.now() >= record.expiresMs) {
      await this.expire(record);
      throw new IntentRefusal(409, 'expired', `Request ${id} was not decided in time and is rejected (TTL).`);
    }
    const live = await this.guests.requireSame(record, cluster);
    // What is approved is what was asked for; another wish is another request.
    const changed = this.guests.materialChanges(record, live);
    if (changed.length > 0) {
      await (await begin()).complete('blocked', { reason: 'guest_changed', changed });
      throw new IntentRefusal(
        409,
        'guest_changed',
        `Guest ${record.vmid} of ${record.cluster} has changed since its deletion was asked for (${changed.join(', ')}). Nothing was approved. Compare, reject this request and ask again.`,
        { changed },
      );
    }
    const entry = await begin();
    const nowMs = clock.now();
    const approved = await store.change(
      record,
      {
        state: 'approved',
        authorizer: actor.actor,
        approvedMs: nowMs,
        updatedMs: nowMs,
        // Who approves looks at the guest now; to act on it there is as much time again as there was to decide.
        expiresMs: nowMs + settings.deletionTtlDays * dayMs,
        approvedMaterial: materialOf(live.snapshot),
      },
      { atMs: nowMs, actor: actor.actor, fromState: 'pending', toState: 'approved', note: null },
    );
    await entry.complete(approved === null ? 'blocked' : 'succeeded');
    return approved ?? this.raced(id);
  }

  /** Refuses a request, or takes one's own back. Needs no write switch: it keeps the guest. */
  async reject(id: number, actor: IntentActor, reason: string): Promise<DeletionRecord> {
    const { store, clock, journal } = this.#options;
    const record = await this.find(id);
    const permission = mayReject({ ...record, state: 'pending' }, actor);
    if (!permission.allowed)
      throw new IntentRefusal(403, permission.code ?? 'forbidden', permission.message ?? 'Not allowed.');
    const state = mayReject(record, actor);
    if (!state.allowed)
      throw new IntentRefusal(409, state.code ?? 'wrong_state', state.message ?? 'Wrong state.');
    if (record.state === 'rejected') return record;
    const entry = await journal.begin(
      this.journalAction(record, actor, 'deletion_request_reject', { reason }),
    );
    const nowMs = clock.now();
    const rejected = await store.change(
      record,
      { state: 'rejected', rejectReason: reason, updatedMs: nowMs },
      { atMs: nowMs, actor: actor.actor, fromState: record.state, toState: 'rejected', note: reason },
    );
    await entry.complete(rejected === null ? 'blocked' : 'succeeded');
    return rejected === null ? this.raced(id) : this.marks.takeOff(rejected);
  }

  /** Rejects what nobody decided or executed in time, with the reason `TTL`. */
  async expire(record: DeletionRecord): Promise<void> {
    const { store, clock, journal } = this.#options;
    const entry = await journal.begin({
      actor: 'proxbox',
      keyId: null,
      action: 'deletion_request_reject',
      cluster: record.cluster,
      target: `${record.kind}/${record.vmid}`,
      details: { deletion_request_id: record.id, reason: 'TTL' },
    });
    const nowMs = clock.now();
    const rejected = await store.change(
      record,
      { state: 'rejected', rejectReason: 'TTL', updatedMs: nowMs },
      { atMs: nowMs, actor: null, fromState: record.state, toState: 'rejected', note: 'TTL' },
    );
    await entry.complete(rejected === null ? 'skipped' : 'succeeded');
    if (rejected !== null) await this.marks.takeOff(rejected);
  }

  /** How the guest differs from when it was asked for. */
  async compare(id: number): Promise<DeletionComparison> {
    const record = await this.find(id);
    return this.guests.compare(record, this.clusterOf(record));
  }

  async find(id: number): Promise<DeletionRecord> {
    const record = await this.#options.store.find(id);
    if (record === null)
      throw new IntentRefusal(404, 'deletion_request_unknown', `There is no deletion request ${id}.`);
    return record;
  }

  clusterOf(record: DeletionRecord): IntentCluster {
    const cluster = this.#options.clusterOf(record.cluster);
    if (cluster === null)
      throw new IntentRefusal(
        403,
        'endpoint_not_found',
        `This server no longer has the cluster ${record.cluster}.`,
      );
    return cluster;
  }

  /** What to say when somebody else changed the request in the same moment. */
  async raced(id: number): Promise<never> {
    const now = await this.find(id);
    throw new IntentRefusal(
      409,
      'wrong_state',
      `Request ${id} was changed in the same moment and is ${now.state} now.`,
    );
  }

  /** The write gate for a step of a request; who was held up by it is on record. */
  async requireWrites(
    record: DeletionRecord,
    cluster: IntentCluster,
    settings: IntentSettings,
    actor: IntentActor,
    action: string,
  ): Promise<void> {
    try {
      requireWrites(settings, cluster);
    } catch (error) {
      if (!(error instanceof IntentRefusal)) throw error;
      const entry = await this.#options.journal.begin(this.journalAction(record, actor, action));
      await entry.complete('blocked', { reason: error.reason });
      throw error;
    }
  }

  /** Announces what is about to be done; 503 when the journal cannot be written, which stops it. */
  async #mustBegin(action: JournalAction): Promise<JournalEntry> {
    try {
      return await this.#options.journal.begin(action);
    } catch (error) {
      this.#options.logger.error('the audit journal could not be written; nothing was done', {
        action: action.action,
        error,
      });
      throw new IntentRefusal(
        503,
        'journal_unavailable',
        'The audit journal could not be written, so nothing was changed. Ask the administrator of this server.',
      );
    }
  }

  journalAction(
    record: DeletionRecord,
    actor: IntentActor,
    action: string,
    details: Readonly<Record<string, unknown>> = {},
  ): Parameters<IntentJournal['begin']>[0] {
    return {
      actor: actor.actor,
      keyId: actor.keyId,
      action,
      cluster: record.cluster,
      target: `${record.kind}/${record.vmid}`,
      details: {
        deletion_request_id: record.id,
        node: record.node,
        requested_by: record.requestedBy,
        ...details,
      },
    };
  }
}
