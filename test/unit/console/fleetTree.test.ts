import assert from 'node:assert/strict';
import { createFleetTree, noFilter } from '../../../src/console/fleetTree.ts';
import { summarizeQuorum } from '../../../src/console/quorumSummary.ts';
import { searchFleet } from '../../../src/console/search.ts';
import type { FleetTree } from '../../../src/console/treeRow.ts';
import type { FleetRecords } from '../../../src/contract/model/fleet.ts';
import {
  aCluster,
  aFleetError,
  aGuest,
  aNode,
  aQuorum,
  aResource,
  aRule,
  builtAtMs,
} from '../../support/fleetBuilders.ts';
import { ModelHarness } from '../../support/modelHarness.ts';

function picture(changes: Partial<FleetRecords> = {}): Partial<FleetRecords> {
  return {
    clusters: [aCluster()],
    nodes: [aNode('pve1'), aNode('pve2'), aNode('pve10')],
    rules: [aRule('keep-db')],
    resources: [aResource(100), aResource(101, { node: 'pve2' })],
    guests: [aGuest(100, { haManaged: 'managed' }), aGuest(101, { haManaged: 'managed' }), aGuest(200)],
    ...changes,
  };
}

/** Walks the whole tree as a view would that has everything open. */
function walk(tree: FleetTree, id: string | null = null): string[] {
  return tree.children(id).flatMap((child) => {
    assert.ok(tree.row(child), `row ${child}`);
    return [child, ...walk(tree, child)];
  });
}

function openTree(...pictures: Partial<FleetRecords>[]) {
  const harness = new ModelHarness(...pictures);
  const tree = createFleetTree(harness.model, harness.clock);
  const fired: (string | null)[] = [];
  tree.onDidChange(({ rows }) => fired.push(...rows));
  return { ...harness, harness, tree, fired };
}

describe('clusters tree', () => {
  it('lists clusters with their categories, nodes in natural order', () => {
    const { tree } = openTree(picture());
    assert.deepEqual(
      tree.children('cluster:c0.prod').map((id) => tree.row(id)?.label),
      ['Nodes', 'HA Rules', 'HA Resources', 'Guests'],
    );
    assert.deepEqual(
      tree.children('cat:c0.prod/nodes').map((id) => tree.row(id)?.label),
      ['pve1', 'pve2', 'pve10'],
    );
  });

  it('gives every row a label for screen readers that names its cluster or connection', () => {
    const { tree } = openTree(picture());
    for (const id of walk(tree)) assert.match(tree.row(id)?.accessibleLabel ?? '', /prod|conn 0/);
  });

  it('keeps ids of equal names in two connections apart', () => {
    const { tree } = openTree(picture(), picture());
    const ids = walk(tree);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('tells the parent of every row', () => {
    const { tree } = openTree(picture());
    for (const id of walk(tree)) {
      const parent = tree.parent(id);
      assert.ok(tree.children(parent).includes(id), id);
    }
  });

  it('refreshes only the rows that read differently', async () => {
    const { tree, fired, harness } = openTree(picture());
    walk(tree);
    harness.change({ resources: [aResource(100, { state: 'error', crmState: 'error' })] });
    await harness.clock.advance(250);
    assert.ok(fired.includes('ha:c0.prod/vm:100'));
    assert.ok(fired.includes('cat:c0.prod/resources'));
    assert.ok(!fired.includes('ha:c0.prod/vm:101'));
    assert.ok(!fired.some((id) => id?.startsWith('guest:')));
    assert.ok(!fired.includes(null), 'the roots stay as they are');
  });

  it('refreshes nothing when nothing reads differently', async () => {
    const { tree, fired, harness } = openTree(picture());
    walk(tree);
    harness.change({ guests: [aGuest(200, { cpuRatio: 0.5 })] });
    await harness.clock.advance(250);
    assert.deepEqual(fired, []);
  });

  it('brings trouble to the top and counts it in the badge', async () => {
    const { tree, harness } = openTree(picture());
    walk(tree);
    harness.change({ nodes: [aNode('pve2', { online: false, lostSinceMs: builtAtMs })] });
    await harness.clock.advance(250);
    assert.equal(tree.children('cluster:c0.prod')[0], 'cat:c0.prod/attention');
    assert.deepEqual(tree.children('cat:c0.prod/attention'), ['attention:node:c0.prod/pve2']);
    assert.match(tree.row('node:c0.prod/pve2')?.description ?? '', /^lost/);
    assert.equal(tree.badge.count, 1);
  });

  it('shows no colour and no letter on anything that is well', () => {
    const { tree } = openTree(picture());
    for (const id of walk(tree)) {
      const row = tree.row(id);
      assert.ok(row?.edge === null, id);
      if (!id.startsWith('cluster:'))
        assert.ok(row?.tone === 'calm' || row?.tone === 'off', `${id} ${row?.tone}`);
    }
  });

  it('keeps everything in place when the connection fails, and says so in a row of its own', async () => {
    const { tree, harness, connections } = openTree(picture());
    const before = walk(tree);
    connections[0]?.set({ kind: 'waiting', error: aFleetError('connectionRefused'), retryAtMs: builtAtMs });
    await harness.clock.advance(250);
    const after = walk(tree);
    for (const id of before) assert.ok(after.includes(id), id);
    assert.ok(after.includes('connection:c0'));
  });

  it('turns every row of a cluster that stays away into something that cannot be judged', async () => {
    const { tree, harness, connections } = openTree(picture());
    walk(tree);
    connections[0]?.set({ kind: 'waiting', error: aFleetError('connectionRefused'), retryAtMs: builtAtMs });
    await harness.clock.advance(70_000);
    assert.equal(tree.row('cluster:c0.prod')?.tone, 'unknown');
    assert.equal(tree.row('ha:c0.prod/vm:100')?.tone, 'unknown');
    assert.match(tree.row('cluster:c0.prod')?.description ?? '', /stale/);
  });

  it('shows names with markup and control characters as plain text', () => {
    const hostile = '<img src=x onerror=1>\u0007\u202e[x](command:y)';
    const { tree } = openTree(picture({ guests: [aGuest(300, { name: hostile })] }));
    walk(tree);
    assert.equal(tree.row('guest:c0.prod/300')?.label, '300 <img src=x onerror=1>\ufffd\ufffd[x](command:y)');
    const { markdown } = tree.tooltip('guest:c0.prod/300');
    assert.ok(!markdown.includes('[x](command:y)'));
    assert.ok(markdown.includes(String.raw`\<img`));
  });

  it('groups guests by node when there are many', () => {
    const guests = Array.from({ length: 250 }, (_unused, index) =>
      aGuest(1000 + index, { node: `pve${(index % 3) + 1}` }),
    );
    const { tree } = openTree(picture({ guests }));
    assert.deepEqual(
      tree.children('cat:c0.prod/guests').map((id) => tree.row(id)?.label),
      ['pve1', 'pve2', 'pve3'],
    );
    assert.equal(tree.parent('guest:c0.prod/1000'), 'cat:c0.prod/guests/pve1');
  });

  it('narrows to problems, and says what the filter is', () => {
    const { tree } = openTree(picture({ resources: [aResource(100, { state: 'error' }), aResource(101)] }));
    tree.filter = { ...noFilter, problemsOnly: true };
    assert.deepEqual(tree.children('cat:c0.prod/resources'), ['ha:c0.prod/vm:100']);
    assert.equal(tree.message, 'Filter: problems only.');
  });

  it('says that guests are not restarted when there are no HA resources', () => {
    const { tree } = openTree(picture({ resources: [] }));
    const [only] = tree.children('cat:c0.prod/resources');
    assert.match(tree.row(only ?? '')?.label ?? '', /not restarted if a node dies/);
  });
});

describe('status bar', () => {
  const summary = (harness: ModelHarness, acknowledged: string | null = null) =>
    summarizeQuorum(harness.model, harness.clock.now(), acknowledged);

  it('is hidden without a connection', () => {
    assert.equal(summary(new ModelHarness()).visible, false);
  });
  it('shows a good single cluster without its name', () => {
    assert.equal(summary(new ModelHarness(picture())).text, '$(pass) quorate ≈ 3/3 · can lose 1');
  });
  it('shows the smallest margin of several good ones', () => {
    const lab = aCluster({ key: 'lab', quorum: aQuorum({ margin: 2 }) });
    assert.equal(
      summary(new ModelHarness({ clusters: [aCluster(), lab] })).text,
      '$(pass) 2 clusters · prod can lose 1',
    );
  });
  it('shows lost quorum before everything else, with the error background', () => {
    const lost = aCluster({ key: 'lab', quorum: aQuorum({ state: 'notQuorate', votes: 1, margin: -1 }) });
    const shown = summary(new ModelHarness({ clusters: [aCluster(), lost] }));
    assert.equal(shown.background, 'error');
    assert.match(shown.text, /lab no quorum ≈ 1\/3/);
  });
  it('never calls stale or unknown quorum good', async () => {
    const stale = new ModelHarness(picture());
    await stale.clock.advance(120_000);
    assert.match(summary(stale).text, /prod stale .* was quorate/);
    assert.equal(summary(stale).background, 'warning');
    const unknown = new ModelHarness({ clusters: [aCluster({ quorum: aQuorum({ state: 'unknown' }) })] });
    assert.match(summary(unknown).text, /quorum unknown/);
  });
  it('takes the background off once acknowledged, and brings it back for a new situation', () => {
    const harness = new ModelHarness({
      clusters: [aCluster({ quorum: aQuorum({ votes: 3, expectedVotes: 5, margin: 0 }) })],
    });
    const { situation, background } = summary(harness);
    assert.equal(background, 'warning');
    assert.equal(summary(harness, situation).background, 'none');
    harness.change({ clusters: [aCluster({ quorum: aQuorum({ state: 'notQuorate' }) })] });
    assert.equal(summary(harness, situation).background, 'error');
  });
  it('shows a refused key of one connection beside good clusters of another', () => {
    const harness = new ModelHarness(picture(), {});
    harness.connections[1]?.set({ kind: 'halted', error: aFleetError('unauthorized') });
    const shown = summary(harness);
    assert.match(shown.text, /conn 1 key refused/);
    assert.equal(shown.target.command, 'proxbox.connection.updateKey');
  });
  it('escapes names in its table', () => {
    const harness = new ModelHarness({ clusters: [aCluster({ name: 'a|b[x](command:y)' })] });
    assert.ok(!summary(harness).tooltipMarkdown.includes('[x](command:y)'));
  });
});

describe('search', () => {
  const harness = new ModelHarness(
    picture({
      resources: [aResource(100, { state: 'error', name: 'db-01' }), aResource(101, { node: 'pve2' })],
    }),
  );
  const ids = (query: string) => searchFleet(harness.model, query).hits.map((hit) => hit.id);

  it('finds by id, sid and name, exact ones first', () => {
    assert.equal(ids('100')[0], 'ha:c0.prod/vm:100');
    assert.equal(ids('vm:100')[0], 'ha:c0.prod/vm:100');
    assert.deepEqual(ids('db-01'), ['ha:c0.prod/vm:100']);
  });
  it('narrows by state, node, cluster and kind, and negates', () => {
    assert.deepEqual(ids('state:error'), ['ha:c0.prod/vm:100']);
    assert.deepEqual(ids('is:ha node:pve2'), ['ha:c0.prod/vm:101']);
    assert.deepEqual(ids('is:ha !state:error'), ['ha:c0.prod/vm:101']);
    assert.deepEqual(ids('cluster:nowhere'), []);
  });
  it('offers the problems when nothing was typed', () => {
    assert.deepEqual(ids(''), ['ha:c0.prod/vm:100']);
  });
});
