import type { Allowance } from '../../../contract/intent/deletionRequest.ts';
import { type IntentActor, isSameActor, permissionFor } from '../intentActor.ts';
import type { DeletionRecord } from '../intentRecords.ts';
import type { IntentSettings } from '../intentSettings.ts';

const allowed: Allowance = { allowed: true, code: null, message: null };
const no = (code: string, message: string): Allowance => ({ allowed: false, code, message });

/** Permission to decide; held apart from the permissions to ask (safety model, invariant 4). */
export const decidePermission = 'authorize_deletion_request';

/**
 * Whether somebody may decide on a request as far as who they are goes. The requester may not, unless the administrator
 * allowed that; who somebody is comes from their key.
 */
export function mayDecide(record: DeletionRecord, actor: IntentActor, settings: IntentSettings): Allowance {
  if (!actor.has(decidePermission))
    return no('permission_missing', `Your key may not decide (${decidePermission}).`);
  if (!settings.selfApprovalAllowed && isSameActor(actor.actor, record.requestedBy))
    return no('self_approval_not_allowed', 'You asked for this, so somebody else decides.');
  // Whoever made a key has seen it and could be both.
  if (
    !settings.selfApprovalAllowed &&
    actor.keyMadeBy !== null &&
    isSameActor(actor.keyMadeBy, record.requestedBy)
  )
    return no(
      'key_made_by_requester',
      'Your key was made by the person who asked for this. Have another administrator rotate it, or decide with another key.',
    );
  return allowed;
}

export function mayApprove(record: DeletionRecord, actor: IntentActor, settings: IntentSettings): Allowance {
  const decide = mayDecide(record, actor, settings);
  if (!decide.allowed) return decide;
  if (record.state === 'pending' || record.state === 'approved') return allowed;
  return no('wrong_state', `This request is ${record.state}; only a pending one can be approved.`);
}

/** Whoever may decide can reject; the requester can take their own request back. Neither changes a guest. */
export function mayReject(record: DeletionRecord, actor: IntentActor): Allowance {
  if (!actor.has(decidePermission) && !isSameActor(actor.actor, record.requestedBy))
    return no('permission_missing', `Your key may not decide (${decidePermission}).`);
  if (record.state === 'executing' || record.state === 'succeeded')
    return no('wrong_state', `This request is ${record.state} and can no longer be rejected.`);
  return allowed;
}

/** Executing needs an approval by somebody who is not the requester, checked again here. */
export function mayExecute(record: DeletionRecord, actor: IntentActor, settings: IntentSettings): Allowance {
  const permission = permissionFor('delete', record.kind);
  if (!actor.has(permission) && !actor.has(decidePermission))
    return no('permission_missing', `Your key may not execute this (${permission} or ${decidePermission}).`);
  if (record.state !== 'approved')
    return no('wrong_state', `This request is ${record.state}; only an approved one can be executed.`);
  if (record.authorizer === null) return no('not_authorized', 'Nobody is on record as having approved this.');
  if (!settings.selfApprovalAllowed && isSameActor(record.authorizer, record.requestedBy))
    return no(
      'self_approval_not_allowed',
      'It was approved by the person who asked for it, which no longer counts.',
    );
  return allowed;
}
