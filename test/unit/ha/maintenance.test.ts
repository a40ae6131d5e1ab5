import assert from 'node:assert/strict';
import type { ClusterPicture } from '../../../src/ha/foresight/clusterPicture.ts';
import { maintenanceReadiness } from '../../../src/ha/foresight/maintenance.ts';
import { buildCluster, buildFencing, buildLrm, buildNode } from '../../support/fleetBuilders.ts';
import { gib, guest, pictureWith, rule, service } from './pictureBuilders.ts';
import { randomCluster } from './randomClusters.ts';

const five = (fields: Partial<ClusterPicture> = {}): ClusterPicture =>
  pictureWith({
    cluster: buildCluster('prod', { quorum: { votes: 5, neededVotes: 3 } }),
    nodes: ['pve1', 'pve2', 'pve3', 'pve4', 'pve5'].map((name) =>
      buildNode(name, {
        haState: 'online',
        votes: 1,
        cpuRatio: 0.25,
        maxCpu: 16,
        memoryBytes: 8 * gib,
        maxMemoryBytes: 16 * gib,
      }),
    ),
    ...fields,
  });

describe('maintenance readiness', () => {
  it('tells where everything goes, with the load of the targets and the votes that are left', () => {
    const told = maintenanceReadiness(
      five({
        guests: [guest(101, 'pve1'), guest(102, 'pve2'), guest(103, 'pve3', { cpuRatio: 0.5, maxCpu: 4 })],
      }),
      'pve3',
    );
    assert.deepEqual([told.answer, told.reasons, told.unknowns], ['ready', [], []]);
    assert.equal(told.isExact, true);
    assert.deepEqual(
      told.resources.map(({ sid, fate, to, why }) => [sid, fate, to, why]),
      [['vm:103', 'moves', 'pve4', 'It moves while running.']],
    );
    assert.deepEqual(told.quorum, {
      votesBefore: 5,
      votesAfter: 4,
      neededVotes: 3,
      marginAfter: 1,
      holds: true,
    });
    const target = told.targets.find(({ node }) => node === 'pve4');
    assert.deepEqual(target, {
      node: 'pve4',
      arriving: 1,
      beforeBytes: 8 * gib,
      afterBytes: 12 * gib,
      maxBytes: 16 * gib,
      cpuBefore: 0.25,
      cpuAfter: 0.375,
    });
    assert.equal(told.drain.state, 'inUse');
  });

  it('names the rule or group that keeps a resource on the node', () => {
    const only = { kind: 'nodeAffinity' as const, strict: true, resources: ['vm:103'] };
    const cases: [Partial<ClusterPicture>, string][] = [
      [
        { rules: [rule('gpu', { ...only, nodes: [{ name: 'pve3', priority: 0 }] })] },
        'Rule gpu allows only pve3.',
      ],
      [
        {
          rules: [
            rule('far', {
              ...only,
              affinity: 'negative' as const,
              nodes: ['pve1', 'pve2', 'pve4', 'pve5'].map((name) => ({ name, priority: 0 })),
            }),
          ],
        },
        'Rule far forbids pve1, pve2, pve4, pve5.',
      ],
      [
        {
          resources: [service(103, 'pve3', { group: 'dongle' })],
          groups: [
            {
              id: 'group:prod/dongle',
              cluster: 'prod',
              name: 'dongle',
              nodes: [{ name: 'pve3', priority: 0 }],
              restricted: true,
              nofailback: false,
              comment: null,
              digest: null,
            },
          ],
        },
        'Group dongle allows only pve3.',
      ],
    ];
    for (const [fields, why] of cases) {
      const told = maintenanceReadiness(five(fields), 'pve3');
      assert.deepEqual([told.answer, told.reasons], ['blocked', [`vm:103 cannot leave. ${why}`]]);
      assert.deepEqual(
        told.resources.map(({ fate }) => fate),
        ['stuck'],
      );
    }
  });

  it('counts what stays and stops, for whatever reason', () => {
    const told = maintenanceReadiness(
      five({
        resources: [
          service(103, 'pve3', { crmState: 'error', state: 'error' }),
          service(104, 'pve3', { crmState: 'stopped', state: 'stopped', requestState: 'stopped' }),
          service(105, 'pve3', { crmState: null, state: 'ignored', requestState: 'ignored' }),
        ],
        guests: [
          guest(105, 'pve3'),
          guest(103, 'pve3'),
          guest(104, 'pve3', { status: 'stopped' }),
          guest(200, 'pve3', { haManaged: 'notManaged' }),
          guest(201, 'pve3', { haManaged: 'notManaged', status: 'stopped' }),
          guest(202, 'pve3', { haManaged: 'notManaged', template: true }),
          guest(203, 'pve1', { haManaged: 'notManaged' }),
        ],
      }),
      'pve3',
    );
    assert.equal(told.answer, 'attention');
    assert.deepEqual(told.staying, [
      { sid: 'vm:103', name: 'guest-103', why: 'HA leaves it alone: it is in error.' },
      { sid: 'vm:105', name: 'guest-105', why: 'HA is told to ignore it.' },
      { sid: 'vm:200', name: 'guest-200', why: 'HA does not manage it.' },
    ]);
    assert.deepEqual(told.reasons, ['3 running guests stay and stop when pve3 is switched off.']);
    assert.deepEqual([told.resources, told.unknowns], [[], []]);
  });

  it('is blocked when the cluster cannot spare the votes, and careful when it only just can', () => {
    const three = maintenanceReadiness(pictureWith(), 'pve3');
    assert.deepEqual(
      [three.answer, three.reasons],
      ['attention', ['Without pve3 no further vote may be lost.']],
    );
    const two = pictureWith();
    const told = maintenanceReadiness(
      {
        ...two,
        nodes: two.nodes.slice(0, 2),
        resources: [],
        guests: [],
        cluster: buildCluster('prod', { quorum: { votes: 2, neededVotes: 2 } }),
      },
      'pve2',
    );
    assert.equal(told.answer, 'blocked');
    assert.match(told.reasons[0] ?? '', /has 1 vote and needs 2: quorum is lost/);
  });

  it('moves nothing without quorum, while disarmed, or off a node that is gone', () => {
    const gone = five().nodes.map((node) => (node.name === 'pve3' ? { ...node, online: false } : node));
    const cases: [Partial<ClusterPicture>, RegExp][] = [
      [
        { cluster: buildCluster('prod', { quorum: { state: 'notQuorate' } }) },
        /Without quorum nothing is moved/,
      ],
      [{ cluster: buildCluster('prod', { fencing: buildFencing({ state: 'disarmed' }) }) }, /HA is disarmed/],
      [{ nodes: gone }, /pve3 is not online/],
    ];
    for (const [fields, why] of cases) {
      const told = maintenanceReadiness(five(fields), 'pve3');
      assert.equal(told.answer, 'blocked', why.source);
      assert.deepEqual(
        told.resources.map(({ sid, fate }) => [sid, fate]),
        [['vm:103', 'waits']],
      );
      assert.match(told.reasons.join(' '), why);
    }
  });

  it('warns when the targets may run out of memory, and of the master', () => {
    const full = five().nodes.map((node) => ({ ...node, memoryBytes: 15 * gib }));
    const told = maintenanceReadiness(
      five({ nodes: full, resources: [service(101, 'pve1')], guests: [guest(101, 'pve1')] }),
      'pve1',
    );
    assert.equal(told.answer, 'attention');
    assert.deepEqual(told.reasons, [
      'pve2 has too little memory if every arriving guest uses its limit.',
      'pve1 is the HA master; once it is off, another takes over within about two minutes.',
    ]);
  });

  it('warns of a guest that is locked, and takes no maintenance request while HA is disarmed', () => {
    const locked = maintenanceReadiness(five({ guests: [guest(103, 'pve3', { lock: 'backup' })] }), 'pve3');
    assert.deepEqual(
      [locked.answer, locked.reasons],
      ['attention', ['vm:103 is locked (backup) and cannot move before that ends.']],
    );
    const empty = maintenanceReadiness(
      five({
        resources: [],
        cluster: buildCluster('prod', {
          quorum: { votes: 5, neededVotes: 3 },
          fencing: buildFencing({ state: 'disarmed' }),
        }),
      }),
      'pve3',
    );
    assert.equal(empty.answer, 'blocked');
    assert.match(empty.reasons.join(), /takes no maintenance request/);
  });

  it('never calls a node ready when something was not told', () => {
    const home = { kind: 'nodeAffinity' as const, resources: ['vm:103'] };
    const cases: [string, Partial<ClusterPicture>, RegExp][] = [
      ['votes', { nodes: five().nodes.map((node) => ({ ...node, votes: null })) }, /Votes were not told/],
      ['state', { resources: [service(103, 'pve3', { crmState: null })] }, /state of 1 HA resource/],
      ['wanted', { resources: [service(103, 'pve3', { requestState: null })] }, /^$/],
      [
        'rules',
        { cluster: buildCluster('prod', { sections: { haRules: { state: 'failed' } } }) },
        /The list of HA rules could not be read/,
      ],
      [
        'rules never read',
        { cluster: buildCluster('prod', { sections: { haRules: { state: 'never', readAtMs: null } } }) },
        /The list of HA rules has not been read yet/,
      ],
      ['age', { cluster: buildCluster('prod', { freshness: { consecutiveFailures: 1 } }) }, /is old/],
      [
        'priority',
        { rules: [rule('home', { ...home, nodes: [{ name: 'pve3', priority: null }] })] },
        /gives pve3 a priority that is not a number/,
      ],
      [
        'switch',
        { rules: [rule('home', { ...home, nodes: [], errors: { disable: ['could not be read'] } })] },
        /Rule home does not tell whether it is switched off/,
      ],
      [
        'fraction',
        { rules: [rule('home', { ...home, nodes: [{ name: 'pve3', priority: 1.5 }] })] },
        /gives pve3 a priority that is not a number/,
      ],
      [
        'unknown node',
        { rules: [rule('home', { ...home, nodes: [{ name: 'pve9', priority: 1 }] })] },
        /names the node pve9, which this cluster does not have/,
      ],
      ['membership', { cluster: buildCluster('prod', { quorum: { state: 'unknown' } }) }, /Votes/],
      ['management', { guests: [guest(300, 'pve3', { haManaged: 'unknown' })] }, /Of some guests/],
    ];
    for (const [name, fields, expected] of cases) {
      const told = maintenanceReadiness(five(fields), 'pve3');
      assert.equal(told.answer, 'unknown', `${name}: ${told.answer} ${told.reasons.join(' ')}`);
      assert.match(told.unknowns.join(' '), expected, name);
    }
    assert.equal(maintenanceReadiness(five(), 'pve9').answer, 'unknown');
    assert.equal(maintenanceReadiness(five({ nodes: [], resources: [] }), 'pve3').answer, 'unknown');
  });

  it('only calls landing places approximate where HA compares by load', () => {
    const cluster = five().cluster;
    const told = maintenanceReadiness(
      five({ cluster: { ...cluster, master: { ...cluster.master, scheduler: 'dynamic' } } }),
      'pve3',
    );
    assert.deepEqual([told.answer, told.isExact], ['ready', false]);
    assert.match(told.unknowns.join(), /compares nodes by load/);
  });
});

describe('drain progress', () => {
  const maintained = (fields: object) =>
    five().nodes.map((node) =>
      node.name === 'pve3'
        ? { ...node, haState: 'maintenance', lrm: buildLrm({ state: 'maintenance' }), ...fields }
        : node,
    );
  const progress = (fields: Partial<ClusterPicture>, node: object = {}) =>
    maintenanceReadiness(five({ nodes: maintained(node), ...fields }), 'pve3').drain;

  it('counts what is left, on its way and stuck', () => {
    const drain = progress({
      resources: [
        service(101, 'pve3', { crmState: 'migrate' }),
        service(102, 'pve3'),
        service(103, 'pve3'),
        service(104, 'pve3', { crmState: 'stopped', requestState: 'stopped' }),
      ],
      rules: [
        rule('gpu', {
          kind: 'nodeAffinity',
          strict: true,
          nodes: [{ name: 'pve3', priority: 0 }],
          resources: ['vm:103'],
        }),
      ],
    });
    assert.deepEqual([drain.state, drain.left, drain.underway, drain.stuck], ['draining', 3, 1, 1]);
  });

  it('counts what has moved by the record of the manager, and only while that is as new as the rest', () => {
    const resources = [
      service(101, 'pve1', { maintenanceNode: 'pve3' }),
      service(102, 'pve2', { maintenanceNode: 'pve1' }),
      service(103, 'pve3', { maintenanceNode: 'pve3' }),
    ];
    const read = (managerStatus: object) =>
      progress({ resources, cluster: buildCluster('prod', { sections: { managerStatus } }) }).moved;
    assert.equal(read({}), 1);
    assert.equal(read({ readAtMs: 1 }), null);
    assert.equal(read({ state: 'failed' }), null);
    assert.equal(read({ state: 'never', readAtMs: null }), null);
  });

  it('tells drained, powered off and lost apart', () => {
    const busy = { resources: [service(103, 'pve3')] };
    const empty = { resources: [service(101, 'pve1')] };
    assert.equal(progress(empty).state, 'drained');
    assert.equal(progress(empty, { online: false }).state, 'poweredOff');
    assert.equal(progress(busy, { online: false }).state, 'lost');
    assert.equal(progress(busy, { online: null }).state, 'unknown');
    assert.equal(progress({ resources: [service(103, 'pve3', { crmState: null })] }).state, 'unknown');
    assert.equal(progress(busy, { haState: null, lrm: null }).state, 'unknown');
    assert.equal(progress(busy, { haState: 'online', lrm: buildLrm() }).state, 'inUse');
  });
});

describe('maintenance readiness and the engine', () => {
  for (let seed = 1; seed <= 60; seed += 1)
    it(`agree on where everything goes in cluster ${seed}`, () => {
      const { nodes, sids, play, picture, pick } = randomCluster(seed, { priorities: true });
      const start = nodes.map((name) => `power ${name} on`);
      const before = play([start]);
      const node = nodes[pick(nodes.length)] ?? '';
      const after = play([start, [], [], [`crm ${node} enable-node-maintenance`]]);
      const told = maintenanceReadiness(picture(before), node);
      const fates = new Map(told.resources.map(({ sid, to }) => [sid, to]));
      for (const sid of sids)
        assert.equal(
          fates.get(sid) ?? before.get(sid),
          after.get(sid),
          `${sid} when ${node} is drained: ${JSON.stringify([...before])} ${JSON.stringify(told.resources)}`,
        );
    });
});
