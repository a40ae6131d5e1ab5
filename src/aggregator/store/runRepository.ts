import type { Kysely, Selectable } from 'kysely';
import type {
  RunEventRecord,
  RunItemRecord,
  RunRecord,
  RunStore,
  RunWithItems,
} from '../intent/intentRecords.ts';
import type {
  IntentRunItemRow,
  IntentRunItemsTable,
  IntentRunRow,
  IntentRunsTable,
  StoreSchema,
} from './schema.ts';

/** Runs, their items and their events. */
export function runRepository(db: Kysely<StoreSchema>): RunStore {
  const withItems = async (rows: readonly IntentRunRow[]): Promise<RunWithItems[]> => {
    if (rows.length === 0) return [];
    const items = await db
      .selectFrom('intent_run_items')
      .selectAll()
      .where(
        'run_uuid',
        'in',
        rows.map(({ run_uuid: uuid }) => uuid),
      )
      .orderBy('item_index')
      .execute();
    const ofRun = new Map<string, RunItemRecord[]>(rows.map((row) => [row.run_uuid, []]));
    for (const item of items) ofRun.get(item.run_uuid)?.push(toItem(item));
    return rows.map((row) => ({ run: toRun(row), items: ofRun.get(row.run_uuid) ?? [] }));
  };
  /** Changes a run of this owner; whether there was one. */
  const changeOwn = async (
    uuid: string,
    owner: string,
    patch: Partial<Selectable<IntentRunsTable>>,
  ): Promise<boolean> => {
    const { numUpdatedRows } = await db
      .updateTable('intent_runs')
      .set(patch)
      .where('run_uuid', '=', uuid)
      .where('lease_owner', '=', owner)
      .where('state', '=', 'running')
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  };

  return {
    async create(run, items) {
      return db.transaction().execute(async (on) => {
        const { numInsertedOrUpdatedRows } = await on
          .insertInto('intent_runs')
          .values(fromRun(run))
          .onConflict((conflict) => conflict.column('run_uuid').doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows !== 1n) return false;
        for (const item of items)
          await on.insertInto('intent_run_items').values(fromItem(run.uuid, item)).execute();
        return true;
      });
    },

    async find(uuid) {
      const row = await db
        .selectFrom('intent_runs')
        .selectAll()
        .where('run_uuid', '=', uuid)
        .executeTakeFirst();
      return row === undefined ? null : ((await withItems([row]))[0] ?? null);
    },

    async list({ cluster, before, limit }) {
      // By number, not by time: several runs may begin in one millisecond.
      let query = db.selectFrom('intent_runs').selectAll().orderBy('id', 'desc').limit(limit);
      if (cluster !== undefined) query = query.where('cluster', '=', cluster);
      if (before !== undefined) query = query.where('id', '<', before);
      const rows = await query.execute();
      return {
        runs: await withItems(rows),
        nextBefore: rows.length < limit ? null : (rows.at(-1)?.id ?? null),
      };
    },

    async saveItem(uuid, owner, item, event) {
      return db.transaction().execute(async (on) => {
        const run = await on
          .updateTable('intent_runs')
          .set((eb) => ({ version: eb('version', '+', 1) }))
          .where('run_uuid', '=', uuid)
          .where('lease_owner', '=', owner)
          .where('state', '=', 'running')
          .executeTakeFirst();
        if (run.numUpdatedRows !== 1n) return false;
        // What has ended stays as it was written, whoever comes late.
        const { numUpdatedRows } = await on
          .updateTable('intent_run_items')
          .set(fromItem(uuid, item))
          .where('run_uuid', '=', uuid)
          .where('item_index', '=', item.index)
          .where('ended_at_ms', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows !== 1n) return false;
        await appendEvent(on, uuid, event);
        return true;
      });
    },

    async addEvent(uuid, event) {
      await db.transaction().execute(async (on) => {
        // Locks the run, so that two writers do not take the same number.
        await on
          .updateTable('intent_runs')
          .set((eb) => ({ version: eb('version', '+', 1) }))
          .where('run_uuid', '=', uuid)
          .execute();
        await appendEvent(on, uuid, event);
      });
    },

    async events(uuid, afterSeq) {
      const rows = await db
        .selectFrom('intent_run_events')
        .select(['seq', 'name', 'data_json'])
        .where('run_uuid', '=', uuid)
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .execute();
      return rows.map(({ seq, name, data_json: data }) => ({
        seq,
        name: name as RunEventRecord['name'],
        data,
      }));
    },

    finish: (uuid, owner, overall, endedMs) =>
      changeOwn(uuid, owner, { state: 'done', overall, ended_at_ms: endedMs }),

    async requestCancel(uuid) {
      await db.updateTable('intent_runs').set({ cancel_requested: 1 }).where('run_uuid', '=', uuid).execute();
    },

    renewLease: (uuid, owner, leaseUntilMs) => changeOwn(uuid, owner, { lease_expires_at_ms: leaseUntilMs }),

    async abandoned(nowMs) {
      const rows = await db
        .selectFrom('intent_runs')
        .select('run_uuid')
        .where('state', '=', 'running')
        .where('lease_expires_at_ms', '<=', nowMs)
        .execute();
      return rows.map(({ run_uuid: uuid }) => uuid);
    },

    async takeOver(uuid, owner, nowMs, leaseUntilMs) {
      const { numUpdatedRows } = await db
        .updateTable('intent_runs')
        .set({ lease_owner: owner, lease_expires_at_ms: leaseUntilMs })
        .where('run_uuid', '=', uuid)
        .where('state', '=', 'running')
        .where('lease_expires_at_ms', '<=', nowMs)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
  };
}

async function appendEvent(
  on: Kysely<StoreSchema>,
  uuid: string,
  event: Omit<RunEventRecord, 'seq'>,
): Promise<void> {
  const last = await on
    .selectFrom('intent_run_events')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('run_uuid', '=', uuid)
    .executeTakeFirst();
  await on
    .insertInto('intent_run_events')
    .values({ run_uuid: uuid, seq: Number(last?.seq ?? 0) + 1, name: event.name, data_json: event.data })
    .execute();
}

function toRun(row: IntentRunRow): RunRecord {
  return {
    uuid: row.run_uuid,
    requestHash: row.request_hash,
    cluster: row.cluster,
    actor: row.actor,
    planHash: row.plan_hash,
    state: row.state === 'done' ? 'done' : 'running',
    overall: row.overall,
    cancelRequested: row.cancel_requested === 1,
    createdMs: row.created_at_ms,
    endedMs: row.ended_at_ms,
    owner: row.lease_owner ?? '',
    leaseUntilMs: row.lease_expires_at_ms ?? 0,
    auditEntry: row.audit_entry_id,
  };
}

function fromRun(run: RunRecord) {
  return {
    run_uuid: run.uuid,
    request_hash: run.requestHash,
    cluster: run.cluster,
    actor: run.actor,
    plan_hash: run.planHash,
    state: run.state,
    overall: run.overall,
    created_at_ms: run.createdMs,
    ended_at_ms: run.endedMs,
    lease_owner: run.owner,
    lease_expires_at_ms: run.leaseUntilMs,
    audit_entry_id: run.auditEntry,
  };
}

function toItem(row: IntentRunItemRow): RunItemRecord {
  return {
    index: row.item_index,
    netboxId: row.netbox_id,
    op: row.op,
    kind: row.kind,
    vmid: row.vmid,
    name: row.name,
    node: row.node,
    status: row.status,
    reason: row.reason,
    message: row.message,
    upid: row.upid,
    deletionRequestId: row.deletion_request_id,
    progress: row.progress,
    startedMs: row.started_at_ms,
    endedMs: row.ended_at_ms,
    auditEntry: row.audit_entry_id,
  };
}

function fromItem(uuid: string, item: RunItemRecord): Selectable<IntentRunItemsTable> {
  return {
    run_uuid: uuid,
    item_index: item.index,
    netbox_id: item.netboxId,
    op: item.op,
    kind: item.kind,
    vmid: item.vmid,
    name: item.name,
    node: item.node,
    status: item.status === 'unknown' ? 'outcome_unknown' : item.status,
    reason: item.reason,
    message: item.message,
    upid: item.upid,
    deletion_request_id: item.deletionRequestId,
    progress: item.progress,
    started_at_ms: item.startedMs,
    ended_at_ms: item.endedMs,
    audit_entry_id: item.auditEntry,
  };
}
