import type { HaResource } from '../contract/model/placement.ts';
import type { StateView } from '../contract/stateView.ts';
import { notToldState, stateView, unlistedState } from './states.ts';

export interface ResourceFacts {
  readonly nowMs: number;
  readonly clockOffsetMs: number;
}

/** After this long in recovery no node fits, and the resource waits for somebody. */
export const recoveryLimitMs = 3 * 60_000;

/** The verbose state of an HA resource: what its status row says happens. */
export function haResourceState(resource: HaResource, facts: ResourceFacts): StateView {
  if (resource.state === null) return notToldState('No status row told the state of this resource.');
  const sinceMs = resource.stateSinceMs === null ? null : resource.stateSinceMs + facts.clockOffsetMs;
  return resourceWord(resource.state, {
    node: resource.node,
    sinceMs,
    nowMs: facts.nowMs,
  });
}

/** A CRM state by itself, for detail pages. */
export function crmState(resource: HaResource, facts: ResourceFacts): StateView {
  return resource.crmState === null
    ? notToldState('The HA manager does not know this resource (yet).')
    : resourceWord(resource.crmState, { node: resource.node, sinceMs: null, nowMs: facts.nowMs });
}

interface WordFacts {
  readonly node: string | null;
  readonly sinceMs: number | null;
  readonly nowMs: number;
}

const openTasks = 'If over 3 min: look at its tasks.';

/** A state of an HA resource by its word alone, as in a record of the past. */
export function resourceWordState(word: string, node: string | null): StateView {
  return resourceWord(word, { node, sinceMs: null, nowMs: 0 });
}

function resourceWord(word: string, facts: WordFacts): StateView {
  const from = facts.node === null ? '' : ` from ${facts.node}`;
  switch (word) {
    case 'started':
      return stateView('started', 'calm', 'play-circle', 'Runs, and HA keeps it running.');
    case 'request_start':
    case 'starting':
      return stateView('starting', 'busy', 'sync', 'The node is working on it.', openTasks);
    case 'queued':
      return stateView('queued', 'busy', 'clock', 'HA has not picked it up yet.', openTasks);
    case 'request_start_balance':
      return stateView(
        'moving before start',
        'busy',
        'arrow-swap',
        'A better node was chosen before its first start.',
        openTasks,
      );
    case 'request_stop':
    case 'stopping':
      return stateView('stopping', 'busy', 'sync', 'Shutting down as wanted.');
    case 'stopped':
      return stateView(
        'stopped (kept)',
        'off',
        'stop-circle',
        'Off as wanted, still moved to another node if its own dies.',
      );
    case 'disabled':
      return stateView('disabled', 'off', 'circle-slash', 'Off and left where it is.');
    case 'ignored':
      return stateView(
        'ignored by HA',
        'off',
        'eye-closed',
        'Configured, but HA does not touch or recover it.',
      );
    case 'migrate':
      return stateView(`migrating${from}`, 'busy', 'arrow-swap', 'Moves while running.');
    case 'relocate':
      return stateView(
        `relocating${from}`,
        'busy',
        'arrow-circle-right',
        'Stops, moves, starts: a short outage.',
      );
    case 'fence':
      return stateView(
        'waiting for fence',
        'fail',
        'zap',
        'Its node is lost; it restarts elsewhere once that node is surely off.',
        'Wait for the countdown.',
        facts.sinceMs,
      );
    case 'recovery':
      return facts.sinceMs !== null && facts.nowMs - facts.sinceMs > recoveryLimitMs
        ? stateView(
            'stuck: no node fits',
            'fail',
            'debug-restart',
            'No node is allowed or able to take it; HA retries every round.',
            'Loosen the rule or bring a node back.',
            facts.sinceMs,
          )
        : stateView('finding a new node', 'busy', 'debug-restart', 'Being placed now.', null, facts.sinceMs);
    case 'freeze':
      return stateView(
        'frozen',
        'held',
        'debug-pause',
        'Left alone during a planned reboot or while disarmed; restarting it elsewhere would be wrong.',
        'Thaws by itself when the node is back or HA is armed.',
      );
    case 'error':
      return stateView(
        'error',
        'fail',
        'error',
        'HA tried and gave up; it accepts nothing but "disabled".',
        'Recover: disable, fix, start.',
      );
    case 'clearing error flag':
      return stateView('clearing error', 'busy', 'sync', 'The error is being reset.');
    case 'deleting':
      return stateView('leaving HA', 'busy', 'remove', 'Being taken out of HA; the guest stays.');
    case 'not found':
      return stateView(
        'guest missing',
        'warn',
        'warning',
        'HA is told to manage a guest that does not exist.',
        'Remove the HA entry or restore the guest.',
      );
    case 'ignore':
      return stateView('not watched', 'warn', 'eye-closed', 'HA is disarmed in ignore mode.', 'Arm HA.');
    default:
      return unlistedState(word);
  }
}

/** Whether the resource may still pass into "stuck" with time alone. */
export function isResourceTimed(resource: HaResource): boolean {
  return resource.state === 'recovery' || resource.state === 'fence';
}

/** What somebody configured: "started", "stopped", or `null` when not told. */
export function wantedWord(resource: HaResource): string | null {
  return resource.requestState === 'enabled' ? 'started' : resource.requestState;
}

/** Whether HA starts it on another node when its own is fenced, as far as its state tells. */
export function restartsElsewhere(resource: HaResource): boolean {
  return (
    wantedWord(resource) === 'started' &&
    !['error', 'freeze', 'ignore', 'ignored', 'disabled', 'not found', 'deleting'].includes(
      resource.state ?? '',
    )
  );
}

/** Verbose states that fulfil a wanted state; anything else counts as "differs". */
const fulfils: Readonly<Record<string, readonly string[]>> = {
  started: ['started'],
  stopped: ['stopped'],
  disabled: ['disabled', 'stopped'],
  ignored: ['ignored', 'ignore'],
};

/** True when the state is known and is not what was asked for; `null` when either side is not told. */
export function differsFromWanted(resource: HaResource): boolean | null {
  const wanted = wantedWord(resource);
  if (wanted === null || resource.state === null) return null;
  return !(fulfils[wanted] ?? [wanted]).includes(resource.state);
}

/** Word under which roll-ups count a resource: "2 moving", "1 error"; `null` for those that need no mention. */
export function resourceBucket(resource: HaResource, state: StateView): string | null {
  switch (resource.state) {
    case 'migrate':
    case 'relocate':
    case 'request_start_balance':
      return 'moving';
    case 'recovery':
      return state.tone === 'fail' ? 'stuck' : 'recovering';
    case 'fence':
      return 'waiting for fence';
    case 'error':
      return 'error';
    case 'freeze':
      return 'frozen';
    case 'not found':
      return 'missing';
    case 'ignore':
      return 'not watched';
    case 'request_start':
    case 'starting':
    case 'queued':
      return 'starting';
    case 'request_stop':
    case 'stopping':
      return 'stopping';
    case null:
      return 'not told';
    default:
      return state.tone === 'unknown' ? 'unknown' : null;
  }
}
