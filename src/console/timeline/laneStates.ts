import { plainText } from '../../base/text.ts';
import type { FleetEvent, FleetEventKind } from '../../contract/model/fleetEvent.ts';
import type { StateView } from '../../contract/stateView.ts';
import { guestState } from '../guestStates.ts';
import { resourceWordState } from '../haResourceStates.ts';
import { fencingState, maintenancePoweredOff } from '../haStackStates.ts';
import { stateView, unlistedState } from '../states.ts';

/** What an event is about, without its time. */
export type LaneState = Pick<FleetEvent, 'kind' | 'subject'> & {
  readonly state: string;
  readonly node: string | null;
};

/** A recorded state in words. The words are those of the live screens; a state not listed is shown raw. */
export function laneState({ kind, subject, state, node }: LaneState): StateView {
  if (state === 'removed') return removedState(kind);
  switch (kind) {
    case 'service':
      // While a new node is sought, the old one is not where it is.
      return onNode(resourceWordState(state, node), state === 'recovery' ? null : node);
    case 'guest':
      return onNode(guestState({ status: state, template: false }, { nodeLost: false }), node);
    case 'node':
    case 'fencing':
      return recordedNodeState(state);
    case 'quorum':
      return subject === 'quorumDevice' ? recordedDeviceState(state) : recordedQuorumState(state);
    case 'master':
      return recordedMasterState(state, node);
    case 'arming':
      return recordedArmingState(state);
    case 'rule':
      return stateView(plainText(state, 420), 'calm', 'law', 'How the rule or group reads.');
    case 'reading':
      return readingState(state);
    default:
      return unlistedState(state);
  }
}

function onNode(state: StateView, node: string | null): StateView {
  if (node === null || state.label.endsWith(` from ${node}`)) return state;
  return { ...state, label: `${state.label} on ${plainText(node, 63)}` };
}

function removedState(kind: FleetEventKind | 'unknown'): StateView {
  return kind === 'service'
    ? stateView('not in HA', 'off', 'remove', 'It left HA; the guest is another matter.')
    : stateView('removed', 'off', 'circle-slash', 'It is not there any more.');
}

function recordedNodeState(state: string): StateView {
  switch (state) {
    case 'online':
      return stateView('online', 'calm', 'server', 'Member of the quorate part.');
    case 'offline':
      return stateView('lost', 'fail', 'debug-disconnect', 'Not in the quorate part, perhaps still running.');
    case 'unseen':
      return stateView(
        'not seen',
        'unknown',
        'question',
        'The node that answered had no quorum and did not see this one, which proves nothing.',
      );
    case 'fence':
      return stateView('being fenced', 'fail', 'zap', 'Declared lost; HA waited for its watchdog.');
    case 'maintenance':
      return stateView('maintenance', 'held', 'tools', 'Member, not to be used.');
    case 'maintenanceOff':
      return maintenancePoweredOff();
    default:
      return unlistedState(state);
  }
}

function recordedQuorumState(state: string): StateView {
  switch (state) {
    case 'quorate':
      return stateView('quorate', 'ok', 'pass', 'A majority of votes was present.');
    case 'notQuorate':
      return stateView('no quorum', 'fail', 'error', 'The answering node saw no majority.');
    case 'split':
      return stateView('split view', 'fail', 'error', 'Nodes contradicted each other.');
    case 'standalone':
      return stateView('standalone', 'off', 'server', 'One node, no votes to count.');
    default:
      return unlistedState(state);
  }
}

function recordedDeviceState(state: string): StateView {
  switch (state) {
    case 'connected':
      return stateView('device voting', 'calm', 'plug', 'Its vote was counted.');
    case 'notConnected':
      return stateView('device lost', 'warn', 'debug-disconnect', "The device's votes were missing.");
    case 'none':
      return stateView('no device', 'off', 'dash', 'There was none.');
    default:
      return unlistedState(state);
  }
}

function recordedMasterState(state: string, node: string | null): StateView {
  const who = node === null ? '' : ` ${plainText(node, 63)}`;
  switch (state) {
    case 'active':
      return stateView(`master${who}`, 'calm', 'star-full', 'This node decided for the whole cluster.');
    case 'idle':
      return stateView('HA idle', 'off', 'circle-large-outline', 'No HA resource, so the manager slept.');
    case 'never':
      return stateView('HA never used', 'off', 'circle-large-outline', 'No HA manager was needed.');
    case 'silent':
      return stateView(
        `master${who} silent`,
        'fail',
        'debug-disconnect',
        'The deciding node stopped reporting.',
      );
    case 'clockDrift':
      return stateView(`clock drift${who}`, 'warn', 'watch', 'Clocks disagreed.');
    default:
      return unlistedState(state);
  }
}

function recordedArmingState(state: string): StateView {
  switch (state) {
    case 'armed':
    case 'standby':
    case 'disarming':
    case 'disarmed':
      return fencingState(
        { state, resourceMode: null, rawStatus: null, sinceMs: null },
        { resources: 0, nowMs: 0, clockOffsetMs: 0 },
      );
    default:
      return unlistedState(state);
  }
}

/** What was known of our own sight. */
export function readingState(state: string): StateView {
  switch (state) {
    case 'read':
      return stateView('readable', 'calm', 'eye', 'The cluster was read.');
    case 'lost':
      return stateView(
        'not readable',
        'unknown',
        'debug-disconnect',
        'The cluster did not answer us, which says nothing about it.',
      );
    case 'paused':
      return stateView('not watched', 'unknown', 'debug-pause', 'Nobody asked, so nothing was read.');
    default:
      return unlistedState(state);
  }
}
