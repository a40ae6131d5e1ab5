import type { DeletionTarget } from '../../../contract/intent/deletionRequest.ts';
import type { IntentActor } from '../intentActor.ts';
import type { DeletionRecord } from '../intentRecords.ts';
import { IntentRefusal } from '../intentRefusal.ts';

/** 403 when a permission is missing. */
export function requirePermission(actor: IntentActor, permission: string): void {
  if (!actor.has(permission))
    throw new IntentRefusal(
      403,
      'permission_missing',
      `Your key lacks the permission ${permission}. An administrator can give it.`,
    );
}

/** 409 when what the caller repeats is not what the request is about. */
export function requireTarget(record: DeletionRecord, target: DeletionTarget): void {
  if (target.vmid === record.vmid && target.node === record.node && target.kind === record.kind) return;
  throw new IntentRefusal(
    409,
    'target_mismatch',
    `Request ${record.id} is about ${record.kind} ${record.vmid} on ${record.node}, not ${target.kind} ${target.vmid} on ${target.node}. Nothing was changed.`,
  );
}
