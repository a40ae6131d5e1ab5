import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { explainFleetError } from '../../../src/console/errorText.ts';
import {
  fencingState,
  freshnessState,
  guestState,
  haResourceState,
  lrmState,
  masterState,
  nodeState,
  quorumState,
} from '../../../src/console/states.ts';
import { fleetErrorCodeSchema } from '../../../src/contract/model/fleetError.ts';
import type { StateView } from '../../../src/contract/stateView.ts';
import { aFleetError, aGuest, aNode, aQuorum, aResource, builtAtMs } from '../../support/fleetBuilders.ts';

const css = readFileSync(
  new URL('../../../node_modules/@vscode/codicons/dist/codicon.css', import.meta.url),
  'utf8',
);

/** Every state that the table can give, over known and unknown words. */
function allStates(): StateView[] {
  const words = [
    'started',
    'request_start',
    'request_start_balance',
    'request_stop',
    'stopped',
    'migrate',
    'relocate',
    'fence',
    'recovery',
    'freeze',
    'error',
    'starting',
    'stopping',
    'disabled',
    'ignored',
    'ignore',
    'queued',
    'deleting',
    'not found',
    'clearing error flag',
    'brand-new',
    null,
  ];
  const states: StateView[] = [];
  for (const state of words)
    for (const trusted of [true, false])
      states.push(
        haResourceState(aResource(1, { state, crmState: state }), trusted, builtAtMs, builtAtMs + 600_000),
      );
  for (const status of [
    'running',
    'stopped',
    'paused',
    'suspended',
    'prelaunch',
    'io-error',
    'internal-error',
    'unknown',
    'odd',
    null,
  ])
    for (const online of [true, false])
      for (const trusted of [true, false]) states.push(guestState(aGuest(1, { status }), online, trusted));
  for (const state of ['quorate', 'notQuorate', 'split', 'standalone', 'unknown'] as const)
    for (const margin of [null, -1, 0, 1])
      for (const mode of ['cluster', 'undefined', 'unknown'] as const)
        states.push(quorumState(aQuorum({ state, margin }), mode));
  for (const state of ['armed', 'standby', 'disarming', 'disarmed', 'notOffered', 'unknown'] as const)
    states.push(
      fencingState({ state, resourceMode: 'freeze', rawStatus: 'x', sinceMs: builtAtMs }, 1, builtAtMs),
    );
  for (const state of ['active', 'idle', 'silent', 'clockDrift', 'never', 'unknown'] as const)
    states.push(masterState({ node: 'pve1', state, scheduler: 'basic', timestampS: 1, rawStatus: 'x' }));
  for (const state of [
    'active',
    'idle',
    'waitingForLock',
    'lostLock',
    'maintenance',
    'restarting',
    'shuttingDown',
    'disarmed',
    'silent',
    'clockDrift',
    'unreadable',
    'unknown',
  ] as const)
    states.push(lrmState({ state, watchdog: null, timestampS: 1, rawStatus: 'x' }, true, builtAtMs));
  for (const haState of ['online', 'maintenance', 'unknown', 'fence', 'gone', 'odd', null])
    for (const online of [true, false, null])
      states.push(nodeState(aNode('n', { haState, online }), 1, true, null));
  return states;
}

describe('the table of states', () => {
  it('uses only icons that exist', () => {
    for (const { icon, label } of allStates())
      assert.ok(css.includes(`.codicon-${icon}:`), `${icon} of "${label}"`);
  });

  it('shows a word it does not know as it is, and as unknown', () => {
    const state = haResourceState(aResource(1, { state: 'brand-new' }), true, null, builtAtMs);
    assert.equal(state.label, 'unknown state "brand-new"');
    assert.equal(state.tone, 'unknown');
  });

  it('is ok for a reported quorum and an armed stack only', () => {
    for (const state of allStates().filter(({ tone }) => tone === 'ok'))
      assert.match(state.label, /^(quorate|armed)/);
  });

  it('never words an unknown, lost or split quorum as quorate', () => {
    for (const state of ['notQuorate', 'split', 'unknown'] as const) {
      const shown = quorumState(aQuorum({ state, margin: 5, votes: 5, expectedVotes: 5 }), 'cluster');
      assert.doesNotMatch(shown.label, /quorate/);
      assert.ok(shown.tone === 'fail' || shown.tone === 'unknown');
    }
  });

  it('calls what it knows of resources a memory when there is no quorum', () => {
    for (const state of ['started', 'error', 'stopped', 'migrate']) {
      const shown = haResourceState(aResource(1, { state }), false, null, builtAtMs);
      assert.equal(shown.tone, 'unknown');
      assert.match(shown.label, /^last known/);
    }
  });

  it('tells a placement that takes too long from one that is under way', () => {
    const resource = aResource(1, { state: 'recovery' });
    assert.equal(haResourceState(resource, true, builtAtMs, builtAtMs + 60_000).tone, 'busy');
    assert.equal(
      haResourceState(resource, true, builtAtMs, builtAtMs + 200_000).label,
      'stuck: no node fits',
    );
  });

  it('tells maintenance from a node that was powered off in maintenance', () => {
    const lrm = (timestampS: number) => ({
      state: 'maintenance' as const,
      watchdog: null,
      timestampS,
      rawStatus: null,
    });
    assert.equal(lrmState(lrm(builtAtMs / 1000), true, builtAtMs).label, 'maintenance');
    assert.equal(lrmState(lrm(builtAtMs / 1000 - 31), true, builtAtMs).label, 'maintenance, powered off');
  });

  it('turns data stale by age and by failures, and never calls it live then', () => {
    const at = (ageMs: number, failures = 0) =>
      freshnessState(builtAtMs - ageMs, failures, 5_000, true, builtAtMs);
    assert.equal(at(3_000).label, 'live');
    assert.equal(at(20_000).label, 'late');
    assert.equal(at(61_000).tone, 'unknown');
    assert.equal(at(3_000, 2).tone, 'unknown');
    assert.equal(freshnessState(null, 0, 5_000, true, builtAtMs).tone, 'unknown');
  });

  it('says "can lose none" quietly for a small cluster and as a warning when votes are missing', () => {
    assert.equal(quorumState(aQuorum({ votes: 2, expectedVotes: 2, margin: 0 }), 'cluster').tone, 'calm');
    assert.equal(quorumState(aQuorum({ votes: 3, expectedVotes: 5, margin: 0 }), 'cluster').tone, 'warn');
  });
});

describe('error texts', () => {
  for (const code of fleetErrorCodeSchema.unwrap().options) {
    it(`name who, what and a next step for ${code}`, () => {
      for (const clusterName of [undefined, 'lab']) {
        const text = explainFleetError(aFleetError(code), { connectionName: 'prod-api', clusterName });
        assert.equal(text.who, clusterName ?? 'prod-api');
        assert.ok(text.what.length > 10 && text.next.length > 5);
        assert.ok(text.fixes.length > 0 && text.fixes.length <= 2);
      }
    });
  }
  it('do not let outside text break out of its line', () => {
    const text = explainFleetError(aFleetError('httpError', 'a\u202eb\nc'.padEnd(900, 'x')), {
      connectionName: 'x',
    });
    assert.doesNotMatch(text.why ?? '', /[\n\u202e]/);
    assert.ok((text.why ?? '').length < 330);
  });
});
