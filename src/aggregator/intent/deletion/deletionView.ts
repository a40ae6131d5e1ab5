import type { DeletionRequest } from '../../../contract/intent/deletionRequest.ts';
import type { IntentActor } from '../intentActor.ts';
import type { IntentCluster } from '../intentCluster.ts';
import type { DeletionHistoryRecord, DeletionRecord } from '../intentRecords.ts';
import { type IntentSettings, writeBlocker } from '../intentSettings.ts';
import { mayApprove, mayExecute, mayReject } from './allowances.ts';

/** A request in the wire's form, with what this actor may do now. */
export function toWireDeletion(
  record: DeletionRecord,
  history: readonly DeletionHistoryRecord[],
  viewer: {
    readonly actor: IntentActor;
    readonly settings: IntentSettings;
    readonly cluster: IntentCluster | null;
  },
): DeletionRequest {
  const { actor, settings, cluster } = viewer;
  const gate =
    cluster === null
      ? { code: 'cluster_unknown', message: `This server no longer has the cluster ${record.cluster}.` }
      : writeBlocker(settings, cluster);
  const gated = (allowance: ReturnType<typeof mayApprove>): ReturnType<typeof mayApprove> =>
    allowance.allowed && gate !== null ? { allowed: false, ...gate } : allowance;
  return {
    id: record.id,
    endpoint_id: record.endpointId,
    cluster: record.cluster,
    vmid: record.vmid,
    node: record.node,
    kind: record.kind,
    name: record.name,
    state: record.state,
    created_at: record.createdMs / 1000,
    updated_at: record.updatedMs / 1000,
    expires_at: record.state === 'pending' || record.state === 'approved' ? record.expiresMs / 1000 : null,
    requested_by: record.requestedBy,
    reason: record.reason,
    authorizer: record.authorizer,
    approved_at: seconds(record.approvedMs),
    reject_reason: record.rejectReason,
    executed_by: record.executedBy,
    executed_at: seconds(record.executedMs),
    run_uuid: record.runUuid,
    executor_run_uuid: record.executorRunUuid,
    upid: record.upid,
    error: record.error,
    tagged: record.tagged,
    metadata_snapshot: record.snapshot,
    history: history.map(({ atMs, actor: who, fromState, toState, note }) => ({
      at: atMs / 1000,
      actor: who,
      from_state: fromState,
      to_state: toState,
      note,
    })),
    may: {
      approve: gated(mayApprove(record, actor, settings)),
      reject: mayReject(record, actor),
      execute: gated(mayExecute(record, actor, settings)),
    },
  };
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
