import type { Generated, Selectable } from 'kysely';
import type { DeletionState } from '../../contract/intent/deletionRequest.ts';
import type { IntentOp } from '../../contract/intent/diff.ts';
import type { GuestKind } from '../../contract/intent/guestPayload.ts';
import type { ItemStatus, overallResults, runStates } from '../../contract/intent/run.ts';
import type { FleetEventKind } from '../../contract/model/fleetEvent.ts';

/*
 * Tables of the aggregator's store, the same on SQLite and PostgreSQL. Times are whole milliseconds since the epoch in
 * columns ending in `_ms`; flags are 0 or 1; columns ending in `_json` hold JSON text that went through the scrubber.
 */

/** 0 or 1: SQLite has no truth values, and both engines shall look alike. */
export type Flag = 0 | 1;

export interface KeysTable {
  /** The public part of the key, twelve characters. */
  id: string;
  actor: string;
  label: string | null;
  /** JSON list of permissions. */
  permissions_json: string;
  /** SHA-256 of the whole key, hex. The key itself is stored nowhere. */
  digest: string;
  created_at_ms: number;
  created_by: string;
  /** When the secret was last replaced. */
  rotated_at_ms: number | null;
  rotated_by: string | null;
  /** Coarse: written at most every few minutes. */
  last_used_at_ms: number | null;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
  revoked_by: string | null;
}

export interface SettingsTable {
  name: string;
  value_json: string;
  updated_at_ms: number;
  updated_by: string;
}

export interface EndpointSettingsTable {
  /** Key of the cluster; its number in the configuration may change, its key may not. */
  cluster: string;
  allow_writes: Flag;
  updated_at_ms: number;
  updated_by: string;
}

/** What an audit row is: an announcement, its completion, or an event that needed no announcement. */
export type AuditPhase = 'begin' | 'end' | 'event';

/** Append-only: triggers of the database refuse to change or remove a row. */
export interface AuditTable {
  /** 1, 2, 3 … without a gap. */
  seq: number;
  /** Shared by an announcement and its completion. */
  entry_id: string;
  phase: AuditPhase;
  at_ms: number;
  actor: string;
  key_id: string | null;
  action: string;
  target: string | null;
  cluster: string | null;
  /** `null` on an announcement. */
  result: string | null;
  message: string | null;
  details_json: string;
  /** Hash of the row before; 64 zeros on the first. */
  prev_hash: string;
  hash: string;
}

export interface IntentPlansTable {
  plan_hash: string;
  /** Hash of the changes alone, to tell "other changes" from "the live state moved". */
  diffs_hash: string;
  cluster: string;
  actor: string;
  /** What was seen for each change: JSON list of hashes. */
  seen_json: string;
  created_at_ms: number;
  expires_at_ms: number;
}

/** A lease: who works on a row and until when others must leave it alone. Both `null` while nobody does. */
interface LeaseColumns {
  /** {@link Store.processId} of the aggregator that works on it. */
  lease_owner: string | null;
  lease_expires_at_ms: number | null;
}

export interface IntentRunsTable extends LeaseColumns {
  /** Chosen by the client; unique, so that the same run cannot be made twice. */
  run_uuid: string;
  /** Order of creation, for paging. */
  id: Generated<number>;
  cluster: string;
  actor: string;
  plan_hash: string | null;
  /** Tells a repeated request from another one under the same run_uuid. */
  request_hash: string;
  state: (typeof runStates)[number];
  overall: (typeof overallResults)[number] | null;
  cancel_requested: Generated<Flag>;
  created_at_ms: number;
  ended_at_ms: number | null;
  /** Grows by one with every write of its items, which is what makes writers wait for each other. */
  version: Generated<number>;
  /** Announcement of the run in the journal. */
  audit_entry_id: string | null;
}

export interface IntentRunItemsTable {
  run_uuid: string;
  item_index: number;
  netbox_id: number | null;
  vmid: number | null;
  op: IntentOp;
  kind: GuestKind | null;
  name: string | null;
  node: string | null;
  status: Exclude<ItemStatus, 'unknown'>;
  reason: string | null;
  message: string | null;
  upid: string | null;
  deletion_request_id: number | null;
  progress: number | null;
  started_at_ms: number | null;
  ended_at_ms: number | null;
  /** Announcement of the change in the journal. */
  audit_entry_id: string | null;
}

export interface IntentRunEventsTable {
  run_uuid: string;
  /** 1, 2, 3 … per run: the `id` of the server-sent event. */
  seq: number;
  name: string;
  data_json: string;
}

export interface DeletionRequestsTable extends LeaseColumns {
  id: Generated<number>;
  cluster: string;
  endpoint_id: number | null;
  vmid: number;
  node: string;
  kind: GuestKind;
  name: string | null;
  /** Changed only by `UPDATE … WHERE id = ? AND state = ? AND version = ?`. */
  state: Exclude<DeletionState, 'unknown'>;
  version: Generated<number>;
  created_at_ms: number;
  updated_at_ms: number;
  expires_at_ms: number;
  requested_by: string;
  reason: string | null;
  authorizer: string | null;
  approved_at_ms: number | null;
  reject_reason: string | null;
  executed_by: string | null;
  executed_at_ms: number | null;
  /** The run whose delete change filed this request. */
  run_uuid: string | null;
  /** The execution; unique, so that an execution belongs to one request. */
  executor_run_uuid: string | null;
  /** Written before Proxmox is told to destroy; from then on it may have been. */
  destroy_sent_at_ms: number | null;
  upid: string | null;
  error: string | null;
  tagged: Flag | null;
  /** The guest as it was when its deletion was asked for. */
  snapshot_json: string;
  /** What the authorizer saw of the guest; it must still be that when it is destroyed. */
  approved_material: string | null;
  /** Announcement of the execution in the journal. */
  audit_entry_id: string | null;
}

export interface DeletionHistoryTable {
  request_id: number;
  /** 1, 2, 3 … per request. */
  seq: number;
  at_ms: number;
  /** `null` when nobody did it, such as the end of the request's time. */
  actor: string | null;
  from_state: Exclude<DeletionState, 'unknown'> | null;
  to_state: Exclude<DeletionState, 'unknown'>;
  note: string | null;
}

/** What each subject of a cluster was seen as last; see `Lane`. */
export interface TimelineLanesTable {
  cluster: string;
  lane: string;
  /** Grows by one with every change; a change is made by compare-and-set on it. */
  seq: number;
  state: string;
  node: string | null;
  at_ms: number;
  /** On the lane `reading`: when any aggregator last read the cluster well. */
  seen_at_ms: number | null;
}

/** What happened; see `FleetEvent`. Cluster, lane and seq name an event, once for all aggregators. */
export interface TimelineEventsTable {
  /** Order of writing, for paging. */
  id: Generated<number>;
  cluster: string;
  lane: string;
  seq: number;
  kind: FleetEventKind;
  vmid: number | null;
  name: string | null;
  at_ms: number;
  after_ms: number | null;
  end_ms: number | null;
  from_state: string | null;
  from_node: string | null;
  to_state: string | null;
  to_node: string | null;
  detail: string | null;
  /** Who started a task. */
  actor: string | null;
}

export interface StoreSchema {
  keys: KeysTable;
  settings: SettingsTable;
  endpoint_settings: EndpointSettingsTable;
  audit: AuditTable;
  intent_plans: IntentPlansTable;
  intent_runs: IntentRunsTable;
  intent_run_items: IntentRunItemsTable;
  intent_run_events: IntentRunEventsTable;
  deletion_requests: DeletionRequestsTable;
  deletion_history: DeletionHistoryTable;
  timeline_lanes: TimelineLanesTable;
  timeline_events: TimelineEventsTable;
}

export type KeyRow = Selectable<KeysTable>;
export type AuditRow = Selectable<AuditTable>;
export type DeletionRequestRow = Selectable<DeletionRequestsTable>;
export type IntentRunRow = Selectable<IntentRunsTable>;
export type TimelineLaneRow = Selectable<TimelineLanesTable>;
export type TimelineEventRow = Selectable<TimelineEventsTable>;
export type IntentRunItemRow = Selectable<IntentRunItemsTable>;
