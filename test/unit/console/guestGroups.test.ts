import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFleetTree } from '../../../src/console/fleetTree.ts';
import {
  type GuestGrouping,
  guestGroupings,
  parseGuestGrouping,
} from '../../../src/console/guestGrouping.ts';
import { emptyFilter } from '../../../src/console/treeFilter.ts';
import type { Guest } from '../../../src/contract/model/guest.ts';
import {
  buildCluster,
  buildFleet,
  buildGuest,
  buildLostNode,
  buildNode,
  builtAtMs,
} from '../../support/fleetBuilders.ts';
import { only, openModel } from './support.ts';

const guests = (): Guest[] => [
  buildGuest(101, { node: 'pve1', pool: 'web' }),
  buildGuest(102, { node: 'pve2', pool: 'web/blue', status: 'stopped' }),
  buildGuest(103, { node: 'pve1', pool: null, lock: 'backup' }),
  buildGuest(104, { node: null, pool: 'more', status: null }),
];

/** A tree over these guests, and what it announced since the last call. */
function openTree(list: readonly Guest[] = guests()) {
  const bench = openModel({ demo: { ...buildFleet('prod'), guests: [...list] } });
  const tree = createFleetTree(bench.model, bench.clock);
  let ids: (string | null)[] = [];
  tree.onDidChange(({ rows }) => ids.push(...rows));
  const branch = 'cat:demo.prod/guests';
  /** Shown groups with their guests, every row and parent looked at; the empty name holds guests without a group. */
  const groups = (): Record<string, string[]> => {
    const found: Record<string, string[]> = {};
    for (const id of tree.children(branch)) {
      const row = tree.row(id);
      assert.ok(row !== undefined, id);
      assert.equal(tree.parent(id), branch);
      if (id.startsWith('guest:')) {
        found[''] = [...(found[''] ?? []), id.slice('guest:demo.prod/'.length)];
        continue;
      }
      found[row.label] = tree.children(id).map((child) => {
        assert.equal(tree.parent(child), id, `parent of ${child}`);
        assert.ok(tree.row(child) !== undefined, child);
        return child.slice('guest:demo.prod/'.length);
      });
    }
    return found;
  };
  const announced = (): (string | null)[] => {
    const seen = ids;
    ids = [];
    return seen.sort();
  };
  return { ...bench, tree, branch, groups, announced };
}

describe('guests of the tree in groups', () => {
  const expected: Record<GuestGrouping, Record<string, string[]>> = {
    automatic: { '': ['101', '102', '103', '104'] },
    node: { pve1: ['101', '103'], pve2: ['102'], 'node not told': ['104'] },
    state: { 'not told': ['104'], running: ['101', '103'], stopped: ['102'] },
    pool: { more: ['104'], web: ['101'], 'web/blue': ['102'], 'no pool': ['103'] },
    none: { '': ['101', '102', '103', '104'] },
  };
  for (const grouping of guestGroupings) {
    it(`stand by ${grouping}`, () => {
      const { tree, groups } = openTree();
      tree.guestGrouping = grouping;
      assert.equal(tree.guestGrouping, grouping);
      assert.deepEqual(groups(), expected[grouping]);
    });
  }

  it('follow every choice after any other, and only the branch of guests is announced', () => {
    const { tree, branch, groups, announced } = openTree();
    groups();
    for (const grouping of ['node', 'state', 'pool', 'none', 'state', 'node'] as const) {
      tree.guestGrouping = grouping;
      assert.deepEqual(announced(), [branch]);
      assert.deepEqual(groups(), expected[grouping]);
    }
    tree.guestGrouping = 'node';
    assert.deepEqual(announced(), []);
  });

  it('keep the ids of groups that go and come, and never two rows of one id', () => {
    const { tree, branch } = openTree([
      buildGuest(101, { node: 'same', pool: 'same' }),
      buildGuest(102, { node: 'x', pool: 'y' }),
    ]);
    tree.guestGrouping = 'node';
    const byNode = tree.children(branch);
    tree.guestGrouping = 'pool';
    const byPool = tree.children(branch);
    assert.deepEqual(
      byNode.filter((id) => byPool.includes(id)),
      [],
    );
    assert.equal(tree.row(byNode[0] ?? ''), undefined);
    tree.guestGrouping = 'node';
    assert.deepEqual(tree.children(branch), byNode);
  });

  it('cost a change of state only the groups it concerns', async () => {
    const bench = openTree([...guests(), buildGuest(105, { node: 'pve1' })]);
    bench.tree.guestGrouping = 'state';
    bench.groups();
    bench.announced();
    only(bench).change({ guests: [buildGuest(105, { node: 'pve1', status: 'stopped' })] });
    await bench.clock.advance(300);
    assert.deepEqual(bench.announced(), [
      'cat:demo.prod/guests/state/running',
      'cat:demo.prod/guests/state/stopped',
    ]);
    assert.deepEqual(bench.groups().stopped, ['102', '105']);
    bench.tree.guestGrouping = 'pool';
    bench.groups();
    bench.announced();
    only(bench).change({ guests: [buildGuest(105, { node: 'pve1', status: 'running' })] });
    await bench.clock.advance(300);
    assert.deepEqual(bench.announced(), ['guest:demo.prod/105']);
  });

  it('follow a guest to another pool, and lose a group with its last guest', async () => {
    const bench = openTree();
    bench.tree.guestGrouping = 'pool';
    bench.groups();
    only(bench).change({ guests: [buildGuest(104, { node: null, pool: 'web', status: null })] });
    await bench.clock.advance(300);
    assert.deepEqual(bench.groups(), { web: ['101', '104'], 'web/blue': ['102'], 'no pool': ['103'] });
    only(bench).change({}, ['guest:prod/102']);
    await bench.clock.advance(300);
    assert.deepEqual(bench.groups(), { web: ['101', '104'], 'no pool': ['103'] });
  });

  it('say of guests on a lost node what was last seen', async () => {
    const bench = openTree();
    bench.tree.guestGrouping = 'state';
    bench.groups();
    only(bench).change({ nodes: [buildNode('pve1'), buildLostNode('pve2', builtAtMs)] });
    await bench.clock.advance(300);
    assert.deepEqual(bench.groups(), {
      'last seen stopped': ['102'],
      'not told': ['104'],
      running: ['101', '103'],
    });
  });

  it('hold under the filter only what fits it', () => {
    const { tree, groups } = openTree();
    tree.guestGrouping = 'pool';
    groups();
    tree.filter = { ...emptyFilter, text: 'pve1' };
    assert.deepEqual(groups(), { web: ['101'], 'no pool': ['103'] });
    tree.filter = emptyFilter;
    assert.deepEqual(groups(), expected.pool);
  });

  it('end a long group with the way to the rest', () => {
    const { tree } = openTree(
      Array.from({ length: 1_200 }, (_, n) => buildGuest(1_000 + n, { pool: 'a/more' })),
    );
    tree.guestGrouping = 'pool';
    const more = tree.children('cat:demo.prod/guests/pool/a/more').at(-1) ?? '';
    assert.equal(tree.row(more)?.label, '… 200 more: narrow the filter');
    assert.equal(tree.parent(more), 'cat:demo.prod/guests/pool/a/more');
  });

  it('start over when a connection is removed and comes back with other guests', async () => {
    const bench = openTree();
    bench.tree.guestGrouping = 'node';
    bench.groups();
    only(bench).change({}, ['cluster:prod', ...guests().map(({ id }) => id)]);
    await bench.clock.advance(300);
    only(bench).change({ clusters: [buildCluster('prod')], guests: [buildGuest(102, { node: 'pve1' })] });
    await bench.clock.advance(300);
    assert.deepEqual(bench.groups(), { pve1: ['102'] });
  });

  it('are remembered as one of the choices, whatever was stored', () => {
    for (const grouping of guestGroupings) assert.equal(parseGuestGrouping(grouping), grouping);
    for (const nonsense of [undefined, null, 3, 'constructor', { node: true }])
      assert.equal(parseGuestGrouping(nonsense), 'automatic');
  });
});
