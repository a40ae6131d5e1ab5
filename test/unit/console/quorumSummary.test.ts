import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ConnectionState } from '../../../src/client/connection.ts';
import { summarizeQuorum } from '../../../src/console/quorumSummary.ts';
import type { FleetRecords } from '../../../src/contract/model/fleet.ts';
import {
  buildCluster,
  buildError,
  buildFencing,
  buildFleet,
  buildLostNode,
  buildNode,
  buildResource,
  builtAtMs,
  type ClusterOverrides,
  joinFleets,
} from '../../support/fleetBuilders.ts';
import { only, openModel } from './support.ts';

const fleets = (...list: [string, ClusterOverrides?][]) =>
  joinFleets(...list.map(([key, over]) => buildFleet(key, over)));

function summarize(
  records: Partial<FleetRecords> | null,
  over: { kind?: 'demo' | 'aggregator'; state?: ConnectionState; atMs?: number; acknowledged?: string } = {},
) {
  const bench = openModel({ server: records }, { kind: over.kind ?? 'aggregator' });
  if (over.state !== undefined) only(bench).setState(over.state);
  return summarizeQuorum(bench.model, builtAtMs + (over.atMs ?? 0), over.acknowledged ?? null);
}

const noQuorum: ClusterOverrides = {
  quorum: { state: 'notQuorate', votes: 2, expectedVotes: 5, neededVotes: 3, margin: -1 },
};
const marginGone: ClusterOverrides = { quorum: { votes: 3, expectedVotes: 5, neededVotes: 3, margin: 0 } };
const small: ClusterOverrides = { quorum: { votes: 2, expectedVotes: 2, neededVotes: 2, margin: 0 } };
const waiting = (over: Parameters<typeof buildError>[0] = {}): ConnectionState => ({
  kind: 'waiting',
  error: buildError(over),
  retryAtMs: builtAtMs + 252_000,
});

describe('quorum in the status bar', () => {
  const lost = {
    ...buildFleet('prod', { freshness: { intervalMs: 600_000 } }),
    nodes: [buildNode('pve1'), buildLostNode('pve2', builtAtMs - 42_000)],
  };
  const rows: [string, () => ReturnType<typeof summarize>, string, string][] = [
    [
      'one good cluster',
      () => summarize(buildFleet('prod', { quorum: { approximate: false } })),
      '$(pass) quorate 3/3 · can lose 1',
      'none',
    ],
    ['worked out votes', () => summarize(buildFleet()), '$(pass) ≈ quorate 3/3 · can lose 1', 'none'],
    [
      'several good ones',
      () => summarize(fleets(['prod'], ['lab', { quorum: { margin: 2 } }])),
      '$(pass) 2 clusters · prod can lose 1',
      'none',
    ],
    [
      'demo',
      () => summarize(buildFleet(), { kind: 'demo' }),
      '$(beaker) demo · ≈ quorate 3/3 · can lose 1',
      'none',
    ],
    [
      'a lone node',
      () => summarize(buildFleet('edge', { mode: 'standalone', quorum: { state: 'standalone' } })),
      '$(server) edge standalone',
      'none',
    ],
    [
      'small by design',
      () => summarize(buildFleet('lab', small)),
      '$(info) ≈ quorate 2/2 · can lose none',
      'none',
    ],
    [
      'small by design among others',
      () => summarize(fleets(['prod'], ['lab', small])),
      '$(info) 2 clusters · lab can lose none',
      'none',
    ],
    [
      'an untold margin among others',
      () => summarize(fleets(['prod'], ['lab', { quorum: { votes: null, margin: null } }])),
      '$(info) 2 clusters · lab margin not told',
      'none',
    ],
    [
      'margin gone',
      () => summarize(fleets(['prod', marginGone], ['lab'])),
      '$(warning) prod ≈ quorate 3/5 · can lose none',
      'warning',
    ],
    ['a lost node', () => summarize(lost), '$(warning) pve2 lost 0:42 · fence at 1:00', 'warning'],
    [
      'a lost node a minute later',
      () => summarize(lost, { atMs: 60_000 }),
      '$(warning) pve2 lost 1:42 · recovery from 2:00',
      'warning',
    ],
    [
      'failing resources',
      () =>
        summarize({
          ...buildFleet(),
          resources: [101, 102].map((id) => buildResource(id, { state: 'error' })),
        }),
      '$(error) ≈ quorate 3/3 · 2 in error',
      'none',
    ],
    [
      'no quorum',
      () => summarize(fleets(['prod', noQuorum], ['lab', marginGone], ['edge'])),
      '$(error) prod no quorum 2/5 +1',
      'error',
    ],
    [
      'split view',
      () => summarize(fleets(['prod', { quorum: { state: 'split' } }], ['lab'])),
      '$(error) prod split view',
      'error',
    ],
    [
      'unknown',
      () => summarize(fleets(['prod', { quorum: { state: 'unknown' } }], ['lab'])),
      '$(question) prod quorum unknown',
      'none',
    ],
    [
      'unknown for long',
      () =>
        summarize(
          buildFleet('prod', {
            quorum: { state: 'unknown' },
            sections: { status: { state: 'failed', error: buildError({ sinceMs: builtAtMs - 61_000 }) } },
          }),
        ),
      '$(question) quorum unknown',
      'warning',
    ],
    [
      'stale',
      () => summarize(buildFleet(), { atMs: 134_000 }),
      '$(history) stale 2m · was quorate',
      'warning',
    ],
    [
      'a server without answer',
      () => summarize(buildFleet(), { state: waiting(), atMs: 134_000 }),
      '$(debug-disconnect) no answer 2m · was quorate',
      'warning',
    ],
    [
      'a server that never answered',
      () => summarize(null, { state: waiting({ sinceMs: builtAtMs - 120_000 }) }),
      '$(debug-disconnect) server no answer 2m',
      'warning',
    ],
    [
      'a refused key',
      () => summarize(null, { state: { kind: 'halted', error: buildError({ code: 'unauthorized' }) } }),
      '$(key) server key refused',
      'warning',
    ],
    [
      'a token that Proxmox refuses from now on, however fresh the data is',
      () =>
        summarize(
          buildFleet('prod', {
            freshness: {
              ...buildFleet().clusters[0]?.freshness,
              consecutiveFailures: 1,
              error: buildError({ code: 'unauthorized' }),
            },
          }),
        ),
      '$(key) key refused · was quorate',
      'warning',
    ],
    [
      'a lockout',
      () => summarize(null, { state: waiting({ code: 'lockedOut' }) }),
      '$(lock) server locked out 4:12',
      'warning',
    ],
    [
      'disarmed',
      () =>
        summarize(
          buildFleet('prod', {
            fencing: buildFencing({
              state: 'disarmed',
              resourceMode: 'freeze',
              sinceMs: builtAtMs - 12 * 60_000,
            }),
          }),
        ),
      '$(unlock) HA disarmed 12m',
      'warning',
    ],
    [
      'first read',
      () => summarize(null, { state: { kind: 'connecting', sinceMs: builtAtMs - 9_000 } }),
      '$(loading~spin) Reading server…',
      'none',
    ],
    [
      'first read that takes too long',
      () => summarize(null, { state: { kind: 'connecting', sinceMs: builtAtMs - 11_000 } }),
      '$(debug-disconnect) server no answer 11 s',
      'none',
    ],
  ];
  for (const [title, build, text, background] of rows) {
    it(`shows ${title}`, () => {
      const summary = build();
      assert.equal(summary.text, text);
      assert.equal(summary.background, background);
      assert.equal(summary.visible, true);
    });
  }

  it('hides without connections and leads to adding one', () => {
    const { model } = openModel({});
    const summary = summarizeQuorum(model, builtAtMs, null);
    assert.equal(summary.visible, false);
    assert.equal(summary.target.command, 'proxbox.connection.add');
  });

  it('leads to the cluster it shows, or to testing the connection', () => {
    assert.deepEqual(summarize(fleets(['prod', noQuorum], ['lab'])).target, {
      command: 'proxbox.cluster.openHaStatus',
      argument: 'cluster:server.prod',
    });
    assert.deepEqual(summarize(null, { state: waiting() }).target, {
      command: 'proxbox.connection.test',
      argument: 'server',
    });
  });

  it('orders trouble: no quorum, split, unknown, stale, disarmed, margin, failing', () => {
    const all: [string, ClusterOverrides][] = [
      ['a-margin', marginGone],
      ['b-disarmed', { fencing: buildFencing({ state: 'disarmed' }) }],
      ['c-stale', { freshness: { consecutiveFailures: 2 } }],
      ['d-unknown', { quorum: { state: 'unknown' } }],
      ['e-split', { quorum: { state: 'split' } }],
      ['f-none', noQuorum],
    ];
    const seen: string[] = [];
    for (let left = [...all]; left.length > 0; ) {
      const { argument } = summarize(fleets(...left)).target;
      const key = argument?.slice('cluster:server.'.length) ?? '';
      seen.push(key);
      left = left.filter(([name]) => name !== key);
    }
    assert.deepEqual(seen, ['f-none', 'e-split', 'd-unknown', 'c-stale', 'b-disarmed', 'a-margin']);
  });

  it('drops the background once acknowledged, until the situation changes', () => {
    const first = summarize(fleets(['prod', noQuorum]));
    const acknowledged = summarize(fleets(['prod', noQuorum]), { acknowledged: first.situation });
    assert.deepEqual([acknowledged.background, acknowledged.text], ['none', first.text]);
    const worse = summarize(fleets(['prod', noQuorum], ['lab', noQuorum]), { acknowledged: first.situation });
    assert.equal(worse.background, 'error');
  });

  it('keeps an acknowledgement while only numbers tick', () => {
    const first = summarize(lost);
    const later = summarize(lost, { atMs: 3_000, acknowledged: first.situation });
    assert.notEqual(later.text, first.text);
    assert.equal(later.background, 'none');
    assert.equal(later.accessibleLabel, first.accessibleLabel);
  });

  it('says when it wants to be drawn again', () => {
    assert.equal(summarize(buildFleet()).nextTickMs, null);
    assert.equal(summarize(lost).nextTickMs, 1_000);
  });

  it('cannot be made to draw an icon or a link by a name', () => {
    const name = '$(zap) [x](command:rm) | y';
    const records = buildFleet('prod', { ...noQuorum, name });
    const summary = summarize(joinFleets(records, buildFleet('lab')));
    assert.match(summary.text, /^\$\(error\) \\\$\(zap\)/);
    assert.doesNotMatch(summary.tooltipMarkdown, /\$\(zap\)|\]\(command:rm/);
    const row = summary.tooltipMarkdown.split('\n')[2] ?? '';
    assert.equal(row.replaceAll('\\|', '').split('|').length, 10);
  });

  it('lists the worst twelve in its hover', () => {
    const many = fleets(
      ...Array.from({ length: 14 }, (_, n): [string, ClusterOverrides?] => [
        `c${n}`,
        n === 13 ? noQuorum : {},
      ]),
    );
    const { tooltipMarkdown } = summarize(many);
    const rows = tooltipMarkdown.split('\n');
    assert.match(rows[2] ?? '', /^\| c13 \| \$\(error\) no quorum \| ≈ 2 of 5, need 3 \| \\-1 \|/);
    assert.equal(rows.filter((row) => row.startsWith('| c')).length, 12);
    assert.ok(tooltipMarkdown.includes('and 2 more, all well.'));
  });

  it('never says good over data of a cluster nobody has read', () => {
    const unread = buildCluster('prod', { freshness: { lastSuccessMs: null } });
    assert.doesNotMatch(summarize({ clusters: [unread] }).text, /quorate|pass/);
  });
});
