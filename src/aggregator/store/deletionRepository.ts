import type { Kysely, Updateable } from 'kysely';
import { type GuestSnapshot, guestSnapshotSchema } from '../../contract/intent/deletionRequest.ts';
import type {
  DeletionHistoryRecord,
  DeletionPatch,
  DeletionRecord,
  DeletionStore,
} from '../intent/intentRecords.ts';
import type { DeletionRequestRow, DeletionRequestsTable, StoreSchema } from './schema.ts';

const openStates = ['pending', 'approved', 'executing'] as const;

/** Deletion requests and their histories. */
export function deletionRepository(db: Kysely<StoreSchema>): DeletionStore {
  return {
    async create(record, history) {
      return db.transaction().execute(async (on) => {
        const row = await on
          .insertInto('deletion_requests')
          .values({
            ...fromPatch(record),
            cluster: record.cluster,
            vmid: record.vmid,
            kind: record.kind,
            node: record.node,
            state: stored(record.state),
            created_at_ms: record.createdMs,
            updated_at_ms: record.updatedMs,
            expires_at_ms: record.expiresMs,
            requested_by: record.requestedBy,
            snapshot_json: JSON.stringify(record.snapshot),
          })
          // The index over open requests is what makes two askers one.
          .onConflict((conflict) => conflict.doNothing())
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) return null;
        await addHistory(on, row.id, history);
        return toRecord(row);
      });
    },

    async find(id) {
      const row = await db
        .selectFrom('deletion_requests')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? null : toRecord(row);
    },

    async findOpen(cluster, vmid) {
      const row = await db
        .selectFrom('deletion_requests')
        .selectAll()
        .where('cluster', '=', cluster)
        .where('vmid', '=', vmid)
        .where('state', 'in', openStates)
        .executeTakeFirst();
      return row === undefined ? null : toRecord(row);
    },

    async list({ states, cluster, vmid, beforeId, limit }) {
      let query = db.selectFrom('deletion_requests').selectAll().orderBy('id', 'desc').limit(limit);
      if (states !== undefined) query = query.where('state', 'in', states.map(stored));
      if (cluster !== undefined) query = query.where('cluster', '=', cluster);
      if (vmid !== undefined) query = query.where('vmid', '=', vmid);
      if (beforeId !== undefined) query = query.where('id', '<', beforeId);
      return (await query.execute()).map(toRecord);
    },

    async history(id) {
      const rows = await db
        .selectFrom('deletion_history')
        .selectAll()
        .where('request_id', '=', id)
        .orderBy('seq')
        .execute();
      return rows.map((row) => ({
        atMs: row.at_ms,
        actor: row.actor,
        fromState: row.from_state,
        toState: row.to_state,
        note: row.note,
      }));
    },

    async change(seen, patch, history) {
      return db.transaction().execute(async (on) => {
        const row = await on
          .updateTable('deletion_requests')
          .set({ ...fromPatch(patch), version: seen.version + 1 })
          .where('id', '=', seen.id)
          .where('version', '=', seen.version)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) return null;
        if (history !== null) await addHistory(on, row.id, history);
        return toRecord(row);
      });
    },

    async expired(nowMs) {
      const rows = await db
        .selectFrom('deletion_requests')
        .selectAll()
        .where('state', 'in', ['pending', 'approved'])
        .where('expires_at_ms', '<=', nowMs)
        .execute();
      return rows.map(toRecord);
    },

    async marked() {
      const rows = await db
        .selectFrom('deletion_requests')
        .selectAll()
        .where('state', '=', 'rejected')
        .where((eb) => eb.or([eb('tagged', 'is', null), eb('tagged', '=', 1)]))
        .execute();
      return rows.map(toRecord);
    },

    async abandoned(nowMs) {
      const rows = await db
        .selectFrom('deletion_requests')
        .selectAll()
        .where('state', '=', 'executing')
        .where((eb) => eb.or([eb('lease_expires_at_ms', 'is', null), eb('lease_expires_at_ms', '<=', nowMs)]))
        .execute();
      return rows.map(toRecord);
    },
  };
}

async function addHistory(
  on: Kysely<StoreSchema>,
  id: number,
  history: DeletionHistoryRecord,
): Promise<void> {
  const last = await on
    .selectFrom('deletion_history')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('request_id', '=', id)
    .executeTakeFirst();
  await on
    .insertInto('deletion_history')
    .values({
      request_id: id,
      seq: Number(last?.seq ?? 0) + 1,
      at_ms: history.atMs,
      actor: history.actor,
      from_state: history.fromState === null ? null : stored(history.fromState),
      to_state: stored(history.toState),
      note: history.note,
    })
    .execute();
}

type StoredState = DeletionRequestsTable['state'];

/** `unknown` is a word of readers; nothing is ever written with it. */
function stored(state: DeletionRecord['state']): StoredState {
  if (state === 'unknown') throw new Error('a deletion request is in a known state');
  return state;
}

function toRecord(row: DeletionRequestRow): DeletionRecord {
  return {
    id: row.id,
    version: row.version,
    endpointId: row.endpoint_id,
    cluster: row.cluster,
    vmid: row.vmid,
    node: row.node,
    kind: row.kind,
    name: row.name,
    state: row.state,
    createdMs: row.created_at_ms,
    updatedMs: row.updated_at_ms,
    expiresMs: row.expires_at_ms,
    requestedBy: row.requested_by,
    reason: row.reason,
    runUuid: row.run_uuid,
    authorizer: row.authorizer,
    approvedMs: row.approved_at_ms,
    rejectReason: row.reject_reason,
    executedBy: row.executed_by,
    executedMs: row.executed_at_ms,
    executorRunUuid: row.executor_run_uuid,
    destroySentMs: row.destroy_sent_at_ms,
    upid: row.upid,
    error: row.error,
    tagged: row.tagged === null ? null : row.tagged === 1,
    snapshot: toSnapshot(row),
    approvedMaterial: row.approved_material,
    auditEntry: row.audit_entry_id,
    owner: row.lease_owner,
    leaseUntilMs: row.lease_expires_at_ms,
  };
}

/**
 * The snapshot of a request. One that cannot be read costs what it tells, not the request and not the list: it compares as
 * different from whatever the guest is now.
 */
function toSnapshot(row: DeletionRequestRow): GuestSnapshot {
  try {
    const parsed = guestSnapshotSchema.safeParse(JSON.parse(row.snapshot_json));
    if (parsed.success) return parsed.data;
  } catch {
    // Not JSON.
  }
  return {
    vmid: row.vmid,
    kind: row.kind,
    node: row.node,
    name: row.name,
    identity: null,
    status: null,
    config: {},
    ha: [
      {
        subject: 'resource',
        id: `${row.kind === 'lxc' ? 'ct' : 'vm'}:${row.vmid}`,
        effect: 'unknown',
        message: 'What was recorded about the guest when this was asked for cannot be read.',
      },
    ],
    taken_at: row.created_at_ms / 1000,
  };
}

/** Columns of the fields that a patch names. */
function fromPatch(patch: DeletionPatch): Updateable<DeletionRequestsTable> {
  const columns: Updateable<DeletionRequestsTable> = {};
  if (patch.endpointId !== undefined) columns.endpoint_id = patch.endpointId;
  if (patch.node !== undefined) columns.node = patch.node;
  if (patch.name !== undefined) columns.name = patch.name;
  if (patch.state !== undefined) columns.state = stored(patch.state);
  if (patch.updatedMs !== undefined) columns.updated_at_ms = patch.updatedMs;
  if (patch.expiresMs !== undefined) columns.expires_at_ms = patch.expiresMs;
  if (patch.reason !== undefined) columns.reason = patch.reason;
  if (patch.runUuid !== undefined) columns.run_uuid = patch.runUuid;
  if (patch.authorizer !== undefined) columns.authorizer = patch.authorizer;
  if (patch.approvedMs !== undefined) columns.approved_at_ms = patch.approvedMs;
  if (patch.rejectReason !== undefined) columns.reject_reason = patch.rejectReason;
  if (patch.executedBy !== undefined) columns.executed_by = patch.executedBy;
  if (patch.executedMs !== undefined) columns.executed_at_ms = patch.executedMs;
  if (patch.executorRunUuid !== undefined) columns.executor_run_uuid = patch.executorRunUuid;
  if (patch.destroySentMs !== undefined) columns.destroy_sent_at_ms = patch.destroySentMs;
  if (patch.upid !== undefined) columns.upid = patch.upid;
  if (patch.error !== undefined) columns.error = patch.error;
  if (patch.tagged !== undefined) columns.tagged = patch.tagged === null ? null : patch.tagged ? 1 : 0;
  if (patch.approvedMaterial !== undefined) columns.approved_material = patch.approvedMaterial;
  if (patch.auditEntry !== undefined) columns.audit_entry_id = patch.auditEntry;
  if (patch.owner !== undefined) columns.lease_owner = patch.owner;
  if (patch.leaseUntilMs !== undefined) columns.lease_expires_at_ms = patch.leaseUntilMs;
  return columns;
}
