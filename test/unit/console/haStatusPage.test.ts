import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ModelConnection } from '../../../src/console/fleetModel.ts';
import { allClusters, HaStatusView } from '../../../src/console/haStatusPage.ts';
import type { FleetRecords } from '../../../src/contract/model/fleet.ts';
import { type FleetErrorCode, fleetErrorCodeSchema } from '../../../src/contract/model/fleetError.ts';
import type { Banner, Cell, HaStatusModel, TableRow } from '../../../src/contract/panels.ts';
import {
  buildCluster,
  buildError,
  buildFencing,
  buildFleet,
  buildGroup,
  buildLostNode,
  buildLrm,
  buildNode,
  buildResource,
  buildRule,
  builtAtMs,
  type ClusterOverrides,
  joinFleets,
} from '../../support/fleetBuilders.ts';
import { type ModelBench, only, openModel } from './support.ts';

const prod = 'cluster:demo.prod';

function page(
  records: Partial<FleetRecords>,
  selected = prod,
  over: Partial<ModelConnection> = {},
): HaStatusModel {
  const { model } = openModel({ demo: records }, over);
  return new HaStatusView(model, selected).whole(builtAtMs);
}

function banner(model: HaStatusModel, suffix: string): Banner {
  const found = model.header.banners.find(({ id }) => id.endsWith(suffix));
  assert.ok(
    found !== undefined,
    `no banner ${suffix} in ${model.header.banners.map(({ id }) => id).join(', ')}`,
  );
  return found;
}

const words = (found: Banner): string => [found.what, found.why, found.next].join(' ');
const cell = (row: TableRow | undefined, column: string): Cell | undefined => row?.cells[column];
const row = (model: HaStatusModel, table: keyof HaStatusModel['tables'], id: string): TableRow | undefined =>
  model.tables[table].rows.find((candidate) => candidate.id === id);

describe('HA status page', () => {
  it('shows a healthy cluster without banners', () => {
    const model = page(buildFleet());
    assert.equal(model.header.title, 'HA status of prod');
    assert.deepEqual(model.header.banners, []);
    assert.equal(model.header.announcement, '');
    const [group] = model.header.cardGroups;
    assert.deepEqual(group?.mode, { label: 'Cluster', tone: 'ok' });
    assert.deepEqual(
      group?.cards.map(({ id, state }) => `${id}: ${state.label} (${state.tone})`),
      [
        'cluster: live (calm)',
        'quorum: ≈ quorate 3/3 · can lose 1 (ok)',
        'manager: master pve1 (calm)',
        'stack: armed (ok)',
        'attention: nothing (ok)',
      ],
    );
    assert.deepEqual(
      model.tables.nodes.rows.map(({ cells }) => [
        cells.node?.text,
        cells.state?.text,
        cells.lrm?.text,
        cells.ha?.text,
      ]),
      [
        ['pve1', 'online · master', 'active', '1'],
        ['pve2', 'online', 'active', '1'],
        ['pve3', 'online', 'active', '0'],
      ],
    );
  });

  it('reads an absent figure as unknown or not told, and zero as zero', () => {
    const model = page({
      ...buildFleet(),
      nodes: [buildNode('pve1', { cpuRatio: null, memoryBytes: null, lrm: null })],
      resources: [buildResource(101, { maxRestart: 0, maxRelocate: null, failback: null, node: null })],
    });
    const node = row(model, 'nodes', 'node:demo.prod/pve1');
    assert.deepEqual(
      ['cpu', 'memory', 'report', 'lrm'].map((id) => cell(node, id)?.text),
      ['unknown', 'unknown', 'unknown', 'no report'],
    );
    const resource = row(model, 'resources', 'ha:demo.prod/vm:101');
    assert.deepEqual(
      ['restarts', 'moves', 'failback', 'node'].map((id) => cell(resource, id)?.text),
      ['0', 'not told', 'not told', 'unknown'],
    );
  });

  it('says nothing about the watchdog and guests of a lost node', () => {
    const model = page({
      ...buildFleet(),
      nodes: [buildNode('pve1'), buildLostNode('pve2', builtAtMs - 42_000)],
    });
    const lost = row(model, 'nodes', 'node:demo.prod/pve2');
    assert.deepEqual(
      [cell(lost, 'watchdog')?.text, cell(lost, 'guests')?.text, lost?.tone],
      ['unknown', 'unknown', 'fail'],
    );
    assert.equal(cell(lost, 'state')?.sinceMs, builtAtMs - 42_000);
    assert.match(
      words(banner(model, 'lost/pve2')),
      /pve2 is lost.*1 HA resource on it restarts elsewhere from about 2:00/,
    );
    assert.equal(model.header.announcement, 'prod: pve2 lost, 1 HA resource on it.');
  });

  it('says of a node that came back that the HA manager has not seen it yet, and does not call it lost', () => {
    const model = page({
      ...buildFleet('prod', { placementModel: 'both' }),
      nodes: [buildNode('pve1'), buildNode('pve2', { haState: 'unknown' })],
    });
    const back = row(model, 'nodes', 'node:demo.prod/pve2');
    assert.deepEqual(
      [cell(back, 'state')?.text, back?.tone, cell(back, 'guests')?.text, cell(back, 'watchdog')?.text],
      ['online, the HA manager has not seen it yet', 'warn', '1', 'will self-fence'],
    );
    assert.equal(model.header.banners.filter(({ id }) => id.includes('lost')).length, 0);
    assert.match(words(banner(model, 'movingToRules')), /because the HA manager has not seen pve2 yet/);
  });

  it('sorts trouble first, then by number', () => {
    const model = page({
      ...buildFleet(),
      resources: [buildResource(1000), buildResource(99), buildResource(500, { state: 'error' })],
    });
    assert.deepEqual(
      model.tables.resources.rows.map(({ id }) => id),
      ['ha:demo.prod/vm:500', 'ha:demo.prod/vm:99', 'ha:demo.prod/vm:1000'],
    );
    assert.deepEqual(
      model.tables.resources.rows.map(({ problem }) => problem),
      [true, false, false],
    );
  });

  it('names limits, differences and conflicts', () => {
    const model = page({
      ...buildFleet(),
      resources: [buildResource(101, { state: 'error', group: 'db' })],
      rules: [buildRule('db-apart', { errors: { resources: ['too few resources'] } })],
    });
    const resource = row(model, 'resources', 'ha:demo.prod/vm:101');
    assert.equal(cell(resource, 'limits')?.text, 'db, db-apart');
    assert.match(cell(resource, 'wanted')?.hint ?? '', /differs/);
    const rule = row(model, 'rules', 'rule:demo.prod/db-apart');
    assert.deepEqual(
      [cell(rule, 'state')?.text, cell(rule, 'conflict')?.text],
      ['infeasible, not applied', 'resources: too few resources'],
    );
  });

  it('marks every row as last known without quorum', () => {
    const model = page(buildFleet('prod', { quorum: { state: 'notQuorate', votes: 1, margin: -1 } }));
    for (const table of ['nodes', 'resources', 'rules'] as const) {
      assert.match(model.tables[table].notice ?? '', /prod: no quorum, so these rows are last known/);
      for (const { tone, cells } of model.tables[table].rows) {
        assert.equal(tone, 'unknown');
        assert.match(cells.state?.text ?? '', /^last known: /);
      }
    }
    assert.match(words(banner(model, '/noQuorum')), /no quorum 1\/3.*Restore network or power/);
    const tones = model.header.cardGroups[0]?.cards.map(({ state }) => state.tone);
    assert.deepEqual(tones, ['calm', 'fail', 'unknown', 'unknown', 'unknown']);
  });

  it('words empty tables by their cause', () => {
    const empty = (over: ClusterOverrides) => page({ clusters: [buildCluster('prod', over)] }).tables;
    const tables = empty({});
    assert.equal(
      tables.resources.empty,
      'No HA resources on prod. If a node dies, its guests stay stopped until somebody starts them.',
    );
    assert.equal(tables.rules.empty, 'No HA rules.');
    assert.equal(tables.groups.empty, 'Groups were moved to rules on this cluster.');
    assert.equal(empty({ sections: { haGroups: { state: 'read' } } }).groups.empty, 'No HA groups.');
    assert.equal(
      empty({ sections: { haRules: { state: 'notOffered' } } }).rules.empty,
      'HA rules: not offered by this server.',
    );
    assert.equal(
      empty({ sections: { haResources: { state: 'failed' } } }).resources.empty,
      'HA resources could not be read on prod.',
    );
    assert.equal(
      empty({ sections: { haResources: { state: 'never' } } }).resources.empty,
      'Nothing has been read here yet.',
    );
  });

  it('shows all clusters with a column and a card row each', () => {
    const { model } = openModel({
      demo: joinFleets(buildFleet('prod'), buildFleet('lab')),
      other: buildFleet('prod'),
    });
    const all = new HaStatusView(model, allClusters).whole(builtAtMs);
    assert.deepEqual(
      all.header.clusters.map(({ label }) => label),
      ['All clusters', 'lab', 'prod (demo)', 'prod (other)'],
    );
    assert.deepEqual(
      all.tables.resources.columns.slice(0, 2).map(({ id }) => id),
      ['resource', 'cluster'],
    );
    assert.equal(all.header.cardGroups.length, 3);
    const ids = all.tables.resources.rows.map(({ id }) => id);
    assert.equal(new Set(ids).size, 6);
    const single = new HaStatusView(model, prod).whole(builtAtMs);
    assert.ok(!single.tables.resources.columns.some(({ id }) => id === 'cluster'));
    assert.equal(single.tables.resources.rows.length, 2);
  });

  it('shows hostile names as text', () => {
    const name = '<img src=x onerror=alert(1)> \u202e';
    const model = page({
      ...buildFleet('prod', { name }),
      resources: [buildResource(101, { name, comment: name })],
      groups: [buildGroup('g', { comment: name })],
    });
    assert.doesNotMatch(JSON.stringify(model), /\u202e/);
  });
});

describe('banners of the HA status page', () => {
  const cases: [FleetErrorCode, RegExp, string[]][] = [
    ['timeout', /no answer in time on 10\.0\.0\.11:8006/, ['test']],
    ['plainToTlsPort', /port 8006 expects HTTPS, the connection is set to HTTP/, ['enableHttps', 'edit']],
    ['tlsToPlainPort', /port 8006 does not speak HTTPS/, ['disableHttps', 'edit']],
    ['tlsUntrusted', /the certificate is not trusted/, ['reviewCertificate', 'disableVerify']],
    ['tlsFingerprintMismatch', /not the pinned one.*The key was not sent/, ['reviewCertificate']],
    ['unauthorized', /rejects this key/, ['updateKey']],
    ['lockedOut', /locked after too many wrong keys.*Free again in 4:12/, ['updateKey']],
    ['rateLimited', /too many requests.*Reading goes on in 4:12/, []],
    ['notOffered', /version 0\.1\.0 has no route GET \/proxmox\/cluster\/ha\/summary.*0\.0\.11/, ['test']],
  ];
  for (const [code, text, verbs] of cases) {
    it(`tells ${code} of the server`, () => {
      const bench = openModel({ demo: buildFleet() });
      const error = buildError({ code, sinceMs: builtAtMs - 60_000 });
      only(bench).setState({ kind: 'waiting', error, retryAtMs: builtAtMs + 252_000 });
      const shown = banner(new HaStatusView(bench.model, prod).whole(builtAtMs), `/${code}`);
      assert.match(words(shown), text);
      assert.deepEqual(
        shown.buttons.flatMap(({ action }) => (action.kind === 'connection' ? action.verb : [])),
        verbs,
      );
    });
  }

  for (const code of fleetErrorCodeSchema.unwrap().options) {
    it(`tells ${code} of a cluster that is not read any more`, () => {
      const error = buildError({ code: code as FleetErrorCode });
      const model = page(buildFleet('prod', { freshness: { error, consecutiveFailures: 3 } }));
      const shown = banner(model, `/${code}`);
      assert.match(shown.what, /^prod.*: .+\.$/);
      assert.notEqual(shown.next, null);
      assert.ok(shown.buttons.length <= 2);
      assert.notEqual(shown.tone, 'ok');
    });
  }

  it('names what a too old server lacks', () => {
    const bench = openModel({ demo: buildFleet() });
    only(bench).capabilities = { version: '0.0.10', fleet: false, ha: false };
    const shown = banner(new HaStatusView(bench.model, prod).whole(builtAtMs), '/tooOld');
    assert.match(
      words(shown),
      /version 0\.0\.10 has no HA routes\. GET \/proxmox\/cluster\/ha\/summary is missing.*0\.0\.11 or later/,
    );
  });

  it('keeps lasting notes quiet and last', () => {
    const model = page(buildFleet('prod', { quorum: { state: 'split' } }), prod, {
      kind: 'demo',
      tls: 'notVerified',
    });
    assert.deepEqual(
      model.header.banners.map(({ tone }) => tone),
      ['fail', 'warn', 'calm'],
    );
    assert.match(banner(model, '/demo').what, /^Demo data/);
    assert.match(page(buildFleet(), prod, { tls: 'plain' }).header.banners[0]?.what ?? '', /not encrypted/);
    assert.deepEqual(page(buildFleet(), prod, { tls: 'pinned' }).header.banners, []);
  });

  it('tells a disarmed stack with its time', () => {
    const sinceMs = builtAtMs - 12 * 60_000;
    const shown = banner(
      page(
        buildFleet('prod', { fencing: buildFencing({ state: 'disarmed', resourceMode: 'ignore', sinceMs }) }),
      ),
      '/disarmed',
    );
    assert.deepEqual([shown.sinceMs, shown.tone], [sinceMs, 'warn']);
    assert.match(words(shown), /Nothing is fenced or recovered/);
  });

  it('says why the move of groups to rules is stuck', () => {
    const model = page({
      ...buildFleet('prod', { placementModel: 'both' }),
      nodes: [
        buildNode('pve1'),
        buildNode('pve2', { lrm: buildLrm({ state: 'maintenance' }) }),
        buildLostNode('pve3', builtAtMs),
      ],
    });
    assert.match(words(banner(model, '/movingToRules')), /pve2 is in maintenance, pve3 is not online/);
  });

  it('lists both sides of a split view', () => {
    const views = [
      { endpoint: 'a', node: 'pve1', quorate: true, atMs: null, error: null },
      { endpoint: 'b', node: 'pve5', quorate: false, atMs: null, error: null },
    ];
    const model = page(buildFleet('prod', { quorum: { state: 'split', views } }));
    assert.match(words(banner(model, '/split')), /pve1: quorate, pve5: no quorum/);
  });

  it('tells old data, duplicates, rows left out and parts that fail', () => {
    const { model } = openModel({ demo: buildFleet() });
    const stale = new HaStatusView(model, prod).whole(builtAtMs + 120_000);
    assert.equal(banner(stale, '/stale').sinceMs, builtAtMs);
    assert.match(
      words(banner(page(buildFleet('prod', { duplicateOf: 'lab' })), '/duplicate')),
      /same cluster as lab/,
    );
    assert.match(
      words(banner(page(buildFleet('prod', { sections: { haRules: { droppedRows: 2 } } })), '/droppedRows')),
      /2 rows could not be understood/,
    );
    const error = buildError({ code: 'forbidden' });
    const partly = page(
      buildFleet('prod', {
        sections: { haRules: { state: 'failed', error }, qdevice: { state: 'failed', error } },
      }),
    );
    assert.match(
      words(banner(partly, '/forbidden')),
      /may not read this part.*HA rules, the quorum device|may not read this part.*Missing: HA rules, the quorum device/,
    );
    assert.match(partly.tables.rules.notice ?? '', /Showing what was last known/);
  });
});

describe('patches of the HA status page', () => {
  async function openView(
    records: Partial<FleetRecords>,
    selected = prod,
  ): Promise<ModelBench & { view: HaStatusView; next: () => Promise<ReturnType<HaStatusView['patch']>> }> {
    const bench = openModel({ demo: records });
    await bench.clock.advance(300);
    const view = new HaStatusView(bench.model, selected);
    view.whole(bench.clock.now());
    let last: ReturnType<HaStatusView['patch']> = null;
    bench.model.onDidChange((change) => {
      last = view.patch(change, bench.clock.now());
    });
    return {
      ...bench,
      view,
      next: async () => {
        await bench.clock.advance(250);
        return last;
      },
    };
  }

  it('hold only rows that read differently', async () => {
    const bench = await openView(buildFleet());
    only(bench).change({
      resources: [
        buildResource(101, { state: 'migrate' }),
        buildResource(102, { node: 'pve2', rawStatus: 'x' }),
      ],
    });
    const patch = await bench.next();
    assert.deepEqual(Object.keys(patch?.tables ?? {}), ['resources']);
    assert.deepEqual(
      patch?.tables.resources?.upserted.map(({ id }) => id),
      ['ha:demo.prod/vm:101'],
    );
  });

  it('are none when the page would look the same', async () => {
    const bench = await openView(buildFleet());
    only(bench).change({ resources: [buildResource(101, { rawStatus: 'x' })] });
    assert.equal(await bench.next(), null);
    only(bench).change(buildFleet('lab'));
    const patch = await bench.next();
    assert.deepEqual(Object.keys(patch?.tables ?? {}), [], 'another cluster only joins the picker');
    assert.equal(patch?.header.clusters.length, 3);
  });

  it('name rows that are gone', async () => {
    const bench = await openView(buildFleet());
    only(bench).change({}, ['ha:prod/vm:101']);
    assert.deepEqual((await bench.next())?.tables.resources?.removed, ['ha:demo.prod/vm:101']);
  });

  it('reach every row when quorum is lost', async () => {
    const bench = await openView(buildFleet());
    only(bench).change({ clusters: [buildCluster('prod', { quorum: { state: 'notQuorate', margin: -1 } })] });
    const patch = await bench.next();
    assert.equal(patch?.tables.nodes?.upserted.length, 3);
    assert.equal(patch?.tables.resources?.upserted.length, 2);
    assert.match(patch?.tables.rules?.notice ?? '', /no quorum/);
  });

  it('start over for another cluster', async () => {
    const bench = await openView(joinFleets(buildFleet('prod'), buildFleet('lab')));
    bench.view.select('cluster:demo.lab');
    const model = bench.view.whole(bench.clock.now());
    assert.ok(model.tables.nodes.rows.every(({ id }) => id.startsWith('node:demo.lab/')));
    only(bench).change({ resources: [buildResource(101, { state: 'error' })] });
    const patch = await bench.next();
    assert.equal(patch?.tables.resources, undefined);
  });
});
