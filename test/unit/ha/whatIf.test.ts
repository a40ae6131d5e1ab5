import assert from 'node:assert/strict';
import type { ClusterPicture } from '../../../src/ha/foresight/clusterPicture.ts';
import { whatIf } from '../../../src/ha/foresight/whatIf.ts';
import { buildCluster, buildFencing } from '../../support/fleetBuilders.ts';
import { gib, guest, pictureWith, rule, service } from './pictureBuilders.ts';
import { randomCluster } from './randomClusters.ts';

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
      nodes: [{ name: 'pve3', priority: 0 }],
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

  it('does not wait for the state of a resource that HA is told to ignore, which stays down', () => {
    const told = whatIf(
      pictureWith({
        resources: [service(103, 'pve3', { crmState: null, state: 'ignored', requestState: 'ignored' })],
        guests: [guest(103, 'pve3')],
      }),
      ['pve3'],
    );
    assert.deepEqual(
      [told.resources, told.unknowns, told.unmanaged.map(({ vmid }) => vmid)],
      [[], [], [103]],
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
        /The list of HA rules could not be read/,
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
  for (let seed = 1; seed <= 40; seed += 1)
    it(`agree on where everything goes in cluster ${seed}`, () => {
      const { nodes, sids, play, picture, pick } = randomCluster(seed);
      const start = nodes.map((name) => `power ${name} on`);
      const before = play([start]);
      const lost = nodes[1 + pick(nodes.length - 1)] ?? '';
      const after = play([start, [], [], [`power ${lost} off`]]);
      const told = whatIf(picture(before), [lost]);
      const fates = new Map(told.resources.map(({ sid, fate, to }) => [sid, fate === 'stuck' ? null : to]));
      for (const sid of sids)
        assert.equal(
          fates.has(sid) ? fates.get(sid) : before.get(sid),
          after.get(sid),
          `${sid} when ${lost} dies: ${JSON.stringify([...before])}`,
        );
    });
});
