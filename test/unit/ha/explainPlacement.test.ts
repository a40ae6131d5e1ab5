import assert from 'node:assert/strict';
import type { ClusterPicture } from '../../../src/ha/foresight/clusterPicture.ts';
import { explainPlacement } from '../../../src/ha/foresight/explainPlacement.ts';
import { buildCluster, buildFencing, buildGroup, buildMaster } from '../../support/fleetBuilders.ts';
import { pictureWith, rule, service } from './pictureBuilders.ts';
import { randomCluster } from './randomClusters.ts';

const explain = (fields: Partial<ClusterPicture> = {}, sid = 'vm:103') =>
  explainPlacement(pictureWith(fields), sid);
const nodesAs = (name: string, fields: object) =>
  pictureWith().nodes.map((node) => (node.name === name ? { ...node, ...fields } : node));
const prefer = (priorities: Record<string, number>, fields: object = {}) =>
  rule('home', {
    kind: 'nodeAffinity',
    resources: ['vm:103'],
    nodes: Object.entries(priorities).map(([name, priority]) => ({ name, priority })),
    ...fields,
  });

describe('why an HA resource is where it is', () => {
  it('says that any node would do, and which would be taken for a new one', () => {
    const told = explain({ resources: [service(101, 'pve1'), service(102, 'pve2'), service(103, 'pve2')] });
    assert.equal(
      told.answer,
      'vm:103 is on pve2 because it already runs there; pve1, pve2 and pve3 would all do, and HA does not move it for load alone.',
    );
    assert.deepEqual([told.movement, told.outlook, told.best], ['stays', [], 'pve3']);
    assert.deepEqual(
      told.nodes.map(({ node, verdict, resources, isCurrent }) => [node, verdict, resources, isCurrent]),
      [
        ['pve1', 'candidate', 1, false],
        ['pve2', 'candidate', 2, true],
        ['pve3', 'candidate', 0, false],
      ],
    );
    assert.deepEqual([told.isExact, told.unknowns], [true, []]);
  });

  it('names the rule with its priorities, and the nodes it puts behind', () => {
    const told = explain({ rules: [prefer({ pve3: 2, pve1: 1 })] });
    assert.equal(told.answer, 'vm:103 is on pve3 because rule home prefers that node.');
    assert.deepEqual(told.rules, [
      {
        name: 'home',
        kind: 'rule',
        effect: 'decides',
        text: 'It prefers pve3 (priority 2), pve1 (priority 1).',
      },
    ]);
    assert.deepEqual(
      told.nodes.map(({ node, verdict, priority, why }) => [node, verdict, priority, why]),
      [
        ['pve1', 'lower', 1, 'Rule home gives it priority 1, and pve3 a higher one.'],
        ['pve2', 'lower', -1, 'Rule home prefers pve3.'],
        ['pve3', 'candidate', 2, 'It may run there.'],
      ],
    );
    const strict = explain({ rules: [prefer({ pve3: 0 }, { strict: true })] });
    assert.equal(strict.answer, 'vm:103 is on pve3 because rule home allows no other node that can be used.');
    assert.deepEqual(strict.nodes[0]?.why, 'Rule home allows only pve3.');
  });

  it('reads a rule that names nodes to avoid the right way round', () => {
    const told = explain({ rules: [prefer({ pve1: 0, pve2: 0 }, { affinity: 'negative', strict: true })] });
    assert.equal(told.rules[0]?.text, 'It forbids pve1, pve2.');
    assert.deepEqual(
      told.nodes.map(({ verdict }) => verdict),
      ['excluded', 'excluded', 'candidate'],
    );
  });

  it('tells groups of Proxmox VE 8, and what their failback means', () => {
    const group = buildGroup('front', {
      nodes: [
        { name: 'pve1', priority: 2 },
        { name: 'pve3', priority: 1 },
      ],
    });
    const resources = [service(103, 'pve3', { group: 'front' })];
    const moves = explain({ groups: [group], resources });
    assert.deepEqual(
      [moves.movement, moves.outlook, moves.failback, moves.best],
      ['moves', ['HA moves it to pve1 in its next round, in about 10 s.'], true, 'pve1'],
    );
    const stays = explain({ groups: [{ ...group, nofailback: true }], resources });
    assert.equal(
      stays.answer,
      'vm:103 stays on pve3 because failback is off, although pve1 would be better.',
    );
    assert.deepEqual(
      [stays.movement, stays.outlook],
      ['later', ['It moves only by hand, or when its node fails or goes into maintenance.']],
    );
  });

  it('says when it goes back: once its better node is online or leaves maintenance', () => {
    const rules = [prefer({ pve1: 2, pve3: 1 })];
    const off = explain({ rules, nodes: nodesAs('pve1', { online: false, haState: 'unknown' }) });
    assert.deepEqual(
      [off.movement, off.outlook],
      ['later', ['It goes to pve1 when that node is online again.']],
    );
    assert.equal(off.nodes[0]?.why, 'It is not online.');
    const maintained = explain({ rules, nodes: nodesAs('pve1', { haState: 'maintenance' }) });
    assert.deepEqual(maintained.outlook, ['It goes to pve1 when that node leaves maintenance.']);
    assert.equal(maintained.nodes[0]?.why, 'It is in maintenance.');
  });

  it('tells what it is kept together with and apart from', () => {
    const resources = [
      service(101, 'pve1'),
      service(102, 'pve2'),
      service(103, 'pve2'),
      service(104, 'pve3'),
    ];
    const told = explain({
      resources,
      rules: [
        rule('near', { affinity: 'positive', resources: ['vm:102', 'vm:103'] }),
        rule('far', { affinity: 'negative', resources: ['vm:103', 'vm:104'] }),
      ],
    });
    assert.equal(told.answer, 'vm:103 is on pve2 because it is kept together with vm:102.');
    assert.deepEqual(
      told.nodes.map(({ verdict, why }) => [verdict, why]),
      [
        ['lower', 'It is kept together with vm:102 on pve2.'],
        ['candidate', 'It may run there.'],
        ['excluded', 'vm:104 is there, and rule far keeps them apart.'],
      ],
    );
    const partner = explain({
      resources,
      rules: [
        rule('near', { affinity: 'positive', resources: ['vm:102', 'vm:103'] }),
        rule('gpu', {
          kind: 'nodeAffinity',
          strict: true,
          resources: ['vm:102'],
          nodes: [{ name: 'pve2', priority: 0 }],
        }),
      ],
    });
    assert.equal(
      partner.rules[1]?.text,
      'It allows only pve2 for vm:102, which vm:103 is kept together with.',
    );
  });

  it('lists rules that HA leaves out, and why, without weighing them', () => {
    const told = explain({
      rules: [
        prefer({ pve1: 0 }, { disabled: true, strict: true }),
        rule('one', { affinity: 'negative', resources: ['vm:103'] }),
        rule('told', { resources: ['vm:103', 'vm:101'], errors: { resources: ['too many'] } }),
        rule('new', { kind: 'unknown', resources: ['vm:103'] }),
      ],
    });
    assert.deepEqual(
      told.rules.map(({ name, effect, text }) => [name, effect, text]),
      [
        ['home', 'ignored', 'It is switched off.'],
        ['one', 'ignored', 'It contradicts another rule or cannot hold here, so HA leaves it out.'],
        ['told', 'ignored', 'HA leaves it out: too many'],
        ['new', 'ignored', 'It is of a kind that is not known here.'],
      ],
    );
  });

  it('explains what does not run: stopped, in error, moving, without a node', () => {
    const state = (crmState: string, fields: object = {}) =>
      explain({ resources: [service(103, 'pve3', { crmState, ...fields })] });
    assert.match(state('stopped').answer, /was there when it was stopped/);
    assert.match(
      state('', { crmState: null, requestState: 'ignored' }).answer,
      /where somebody put it: HA is told to ignore it/,
    );
    assert.match(state('error').answer, /gave up on it there/);
    assert.match(state('freeze').answer, /is frozen on pve3/);
    assert.deepEqual(
      [state('migrate').answer, state('migrate').movement],
      ['vm:103 is moving from pve3 to another node now.', 'moves'],
    );
    const stuck = explain({
      resources: [service(103, 'pve3', { crmState: 'recovery' })],
      rules: [prefer({ pve3: 0 }, { strict: true })],
      nodes: nodesAs('pve3', { online: false, haState: 'unknown' }),
    });
    assert.deepEqual(
      [stuck.answer, stuck.best, stuck.movement],
      ['vm:103 finds no node. Rule home allows only pve3.', null, 'later'],
    );
  });

  it('promises no move without quorum or while disarmed', () => {
    const rules = [prefer({ pve1: 1 })];
    const lost = explain({ rules, cluster: buildCluster('prod', { quorum: { state: 'notQuorate' } }) });
    assert.deepEqual([lost.movement, lost.outlook], ['stays', ['Without quorum HA moves nothing.']]);
    const disarmed = explain({
      rules,
      cluster: buildCluster('prod', { fencing: buildFencing({ state: 'disarmed' }) }),
    });
    assert.deepEqual([disarmed.movement], ['stays']);
    assert.match(disarmed.outlook.join(), /HA is disarmed/);
  });

  it('names no best node where HA compares by load that nobody outside sees', () => {
    const cluster = buildCluster('prod', { master: buildMaster({ scheduler: 'static' }) });
    const told = explain({ cluster });
    assert.deepEqual([told.best, told.isExact, told.scheduler], [null, false, 'static']);
    assert.match(told.unknowns.join(' '), /Which of pve1, pve2, pve3 is the best now is not known/);
    assert.equal(explain({ cluster, rules: [prefer({ pve3: 1 })] }).best, 'pve3');
  });

  it('says unknown instead of guessing', () => {
    const cases: [string, Partial<ClusterPicture>, string][] = [
      ['priority', { rules: [prefer({ pve3: Number.NaN })] }, 'vm:103'],
      ['negative priority', { rules: [prefer({ pve3: -3 })] }, 'vm:103'],
      ['unknown node', { rules: [prefer({ pve9: 1 })] }, 'vm:103'],
      ['state', { resources: [service(103, 'pve3', { crmState: null })] }, 'vm:103'],
      ['word', { resources: [service(103, 'pve3', { crmState: 'dancing' })] }, 'vm:103'],
      ['node', { resources: [service(103, 'pve3', { node: null })] }, 'vm:103'],
      ['wanted', { resources: [service(103, 'pve3', { requestState: null })] }, 'vm:103'],
      ['quorum', { cluster: buildCluster('prod', { quorum: { state: 'unknown' } }) }, 'vm:103'],
      ['stale', { cluster: buildCluster('prod', { freshness: { consecutiveFailures: 1 } }) }, 'vm:103'],
      [
        'rules that failed',
        { cluster: buildCluster('prod', { sections: { haRules: { state: 'failed' } } }) },
        'vm:103',
      ],
      [
        'rules never read',
        { cluster: buildCluster('prod', { sections: { haRules: { state: 'never', readAtMs: null } } }) },
        'vm:103',
      ],
      ['no such resource', {}, 'vm:999'],
      ['name of every object', {}, 'constructor'],
      ['nothing', { nodes: [], resources: [], rules: [], guests: [] }, 'vm:103'],
    ];
    for (const [name, fields, sid] of cases) {
      const told = explain(fields, sid);
      assert.equal(told.movement, 'unknown', name);
      assert.doesNotMatch(told.outlook.join(), /goes to|moves it/, name);
      assert.notEqual(told.answer, '', name);
    }
  });
});

describe('the explanation and the engine', () => {
  for (let seed = 1; seed <= 60; seed += 1)
    it(`agree on what goes back in cluster ${seed}`, () => {
      const { nodes, sids, play, picture, pick } = randomCluster(seed, { priorities: true });
      const start = nodes.map((name) => `power ${name} on`);
      const lost = nodes[1 + pick(nodes.length - 1)] ?? '';
      const whole = picture(play([start]));
      for (const { sid } of whole.resources) {
        const told = explainPlacement(whole, sid);
        assert.notEqual(told.movement, 'moves', `${sid} is at rest: ${told.outlook.join(' ')}`);
      }
      const death = [start, [], [], [`power ${lost} off`]];
      const without = play(death);
      const back = play([...death, ...Array.from({ length: 12 }, () => []), [`power ${lost} on`]]);
      const waiting = new Set(sids.filter((sid) => (without.get(sid) ?? null) === null));
      const told = picture(without);
      const dead: ClusterPicture = {
        ...told,
        nodes: told.nodes.map((node) =>
          node.name === lost ? { ...node, online: false, haState: 'unknown' } : node,
        ),
        resources: told.resources.map((resource) =>
          waiting.has(resource.sid) ? { ...resource, node: lost, crmState: 'recovery' } : resource,
        ),
      };
      for (const sid of sids.filter((candidate) => !waiting.has(candidate))) {
        const { outlook, answer } = explainPlacement(dead, sid);
        const goesBack = outlook.includes(`It goes to ${lost} when that node is online again.`);
        assert.equal(
          goesBack ? lost : without.get(sid),
          back.get(sid),
          `${sid}: ${answer} ${outlook.join(' ')}`,
        );
      }
    });

  for (let seed = 1; seed <= 40; seed += 1)
    it(`agree on what comes back after maintenance in cluster ${seed}`, () => {
      const { nodes, sids, play, picture, pick } = randomCluster(seed, { priorities: true });
      const start = nodes.map((name) => `power ${name} on`);
      const node = nodes[pick(nodes.length)] ?? '';
      const before = play([start]);
      const drain = [start, [], [], [`crm ${node} enable-node-maintenance`]];
      const drained = play(drain);
      const back = play([...drain, [], [], [], [], [`crm ${node} disable-node-maintenance`]]);
      const told = picture(drained);
      const maintained: ClusterPicture = {
        ...told,
        nodes: told.nodes.map((member) =>
          member.name === node ? { ...member, haState: 'maintenance' } : member,
        ),
        resources: told.resources.map((resource) => ({
          ...resource,
          maintenanceNode: before.get(resource.sid) === node ? node : null,
        })),
      };
      for (const sid of sids) {
        const { outlook, answer } = explainPlacement(maintained, sid);
        const comesBack = outlook.includes(`It goes to ${node} when that node leaves maintenance.`);
        assert.equal(
          comesBack ? node : drained.get(sid),
          back.get(sid),
          `${sid}: ${answer} ${outlook.join(' ')}`,
        );
      }
    });
});
