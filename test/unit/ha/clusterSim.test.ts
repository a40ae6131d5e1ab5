import assert from 'node:assert/strict';
import type { HaEvent } from '../../../src/ha/haEvent.ts';
import { runScenario } from '../../../src/ha/sim/clusterSim.ts';
import { compareRun } from '../../../src/ha/sim/conformance.ts';
import { readScenario } from '../../../src/ha/sim/scenario.ts';

const on = ['power node1 on', 'power node2 on', 'power node3 on'];
const hardware = Object.fromEntries(
  ['node1', 'node2', 'node3'].map((node) => [node, { power: 'off', network: 'off' }]),
);

/** Events of a cluster of three nodes, as short texts. */
function play(fields: Record<string, unknown>): string[] {
  return runScenario(readScenario({ hardware_status: hardware, manager_status: {}, ...fields })).map(
    shortText,
  );
}

function shortText({ t, source, event, ...rest }: HaEvent): string {
  return [t, source, event, ...Object.values(rest)].join(' ');
}

const states = (events: readonly string[], sid: string): string[] =>
  events.filter((text) => text.includes(` service-state ${sid} `));

describe('the simulated HA stack', () => {
  it('starts services where they are configured, each on the turn of its node', () => {
    const events = play({
      service_config: { 'vm:101': { node: 'node1', state: 'started' }, 'vm:102': { node: 'node3' } },
      cmdlist: [on],
    });
    assert.deepEqual(states(events, 'vm:101'), [
      '20 node1/crm service-state vm:101 request_start started node1',
    ]);
    assert.ok(events.includes('21 node1/lrm service-start vm:101'));
    assert.ok(events.includes('20 node1/crm lock ha_manager_lock'));
    assert.ok(events.includes('22 node2/crm agent-state wait_for_quorum slave'));
  });

  it('fences a node that fell off the network after its watchdog reset it, and recovers its services', () => {
    const events = play({
      service_config: { 'vm:103': { node: 'node3', state: 'started' } },
      cmdlist: [on, ['network node3 off']],
    });
    assert.deepEqual(
      events.filter((text) => /watchdog-reset|fence-|node-state node3 online/.test(text)),
      [
        '120 node1/crm node-state node3 online unknown',
        '160 node1/crm fence-try node3',
        '166 hardware watchdog-reset node3',
        '240 node1/crm fence-done node3',
      ],
    );
    assert.deepEqual(states(events, 'vm:103').slice(1), [
      '160 node1/crm service-state vm:103 started fence',
      '240 node1/crm service-state vm:103 fence recovery',
      '240 node1/crm service-state vm:103 recovery started node1',
    ]);
  });

  it('does nothing without quorum, and its watchdogs reset the rest', () => {
    const events = play({
      service_config: { 'vm:101': { node: 'node1', state: 'started' } },
      cmdlist: [on, ['power node2 off', 'power node3 off']],
    });
    assert.ok(events.some((text) => /node1\/lrm agent-state active lost_agent_lock/.test(text)));
    assert.ok(events.some((text) => /hardware watchdog-reset node1/.test(text)));
    assert.ok(!events.some((text) => text.includes('fence-')));
  });

  it('keeps a service apart from another even when that leaves it waiting', () => {
    const events = play({
      service_config: {
        'vm:101': { node: 'node1', state: 'started' },
        'vm:102': { node: 'node2', state: 'started' },
        'vm:103': { node: 'node3', state: 'started' },
      },
      rules: [
        { type: 'resource-affinity', id: 'apart', affinity: 'negative', resources: 'vm:101,vm:102,vm:103' },
      ],
      cmdlist: [on, ['network node3 off']],
    });
    assert.ok(events.some((text) => text.includes('service-unplaceable vm:103')));
    assert.ok(!events.some((text) => text.includes('service-recover vm:103')));
  });

  it('takes rules about unknown nodes and services, and priorities that are no numbers, as Proxmox does', () => {
    const events = play({
      service_config: { 'vm:101': { node: 'node1', state: 'started' } },
      rules: [
        { type: 'node-affinity', id: 'a', resources: 'vm:101', nodes: 'node9:x,node2:high' },
        { type: 'node-affinity', id: 'b', resources: 'vm:999', nodes: 'nowhere', strict: '1' },
        { type: 'resource-affinity', id: 'c', affinity: 'sideways', resources: 'vm:101,vm:102' },
        { type: 'of-tomorrow', id: 'd', resources: 'vm:101' },
      ],
      cmdlist: [on],
    });
    assert.equal(states(events, 'vm:101').length, 1);
    assert.ok(!events.some((text) => / err$/.test(text)));
  });

  it('leaves out contradicting rules, all of them', () => {
    const events = play({
      service_config: { 'vm:101': { node: 'node1', state: 'started' } },
      rules: [
        { type: 'node-affinity', id: 'a', resources: 'vm:101', nodes: 'node2', strict: '1' },
        { type: 'node-affinity', id: 'b', resources: 'vm:101', nodes: 'node3', strict: '1' },
      ],
      cmdlist: [on],
    });
    assert.deepEqual(states(events, 'vm:101'), [
      '20 node1/crm service-state vm:101 request_start started node1',
    ]);
  });

  it('ends with an error of the hardware when it is told what cannot be done', () => {
    for (const command of ['power node9 on', 'service vm:999 started', 'do something'])
      assert.match(play({ service_config: {}, cmdlist: [[command]] }).at(-1) ?? '', /^20 hardware err$/);
  });

  it('tells the first difference from what was expected, with its time', () => {
    const scenario = {
      hardware_status: hardware,
      manager_status: {},
      service_config: {},
      cmdlist: [on],
      expect: [{ t: 20, source: 'cmdlist', event: 'execute', command: 'power node1 off' }],
    };
    const outcome = compareRun(readScenario(scenario));
    assert.deepEqual([outcome.isLevel1, outcome.isLevel2], [true, false]);
    assert.match(outcome.difference ?? '', /^at 20 \(event 1\): expected .*node1 off.*got .*node1 on/);
  });

  it('is the same every time', () => {
    const fields = {
      service_config: {
        'vm:101': { node: 'node1', state: 'started' },
        'fa:1201': { node: 'node2', state: 'started' },
      },
      cmdlist: [on, ['reboot node2'], ['network node1 off'], ['power node1 on']],
    };
    assert.deepEqual(play(fields), play(fields));
  });
});
