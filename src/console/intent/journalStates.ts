import type { AuditEntry } from '../../contract/intent/audit.ts';
import type { StateView } from '../../contract/stateView.ts';
import { notToldState, stateView } from '../states.ts';

/** How an action in the journal ended, in words. */
export function journalState({ result }: AuditEntry): StateView {
  switch (result) {
    case 'succeeded':
      return stateView('done', 'calm', 'pass', 'It ended well.');
    case 'failed':
      return stateView('failed', 'fail', 'error', 'It was tried and failed.');
    case 'blocked':
      return stateView('refused', 'off', 'circle-slash', 'The server refused it; nothing was done.');
    case 'skipped':
      return stateView('left out', 'off', 'circle-slash', 'Nothing was to do.');
    case 'outcome_unknown':
      return stateView('outcome unknown', 'unknown', 'question', 'It may have happened. Look at the guest.');
    case 'open':
      return stateView(
        'not completed',
        'unknown',
        'question',
        'It was begun; its end was never written down.',
      );
    case 'unknown':
      return notToldState('The server did not tell how it ended.');
  }
}
