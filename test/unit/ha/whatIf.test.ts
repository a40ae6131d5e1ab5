import assert from 'node:assert/strict';
import type { HaRule } from '../../../src/contract/model/placement.ts';
import type { ClusterPicture } from '../../../src/ha/foresight/clusterPicture.ts';
import { whatIf } from '../../../src/ha/foresight/whatIf.ts';
import { byCodeUnit } from '../../../src/ha/haRecords.ts';
import { runScenario } from '../../../src/ha/sim/clusterSim.ts';
import { readScenario } from '../../../src/ha/sim/scenario.ts';
import { buildCluster, buildFencing, buildNode } from '../../support/fleetBuilders.ts';
import { gib, guest, pictureWith, rule, service } from './pictureBuilders.ts';

describe('what happens when a node dies', () => {
  it('tells where each resource goes, in the order of the manager', () => {
    const told = whatIf(
      pictureWith({ resources: [service(101, 'pve1'), service(103, 'pve3'), service(104, 'pve3')] }),
      ['pve3'],
    );
    assert.deepEqual(
      told.resources.map(({ sid, fate, to }) => [sid, fate, to]),
      [
        ['vm:103', 'recovers', 'pve2'],
        ['vm:104', 'recovers', 'pve1'],
      ],
    );
    assert.equal(told.staying, 1);
    assert.equal(told.isExact, true, told.unknowns.join());
    assert.deepEqual(told.quorum, { votesBefore: 3, votesAfter: 2, neededVotes: 2, holds: true });
  });

  it('without quorum resets the nodes and leaves everything waiting', () => {
    const told = whatIf(pictureWith(), ['pve2', 'pve3']);
    assert.equal(told.quorum.holds, false);
    assert.deepEqual(told.resets, [{ node: 'pve1', atS: 60 }]);
    assert.ok(told.resources.every(({ fate }) => fate === 'waits'));
    assert.match(told.timeline.map(({ text }) => text).join(' '), /Quorum is lost/);
  });

  it('names the rule that leaves a resource without a node', () => {
    const strict = rule('gpu', {
      kind: 'nodeAffinity',
      nodes: [{ name: 'pve3', priority: null }],
      resources: ['vm:103'],
      strict: true,
    });
    const [stuck] = whatIf(pictureWith({ rules: [strict] }), ['pve3']).resources;
    assert.deepEqual([stuck?.fate, stuck?.why], ['stuck', 'Rule gpu allows only pve3.']);
    const apart = rule('apart', { affinity: 'negative', resources: ['vm:101', 'vm:102', 'vm:103'] });
    const [waiting] = whatIf(pictureWith({ rules: [apart] }), ['pve3']).resources;
    assert.deepEqual([waiting?.fate, waiting?.why?.startsWith('Rule apart')], ['stuck', true]);
  });

  it('takes longer when the master dies with its node', () => {
    const ends = (lost: string): number | undefined => whatIf(pictureWith(), [lost]).timeline.at(-1)?.atS;
    assert.equal(ends('pve3'), 120);
    assert.equal(ends('pve1'), 180);
  });

  it('says which guests stay down because nobody manages them, and counts memory at its limit', () => {
    const told = whatIf(
      pictureWith({
        guests: [guest(103, 'pve3'), guest(200, 'pve3', { haManaged: 'notManaged' })],
      }),
      ['pve3'],
    );
    assert.deepEqual(
      told.unmanaged.map(({ vmid }) => vmid),
      [200],
    );
    assert.deepEqual(
      told.memory.map(({ node, afterBytes }) => [node, (afterBytes ?? 0) / gib]),
      [
        ['pve1', 12],
        ['pve2', 8],
      ],
    );
  });

  it('recovers nothing while HA is disarmed', () => {
    const told = whatIf(
      pictureWith({ cluster: buildCluster('prod', { fencing: buildFencing({ state: 'disarmed' }) }) }),
      ['pve3'],
    );
    assert.deepEqual(
      told.resources.map(({ sid, fate }) => [sid, fate]),
      [['vm:103', 'waits']],
    );
  });

  it('leaves out a resource that is being removed', () => {
    const told = whatIf(pictureWith({ resources: [service(103, 'pve3', { configured: false })] }), ['pve3']);
    assert.deepEqual([told.resources, told.staying], [[], 0]);
  });

  it('never guesses: what was not told is named, and nothing is called exact then', () => {
    const cases: [string, Partial<ClusterPicture>, RegExp][] = [
      [
        'votes',
        { nodes: pictureWith().nodes.map((node) => ({ ...node, votes: null })) },
        /Votes were not told/,
      ],
      ['states', { resources: [service(103, 'pve3', { crmState: null })] }, /state of 1 HA resource/],
      [
        'rules',
        { cluster: buildCluster('prod', { sections: { haRules: { state: 'failed' } } }) },
        /Rules or groups could not be read/,
      ],
      ['age', { cluster: buildCluster('prod', { freshness: { consecutiveFailures: 2 } }) }, /is old/],
      ['node', {}, /no node pve9/],
    ];
    for (const [name, fields, expected] of cases) {
      const told = whatIf(pictureWith(fields), name === 'node' ? ['pve9'] : ['pve3']);
      assert.equal(told.isExact, false, name);
      assert.match(told.unknowns.join(' '), expected, name);
    }
    const silent = whatIf(
      pictureWith({ nodes: pictureWith().nodes.map((node) => ({ ...node, votes: null })) }),
      ['pve3'],
    );
    assert.equal(silent.quorum.holds, null);
    assert.ok(silent.resources.every(({ fate }) => fate === 'unknown'));
  });
});

describe('foresight and the engine', () => {
  /** A small generator of its own, so that every run tries the same clusters. */
  function randomOf(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
      return state / 4_294_967_296;
    };
  }

  /** Where the engine has each service at the end of a scenario; `null` while it waits for a node. */
  function endOf(scenario: object): Map<string, string | null> {
    const places = new Map<string, string | null>();
    for (const { event, sid, to, node } of runScenario(readScenario(scenario))) {
      if (event !== 'service-state') continue;
      if (to === 'recovery') places.set(String(sid), null);
      else if (node !== undefined) places.set(String(sid), String(node));
    }
    return places;
  }

  for (let seed = 1; seed <= 40; seed += 1)
    it(`agree on where everything goes in cluster ${seed}`, () => {
      const random = randomOf(seed);
      const pick = (count: number): number => Math.floor(random() * count);
      const nodes = Array.from({ length: 3 + pick(3) }, (_, index) => `node${index + 1}`);
      const sids = Array.from({ length: 4 + pick(6) }, (_, index) => `vm:${101 + index}`);
      const some = (count: number): string[] =>
        [...sids]
          .sort(() => random() - 0.5)
          .slice(0, count)
          .sort(byCodeUnit);
      const rules: HaRule[] = [];
      if (pick(2) === 0) rules.push(rule('apart', { affinity: 'negative', resources: some(2 + pick(2)) }));
      if (pick(2) === 0) rules.push(rule('near', { affinity: 'positive', resources: some(2) }));
      if (pick(2) === 0)
        rules.push(
          rule('home', {
            kind: 'nodeAffinity',
            nodes: nodes.slice(0, 1 + pick(2)).map((name) => ({ name, priority: null })),
            resources: some(2),
            strict: pick(2) === 0,
          }),
        );
      const scenario = {
        hardware_status: Object.fromEntries(nodes.map((name) => [name, { power: 'off', network: 'off' }])),
        manager_status: {},
        service_config: Object.fromEntries(
          sids.map((sid) => [sid, { node: nodes[pick(nodes.length)], state: 'started' }]),
        ),
        rules: rules.map(({ name, kind, affinity, resources, nodes: on, strict }) =>
          kind === 'nodeAffinity'
            ? {
                type: 'node-affinity',
                id: name,
                resources: resources.join(','),
                nodes: on.map((node) => node.name).join(','),
                strict: strict === true ? '1' : '0',
              }
            : { type: 'resource-affinity', id: name, resources: resources.join(','), affinity },
        ),
      };
      const start = nodes.map((name) => `power ${name} on`);
      const before = endOf({ ...scenario, cmdlist: [start] });
      const lost = nodes[1 + pick(nodes.length - 1)] ?? '';
      const after = endOf({ ...scenario, cmdlist: [start, [], [], [`power ${lost} off`]] });
      const told = whatIf(
        pictureWith({
          cluster: buildCluster('prod', {
            quorum: { votes: nodes.length, neededVotes: Math.floor(nodes.length / 2) + 1 },
          }),
          nodes: nodes.map((name) => buildNode(name, { haState: 'online', votes: 1 })),
          rules,
          resources: sids.map((sid) => service(Number(sid.slice(3)), before.get(sid) ?? '')),
          guests: [],
        }),
        [lost],
      );
      const fates = new Map(told.resources.map(({ sid, fate, to }) => [sid, fate === 'stuck' ? null : to]));
      for (const sid of sids)
        assert.equal(
          fates.has(sid) ? fates.get(sid) : before.get(sid),
          after.get(sid),
          `${sid} when ${lost} dies: ${JSON.stringify([...before])}`,
        );
    });
});
