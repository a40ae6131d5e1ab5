import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ConnectionState } from '../../../src/client/connection.ts';
import { clusterContext } from '../../../src/console/clusterContext.ts';
import {
  connectionStateView,
  dataAge,
  freshnessState,
  tlsState,
} from '../../../src/console/freshnessStates.ts';
import { guestState, haManagedState, lockState } from '../../../src/console/guestStates.ts';
import { crmState, differsFromWanted, haResourceState } from '../../../src/console/haResourceStates.ts';
import { fencingState, lrmState, masterState, watchdogState } from '../../../src/console/haStackStates.ts';
import { isNodeLost, nodeState } from '../../../src/console/nodeStates.ts';
import { groupState, ruleState, ruleViolations, ruleWords } from '../../../src/console/placementStates.ts';
import { modeBadge, quorumDeviceState, quorumState } from '../../../src/console/quorumStates.ts';
import { lastKnownState, stateText, stateView } from '../../../src/console/states.ts';
import type { Quorum } from '../../../src/contract/model/cluster.ts';
import {
  buildCluster,
  buildError,
  buildFencing,
  buildGroup,
  buildGuest,
  buildLostNode,
  buildLrm,
  buildMaster,
  buildNode,
  buildQuorum,
  buildResource,
  buildRule,
  builtAtMs,
  type ClusterOverrides,
} from '../../support/fleetBuilders.ts';

const live: ConnectionState = { kind: 'live', via: 'stream', intervalMs: 5_000 };
const view = (state: ConnectionState = live) => ({ state, clockOffsetMs: 0 });
const read = { freshness: { lastSuccessMs: builtAtMs, consecutiveFailures: 0 } };
const facts = { nowMs: builtAtMs, clockOffsetMs: 0 };

describe('quorum in words', () => {
  const rows: [string, Partial<Quorum>, string, string, string][] = [
    [
      'margin of two',
      { votes: 5, expectedVotes: 5, neededVotes: 3, margin: 2 },
      '≈ quorate 5/5 · can lose 2',
      'ok',
      'pass',
    ],
    ['reported votes', { approximate: false }, 'quorate 3/3 · can lose 1', 'ok', 'pass'],
    [
      'no margin, votes missing',
      { votes: 3, expectedVotes: 5, neededVotes: 3, margin: 0 },
      '≈ quorate 3/5 · can lose none',
      'warn',
      'warning',
    ],
    [
      'no margin by design',
      { votes: 2, expectedVotes: 2, neededVotes: 2, margin: 0 },
      '≈ quorate 2/2 · can lose none',
      'calm',
      'info',
    ],
    [
      'fewer votes than needed yet reported quorate',
      { votes: 2, expectedVotes: 5, neededVotes: 3, margin: -1 },
      '≈ quorate 2/5 · can lose none',
      'warn',
      'warning',
    ],
    [
      'votes not told',
      { votes: null, expectedVotes: null, neededVotes: null, margin: null },
      'quorate · margin not told',
      'calm',
      'info',
    ],
    [
      'no quorum',
      { state: 'notQuorate', votes: 2, expectedVotes: 5, margin: -1 },
      'no quorum 2/5',
      'fail',
      'error',
    ],
    [
      'no quorum, votes not told',
      { state: 'notQuorate', votes: null, margin: null },
      'no quorum',
      'fail',
      'error',
    ],
    ['split view', { state: 'split' }, 'split view', 'fail', 'error'],
    ['unknown', { state: 'unknown' }, 'quorum unknown', 'unknown', 'question'],
    ['standalone', { state: 'standalone' }, 'standalone', 'off', 'server'],
  ];
  for (const [title, over, label, tone, icon] of rows) {
    it(`words ${title}`, () => {
      const state = quorumState(buildQuorum(over), read);
      assert.deepEqual([state.label, state.tone, state.icon], [label, tone, icon]);
    });
  }

  it('says "not read yet" only before anybody tried', () => {
    const quorum = buildQuorum({ state: 'unknown' });
    assert.equal(
      quorumState(quorum, { freshness: { lastSuccessMs: null, consecutiveFailures: 0 } }).label,
      'not read yet',
    );
    assert.equal(
      quorumState(quorum, { freshness: { lastSuccessMs: null, consecutiveFailures: 3 } }).label,
      'quorum unknown',
    );
  });

  it('does not call an unknown quorum device "none"', () => {
    const device = (state: Quorum['device']['state'], margin = 1) =>
      quorumDeviceState(
        buildQuorum({ margin, device: { state, votes: null, algorithm: null, host: null, rawState: null } }),
      );
    assert.deepEqual(
      [
        device('connected'),
        device('none'),
        device('unknown'),
        device('notConnected'),
        device('notConnected', 0),
      ].map(({ label, tone }) => `${label}: ${tone}`),
      [
        'device voting: calm',
        'no device: off',
        'device unknown: unknown',
        'device lost: warn',
        'device lost: fail',
      ],
    );
  });

  it('badges the mode with a word and a colour', () => {
    assert.deepEqual(
      (['cluster', 'standalone', 'undefined', 'unknown'] as const).map((mode) => modeBadge(mode)),
      [
        { label: 'Cluster', tone: 'ok' },
        { label: 'Standalone', tone: 'busy' },
        { label: 'Undefined', tone: 'off' },
        { label: 'Undefined', tone: 'off' },
      ],
    );
  });
});

describe('unknown is never good', () => {
  /** Small linear congruential generator: the same inputs in every run. */
  function randomSource(seed: number): () => number {
    let value = seed;
    return () => {
      value = (value * 1_664_525 + 1_013_904_223) % 2 ** 32;
      return value / 2 ** 32;
    };
  }

  it('calls a cluster good only when quorum was reported, with margin, and the data is fresh', () => {
    const random = randomSource(7);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
    const connectionStates: ConnectionState[] = [
      live,
      { kind: 'idle' },
      { kind: 'connecting', sinceMs: builtAtMs },
      { kind: 'live', via: 'polling', intervalMs: 15_000 },
      { kind: 'waiting', error: buildError(), retryAtMs: builtAtMs + 5_000 },
      { kind: 'halted', error: buildError({ code: 'unauthorized' }) },
    ];
    let good = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const figures = [null, -2, 0, 1, 2, 3, 5];
      const over: ClusterOverrides = {
        mode: pick(['cluster', 'standalone', 'undefined', 'unknown'] as const),
        freshness: {
          lastSuccessMs: pick([null, builtAtMs, builtAtMs - 30_000, builtAtMs - 120_000]),
          consecutiveFailures: pick([0, 0, 1, 2, 9]),
          intervalMs: pick([null, 5_000]),
          error: pick([null, buildError()]),
        },
        quorum: {
          state: pick(['quorate', 'notQuorate', 'split', 'standalone', 'unknown'] as const),
          votes: pick(figures),
          expectedVotes: pick(figures),
          neededVotes: pick(figures),
          margin: pick(figures),
          approximate: pick([true, false]),
        },
        master: buildMaster({
          state: pick(['active', 'idle', 'silent', 'clockDrift', 'never', 'unknown'] as const),
        }),
        fencing: buildFencing({
          state: pick(['armed', 'standby', 'disarming', 'disarmed', 'notOffered', 'unknown'] as const),
          resourceMode: pick([null, 'freeze', 'ignore', 'unknown'] as const),
        }),
      };
      const cluster = buildCluster('prod', over);
      const context = clusterContext(cluster, {
        connection: view(pick(connectionStates)),
        resources: 2,
        nowMs: builtAtMs,
      });
      const { quorum, freshness } = cluster;
      const fresh =
        freshness.lastSuccessMs !== null &&
        builtAtMs - freshness.lastSuccessMs <= 60_000 &&
        freshness.consecutiveFailures < 2;
      if (context.quorum.tone === 'ok') {
        good += 1;
        assert.equal(quorum.state, 'quorate');
        assert.ok(quorum.margin !== null && quorum.margin >= 1);
        assert.ok(fresh);
      }
      if (context.fencing.tone === 'ok') {
        assert.equal(cluster.fencing.state, 'armed');
        assert.ok(fresh && (quorum.state === 'quorate' || quorum.state === 'standalone'));
      }
      for (const state of [context.freshness, context.master, context.device])
        assert.notEqual(state.tone, 'ok');
    }
    assert.ok(good > 100, 'the property was never put to the test');
  });

  it('words every row without green, and an unknown word as unknown', () => {
    const words = ['started', 'recovery', 'error', 'ignore', 'brand-new', '', 'constructor', '__proto__'];
    for (const state of words) {
      const resource = haResourceState(buildResource(101, { state }), facts);
      const guest = guestState({ status: state, template: false }, { nodeLost: false });
      const node = nodeState(buildNode('pve1', { haState: state }), { resources: 1, clockOffsetMs: 0 });
      for (const shown of [resource, guest, node]) assert.notEqual(shown.tone, 'ok');
    }
    for (const raw of ['brand-new', 'constructor', '__proto__']) {
      const shown = haResourceState(buildResource(101, { state: raw }), facts);
      assert.equal(shown.label, `unknown state "${raw}"`);
      assert.deepEqual([shown.tone, shown.icon], ['unknown', 'question']);
      assert.equal(guestState({ status: raw, template: false }, { nodeLost: false }).tone, 'unknown');
    }
  });

  it('reads an absent value as not told', () => {
    assert.equal(haResourceState(buildResource(101, { state: null }), facts).label, 'not told');
    assert.equal(crmState(buildResource(101, { crmState: null }), facts).label, 'not told');
    assert.equal(guestState({ status: null, template: false }, { nodeLost: false }).label, 'not told');
    assert.equal(masterState(buildMaster({ state: 'unknown' })).label, 'not told');
    assert.equal(watchdogState(null).label, 'not told');
    assert.equal(tlsState(null).label, 'not told');
    const silent = buildNode('pve1', { online: null, status: null, haState: null, lrm: null });
    assert.equal(nodeState(silent, { resources: 0, clockOffsetMs: 0 }).label, 'not told');
    assert.equal(isNodeLost(silent), null);
  });

  it('words a memory as one, whatever it was', () => {
    const shown = lastKnownState(stateView('started', 'calm', 'play-circle', 'Runs.'));
    assert.deepEqual([shown.label, shown.tone, shown.icon], ['last known: started', 'unknown', 'history']);
  });
});

describe('freshness', () => {
  const at = (ageMs: number, over: Partial<ReturnType<typeof buildCluster>['freshness']> = {}) =>
    buildCluster('prod', { freshness: { lastSuccessMs: builtAtMs - ageMs, ...over } });

  const rows: [string, number, ConnectionState, string, string, string][] = [
    ['15 s on a stream', 15_000, live, 'live 15 s', 'calm', 'circle-filled'],
    ['16 s on a stream', 16_000, live, '16 s old', 'calm', 'clock'],
    ['60 s on a stream', 60_000, live, '1 min old', 'calm', 'clock'],
    ['61 s on a stream', 61_000, live, 'stale 1m 1s', 'unknown', 'history'],
    [
      'two slow polls',
      60_000,
      { kind: 'live', via: 'polling', intervalMs: 30_000 },
      'every 30 s',
      'calm',
      'watch',
    ],
    [
      'four slow polls',
      120_000,
      { kind: 'live', via: 'polling', intervalMs: 30_000 },
      '2 min old',
      'calm',
      'clock',
    ],
    [
      'more than four slow polls',
      121_000,
      { kind: 'live', via: 'polling', intervalMs: 30_000 },
      'stale 2m 1s',
      'unknown',
      'history',
    ],
    ['nobody watching', 1_000, { kind: 'idle' }, 'paused', 'off', 'debug-pause'],
  ];
  for (const [title, ageMs, state, text, tone, icon] of rows) {
    it(`tells ${title}`, () => {
      const shown = freshnessState(at(ageMs), view(state), builtAtMs);
      assert.deepEqual([stateText(shown, builtAtMs), shown.tone, shown.icon], [text, tone, icon]);
    });
  }

  it('is stale after two failed reads, however young the data', () => {
    assert.equal(dataAge(at(5_000, { consecutiveFailures: 1 }), view(), builtAtMs), 'live');
    assert.equal(dataAge(at(5_000, { consecutiveFailures: 2 }), view(), builtAtMs), 'stale');
  });

  it('tells since when a lost server gives no answer', () => {
    const waiting: ConnectionState = { kind: 'waiting', error: buildError(), retryAtMs: builtAtMs + 1 };
    const shown = freshnessState(at(120_000), view(waiting), builtAtMs);
    assert.match(shown.label, /^no answer since \d\d:\d\d$/);
    assert.equal(shown.tone, 'unknown');
  });

  it('tells a refused key at once', () => {
    const halted: ConnectionState = { kind: 'halted', error: buildError({ code: 'unauthorized' }) };
    assert.deepEqual(
      [freshnessState(at(0), view(halted), builtAtMs).label, connectionStateView(halted, builtAtMs).tone],
      ['key refused', 'fail'],
    );
  });

  it('counts a lockout down', () => {
    const locked: ConnectionState = {
      kind: 'waiting',
      error: buildError({ code: 'lockedOut' }),
      retryAtMs: builtAtMs + 252_000,
    };
    assert.equal(connectionStateView(locked, builtAtMs).label, 'locked out 4:12');
    assert.equal(connectionStateView(locked, builtAtMs + 252_000).label, 'locked out 0:00');
  });

  it("judges ages on the console's clock, not the server's", () => {
    const ahead = { state: live, clockOffsetMs: -600_000 };
    const cluster = buildCluster('prod', { freshness: { lastSuccessMs: builtAtMs + 600_000 } });
    assert.equal(dataAge(cluster, ahead, builtAtMs), 'live');
  });
});

describe('HA stack in words', () => {
  const stack = { resources: 2, nowMs: builtAtMs, clockOffsetMs: 0 };

  it('finds standby normal without resources and alarming with some', () => {
    const standby = buildFencing({ state: 'standby' });
    assert.equal(fencingState(standby, { ...stack, resources: 0 }).tone, 'off');
    assert.deepEqual(
      [fencingState(standby, stack).label, fencingState(standby, stack).tone],
      ['standby, not guarding', 'warn'],
    );
  });

  it('reminds of a disarmed stack after 30 min', () => {
    const disarmed = buildFencing({
      state: 'disarmed',
      resourceMode: 'freeze',
      sinceMs: builtAtMs - 12 * 60_000,
    });
    const early = fencingState(disarmed, stack);
    assert.deepEqual([stateText(early, builtAtMs), early.tone], ['disarmed 12 min · frozen', 'warn']);
    assert.equal(fencingState(disarmed, { ...stack, nowMs: builtAtMs + 19 * 60_000 }).tone, 'fail');
  });

  it('keeps "not reported" apart from disarmed', () => {
    const shown = fencingState(buildFencing({ state: 'notOffered' }), stack);
    assert.deepEqual([shown.label, shown.tone], ['arming not reported', 'off']);
  });

  it('names how the master places', () => {
    assert.equal(
      masterState(buildMaster({ scheduler: 'static' })).label,
      'master pve1 (placement: static load)',
    );
    assert.equal(
      masterState(buildMaster({ state: 'silent', timestampS: builtAtMs / 1000 - 45 })).sinceMs,
      builtAtMs - 45_000,
    );
  });

  it('tells a node in maintenance that went silent from a dead one', () => {
    const lrmFacts = { newestReportS: builtAtMs / 1000, clockOffsetMs: 0, busy: 0, haUsed: true };
    const maintained = (ageS: number) =>
      lrmState(buildLrm({ state: 'maintenance', timestampS: builtAtMs / 1000 - ageS }), lrmFacts);
    assert.equal(maintained(30).label, 'maintenance');
    assert.deepEqual([maintained(31).label, maintained(31).tone], ['maintenance, powered off', 'held']);
    assert.equal(lrmState(buildLrm({ state: 'silent' }), lrmFacts).tone, 'fail');
    const silent = (facts: object) =>
      lrmState(buildLrm({ state: 'maintenance', timestampS: builtAtMs / 1000 - 31 }), {
        ...lrmFacts,
        ...facts,
      });
    assert.deepEqual(
      [silent({ busy: 2 }), silent({ isOnline: true }), silent({ isOnline: false })].map(
        ({ label, tone }) => `${label}: ${tone}`,
      ),
      ['silent with 2 HA resources: fail', 'maintenance, LRM silent: warn', 'maintenance, powered off: held'],
    );
  });

  it('expects no LRM report where HA was never used', () => {
    const missing = { newestReportS: builtAtMs / 1000, clockOffsetMs: 0, busy: 0 };
    assert.equal(lrmState(null, { ...missing, haUsed: true }).tone, 'unknown');
    assert.equal(lrmState(null, { ...missing, haUsed: false }).tone, 'off');
  });
});

describe('nodes in words', () => {
  const node = { resources: 3, clockOffsetMs: 0 };

  it('is grave only while HA guests are on the lost node', () => {
    const lost = buildLostNode('pve4', builtAtMs - 42_000);
    const shown = nodeState(lost, node);
    assert.deepEqual([stateText(shown, builtAtMs, 'stopwatch'), shown.tone], ['lost 0:42', 'fail']);
    assert.equal(nodeState(lost, { ...node, resources: 0 }).tone, 'warn');
  });

  it('believes membership over an HA manager that has not noticed yet', () => {
    assert.equal(nodeState(buildNode('pve4', { online: false, haState: 'online' }), node).label, 'lost');
  });

  it('calls a node that is back neither lost nor fine until the HA manager has seen it', () => {
    const back = buildNode('pve4', { haState: 'unknown' });
    const shown = nodeState(back, node);
    assert.deepEqual([shown.label, shown.tone], ['online, the HA manager has not seen it yet', 'warn']);
    assert.equal(isNodeLost(back), false);
    assert.equal(isNodeLost(buildNode('pve4', { haState: 'unknown', online: null })), false);
    for (const status of ['offline', 'unknown', null])
      assert.equal(isNodeLost(buildNode('pve4', { haState: 'unknown', online: null, status })), true);
    assert.equal(isNodeLost(buildNode('pve4', { haState: 'unknown', online: false })), true);
  });

  it('words fencing, maintenance and removal', () => {
    const words = (haState: string, online = true) => nodeState(buildNode('pve4', { haState, online }), node);
    assert.deepEqual(
      [words('fence', false), words('maintenance'), words('maintenance', false), words('gone', false)].map(
        ({ label, tone }) => `${label}: ${tone}`,
      ),
      ['being fenced: fail', 'maintenance: held', 'maintenance, powered off: held', 'removed: off'],
    );
  });
});

describe('a drain in words', () => {
  const words = (busy: number | null, online: boolean) =>
    nodeState(buildNode('pve4', { haState: 'maintenance', online }), {
      resources: 3,
      busy,
      clockOffsetMs: 0,
    });

  it('says how many are left, and calls a node that went away too early lost', () => {
    assert.deepEqual(
      [words(2, true), words(0, true), words(null, true), words(0, false), words(2, false)].map(
        ({ label, tone }) => `${label}: ${tone}`,
      ),
      [
        'maintenance · 2 left: held',
        'maintenance · drained: held',
        'maintenance: held',
        'maintenance, powered off: held',
        'lost while draining · 2 HA resources: fail',
      ],
    );
  });
});

describe('HA resources in words', () => {
  const word = (state: string, over = {}) => haResourceState(buildResource(101, { state, ...over }), facts);

  const rows: [string, string, string][] = [
    ['started', 'started', 'calm'],
    ['request_start', 'starting', 'busy'],
    ['starting', 'starting', 'busy'],
    ['queued', 'queued', 'busy'],
    ['request_start_balance', 'moving before start', 'busy'],
    ['request_stop', 'stopping', 'busy'],
    ['stopping', 'stopping', 'busy'],
    ['stopped', 'stopped (kept)', 'off'],
    ['disabled', 'disabled', 'off'],
    ['ignored', 'ignored by HA', 'off'],
    ['migrate', 'migrating from pve1', 'busy'],
    ['relocate', 'relocating from pve1', 'busy'],
    ['fence', 'waiting for fence', 'fail'],
    ['recovery', 'finding a new node', 'busy'],
    ['freeze', 'frozen', 'held'],
    ['error', 'error', 'fail'],
    ['clearing error flag', 'clearing error', 'busy'],
    ['deleting', 'leaving HA', 'busy'],
    ['not found', 'guest missing', 'warn'],
    ['ignore', 'not watched', 'warn'],
  ];
  for (const [raw, label, tone] of rows) {
    it(`words ${raw}`, () => {
      assert.deepEqual([word(raw).label, word(raw).tone], [label, tone]);
    });
  }

  it('is stuck once recovery takes more than 3 min', () => {
    assert.equal(word('recovery', { stateSinceMs: builtAtMs - 180_000 }).tone, 'busy');
    const stuck = word('recovery', { stateSinceMs: builtAtMs - 181_000 });
    assert.deepEqual([stuck.label, stuck.tone], ['stuck: no node fits', 'fail']);
  });

  it('compares with what is wanted, and says nothing when either side is not told', () => {
    const differs = (requestState: string | null, state: string | null) =>
      differsFromWanted(buildResource(101, { requestState, state }));
    assert.equal(differs('enabled', 'started'), false);
    assert.equal(differs('started', 'error'), true);
    assert.equal(differs('disabled', 'disabled'), false);
    assert.equal(differs(null, 'started'), null);
    assert.equal(differs('started', null), null);
  });
});

describe('guests in words', () => {
  const word = (status: string, nodeLost = false) => guestState({ status, template: false }, { nodeLost });

  it('says what was last seen on a lost node', () => {
    assert.deepEqual(
      [word('running', true).label, word('running', true).tone],
      ['last seen running', 'unknown'],
    );
    assert.equal(word('unknown').label, 'run state unknown');
  });

  it('knows a stopped disk from a stopped guest', () => {
    assert.deepEqual(
      ['running', 'stopped', 'paused', 'suspended', 'prelaunch', 'io-error', 'internal-error'].map(
        (status) => `${word(status).label}: ${word(status).tone}`,
      ),
      [
        'running: calm',
        'stopped: off',
        'paused: warn',
        'suspended: held',
        'preparing: busy',
        'storage error: fail',
        'internal error: fail',
      ],
    );
  });

  it('words managed, not managed and not told differently', () => {
    const labels = (['managed', 'notManaged', 'unknown'] as const).map(
      (haManaged) => haManagedState(buildGuest(1, { haManaged })).label,
    );
    assert.deepEqual(labels, ['HA-managed', 'not HA-managed', 'HA not told']);
    assert.equal(lockState('backup')?.label, 'locked (backup)');
    assert.equal(lockState(null), null);
  });
});

describe('rules and groups in words', () => {
  it('says what a rule asks for', () => {
    const nodes = [
      { name: 'pve2', priority: 1 },
      { name: 'pve1', priority: 2 },
    ];
    const node = { kind: 'nodeAffinity', nodes } as const;
    assert.equal(ruleWords(buildRule()), 'keep apart');
    assert.equal(ruleWords(buildRule('r', { affinity: 'positive' })), 'keep together');
    assert.equal(
      ruleWords(buildRule('r', { ...node, affinity: 'positive', strict: false })),
      'prefer pve1 then pve2',
    );
    assert.equal(ruleWords(buildRule('r', { ...node, affinity: 'positive' })), 'only pve1 then pve2');
    assert.equal(ruleWords(buildRule('r', { ...node, affinity: 'negative' })), 'must avoid pve1 then pve2');
    assert.equal(
      ruleWords(buildRule('r', { kind: 'unknown', rawType: 'colour-affinity' })),
      'colour-affinity',
    );
  });

  it('marks infeasible, disabled, derived and unknown rules', () => {
    const words = (over: Parameters<typeof buildRule>[1]) => ruleState(buildRule('r', over));
    assert.equal(words({ disabled: true }).tone, 'off');
    assert.deepEqual(
      [words({ errors: { resources: ['too few'] } }).label, words({ errors: { resources: [] } }).tone],
      ['infeasible, not applied', 'warn'],
    );
    assert.equal(words({ fromGroup: 'db' }).label, 'from group db');
    assert.equal(words({ kind: 'unknown' }).tone, 'unknown');
    assert.equal(words({}).label, 'in force');
    assert.equal(groupState(buildGroup(), true).label, 'in force · also a rule');
  });

  it('finds where reality breaks a rule, of running members whose place is told', () => {
    const apart = buildRule();
    const on = (sid: string, node: string | null, started = true) => ({ sid, node, started });
    assert.equal(ruleViolations(apart, [on('vm:101', 'pve1'), on('vm:102', 'pve1')]).length, 1);
    assert.equal(ruleViolations(apart, [on('vm:101', 'pve1'), on('vm:102', 'pve2')]).length, 0);
    assert.equal(ruleViolations(apart, [on('vm:101', null), on('vm:102', null)]).length, 0);
    assert.equal(ruleViolations(apart, [on('vm:101', 'pve1', false), on('vm:102', 'pve1')]).length, 0);
    const avoid = buildRule('r', {
      kind: 'nodeAffinity',
      affinity: 'negative',
      nodes: [{ name: 'pve4', priority: null }],
    });
    assert.deepEqual(ruleViolations(avoid, [on('vm:101', 'pve4')]), ['vm:101 is on pve4']);
    assert.deepEqual(ruleViolations({ ...avoid, strict: false }, [on('vm:101', 'pve4')]), []);
  });
});
