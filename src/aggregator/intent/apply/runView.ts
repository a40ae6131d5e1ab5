import type { IntentRun, RunItem } from '../../../contract/intent/run.ts';
import type { Overall, RunItemRecord, RunWithItems } from '../intentRecords.ts';

/** A run in the wire's form. */
export function toWireRun({ run, items }: RunWithItems): IntentRun {
  return {
    run_uuid: run.uuid,
    state: run.state,
    overall: run.overall,
    cluster: run.cluster,
    actor: run.actor,
    plan_hash: run.planHash,
    created_at: run.createdMs / 1000,
    ended_at: seconds(run.endedMs),
    results: items.map(toWireItem),
  };
}

export function toWireItem(item: RunItemRecord): RunItem {
  return {
    index: item.index,
    netbox_id: item.netboxId,
    vmid: item.vmid ?? 0,
    op: item.op,
    kind: item.kind ?? 'unknown',
    name: item.name,
    node: item.node,
    status: item.status,
    reason: item.reason,
    message: item.message,
    proxmox_upid: item.upid,
    deletion_request_id: item.deletionRequestId,
    progress: item.progress,
    started_at: seconds(item.startedMs),
    ended_at: seconds(item.endedMs),
  };
}

/** Result of a whole run (contract, overall): an item that asked for a deletion did what it can. */
export function overallOf(items: readonly Pick<RunItemRecord, 'status'>[]): Overall {
  if (items.length === 0) return 'no_op';
  const good = new Set(['succeeded', 'skipped', 'delete-pending-approval']);
  if (items.every(({ status }) => good.has(status))) return 'succeeded';
  return items.every(({ status }) => status === 'failed') ? 'failed' : 'partial';
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
