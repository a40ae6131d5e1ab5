import assert from 'node:assert/strict';
import type { SectionName } from '../../../../src/contract/model/cluster.ts';
import { findFindings } from '../../../../src/ha/findings/findFindings.ts';
import type { Finding, NotCurrent } from '../../../../src/ha/findings/finding.ts';
import type { ClusterPicture } from '../../../../src/ha/foresight/clusterPicture.ts';
import { buildCluster, buildGroup, builtAtMs } from '../../../support/fleetBuilders.ts';
import { guest, pictureWith, rule, service } from '../pictureBuilders.ts';

const find = (picture: Partial<ClusterPicture>, notCurrent: NotCurrent | null = null): readonly Finding[] =>
  findFindings({
    picture: pictureWith(picture),
    notCurrent,
    nowMs: builtAtMs,
    atRestSinceMs: 0,
    disarmedLimitMs: 1_800_000,
  });
const codes = (found: readonly Finding[]): string[] => found.map(({ code }) => code);
const notChecked = (found: readonly Finding[]): string =>
  found.find(({ code }) => code === 'not-checked')?.explanation ?? '';

/** Breaks a rule for certain, so that silence means that nobody dared to say so. */
const broken = rule('db', {
  kind: 'nodeAffinity',
  strict: true,
  nodes: [
    { name: 'pve2', priority: 0 },
    { name: 'pve3', priority: 0 },
  ],
  resources: ['vm:101'],
});

describe('what could not be known is no finding and not silence', () => {
  it('says why nothing was checked, and nothing else, when the picture is a memory', () => {
    for (const [reason, text] of [
      ['noQuorum', /no quorum/],
      ['quorumUnknown', /not known/],
      ['stale', /too old/],
      ['neverRead', /Nothing has been read/],
    ] as const) {
      const found = find({ rules: [broken] }, reason);
      assert.deepEqual(codes(found), ['not-checked']);
      assert.match(notChecked(found), text);
      assert.equal(found[0]?.severity, 'unknown');
    }
  });

  it('judges no rule while a list that decides is missing or has holes', () => {
    const lists: readonly SectionName[] = [
      'status',
      'haStatus',
      'haResources',
      'haRules',
      'haGroups',
      'resources',
    ];
    for (const name of lists)
      for (const section of [
        { state: 'failed' },
        { state: 'never' },
        { state: 'read', droppedRows: 1 },
      ] as const) {
        const found = find({
          cluster: buildCluster('prod', { sections: { [name]: section } }),
          rules: [broken],
        });
        assert.ok(!codes(found).includes('outside-strict-nodes'), name);
        assert.equal(codes(found).filter((code) => code === 'not-checked').length, 1, name);
      }
    const older = buildCluster('prod', { sections: { haRules: { state: 'notOffered' }, haGroups: {} } });
    assert.deepEqual(find({ cluster: older }), [], 'no rules on a version without rules is not a hole');
  });

  it('reports what other lists prove', () => {
    const cluster = buildCluster('prod', { sections: { haRules: { state: 'failed' } } });
    const found = find({ cluster, guests: [guest(200, 'pve1', { haManaged: 'notManaged' })] });
    assert.deepEqual(codes(found), ['not-checked', 'unmanaged-guests']);
  });

  it('takes a priority that is not a number for what it is, and leaves alone what hangs on it', () => {
    const nodes = [
      { name: 'pve2', priority: null },
      { name: 'pve3', priority: 0 },
    ];
    const found = find({ rules: [{ ...broken, nodes }] });
    assert.deepEqual(codes(found), ['not-checked']);
    assert.match(notChecked(found), /Rule db has a priority that is not a number/);
    const group = buildGroup('db', { nodes, restricted: true });
    const inGroup = find({ groups: [group], resources: [service(101, 'pve1', { group: 'db' })] });
    assert.match(notChecked(inGroup), /Group db has a priority that is not a number/);
    assert.deepEqual(codes(inGroup), ['not-checked']);
    const tied = rule('t', { resources: ['vm:101', 'vm:102'] });
    assert.deepEqual(codes(find({ rules: [{ ...broken, nodes }, tied] })), ['not-checked']);
  });

  it('does not judge rules of a kind it does not know, that avoid nodes, or whose strictness was not told', () => {
    for (const fields of [
      { kind: 'unknown' },
      { affinity: 'negative' },
      { affinity: 'unknown' },
      { strict: null },
    ] as const) {
      const found = find({ rules: [{ ...broken, ...fields }] });
      assert.deepEqual(codes(found), ['not-checked'], JSON.stringify(fields));
    }
  });

  it('counts resources and guests that told nothing of themselves', () => {
    const untold = find({ rules: [broken], resources: [service(101, 'pve1', { state: null })] });
    assert.match(notChecked(untold), /State or node of 1 HA resource/);
    assert.match(
      notChecked(find({ guests: [guest(9, 'pve1', { haManaged: 'unknown' })] })),
      /1 running guest/,
    );
    const ignored = find({ rules: [broken], resources: [service(101, 'pve1', { state: 'ignore' })] });
    assert.match(notChecked(ignored), /disarmed and ignores/);
  });

  it('stays one finding with a handful of reasons, however much is missing', () => {
    const rules = Array.from({ length: 40 }, (_, index) => rule(`r${index}`, { kind: 'unknown' }));
    const found = find({ rules });
    assert.deepEqual(codes(found), ['not-checked']);
    assert.match(notChecked(found), /And 35 more reasons\.$/);
  });
});

describe('bad input', () => {
  const hostile = '<img src=x onerror=alert(1)>\n# forged\u202e';

  it('becomes a single harmless line wherever a name from outside is said', () => {
    const found = find({
      rules: [
        { ...broken, name: hostile, nodes: [{ name: hostile, priority: 0 }] },
        rule(`${hostile}2`, { resources: [hostile], errors: { [hostile]: [hostile] } }),
      ],
      guests: [guest(101, 'pve1'), guest(300, hostile, { name: hostile, haManaged: 'notManaged' })],
    });
    assert.ok(found.length >= 4, codes(found).join());
    for (const { title, explanation, nextStep } of found)
      for (const text of [title, explanation, nextStep]) assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
  });

  it('of names that every object has is taken for names', () => {
    const found = find({
      nodes: pictureWith().nodes.map((node, index) => (index === 0 ? { ...node, name: '__proto__' } : node)),
      rules: [rule('constructor', { affinity: 'negative', resources: ['__proto__', 'toString'] })],
    });
    assert.ok(codes(found).includes('unknown-guest'));
  });

  it('keeps ids apart and the same for the same fault', () => {
    const rules = [
      broken,
      { ...broken, name: 'db2', resources: ['vm:102'], nodes: [{ name: 'pve9', priority: 0 }] },
    ];
    const ids = find({ rules }).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      find({ rules: [...rules].reverse() })
        .map(({ id }) => id)
        .sort(),
      [...ids].sort(),
    );
  });
});
