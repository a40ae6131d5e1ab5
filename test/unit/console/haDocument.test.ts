import assert from 'node:assert/strict';
import { haDocument } from '../../../src/console/findings/haDocument.ts';
import { problemsOf } from '../../../src/console/findings/problems.ts';
import { findFindings } from '../../../src/ha/findings/findFindings.ts';
import type { ClusterPicture } from '../../../src/ha/foresight/clusterPicture.ts';
import { buildCluster, buildFencing, buildGroup, builtAtMs } from '../../support/fleetBuilders.ts';
import { guest, pictureWith, rule, service } from '../ha/pictureBuilders.ts';

const strict = rule('db', {
  kind: 'nodeAffinity',
  strict: true,
  nodes: [
    { name: 'pve2', priority: 2 },
    { name: 'pve3', priority: 0 },
  ],
  resources: ['vm:101'],
});

/** Problems of a cluster as "line text: code". */
function problems(fields: Partial<ClusterPicture>) {
  const picture = pictureWith(fields);
  const document = haDocument(picture, 'prod');
  const findings = findFindings({
    picture,
    notCurrent: null,
    nowMs: builtAtMs,
    atRestSinceMs: null,
    disarmedLimitMs: 60_000,
  });
  const lines = document.text.split('\n');
  return problemsOf(findings, document).map((problem) => ({
    ...problem,
    at: lines[problem.range.line]?.slice(problem.range.start, problem.range.end),
  }));
}

describe('the document of HA configuration', () => {
  it('lists groups, rules and resources in the manner of the files of Proxmox', () => {
    const { text } = haDocument(
      pictureWith({
        groups: [buildGroup('old', { nodes: [{ name: 'pve1', priority: 1 }], restricted: true })],
        rules: [
          strict,
          rule('apart', { affinity: 'negative', resources: ['vm:101', 'vm:102'], disabled: true }),
        ],
        resources: [service(101, 'pve1', { comment: 'core', maxRestart: 2 })],
      }),
      'prod',
    );
    assert.match(text, /^group: old\n\tnodes pve1:1\n\trestricted 1\n\tnofailback 0$/m);
    assert.match(text, /^node-affinity: db\n\tresources vm:101\n\tnodes pve2:2,pve3:0\n\tstrict 1$/m);
    assert.match(
      text,
      /^resource-affinity: apart\n\tresources vm:101,vm:102\n\taffinity negative\n\tdisable 1$/m,
    );
    assert.match(text, /^vm: 101\n\tname guest-101\n\tstate started\n\tfailback 1\n\tmax_restart 2\n/m);
    assert.match(
      text,
      /^cluster: prod\n\tnodes pve1,pve2,pve3\n\texpected-votes 3\n\tquorum-device none\n\tha-stack armed$/m,
    );
  });

  it('says which list could not be read instead of calling it empty', () => {
    const cluster = buildCluster('prod', {
      placementModel: 'both',
      sections: { haRules: { state: 'failed' }, haGroups: {} },
    });
    const { text } = haDocument(pictureWith({ cluster }), 'prod');
    assert.match(text, /^# Rules: The list of HA rules could not be read\./m);
    assert.match(text, /^# Groups: none$/m);
  });

  it('keeps whatever a name holds on one line', () => {
    const hostile = 'db\nnode-affinity: forged\n\tnodes pve9\u2028<b>';
    const { text } = haDocument(
      pictureWith({
        rules: [{ ...strict, name: hostile, comment: hostile, resources: [hostile] }],
        resources: [service(101, 'pve1', { name: hostile })],
        guests: [guest(200, hostile, { name: hostile, haManaged: 'notManaged' })],
      }),
      hostile,
    );
    assert.doesNotMatch(text, /^node-affinity: forged/m);
    assert.equal(text.split('\n').filter((line) => line.startsWith('\tnodes pve9')).length, 0);
  });

  it('does not change while nothing was changed', () => {
    const picture = pictureWith();
    const cluster = { ...picture.cluster, freshness: { ...picture.cluster.freshness, lastSuccessMs: 1 } };
    const later = {
      ...picture,
      cluster,
      resources: picture.resources.map((resource) => ({ ...resource, stateSinceMs: 1 })),
    };
    assert.equal(haDocument(later, 'prod').text, haDocument(picture, 'prod').text);
  });
});

describe('problems', () => {
  it('stand at the line of their subject and point to the others', () => {
    const [problem, ...others] = problems({ rules: [strict] });
    assert.deepEqual([problem?.code, problem?.at, others.length], ['outside-strict-nodes', 'vm: 101', 0]);
    assert.deepEqual(
      problem?.related.map(({ message }) => message),
      ['node-affinity: db'],
    );
    assert.match(problem?.message ?? '', /^vm:101 runs on pve1, which is not allowed\. Rule db .* Next: /);
  });

  it('about rules and groups stand at these', () => {
    const alone = rule('alone', { resources: ['vm:101'] });
    assert.deepEqual(
      problems({ rules: [alone] }).map(({ at }) => at),
      ['resource-affinity: alone'],
    );
    const group = buildGroup('db', { nodes: [{ name: 'pve9', priority: 0 }] });
    assert.deepEqual(
      problems({ groups: [group] }).map(({ at }) => at),
      ['group: db'],
    );
  });

  it('about the cluster stand at its lines', () => {
    const cluster = buildCluster('prod', {
      quorum: { expectedVotes: 2 },
      fencing: buildFencing({ state: 'disarmed', sinceMs: 0 }),
      sections: { haGroups: { state: 'failed' } },
    });
    const guests = [guest(200, 'pve1', { haManaged: 'notManaged' })];
    assert.deepEqual(
      problems({ cluster, guests }).map(({ code, at, severity }) => [code, at, severity]),
      [
        ['disarmed-long', 'ha-stack disarmed', 'error'],
        ['not-checked', 'cluster: prod', 'unknown'],
        ['two-votes', 'expected-votes 2', 'information'],
        ['unmanaged-guests', '# Running guests that are not HA-managed', 'information'],
      ],
    );
  });
});
