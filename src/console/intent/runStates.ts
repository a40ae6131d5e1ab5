import type { IntentRun, RunItem } from '../../contract/intent/run.ts';
import type { StateView } from '../../contract/stateView.ts';
import { notToldState, stateView } from '../states.ts';

/** Result of an item as the console words it. `sinceMs` is the console clock. */
export function runItemState(item: Pick<RunItem, 'status'>, sinceMs: number | null = null): StateView {
  switch (item.status) {
    case 'queued':
      return stateView('waiting', 'off', 'circle-large-outline', 'Not begun.');
    case 'running':
      return stateView('running', 'busy', 'sync', 'Proxmox works on it.', null, sinceMs);
    case 'succeeded':
      return stateView('done', 'calm', 'pass', 'Proxmox finished.');
    case 'skipped':
      return stateView('no change', 'off', 'circle-slash', 'Already as wanted, or left out.');
    case 'not_implemented':
      return stateView('not supported', 'warn', 'circle-slash', 'The server cannot do it.');
    case 'cancelled':
      return stateView('cancelled', 'off', 'circle-slash', 'Stopped before it began.');
    case 'failed':
      return stateView('failed', 'fail', 'error', 'Proxmox or the server said no.', 'Read the message.');
    case 'outcome_unknown':
      return stateView(
        'outcome unknown',
        'unknown',
        'question',
        'Contact was lost after sending: it may have happened.',
        'Check the guest before repeating.',
      );
    case 'delete-pending-approval':
      return stateView(
        'awaiting approval',
        'held',
        'inbox',
        'A deletion request was created; the guest still exists.',
        'Open Request',
      );
    case 'unknown':
      return notToldState('The server did not tell how this item stands.');
  }
}

/** Items that ended as wanted: done, nothing to do, or filed as a request. */
export function isItemGood(item: Pick<RunItem, 'status'>): boolean {
  return (
    item.status === 'succeeded' || item.status === 'skipped' || item.status === 'delete-pending-approval'
  );
}

export function isItemEnded(item: Pick<RunItem, 'status'>): boolean {
  return item.status !== 'queued' && item.status !== 'running' && item.status !== 'unknown';
}

/** A run as a whole. `sinceMs` is when it began, console clock, for its stopwatch. */
export function runState(run: IntentRun, sinceMs: number | null = null): StateView {
  const total = run.results.length;
  const ended = run.results.filter(isItemEnded).length;
  if (run.state === 'queued') return stateView('queued', 'busy', 'clock', 'It begins soon.');
  if (run.state === 'running')
    return stateView(`running · ${ended} of ${total}`, 'busy', 'sync', 'It is being applied.', null, sinceMs);
  if (run.state === 'unknown') return notToldState('The server did not tell how this run stands.');
  const good = run.results.filter(isItemGood).length;
  switch (run.overall) {
    case 'succeeded':
      return stateView('applied', 'ok', 'pass-filled', 'Everything went as planned.');
    case 'partial':
      return stateView(
        `applied in part ${good}/${total}`,
        'warn',
        'warning',
        'Some changes did not go.',
        'Read the rows below.',
      );
    case 'failed':
      return stateView('failed', 'fail', 'error', 'No change went.', 'Read the rows below.');
    case 'no_op':
      return stateView('nothing to do', 'off', 'pass', 'Everything was as wanted already.');
    default:
      return notToldState('The server did not tell the result of this run.');
  }
}
