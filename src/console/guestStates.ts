import { plainText } from '../base/text.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { StateView } from '../contract/stateView.ts';
import { notToldState, stateView, unlistedState } from './states.ts';

export interface GuestFacts {
  /** Its node left the quorate part: Proxmox then repeats the last run state for minutes. */
  readonly nodeLost: boolean;
}

/** Run state of a guest. */
export function guestState(guest: Pick<Guest, 'status' | 'template'>, facts: GuestFacts): StateView {
  if (guest.template) return stateView('template', 'off', 'file', 'A mould, never runs.');
  const { status } = guest;
  if (status === null) return notToldState('The run state of this guest is not told.');
  if (status === 'unknown' || facts.nodeLost) {
    return stateView(
      status === 'unknown' ? 'run state unknown' : `last seen ${plainText(status, 40)}`,
      'unknown',
      'question',
      'Its node is silent; nobody can say.',
      'See the node.',
    );
  }
  switch (status) {
    case 'running':
      return stateView('running', 'calm', 'vm-running', 'Powered on.');
    case 'stopped':
      return stateView('stopped', 'off', 'vm-outline', 'Powered off.');
    case 'paused':
      return stateView(
        'paused',
        'warn',
        'debug-pause',
        'Halted with its memory kept.',
        'Resume if nobody meant it.',
      );
    case 'suspended':
      return stateView('suspended', 'held', 'debug-pause', 'Asleep.');
    case 'prelaunch':
      return stateView('preparing', 'busy', 'sync', 'Created, not running yet.');
    case 'io-error':
      return stateView(
        'storage error',
        'fail',
        'error',
        'The guest stands still: its disk failed or is full.',
        'Check the storage, then resume.',
      );
    case 'internal-error':
      return stateView('internal error', 'fail', 'error', 'Its emulator tripped.', 'Look at its tasks.');
    default:
      return unlistedState(status);
  }
}

/** A lock that a job holds; `null` when there is none. */
export function lockState(lock: string | null): StateView | null {
  return lock === null || lock === ''
    ? null
    : stateView(`locked (${plainText(lock, 40)})`, 'held', 'lock', 'A job holds it.');
}

/** Whether HA manages the guest. Not told is not the same as not managed. */
export function haManagedState(guest: Pick<Guest, 'haManaged'>): StateView {
  switch (guest.haManaged) {
    case 'managed':
      return stateView('HA-managed', 'calm', 'shield', 'HA restarts it elsewhere if its node dies.');
    case 'notManaged':
      return stateView('not HA-managed', 'off', 'blank', 'Nobody restarts it if its node dies.');
    case 'unknown':
      return stateView(
        'HA not told',
        'unknown',
        'question',
        'Whether HA manages this guest is not told; it may or may not.',
      );
  }
}

/** Word under which roll-ups count a guest. */
export function guestBucket(state: StateView): string | null {
  switch (state.tone) {
    case 'fail':
    case 'warn':
    case 'held':
      return state.label;
    case 'unknown':
      return 'unknown';
    default:
      return null;
  }
}
