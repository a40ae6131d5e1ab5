import assert from 'node:assert/strict';
import type { HaRule } from '../../../../src/contract/model/placement.ts';
import { findFindings } from '../../../../src/ha/findings/findFindings.ts';
import type { Finding, FindingCode, FindingsInput } from '../../../../src/ha/findings/finding.ts';
import type { ClusterPicture } from '../../../../src/ha/foresight/clusterPicture.ts';
import { buildCluster, buildFencing, buildGroup, builtAtMs } from '../../../support/fleetBuilders.ts';
import { guest, pictureWith, rule, service } from '../pictureBuilders.ts';

const minuteMs = 60_000;

function inputOf(picture: Partial<ClusterPicture>, over: Partial<FindingsInput> = {}): FindingsInput {
  return {
    picture: pictureWith(picture),
    notCurrent: null,
    nowMs: builtAtMs,
    atRestSinceMs: builtAtMs - 10 * minuteMs,
    disarmedLimitMs: 30 * minuteMs,
    ...over,
  };
}

const find = (picture: Partial<ClusterPicture>, over: Partial<FindingsInput> = {}): readonly Finding[] =>
  findFindings(inputOf(picture, over));
const codes = (found: readonly Finding[]): FindingCode[] => found.map(({ code }) => code);
const only = (found: readonly Finding[]): Finding => {
  const [first, ...others] = found;
  assert.ok(first !== undefined && others.length === 0, JSON.stringify(codes(found)));
  return first;
};
const on = (...nodes: string[]): HaRule['nodes'] => nodes.map((name) => ({ name, priority: 0 }));
const strict = (name: string, nodes: HaRule['nodes'], ...resources: string[]): HaRule =>
  rule(name, { kind: 'nodeAffinity', strict: true, nodes, resources });
const prefer = (name: string, nodes: HaRule['nodes'], ...resources: string[]): HaRule =>
  rule(name, { kind: 'nodeAffinity', strict: false, nodes, resources });
const apart = (name: string, ...resources: string[]): HaRule =>
  rule(name, { affinity: 'negative', resources });
const together = (name: string, ...resources: string[]): HaRule => rule(name, { resources });

describe('findings at rest', () => {
  it('are none on a cluster that is as it should be', () => {
    assert.deepEqual(find({}), []);
    assert.deepEqual(
      find({ rules: [strict('db', on('pve1', 'pve2'), 'vm:101'), apart('a', 'vm:101', 'vm:102')] }),
      [],
    );
  });

  it('name a resource outside of its strict nodes, with rule and node', () => {
    const found = only(find({ rules: [strict('db', on('pve2', 'pve3'), 'vm:101')] }));
    assert.deepEqual(
      [found.code, found.severity, found.title],
      ['outside-strict-nodes', 'warning', 'vm:101 runs on pve1, which is not allowed'],
    );
    assert.match(found.explanation, /Rule db allows only pve2 and pve3/);
    assert.deepEqual(found.subjects, { sids: ['vm:101'], nodes: ['pve1'], rules: ['db'], groups: [] });
    assert.match(found.nextStep, /migration task/);
    const stopped = service(101, 'pve1', { state: 'stopped', crmState: 'stopped' });
    assert.deepEqual(find({ rules: [strict('db', on('pve2', 'pve3'), 'vm:101')], resources: [stopped] }), []);
  });

  it('say what keeps it there: no allowed node, or resources that must not be near', () => {
    const rules = [strict('db', on('pve2'), 'vm:101', 'vm:104')];
    const { nodes } = pictureWith();
    const without = nodes.map((node) => (node.name === 'pve2' ? { ...node, online: false } : node));
    const outside = (found: readonly Finding[]) => found.find(({ code }) => code === 'outside-strict-nodes');
    assert.match(outside(find({ rules, nodes: without }))?.explanation ?? '', /none of them can be used now/);
    const blocked = outside(find({ rules: [...rules, apart('a', 'vm:101', 'vm:102')] }));
    assert.match(blocked?.explanation ?? '', /only pve2, where vm:102 must not be with it/);
    assert.match(blocked?.nextStep ?? '', /Loosen one of the two rules/);
  });

  it('name the group instead where groups limit', () => {
    const group = buildGroup('db', { nodes: on('pve2', 'pve3'), restricted: true });
    const found = only(find({ groups: [group], resources: [service(101, 'pve1', { group: 'db' })] }));
    assert.match(found.explanation, /^Group db allows only/);
    assert.deepEqual(found.subjects.groups, ['db']);
    assert.deepEqual(
      find({
        groups: [{ ...group, restricted: false, nofailback: true }],
        resources: [service(101, 'pve1', { group: 'db' })],
      }),
      [],
    );
  });

  it('name what is kept apart and runs together, once per rule and node', () => {
    const resources = [service(101, 'pve1'), service(102, 'pve1'), service(103, 'pve3')];
    const guests = [guest(101, 'pve1'), guest(102, 'pve1'), guest(103, 'pve3')];
    const found = only(find({ rules: [apart('a', 'vm:101', 'vm:102', 'vm:103')], resources, guests }));
    assert.deepEqual(
      [found.code, found.title, found.subjects.nodes],
      ['apart-together', 'vm:101 and vm:102 run together on pve1', ['pve1']],
    );
    const moving = [service(101, 'pve1', { state: 'migrate', crmState: 'migrate' }), ...resources.slice(1)];
    assert.deepEqual(
      find({ rules: [apart('a', 'vm:101', 'vm:102', 'vm:103')], resources: moving, guests }),
      [],
    );
  });

  it('name what is kept together and runs on several nodes', () => {
    const found = only(find({ rules: [together('t', 'vm:101', 'vm:102')] }));
    assert.equal(found.code, 'together-split');
    assert.equal(found.explanation, 'vm:101 on pve1, vm:102 on pve2.');
    const resources = [service(101, 'pve1'), service(102, 'pve1')];
    const guests = [guest(101, 'pve1'), guest(102, 'pve1')];
    assert.deepEqual(find({ rules: [together('t', 'vm:101', 'vm:102')], resources, guests }), []);
  });

  it('take a guest that is between two nodes for one that moves', () => {
    const rules = [strict('db', on('pve2', 'pve3'), 'vm:101')];
    assert.deepEqual(find({ rules, guests: [guest(101, 'pve2')] }), []);
  });

  it('say when a rule is disabled, refused or left out that nothing is broken by it', () => {
    const wrong = strict('db', on('pve2', 'pve3'), 'vm:101');
    assert.deepEqual(find({ rules: [{ ...wrong, disabled: true }] }), []);
    assert.deepEqual(codes(find({ rules: [{ ...wrong, errors: { nodes: ['no'] } }] })), ['rule-refused']);
    const twice = strict('gpu', on('pve1', 'pve2'), 'vm:101');
    assert.deepEqual(codes(find({ rules: [wrong, twice] })), ['rule-infeasible']);
  });
});

describe('a resource that is not on its best node', () => {
  const rules = [prefer('db', [...on('pve1'), { name: 'pve2', priority: 5 }], 'vm:101')];

  it('is a finding once nothing moved for a minute', () => {
    const found = only(find({ rules }));
    assert.deepEqual(
      [found.code, found.severity, found.title],
      ['not-on-best-node', 'warning', 'vm:101 is on pve1, not on pve2'],
    );
    assert.deepEqual(find({ rules }, { atRestSinceMs: builtAtMs - minuteMs + 1 }), []);
    assert.deepEqual(find({ rules }, { atRestSinceMs: null }), []);
  });

  it('is none while anything moves, without failback, or when the better node cannot be used', () => {
    const moving = service(103, 'pve3', { state: 'relocate', crmState: 'relocate' });
    assert.deepEqual(find({ rules, resources: [service(101, 'pve1'), moving] }), []);
    assert.deepEqual(find({ rules, resources: [service(101, 'pve1', { failback: false })] }), []);
    const { nodes } = pictureWith();
    for (const fields of [{ online: false }, { haState: 'maintenance' }])
      assert.deepEqual(
        find({ rules, nodes: nodes.map((node) => (node.name === 'pve2' ? { ...node, ...fields } : node)) }),
        [],
      );
  });

  it('follows the group for failback on clusters with groups', () => {
    const group = buildGroup('db', { nodes: [...on('pve1'), { name: 'pve2', priority: 5 }] });
    const resources = [service(101, 'pve1', { group: 'db', failback: null })];
    assert.deepEqual(codes(find({ groups: [group], resources })), ['not-on-best-node']);
    assert.deepEqual(find({ groups: [{ ...group, nofailback: true }], resources }), []);
  });

  it('is only a hint when a rule keeps it away from there', () => {
    const found = find({
      rules: [prefer('db', on('pve2'), 'vm:101'), apart('a', 'vm:101', 'vm:102')],
    });
    const hint = found.find(({ code }) => code === 'not-on-best-node');
    assert.deepEqual([hint?.severity, hint?.title], ['information', 'vm:101 is on pve1, not on pve2']);
    assert.match(hint?.explanation ?? '', /kept apart from/);
  });
});

describe('rules that cannot hold', () => {
  const titles = (rules: readonly HaRule[]): string[] =>
    find({ rules })
      .filter(({ code }) => code === 'rule-infeasible')
      .map(({ title }) => title);
  const three = [{ name: 'pve1', priority: 2 }, ...on('pve2')];

  it('are told by every check of Proxmox VE 9, with the rules and resources that meet', () => {
    assert.deepEqual(
      titles([prefer('a', on('pve1'), 'vm:101'), prefer('b', on('pve1'), 'vm:101', 'vm:102')]),
      ['vm:101: named by several node rules (a and b)'],
    );
    assert.deepEqual(titles([together('a', 'vm:101')]), ['a names fewer than two resources']);
    assert.deepEqual(titles([apart('a', 'vm:101', 'vm:102', 'vm:103', 'vm:104')]), [
      'a keeps 4 resources apart, which is more than there are nodes',
    ]);
    assert.deepEqual(titles([prefer('p', three, 'vm:101'), together('t', 'vm:101', 'vm:102')]), [
      't and p: node priorities do not go with a resource rule',
    ]);
    assert.deepEqual(titles([together('t', 'vm:101', 'vm:102'), apart('a', 'vm:101', 'vm:102')]), [
      'vm:101 and vm:102: asked to be together and apart (t and a)',
    ]);
    assert.deepEqual(
      titles([
        prefer('a', on('pve1'), 'vm:101'),
        prefer('b', on('pve1'), 'vm:102'),
        together('t', 'vm:101', 'vm:102'),
      ]),
      ['t, a and b: resources kept together are in several node rules'],
    );
    assert.deepEqual(titles([prefer('n', on('pve1'), 'vm:101', 'vm:102'), apart('a', 'vm:101', 'vm:102')]), [
      'a and n: too few nodes to keep vm:101 and vm:102 apart',
    ]);
  });

  it('are none for rules that go together', () => {
    assert.deepEqual(
      titles([
        prefer('n', on('pve1', 'pve2'), 'vm:101', 'vm:102'),
        apart('a', 'vm:101', 'vm:103'),
        together('t', 'vm:101', 'vm:102'),
      ]),
      [],
    );
  });

  it('quote Proxmox where it says the same, and once', () => {
    const [found, ...others] = find({
      rules: [{ ...together('a', 'vm:101'), errors: { resources: ['too few resources'] } }],
    });
    assert.match(found?.explanation ?? '', /Proxmox says: "too few resources"/);
    assert.deepEqual(others, []);
  });
});

describe('risks that somebody may have accepted', () => {
  it('are strict rules and restricted groups that leave one node', () => {
    const found = only(find({ rules: [strict('gpu', on('pve3'), 'vm:103')] }));
    assert.deepEqual(
      [found.code, found.severity, found.title],
      ['single-node-strict', 'information', 'Rule gpu leaves no node but pve3'],
    );
    const group = buildGroup('gpu', { nodes: on('pve3'), restricted: true });
    const resources = [service(103, 'pve3', { group: 'gpu' })];
    assert.deepEqual(codes(find({ groups: [group], resources })), ['single-node-strict']);
    assert.deepEqual(find({ groups: [{ ...group, restricted: false }], resources }), []);
    assert.deepEqual(find({ groups: [group] }), [], 'a group without members limits nobody');
  });

  it('are running guests without HA, where HA is used', () => {
    const guests = [
      guest(101, 'pve1'),
      guest(200, 'pve2', { haManaged: 'notManaged' }),
      guest(201, 'pve3', { haManaged: 'notManaged', kind: 'lxc' }),
      guest(202, 'pve3', { haManaged: 'notManaged', status: 'stopped' }),
    ];
    const found = only(find({ guests }));
    assert.equal(found.title, '2 running guests are not HA-managed');
    assert.deepEqual(found.subjects.sids, ['vm:200', 'ct:201']);
    assert.deepEqual(find({ guests, resources: [] }), []);
  });

  it('are two votes without a quorum device', () => {
    const withVotes = (expectedVotes: number | null, state: 'none' | 'connected' | 'unknown') =>
      find({
        cluster: buildCluster('prod', {
          quorum: {
            expectedVotes,
            device: { state, votes: null, algorithm: null, host: null, rawState: null },
          },
        }),
      });
    assert.deepEqual(codes(withVotes(2, 'none')), ['two-votes']);
    assert.deepEqual(codes(withVotes(3, 'none')), []);
    assert.deepEqual(codes(withVotes(2, 'connected')), []);
    assert.deepEqual(codes(withVotes(null, 'none')), ['not-checked']);
    assert.deepEqual(codes(withVotes(2, 'unknown')), ['not-checked']);
  });

  it('is HA that was disarmed and forgotten', () => {
    const disarmed = (minutes: number | null) =>
      find({
        cluster: buildCluster('prod', {
          fencing: buildFencing({
            state: 'disarmed',
            sinceMs: minutes === null ? null : builtAtMs - minutes * minuteMs,
          }),
        }),
      });
    assert.deepEqual(codes(disarmed(29)), []);
    assert.deepEqual(
      [only(disarmed(30)).severity, only(disarmed(30)).title],
      ['error', 'HA is disarmed for longer than 30 minutes'],
    );
    assert.deepEqual(codes(disarmed(null)), ['not-checked']);
  });
});

describe('names that lead nowhere', () => {
  it('are nodes in rules and groups that the cluster does not have', () => {
    const found = only(find({ rules: [prefer('db', on('pve1', 'pve9'), 'vm:101')] }));
    assert.equal(found.title, 'Rule db names pve9, not a node of this cluster');
    const group = buildGroup('db', { nodes: on('pve8') });
    assert.deepEqual(only(find({ groups: [group] })).subjects.groups, ['db']);
  });

  it('are guests in rules that do not exist, and told apart from those without HA', () => {
    const found = find({
      rules: [apart('a', 'vm:101', 'vm:999')],
      guests: [guest(101, 'pve1')],
    });
    assert.deepEqual(codes(found), ['unknown-guest']);
    const outside = find({
      rules: [apart('a', 'vm:101', 'ct:200')],
      guests: [
        guest(101, 'pve1'),
        guest(200, 'pve1', { kind: 'lxc', haManaged: 'notManaged', status: 'stopped' }),
      ],
    });
    assert.deepEqual(codes(outside), ['not-an-ha-resource']);
    assert.deepEqual(codes(find({ resources: [service(101, 'pve1', { state: 'not found', node: null })] })), [
      'unknown-guest',
    ]);
  });

  it('are groups that do not exist', () => {
    const cluster = buildCluster('prod', { sections: { haGroups: { state: 'read' } } });
    const resources = [service(101, 'pve1', { group: 'gone' })];
    assert.deepEqual(codes(find({ cluster, resources })), ['unknown-group']);
    assert.deepEqual(find({ cluster, resources, groups: [buildGroup('gone', { nodes: on('pve1') })] }), []);
  });
});
