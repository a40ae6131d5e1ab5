import assert from 'node:assert/strict';
import { createFleetTree } from '../../../src/console/fleetTree.ts';
import { HaStatusView } from '../../../src/console/haStatusPage.ts';
import type { Section, SectionName } from '../../../src/contract/model/cluster.ts';
import type { FleetRecords } from '../../../src/contract/model/fleet.ts';
import {
  buildDelta,
  buildError,
  buildFleet,
  buildLostNode,
  buildNode,
  buildResource,
  builtAtMs,
} from '../../support/fleetBuilders.ts';
import { openModel } from './support.ts';

const failed: Partial<Section> = { state: 'failed', error: buildError({ code: 'httpError' }) };

function show(sections: Partial<Record<SectionName, Partial<Section>>>, over: Partial<FleetRecords> = {}) {
  const bench = openModel({ server: { ...buildFleet('prod', { sections }), ...over } });
  const { model, clock } = bench;
  const [entry] = model.clusters();
  assert.ok(entry !== undefined);
  const page = new HaStatusView(model, entry.id).whole(builtAtMs);
  const tree = createFleetTree(model, clock);
  const attention = page.header.cardGroups[0]?.cards.find(({ id }) => id === 'attention');
  assert.ok(attention !== undefined);
  /** What the special row of a branch says. */
  const notes = (name: string): string | undefined => {
    const branch = tree.children(entry.id).find((id) => id.startsWith('cat:') && id.endsWith(`/${name}`));
    assert.ok(branch !== undefined, name);
    const [first] = tree.children(branch);
    return first === undefined ? undefined : tree.row(first)?.label.replace(/^[^:]*: /, '');
  };
  return { model, page, attention: attention.state, root: tree.row(entry.id), entry, notes };
}

describe('parts that were not read whole', () => {
  it('leave nothing to be said when everything was', () => {
    const { attention, root } = show({});
    assert.deepEqual([attention.label, attention.tone], ['nothing', 'ok']);
    assert.equal(root?.tone, 'ok');
  });

  const judged: SectionName[] = ['status', 'haStatus', 'haResources', 'haRules', 'haGroups', 'resources'];
  for (const name of judged) {
    for (const [how, section] of [
      ['failing', failed],
      ['with rows that nobody understands', { droppedRows: 2 }],
      ['not read yet', { state: 'never' }],
    ] as const) {
      it(`keep the card from being green: ${name} ${how}`, () => {
        const { attention, root } = show({ [name]: section });
        assert.equal(attention.tone, 'unknown', attention.label);
        if (name !== 'resources') assert.equal(root?.tone, 'unknown');
      });
    }
  }

  it('keep what is known to be wrong, and name what is missing beside it', () => {
    const { attention } = show({ haRules: failed }, { resources: [buildResource(101, { state: 'error' })] });
    assert.equal(attention.tone, 'fail');
    assert.match(attention.explanation, /The list of HA rules could not be read/);
  });

  it('make the rows of a failing part memories, and of no other', () => {
    const { model, page } = show({ haRules: failed, resources: failed });
    const rule = page.tables.rules.rows[0];
    assert.deepEqual([rule?.cells.state?.text, rule?.tone], ['last known: in force', 'unknown']);
    assert.equal(page.tables.nodes.rows[0]?.tone, 'calm');
    assert.equal(model.state('guest:server.prod/101')?.tone, 'unknown');
  });

  it('keep bad news that another part still tells', () => {
    const { model } = show(
      { haStatus: failed, haResources: failed },
      { nodes: [buildNode('pve1'), buildLostNode('pve2', builtAtMs - 42_000)] },
    );
    assert.equal(model.state('node:server.prod/pve1')?.tone, 'unknown');
    assert.equal(model.state('node:server.prod/pve2')?.tone, 'fail');
  });
});

describe('a list of which no row was understood', () => {
  const empty = { resources: [], rules: [], guests: [] };
  const dropped = { droppedRows: 3 };

  it('is never called empty', () => {
    const told = show({ haResources: dropped, haRules: dropped, resources: dropped }, empty);
    assert.equal(
      told.page.tables.resources.empty,
      '3 rows could not be understood on prod, so whether there are HA resources is not known.',
    );
    assert.match(told.page.tables.rules.empty, /whether there are rules is not known/);
    for (const name of ['resources', 'rules', 'guests'])
      assert.equal(told.notes(name), '3 rows could not be understood', name);
    const stack = told.page.header.cardGroups[0]?.cards.find(({ id }) => id === 'stack');
    assert.deepEqual(
      stack?.facts.map(({ label, value }) => `${label}: ${value}`),
      ['HA resources: not told', 'Rules: not told'],
    );
  });

  it('is not called empty either when the HA status had unreadable rows', () => {
    const told = show({ haStatus: dropped }, empty);
    assert.match(told.page.tables.resources.empty, /not known/);
    assert.equal(told.notes('resources'), '3 rows could not be understood');
    assert.match(told.page.tables.rules.empty, /^No HA rules/);
  });

  it('is empty when it was read whole', () => {
    const told = show({}, empty);
    assert.match(told.page.tables.resources.empty, /^No HA resources on prod\. If a node dies/);
    assert.equal(told.notes('guests'), 'No guests.');
  });
});

describe('a node without an LRM row', () => {
  const silent = { nodes: ['pve1', 'pve2', 'pve3'].map((name) => buildNode(name, { lrm: null })) };

  it('cannot be judged while HA is in use', () => {
    const { attention, page } = show({}, silent);
    assert.equal(attention.tone, 'unknown');
    assert.deepEqual(
      page.tables.nodes.rows.map(({ cells }) => cells.state?.text.split(' · ')[0]),
      ['online, no LRM report', 'online, no LRM report', 'online, no LRM report'],
    );
  });

  it('says nothing by itself where the server tells of no LRM', () => {
    const { model } = show({ haStatus: { state: 'notOffered' } }, silent);
    assert.equal(model.state('node:server.prod/pve1')?.label, 'online');
  });
});

describe('a record whose newer form could not be read', () => {
  it('is a memory, and so is a cluster', () => {
    const { model, connections } = openModel({ server: buildFleet('prod') });
    const store = connections.server?.store;
    assert.ok(store !== undefined);
    const { position } = store;
    assert.ok(position !== null);
    const next = (seq: number, unreadable: string[]): boolean =>
      store.applyDelta(
        buildDelta(seq, {}, [], { epoch: position.epoch, serverTimeMs: builtAtMs }),
        builtAtMs,
        unreadable,
      );
    assert.ok(next(position.seq + 1, ['node:prod/pve2']));
    assert.equal(model.state('node:server.prod/pve2')?.tone, 'unknown');
    assert.equal(model.state('node:server.prod/pve1')?.tone, 'calm');
    assert.ok(next(position.seq + 2, ['cluster:prod']));
    assert.equal(model.context('cluster:server.prod', builtAtMs)?.lastKnown, 'stale');
    assert.notEqual(model.context('cluster:server.prod', builtAtMs)?.quorum.tone, 'ok');
  });
});
