import assert from 'node:assert/strict';
import type { ScenarioId } from '../../src/simulator/scenario/scenario.ts';
import { ScenarioRunner } from '../../src/simulator/scenario/scenarioRunner.ts';
import { scenarios } from '../../src/simulator/scenario/scenarios.ts';
import { WorldProbe } from './support/worldProbe.ts';

describe('scripted scenarios', () => {
  let probe: WorldProbe;
  let runner: ScenarioRunner;
  /** Every state of every service that was ever seen, in the order of its first sight. */
  let seen: Map<string, string[]>;
  const cluster = () => probe.world.cluster('prod').world;
  const services = () => cluster().store.managerStatus?.service_status ?? {};

  beforeEach(() => {
    probe = new WorldProbe();
    runner = new ScenarioRunner(probe.world);
    seen = new Map();
    probe.world.onDidChange = () => {
      runner.step();
      for (const [sid, { state, node }] of Object.entries(services())) {
        const states = seen.get(sid) ?? [];
        seen.set(sid, states);
        if (states.at(-1) !== `${state}@${node}`) states.push(`${state}@${node}`);
      }
    };
  });
  afterEach(() => probe.dispose());

  const play = async (id: ScenarioId, limitS: number): Promise<string[]> => {
    await probe.seconds(15);
    runner.start(id);
    await probe.secondsUntil(limitS, () => runner.state?.isOver === true);
    return (runner.state?.said ?? []).map(({ text }) => text);
  };
  const isAtRest = (): void => {
    for (const { member, power } of cluster().nodes.values()) assert.deepEqual([member, power], [true, 'on']);
    for (const view of Object.values(probe.nodeStatus('prod'))) assert.equal(view, 'online');
    for (const [sid, { state }] of Object.entries(services()))
      assert.ok(['started', 'stopped'].includes(state), `${sid} ${state}`);
  };

  it('a node fails: its services are fenced, recovered elsewhere, and the cluster comes to rest', async () => {
    const said = await play('node-failure', 900);
    assert.equal(said.length, 5);
    const node = /^(\S+) loses power/.exec(said[0] ?? '')?.[1] ?? '';
    const lost = [...seen].filter(([, states]) => states.includes(`fence@${node}`));
    assert.ok(lost.length > 1);
    for (const [sid, states] of lost) {
      const at = states.indexOf(`fence@${node}`);
      const next = states[at + 1] ?? '';
      // Recovery that finds a node at once is over within the same round.
      assert.ok(
        /^started@/.test(next) ? !next.endsWith(node) : next === `recovery@${node}`,
        `${sid}: ${states}`,
      );
    }
    isAtRest();
  });

  it('the network splits: the majority takes the master over and recovers, and heals', async () => {
    const said = await play('split', 1200);
    assert.match(said[0] ?? '', /px-02 .*is cut/);
    assert.ok(
      said.some((text) => /^px-0[345] is master now/.test(text)),
      said.join('\n'),
    );
    isAtRest();
  });

  it('a rolling reboot never stops an HA machine that can move', async () => {
    const running = Object.entries(services()).filter(
      ([sid, { state }]) => sid.startsWith('vm:') && state === 'started',
    );
    const stuck = 'vm:1040';
    const started = new Map(
      running.map(([sid]) => [sid, cluster().guests.get(Number(sid.slice(3)))?.startedAtMs ?? null]),
    );
    const said = await play('rolling-reboot', 3600);
    assert.equal(said.filter((text) => /is empty and reboots/.test(text)).length, 4);
    assert.ok(
      said.some((text) => /px-05 is left out: 1 HA guest has nowhere to go/.test(text)),
      said.join('\n'),
    );
    for (const [sid, atMs] of started)
      if (sid !== stuck) assert.equal(cluster().guests.get(Number(sid.slice(3)))?.startedAtMs, atMs, sid);
    await probe.seconds(120);
    isAtRest();
  });

  it('rules contradict: the API says so of both while it lasts, and nobody is moved by a rule that does not hold', async () => {
    await probe.seconds(15);
    runner.start('rule-conflict');
    await probe.seconds(30);
    const rules = probe.rows('prod', 'px-01', '/cluster/ha/rules');
    assert.deepEqual(
      rules.filter((row) => row.errors !== undefined).map((row) => row.rule),
      ['spread-web', 'lonely', 'scenario-keep-together'],
    );
    const nodes = new Set([1001, 1002, 1003].map((vmid) => services()[`vm:${vmid}`]?.node));
    assert.equal(nodes.size, 3);
    await probe.secondsUntil(400, () => runner.state?.isOver === true);
    const spread = probe.rows('prod', 'px-01', '/cluster/ha/rules').find((row) => row.rule === 'spread-web');
    assert.equal(spread?.errors, undefined);
  });

  it('groups become rules: groups are served and their rules listed until then, and only the rules afterwards', async () => {
    await probe.seconds(15);
    runner.start('group-migration');
    await probe.seconds(1);
    assert.equal(probe.rows('prod', 'px-01', '/cluster/ha/groups').length, 1);
    const listed = () =>
      probe.rows('prod', 'px-01', '/cluster/ha/rules').find((row) => row.rule === 'ha-group-scenario-group');
    assert.equal(listed()?.comment, 'left by an upgrade');
    await probe.secondsUntil(120, () => cluster().store.groups.size === 0);
    assert.throws(() => probe.rows('prod', 'px-01', '/cluster/ha/groups'), /migrated to rules/);
    assert.equal(listed()?.comment, 'left by an upgrade');
    assert.equal(listed()?.nodes, 'px-01:2,px-02,px-03,px-04,px-05');
    await probe.secondsUntil(200, () => runner.state?.isOver === true);
    assert.equal(listed(), undefined);
  });

  it('puts everything back when it is stopped anywhere', async () => {
    for (const { id } of scenarios) {
      runner.start(id);
      await probe.seconds(75);
      runner.stop();
      assert.equal(runner.state?.isOver, true);
      await probe.seconds(600);
      isAtRest();
      assert.deepEqual(
        [...cluster().store.rules.keys(), ...cluster().store.groups.keys()].filter((name) =>
          /scenario/.test(name),
        ),
        [],
        id,
      );
      assert.equal(cluster().store.managerStatus?.node_request, undefined, id);
    }
  });

  it('plays one at a time, and only where there is what it needs', () => {
    assert.throws(() => runner.start('split', 'edge'), /'edge' has what 'split' needs|edge/);
    runner.start('split');
    assert.equal(runner.state?.cluster, 'prod');
    assert.throws(() => runner.start('node-failure'), /still plays/);
  });
});
