import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFleetTree } from '../../../src/console/fleetTree.ts';
import { stateView } from '../../../src/console/states.ts';
import { emptyFilter } from '../../../src/console/treeFilter.ts';
import type { FleetTree, TreeRow } from '../../../src/console/treeRow.ts';
import type { FleetRecords } from '../../../src/contract/model/fleet.ts';
import {
  buildCluster,
  buildError,
  buildFencing,
  buildFleet,
  buildGroup,
  buildGuest,
  buildLostNode,
  buildLrm,
  buildNode,
  buildResource,
  buildRule,
  builtAtMs,
  joinFleets,
} from '../../support/fleetBuilders.ts';
import { type ModelBench, only, openModel } from './support.ts';

interface TreeBench extends ModelBench {
  readonly tree: FleetTree;
  /** Ids announced since the last call. */
  readonly announced: () => (string | null)[];
}

async function openTree(
  fleets: Readonly<Record<string, Partial<FleetRecords> | null>>,
  kind: 'demo' | 'aggregator' = 'aggregator',
): Promise<TreeBench> {
  const bench = openModel(fleets, { kind });
  const tree = createFleetTree(bench.model, bench.clock);
  let ids: (string | null)[] = [];
  tree.onDidChange(({ rows }) => ids.push(...rows));
  await bench.clock.advance(300);
  return {
    ...bench,
    tree,
    announced: () => {
      const seen = ids;
      ids = [];
      return seen.sort();
    },
  };
}

/** Asks for every row, as an editor with everything unfolded does. */
function unfold(tree: FleetTree, id: string | null = null): TreeRow[] {
  return tree.children(id).flatMap((child) => {
    const row = tree.row(child);
    assert.ok(row !== undefined, `${child} has no row`);
    assert.equal(row.id, child);
    assert.equal(tree.parent(child), id, `parent of ${child}`);
    return [row, ...unfold(tree, child)];
  });
}

const lines = (rows: readonly TreeRow[]): string[] =>
  rows.map(({ label, description }) => (description === '' ? label : `${label} | ${description}`));

describe('clusters tree', () => {
  it('shows a healthy cluster without trouble, colour or letters', async () => {
    const { tree } = await openTree({ demo: buildFleet('prod') });
    const rows = unfold(tree);
    assert.deepEqual(lines(rows), [
      'prod | ≈ quorate 3/3 · can lose 1',
      'Nodes | 3',
      'pve1 | master · active · 1 HA',
      'pve2 | active · 1 HA · cpu 34 %',
      'pve3 | active · cpu 34 %',
      'HA Rules | 1',
      'db-apart | keep apart · 2 resources',
      'HA Resources | 2',
      'vm:101 guest-101 | started · pve1',
      'vm:102 guest-102 | started · pve2',
      'Guests | 3 · 1 not in HA',
      '101 guest-101 | running · pve1 · HA-managed',
      '102 guest-102 | running · pve2 · HA-managed',
      '103 guest-103 | running · pve1 · not HA-managed',
    ]);
    assert.deepEqual(
      rows.filter(({ edge }) => edge !== null),
      [],
    );
    assert.deepEqual([...new Set(rows.slice(1).map(({ tone }) => tone))], ['calm']);
    assert.equal(tree.message, '');
    assert.deepEqual(tree.badge, { count: 0, tooltip: '' });
  });

  it('brings trouble to the top without moving anything else', async () => {
    const bench = await openTree({ demo: buildFleet('prod') });
    const before = bench.tree.children('cat:demo.prod/resources');
    only(bench).change({
      nodes: [buildLostNode('pve2', builtAtMs - 42_000)],
      resources: [buildResource(102, { node: 'pve2', state: 'error' })],
    });
    await bench.clock.advance(300);
    assert.deepEqual(bench.tree.children('cat:demo.prod/resources'), before);
    const rows = unfold(bench.tree);
    assert.deepEqual(lines(rows).slice(0, 4), [
      'prod | ≈ quorate 3/3 · can lose 1 · pve2 lost 0:42',
      'Needs attention | 2',
      'pve2 | lost 0:42 · 1 HA',
      'vm:102 guest-102 | error · pve2 · wanted: started',
    ]);
    assert.match(bench.tree.tooltip('cluster:demo.prod').markdown, /Some of its objects need attention/);
    const link = rows.find(({ id }) => id === 'attention:demo.prod/ha/vm:102');
    assert.deepEqual([link?.edge, link?.contextValue, link?.icon], ['E', 'ha+error', 'error']);
    assert.deepEqual(link?.open, { kind: 'guest', guestId: 'guest:demo.prod/102' });
    assert.deepEqual(bench.tree.badge, { count: 2, tooltip: '2 need attention: prod/pve2, prod/vm:102' });
  });

  it('says beside quorum whether any one node may fail, and tells it to those who listen even when cut off', async () => {
    const bench = await openTree({ demo: buildFleet('prod') });
    const id = 'cluster:demo.prod';
    const row = () => bench.tree.row(id);
    const { pass, no } = {
      pass: { ...stateView('yes', 'ok', 'pass', 'All is well.'), badge: 'survives any one node' },
      no: { ...stateView('no (pve3: 2 guests stuck)', 'warn', 'warning', 'No.'), badge: 'pve3 strands 2' },
    };
    row();
    bench.model.setSurvival(id, pass);
    await bench.clock.advance(300);
    assert.equal(row()?.description, '≈ quorate 3/3 · can lose 1 · survives any one node');
    assert.match(row()?.accessibleLabel ?? '', /, survives any one node: yes/);
    bench.model.setSurvival(id, no);
    await bench.clock.advance(300);
    assert.equal(row()?.description, '≈ quorate 3/3 · can lose 1 · pve3 strands 2');
    only(bench).change({ resources: [buildResource(102, { node: 'pve2', state: 'error' })] });
    await bench.clock.advance(300);
    assert.equal(row()?.description, '≈ quorate 3/3 · can lose 1 · 1 in error');
    assert.match(row()?.accessibleLabel ?? '', /survives any one node: no, pve3: 2 guests stuck/);
    only(bench).change({ clusters: [buildCluster('prod', { quorum: { state: 'unknown' } })] });
    await bench.clock.advance(300);
    assert.match(row()?.accessibleLabel ?? '', /survives any one node: unknown/);
    assert.doesNotMatch(row()?.description ?? '', /strands|survives/);
  });

  it('walks a failover step by step', async () => {
    const bench = await openTree({
      demo: {
        ...buildFleet('prod', { freshness: { intervalMs: 600_000 } }),
        nodes: [buildNode('pve1'), buildLostNode('pve2', builtAtMs)],
      },
    });
    const description = () => bench.tree.row('node:demo.prod/pve2')?.description;
    assert.equal(description(), 'lost 0:00 · fence at 1:00 · 1 HA');
    await bench.clock.advance(65_000);
    assert.equal(description(), 'lost 1:05 · fencing is due · recovery from 2:00');
    await bench.clock.advance(130_000);
    assert.equal(description(), 'lost 3:15 · fencing is due · recovery is due');
  });

  it('says of a node that came back that the HA manager has not seen it yet, in every place', async () => {
    const bench = await openTree({
      demo: {
        ...buildFleet('prod'),
        nodes: [
          buildNode('pve1'),
          buildNode('pve2', { haState: 'unknown', lrm: buildLrm({ state: 'silent' }) }),
        ],
      },
    });
    const rows = unfold(bench.tree);
    const words = 'online, the HA manager has not seen it yet';
    const row = rows.find(({ id }) => id === 'node:demo.prod/pve2');
    assert.equal(row?.description, `${words} · 1 HA`);
    assert.equal(row?.accessibleLabel, `pve2, node, ${words}, 1 HA, check soon, cluster prod`);
    assert.deepEqual([row?.tone, row?.edge, row?.contextValue], ['warn', 'W', 'node']);
    assert.equal(rows[0]?.description, '≈ quorate 3/3 · can lose 1 · pve2 not seen by HA yet');
    assert.equal(bench.tree.row('cat:demo.prod/nodes')?.description, '2 · 1 not seen by HA yet');
    assert.match(bench.tree.tooltip('node:demo.prod/pve2').markdown, /^\*\*pve2\*\*: online, the HA manager/);
    only(bench).change({ nodes: [buildNode('pve2')] });
    await bench.clock.advance(300);
    assert.equal(bench.tree.row('node:demo.prod/pve2')?.tone, 'calm');
  });

  it('marks every row as memory without quorum, and calls none of them good', async () => {
    const { tree } = await openTree({
      demo: buildFleet('prod', { quorum: { state: 'notQuorate', votes: 1, margin: -1 } }),
    });
    const [cluster, ...rows] = unfold(tree);
    assert.deepEqual([cluster?.description, cluster?.edge], ['no quorum 1/3 · seen by pve1', 'E']);
    assert.deepEqual([...new Set(rows.map(({ tone }) => tone))], ['unknown']);
    assert.ok(rows.every(({ description }) => description.includes('last known')));
    assert.ok(rows.every(({ edge }) => edge === 'S'));
  });

  it('keeps what was known of a cluster that stopped answering, and says how old it is', async () => {
    const bench = await openTree({ demo: buildFleet('prod') });
    const before = unfold(bench.tree).map(({ id }) => id);
    await bench.clock.advance(134_000);
    const [cluster, ...rows] = unfold(bench.tree);
    assert.equal(cluster?.description, 'stale 2m 10s · last quorate 3/3');
    assert.equal(cluster?.edge, 'S');
    assert.deepEqual([cluster?.id, ...rows.map(({ id }) => id)], before);
    assert.equal(bench.tree.message, '0 of 1 cluster live.');
    assert.deepEqual(bench.tree.badge, { count: 0, tooltip: 'prod not readable' });
  });

  it('says what a branch lacks and why', async () => {
    const error = buildError();
    const of = async (over: Parameters<typeof buildCluster>[1]) => {
      const { tree } = await openTree({
        demo: { clusters: [buildCluster('prod', over)], nodes: [buildNode()] },
      });
      return lines(unfold(tree));
    };
    assert.ok((await of({})).includes('No HA resources. Guests are not restarted if a node dies.'));
    assert.ok((await of({})).includes('No HA rules.'));
    const old = await of({
      placementModel: 'unknown',
      sections: { haRules: { state: 'notOffered' }, haResources: { state: 'never' } },
    });
    assert.ok(old.includes('HA Rules: not offered by this server'));
    assert.ok(old.includes('HA Resources: not told'));
    assert.ok(!old.includes('No HA resources. Guests are not restarted if a node dies.'));
    const failed = await of({ sections: { status: { state: 'failed', error } } });
    assert.ok(failed.some((line) => /^Nodes: no answer since \d\d:\d\d, showing last known$/.test(line)));
  });

  it('offers a retry where a read failed', async () => {
    const { tree } = await openTree({
      demo: buildFleet('prod', { sections: { status: { state: 'failed', error: buildError() } } }),
    });
    const [note, ...nodes] = tree.children('cat:demo.prod/nodes');
    assert.match(tree.row(note ?? '')?.contextValue ?? '', /\+retry\b/);
    assert.equal(nodes.length, 3);
  });

  it('shows one loading row before the first data', async () => {
    const { tree } = await openTree({
      demo: {
        clusters: [
          buildCluster('prod', {
            mode: 'undefined',
            freshness: { lastSuccessMs: null },
            quorum: { state: 'unknown' },
            sections: { status: { state: 'never' } },
          }),
        ],
      },
    });
    assert.deepEqual(lines(unfold(tree)), ['prod | reading', 'Reading nodes…']);
  });

  it('shows groups, rules or both, as the cluster has them', async () => {
    const categories = async (placementModel: 'groups' | 'rules' | 'both') => {
      const { tree } = await openTree({
        demo: { ...buildFleet('prod', { placementModel }), groups: [buildGroup()] },
      });
      return tree.children('cluster:demo.prod').map((id) => id.split('/').at(-1));
    };
    assert.deepEqual(await categories('groups'), ['nodes', 'groups', 'resources', 'guests']);
    assert.deepEqual(await categories('rules'), ['nodes', 'rules', 'resources', 'guests']);
    assert.deepEqual(await categories('both'), ['nodes', 'groups', 'rules', 'resources', 'guests']);
  });

  it('sorts clusters by name, nodes naturally, resources and guests by number', async () => {
    const prod = buildFleet('prod');
    const { tree } = await openTree({
      demo: joinFleets(
        {
          ...prod,
          nodes: ['pve10', 'pve2', 'pve1'].map((name) => buildNode(name)),
          resources: [buildResource(1000), buildResource(99), buildResource(200, { kind: 'ct' })],
        },
        buildFleet('lab'),
      ),
    });
    assert.deepEqual(tree.children(null), ['cluster:demo.lab', 'cluster:demo.prod']);
    assert.deepEqual(
      tree.children('cat:demo.prod/nodes').map((id) => id.split('/')[1]),
      ['pve1', 'pve2', 'pve10'],
    );
    assert.deepEqual(
      tree.children('cat:demo.prod/resources').map((id) => id.split('/')[1]),
      ['vm:99', 'ct:200', 'vm:1000'],
    );
  });

  it('groups more than 200 guests by node, and says where the rest of a long branch is', async () => {
    const guests = Array.from({ length: 2_300 }, (_, n) =>
      buildGuest(1_000 + n, { node: n < 1_200 ? 'pve1' : 'pve2' }),
    );
    const { tree } = await openTree({ demo: { ...buildFleet('prod'), guests } });
    assert.deepEqual(tree.children('cat:demo.prod/guests'), [
      'cat:demo.prod/guests/node/pve1',
      'cat:demo.prod/guests/node/pve2',
    ]);
    assert.equal(tree.row('cat:demo.prod/guests/node/pve1')?.description, '1200 guests');
    const onFirst = tree.children('cat:demo.prod/guests/node/pve1');
    assert.equal(onFirst.length, 1_001);
    const more = onFirst.at(-1) ?? '';
    assert.equal(tree.row(more)?.label, '… 200 more: narrow the filter');
    assert.equal(tree.parent(more), 'cat:demo.prod/guests/node/pve1');
    assert.equal(tree.parent('guest:demo.prod/1000'), 'cat:demo.prod/guests/node/pve1');
  });

  it('tells namesakes of two connections apart, in labels and ids', async () => {
    const { tree } = await openTree({ left: buildFleet('prod'), right: buildFleet('prod') });
    assert.deepEqual(
      tree.children(null).map((id) => tree.row(id)?.label),
      ['prod (left)', 'prod (right)'],
    );
    const ids = unfold(tree).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('gives a failing connection a row of its own and never hides the others', async () => {
    const bench = await openTree({ prod: buildFleet('prod'), 'dr-site': null });
    bench.connections['dr-site']?.setState({ kind: 'halted', error: buildError({ code: 'unauthorized' }) });
    await bench.clock.advance(300);
    assert.deepEqual(bench.tree.children(null), ['cluster:prod.prod', 'connection:dr-site']);
    const row = bench.tree.row('connection:dr-site');
    assert.deepEqual([row?.description, row?.edge, row?.icon], ['key refused · connection', 'E', 'key']);
    assert.match(row?.contextValue ?? '', /^connection\b.*\+key/);
    assert.deepEqual(bench.tree.badge, { count: 0, tooltip: 'dr-site not readable' });
    assert.match(bench.tree.tooltip('connection:dr-site').markdown, /rejects this key/);
  });

  it('offers what helps on the row of a cluster that refuses to be read, and keeps its rows', async () => {
    const bench = await openTree({ prod: buildFleet('prod') });
    const before = unfold(bench.tree).length;
    const [cluster] = buildFleet('prod').clusters;
    assert.ok(cluster);
    const error = buildError({ code: 'unauthorized' });
    bench.connections.prod?.change({
      clusters: [{ ...cluster, freshness: { ...cluster.freshness, consecutiveFailures: 1, error } }],
    });
    await bench.clock.advance(300);
    const row = bench.tree.row('cluster:prod.prod');
    assert.match(row?.description ?? '', /^key refused · last quorate 3\/3/);
    assert.match(row?.contextValue ?? '', /^cluster\+stale\+key\b/);
    assert.equal(row?.edge, 'E');
    assert.equal(unfold(bench.tree).length, before);
  });

  it('does not flash a row for a reconnect under 10 s', async () => {
    const bench = await openTree({ prod: buildFleet('prod') });
    only(bench).setState({
      kind: 'waiting',
      error: buildError({ sinceMs: bench.clock.now() }),
      retryAtMs: bench.clock.now() + 2_000,
    });
    await bench.clock.advance(5_000);
    assert.deepEqual(bench.tree.children(null), ['cluster:prod.prod']);
    await bench.clock.advance(11_000);
    assert.deepEqual(bench.tree.children(null), ['cluster:prod.prod', 'connection:prod']);
  });

  it('shows hostile names as text and nothing else', async () => {
    const name = '**b** [x](command:rm) <img src=x> $(zap) | \u202e\u0007 https://evil.example';
    const bench = await openTree({
      demo: {
        ...buildFleet('prod'),
        guests: [buildGuest(101, { name })],
        resources: [buildResource(101, { name, comment: name, state: 'error' })],
        rules: [buildRule('r', { comment: name, errors: { [name]: [name] } })],
      },
    });
    const rows = unfold(bench.tree);
    for (const { label, description, accessibleLabel } of rows)
      assert.doesNotMatch(`${label}${description}${accessibleLabel}`, /[\p{Cc}\p{Cf}]/u);
    const row = rows.find(({ id }) => id === 'ha:demo.prod/vm:101');
    assert.ok([...(row?.label ?? '')].length <= 'vm:101 '.length + 60);
    for (const { id } of rows) {
      const { markdown } = bench.tree.tooltip(id);
      assert.doesNotMatch(markdown, /\]\(command|<img|\$\(zap\)|https:\/\/evil/, id);
    }
    assert.match(bench.tree.tooltip('ha:demo.prod/vm:101').markdown, /&#36;\\\(zap\\\)/);
  });

  it('says every row to those who listen', async () => {
    const bench = await openTree({
      demo: {
        ...buildFleet('prod'),
        resources: [buildResource(105, { name: 'db-01', state: 'error', node: 'pve2' })],
      },
    });
    const rows = unfold(bench.tree);
    assert.ok(rows.every(({ accessibleLabel }) => accessibleLabel !== ''));
    assert.equal(
      bench.tree.row('ha:demo.prod/vm:105')?.accessibleLabel,
      'vm:105 db-01, HA resource, error, pve2, wanted: started, act now, cluster prod',
    );
  });

  it('explains a state in its hover, with next step, facts and where they come from', async () => {
    const { tree } = await openTree({
      demo: {
        ...buildFleet('prod'),
        resources: [buildResource(105, { state: 'error', maxRestart: 0, maxRelocate: null })],
      },
    });
    const { markdown } = tree.tooltip('ha:demo.prod/vm:105');
    assert.match(markdown, /HA tried and gave up/);
    assert.match(markdown, /\*\*Next:\*\* Recover/);
    assert.match(markdown, /- Max restart: 0\n- Max relocate: not told/);
    assert.match(markdown, /\*Read at [\d\\:]+ from pve1, connection demo/);
  });

  it('tags demo rows so that their plug can be pulled', async () => {
    const { tree } = await openTree(
      { demo: { ...buildFleet('prod'), nodes: [buildNode('pve1'), buildLostNode('pve2', builtAtMs)] } },
      'demo',
    );
    assert.match(tree.row('node:demo.prod/pve1')?.contextValue ?? '', /^node\b.*\+demo(?!.*\+lost)/);
    assert.match(tree.row('node:demo.prod/pve2')?.contextValue ?? '', /^node\b.*\+lost.*\+demo/);
  });
});

describe('refreshes of the tree', () => {
  it('are nothing when nothing that is shown changed', async () => {
    const bench = await openTree({ demo: buildFleet('prod') });
    unfold(bench.tree);
    only(bench).change({
      resources: [buildResource(101, { rawStatus: 'other text', maxRestart: 3 })],
      clusters: [buildCluster('prod', { freshness: { lastSuccessMs: builtAtMs + 100 } })],
    });
    await bench.clock.advance(300);
    assert.deepEqual(bench.announced(), []);
  });

  it('reach exactly the rows that read differently', async () => {
    const bench = await openTree({ demo: buildFleet('prod') });
    unfold(bench.tree);
    only(bench).change({ resources: [buildResource(101, { state: 'migrate' })] });
    await bench.clock.advance(300);
    assert.deepEqual(bench.announced(), ['cat:demo.prod/resources', 'ha:demo.prod/vm:101']);
  });

  it('reach the nodes a resource moved between, and its rule once that is broken', async () => {
    const bench = await openTree({ demo: buildFleet('prod') });
    unfold(bench.tree);
    only(bench).change({ resources: [buildResource(102, { node: 'pve1' })] });
    await bench.clock.advance(300);
    assert.deepEqual(bench.announced(), [
      'cat:demo.prod/rules',
      'cluster:demo.prod',
      'ha:demo.prod/vm:102',
      'node:demo.prod/pve1',
      'node:demo.prod/pve2',
      'rule:demo.prod/db-apart',
    ]);
  });

  it('reach the branch when a row comes or goes', async () => {
    const bench = await openTree({ demo: buildFleet('prod') });
    unfold(bench.tree);
    only(bench).change({ guests: [buildGuest(104, { haManaged: 'notManaged' })] });
    await bench.clock.advance(300);
    assert.deepEqual(bench.announced(), ['cat:demo.prod/guests']);
    assert.ok(bench.tree.children('cat:demo.prod/guests').includes('guest:demo.prod/104'));
    only(bench).change({}, ['guest:prod/104']);
    await bench.clock.advance(300);
    assert.deepEqual(bench.announced(), ['cat:demo.prod/guests']);
    assert.equal(bench.tree.row('guest:demo.prod/104'), undefined);
  });

  it('leave rows alone that nobody has unfolded', async () => {
    const bench = await openTree({ demo: buildFleet('prod') });
    for (const id of bench.tree.children(null)) bench.tree.row(id);
    only(bench).change({ guests: [buildGuest(103, { status: 'stopped' })] });
    await bench.clock.advance(300);
    assert.deepEqual(bench.announced(), []);
  });

  it('reach the roots when a cluster comes or goes', async () => {
    const bench = await openTree({ demo: buildFleet('prod') });
    unfold(bench.tree);
    only(bench).change(buildFleet('lab'));
    await bench.clock.advance(300);
    assert.ok(bench.announced().includes(null));
  });

  it('tick every 5 s, and only rows whose words tick', async () => {
    const bench = await openTree({
      demo: {
        ...buildFleet('prod', {
          freshness: { intervalMs: 600_000 },
          fencing: buildFencing({ state: 'disarmed', sinceMs: builtAtMs }),
        }),
        nodes: [buildNode('pve1'), buildLostNode('pve2', builtAtMs), buildNode('pve3')],
      },
    });
    unfold(bench.tree);
    bench.announced();
    await bench.clock.advance(5_300);
    assert.deepEqual(bench.announced(), [
      'attention:demo.prod/node/pve2',
      'cluster:demo.prod',
      'node:demo.prod/pve2',
    ]);
  });

  it('reach every shown row of a cluster that lost quorum, and no other cluster', async () => {
    const bench = await openTree({ demo: joinFleets(buildFleet('prod'), buildFleet('lab')) });
    const shown = unfold(bench.tree).map(({ id }) => id);
    only(bench).change({ clusters: [buildCluster('prod', { quorum: { state: 'notQuorate', margin: -1 } })] });
    await bench.clock.advance(300);
    assert.deepEqual(bench.announced(), shown.filter((id) => id.includes('demo.prod')).sort());
  });
});

describe('filter of the tree', () => {
  const fleet = (): FleetRecords => ({
    ...buildFleet('prod'),
    resources: [buildResource(101, { state: 'error' }), buildResource(102, { name: 'db-01' })],
    guests: [
      buildGuest(101),
      buildGuest(102, { name: 'db-01', tags: ['core'] }),
      buildGuest(103, { haManaged: 'notManaged' }),
      buildGuest(104, { haManaged: 'unknown' }),
      buildGuest(9000, { template: true, haManaged: 'notManaged' }),
    ],
  });

  it('finds every word in names, numbers, nodes, tags and the cluster', async () => {
    const { tree } = await openTree({ demo: fleet() });
    const found = (text: string) => {
      tree.filter = { ...emptyFilter, text };
      return unfold(tree)
        .map(({ id }) => id)
        .filter((id) => /^(guest|ha|node|rule):/.test(id));
    };
    assert.deepEqual(found('DB-01'), ['ha:demo.prod/vm:102', 'guest:demo.prod/102']);
    assert.deepEqual(found('core prod'), ['guest:demo.prod/102']);
    assert.deepEqual(found('9000'), ['guest:demo.prod/9000']);
    assert.deepEqual(found('nothing-like-it'), []);
    assert.deepEqual(lines(unfold(tree)), ['Nothing matches. Clear Filter']);
  });

  it('tells itself above the tree', async () => {
    const { tree } = await openTree({ demo: fleet() });
    tree.filter = { ...emptyFilter, problemsOnly: true };
    assert.equal(tree.message, 'Filter: problems only, 1 of 11 rows shown.');
    tree.filter = emptyFilter;
    assert.equal(tree.message, '');
  });

  it('narrows to problems, to HA, and leaves out templates', async () => {
    const { tree } = await openTree({ demo: fleet() });
    const guests = () => tree.children('cat:demo.prod/guests').map((id) => id.split('/')[1]);
    tree.filter = { ...emptyFilter, haOnly: true };
    assert.deepEqual(guests(), ['101', '102']);
    tree.filter = { ...emptyFilter, showTemplates: false };
    assert.deepEqual(guests(), ['101', '102', '103', '104']);
    tree.filter = { ...emptyFilter, problemsOnly: true };
    assert.deepEqual(tree.children('cat:demo.prod/resources'), ['ha:demo.prod/vm:101']);
  });

  it('follows changes while it is set', async () => {
    const bench = await openTree({ demo: fleet() });
    bench.tree.filter = { ...emptyFilter, problemsOnly: true };
    unfold(bench.tree);
    bench.announced();
    only(bench).change({ guests: [buildGuest(103, { status: 'io-error' })] });
    await bench.clock.advance(300);
    assert.deepEqual(bench.tree.children('cat:demo.prod/guests'), ['guest:demo.prod/103']);
    assert.ok(bench.announced().includes('cluster:demo.prod'));
  });

  it('announces what it takes away', async () => {
    const bench = await openTree({ demo: fleet() });
    unfold(bench.tree);
    bench.announced();
    bench.tree.filter = { ...emptyFilter, text: 'db-01' };
    assert.ok(bench.announced().includes('cat:demo.prod/guests'));
  });
});
