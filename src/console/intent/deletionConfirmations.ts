import { formatAge } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { DeletionComparison, DeletionRequest } from '../../contract/intent/deletionRequest.ts';
import type { Confirmation } from './applyConfirmation.ts';
import { disksOf } from './deletionPage.ts';
import { nameOf } from './deletionStates.ts';
import { guestLabel } from './guestLabel.ts';
import { haChanges, haText } from './planWords.ts';

/**
 * Why nobody may be asked to approve or execute this now, from a comparison made for this question; `null` when nothing
 * speaks against it. The name or number that is typed must be that of the guest that would go.
 */
export function deletionObstacle(request: DeletionRequest, comparison: DeletionComparison): string | null {
  const label = guestLabel(request);
  const { live, changes, material, message } = comparison;
  switch (live) {
    case 'same':
      return null;
    case 'changed':
      return material === false
        ? null
        : `${label} has changed since its deletion was asked for (${changes.map(({ key }) => plainText(key, 40)).join(', ')}). Compare, reject the request and ask again.`;
    case 'replaced':
      return `${label}: another guest has this VMID now. Reject the request.`;
    case 'gone':
      return `${label} is not there any more. Reject the request.`;
    default:
      return `${label} could not be compared with the request: ${plainText(message ?? 'the cluster did not tell', 200)}`;
  }
}

/** Approving asks for the VMID, at every level of protection. */
export function approveConfirmation(request: DeletionRequest, nowMs: number): Confirmation {
  const age = request.created_at === null ? '' : ` ${formatAge(nowMs - request.created_at * 1000)} ago`;
  const reason = request.reason === null ? '' : `: "${plainText(request.reason, 120)}"`;
  return {
    kind: 'typed',
    title: `Approve Deletion of ${guestLabel(request)}`,
    prompt: `Asked by ${nameOf(request.requested_by)}${age}${reason}. Nothing is destroyed yet. Type the VMID to approve.`,
    expected: String(request.vmid),
    mistake: 'That is not the VMID of this guest.',
  };
}

/** Executing asks for the guest's name, or for the VMID of one without a name. */
export function executeConfirmation(request: DeletionRequest): Confirmation {
  const name = plainText(request.name ?? '', 80);
  const snapshot = request.metadata_snapshot;
  const disks = snapshot === null ? 0 : disksOf(snapshot).length;
  const ha = haChanges({ ha: snapshot?.ha ?? [] }).map((consequence) =>
    haText(consequence).replace(/\.$/, ''),
  );
  const harm = [
    disks === 0 ? 'Everything of it' : `${disks} ${disks === 1 ? 'disk' : 'disks'}`,
    'gone for good',
  ];
  return {
    kind: 'typed',
    title: `Destroy ${guestLabel(request)} now`,
    prompt: `${harm.join(', ')}${ha.length === 0 ? '' : `; HA: ${ha.join('; ')}`}. Type ${name === '' ? 'the VMID' : "the guest's name"} to destroy it.`,
    expected: name === '' ? String(request.vmid) : name,
    mistake: name === '' ? 'That is not the VMID of this guest.' : 'That is not the name of this guest.',
  };
}
