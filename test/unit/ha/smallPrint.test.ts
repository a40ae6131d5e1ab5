import assert from 'node:assert/strict';
import type { HaEvent } from '../../../src/ha/haEvent.ts';
import { twoDecimals } from '../../../src/ha/manager/balancing.ts';
import { runScenario } from '../../../src/ha/sim/clusterSim.ts';
import { readScenario } from '../../../src/ha/sim/scenario.ts';

const mebibyte = 1024 ** 2;
const off = { power: 'off', network: 'off' };
const on = ['power node1 on', 'power node2 on', 'power node3 on'];

function play(fields: Record<string, unknown>): HaEvent[] {
  return runScenario(
    readScenario({ hardware_status: { node1: off, node2: off, node3: off }, cmdlist: [on], ...fields }),
  );
}

describe('small print of the HA engine', () => {
  it('prints ties of imbalance to the even digit, as printf does', () => {
    assert.deepEqual([0.125, 0.375, 0.625, 0.875, 1.125].map(twoDecimals), [
      '0.12',
      '0.38',
      '0.62',
      '0.88',
      '1.12',
    ]);
    assert.deepEqual([0, 1, 0.126, 0.5].map(twoDecimals), ['0.00', '1.00', '0.13', '0.50']);
  });

  it('takes a node without figures for one with 24 cores and 128 GiB in dynamic mode', () => {
    // Small against 128 GiB, so that processors decide; were it 128 KiB, memory would.
    const figures = {
      'vm:101': { maxcpu: 12, maxmem: 32 * mebibyte },
      'vm:102': { maxcpu: 6, maxmem: 496 * mebibyte },
      'vm:103': { maxcpu: 21, maxmem: 384 * mebibyte },
      'vm:104': { maxcpu: 20, maxmem: 128 * mebibyte },
      'vm:105': { maxcpu: 9, maxmem: 144 * mebibyte },
      'vm:106': { maxcpu: 15, maxmem: 448 * mebibyte },
    };
    const scenario = (node: Record<string, unknown>) => ({
      hardware_status: { node1: { ...off, ...node }, node2: { ...off, ...node }, node3: { ...off, ...node } },
      service_config: Object.fromEntries(
        Object.keys(figures).map((sid) => [sid, { node: 'node1', state: 'started' }]),
      ),
      static_service_stats: figures,
      datacenter: { crs: { ha: 'dynamic', 'ha-rebalance-on-start': 1 } },
    });
    const without = play(scenario({}));
    assert.ok(without.some(({ event }) => event === 'startup-rebalance'));
    assert.deepEqual(without, play(scenario({ maxcpu: 24, maxmem: 131_072 * mebibyte })));
  });

  it('reads flags that are written as booleans', () => {
    const crs = (flag: unknown) => ({
      service_config: { 'vm:101': { node: 'node1', state: 'started' } },
      datacenter: { crs: { 'ha-rebalance-on-start': flag } },
    });
    const events = play(crs(true));
    assert.ok(events.some(({ event }) => event === 'startup-keep'));
    assert.deepEqual(events, play(crs(1)));
    assert.ok(!play(crs(false)).some(({ event }) => event === 'startup-keep'));
  });

  it('does no work for a record without identity until the manager changes it', () => {
    const record = { state: 'started', node: 'node1' };
    const scenario = (uid: Record<string, string>) => ({
      service_config: { 'vm:101': { node: 'node1', state: 'started' } },
      manager_status: { service_status: { 'vm:101': { ...record, ...uid } } },
    });
    const starts = (events: readonly HaEvent[]) => events.filter(({ event }) => event === 'service-start');
    assert.equal(starts(play(scenario({ uid: 'one' }))).length, 1);
    assert.equal(starts(play(scenario({}))).length, 0);
  });

  it('takes a limit that is no number for the default of one', () => {
    const events = (limits: Record<string, unknown>) =>
      play({ service_config: { 'fa:190': { node: 'node1', state: 'started', ...limits } } });
    const failing = events({ max_restart: 'often', max_relocate: 'far' });
    assert.deepEqual(failing, events({}));
    assert.ok(failing.some(({ to }) => to === 'error'));
  });

  it('refuses orders for names that every object knows, as for any unknown service', () => {
    const service_config = { 'vm:101': { node: 'node1', state: 'started' } };
    for (const sid of ['constructor', '__proto__', 'vm:999'])
      for (const order of [`service ${sid} stop 3`, `service ${sid} migrate node2`]) {
        const events = play({ service_config, cmdlist: [on, [order]] }).filter(({ t }) => t >= 120);
        assert.deepEqual(
          events.map(({ event }) => event),
          ['execute', 'err'],
        );
      }
    assert.deepEqual([Object.keys(Object), Object.keys(Object.prototype)], [[], []]);
  });
});
