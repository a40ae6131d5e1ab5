import { plainText } from '../../base/text.ts';
import type { DeletionRequest } from '../../contract/intent/deletionRequest.ts';
import type { StateView } from '../../contract/stateView.ts';
import { notToldState, stateView } from '../states.ts';

/** How a deletion request stands, for the person whose key asked. */
export function deletionState(request: DeletionRequest): StateView {
  switch (request.state) {
    case 'pending':
      return needsMyDecision(request)
        ? stateView('needs your decision', 'warn', 'inbox', 'You may decide.', 'Review the request.')
        : stateView(
            'waiting for a second person',
            'held',
            'person',
            'Somebody else decides: you asked, or you may not.',
          );
    case 'approved':
      return stateView(
        `approved by ${nameOf(request.authorizer)}`,
        'busy',
        'verified',
        'Agreed, nothing destroyed yet.',
        'Execute',
      );
    case 'executing':
      return stateView('destroying', 'busy', 'sync', 'Proxmox is removing it.');
    case 'succeeded':
      return stateView('destroyed', 'off', 'pass', 'Proxmox confirmed the end of the task.');
    case 'failed':
      return stateView(
        'failed, guest state unclear',
        'fail',
        'error',
        'Stopped on the way.',
        'Compare with the live guest.',
      );
    case 'rejected':
      return request.reject_reason === 'TTL'
        ? stateView('expired', 'off', 'history', 'Nobody decided in time.')
        : stateView(
            `rejected: ${plainText(request.reject_reason ?? 'no reason told', 80)}`,
            'off',
            'circle-slash',
            'Somebody said no.',
          );
    case 'unknown':
      return notToldState('The server did not tell how this request stands.');
  }
}

/** Whether the person whose key asked may decide a request that waits. Not told reads as no. */
export function needsMyDecision(request: DeletionRequest): boolean {
  return request.state === 'pending' && request.may?.approve.allowed === true;
}

export function nameOf(actor: string | null): string {
  return actor === null ? 'somebody' : plainText(actor, 40);
}
