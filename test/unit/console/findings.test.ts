import assert from 'node:assert/strict';
import { FindingsWatch } from '../../../src/console/findings/findingsWatch.ts';
import { allClusters, HaStatusView } from '../../../src/console/haStatusPage.ts';
import type { FleetRecords } from '../../../src/contract/model/fleet.ts';
import type { TableRow } from '../../../src/contract/panels.ts';
import {
  buildCluster,
  buildFencing,
  buildFleet,
  buildGuest,
  buildNodeRule,
  buildResource,
  buildRule,
  builtAtMs,
  joinFleets,
} from '../../support/fleetBuilders.ts';
import { only, openModel } from './support.ts';

const prod = 'cluster:demo.prod';

/** The small fleet without its guest outside HA, so that nothing is wrong with it. */
const faultless = (key = 'prod'): FleetRecords => {
  const fleet = buildFleet(key);
  return { ...fleet, guests: fleet.guests.filter(({ haManaged }) => haManaged === 'managed') };
};
const outside = buildNodeRule('db', ['pve2', 'pve3'], ['vm:101']);

async function watched(records: Partial<FleetRecords>, limitMs = 1_800_000) {
  const bench = openModel({ demo: records });
  // The watch comes to a model that has told its news already.
  await bench.clock.advance(300);
  const watch = new FindingsWatch(bench.model, bench.clock, () => limitMs);
  const looks: string[] = [];
  watch.onDidLook((id) => looks.push(id));
  await bench.clock.advance(2_500);
  const codes = (id = prod): string[] | undefined => bench.model.findings(id)?.map(({ code }) => code);
  /** Lets time pass while the server goes on reading, so that nothing becomes old. */
  const pass = async (ms: number, records: Partial<FleetRecords> = {}): Promise<void> => {
    for (let left = ms; left > 0; left -= 5_000) {
      const nowMs = bench.clock.now();
      const clusters = records.clusters ?? [
        buildCluster('prod', { freshness: { lastSuccessMs: nowMs, lastAttemptMs: nowMs } }),
      ];
      only(bench).change(
        {
          clusters: clusters.map((cluster) => ({
            ...cluster,
            freshness: { ...cluster.freshness, lastSuccessMs: nowMs, lastAttemptMs: nowMs },
          })),
        },
        [],
        nowMs,
      );
      await bench.clock.advance(Math.min(left, 5_000));
    }
  };
  const end = (): void => {
    watch.dispose();
    bench.model.dispose();
    assert.equal(bench.clock.pendingTimers, 0);
  };
  return { ...bench, watch, looks, codes, pass, end };
}

describe('watching for findings', () => {
  it('looks once a cluster was quiet, and again only at clusters that changed in what matters', async () => {
    const { looks, codes, end, ...bench } = await watched(joinFleets(faultless('prod'), faultless('lab')));
    assert.deepEqual(codes(), []);
    assert.deepEqual([...looks].sort(), ['cluster:demo.lab', prod]);
    looks.length = 0;
    only(bench).change({ guests: [buildGuest(101, { cpuRatio: 0.9, memoryBytes: 5 })] });
    await bench.clock.advance(3_000);
    assert.deepEqual(looks, [], 'load finds nothing');
    only(bench).change({ rules: [outside] });
    only(bench).change({ guests: [buildGuest(102, { node: 'pve3' })] });
    await bench.clock.advance(3_000);
    assert.deepEqual(looks, [prod], 'a burst of news is one look');
    only(bench).change({}, ['rule:prod/db-apart']);
    await bench.clock.advance(3_000);
    assert.equal(looks.length, 2, 'what went is news as well');
    end();
  });

  it('takes nothing for a fact once the picture is a memory, and says so at once', async () => {
    const { codes, end, ...bench } = await watched({ ...faultless(), rules: [outside] });
    assert.deepEqual(codes(), ['outside-strict-nodes']);
    only(bench).change({ clusters: [buildCluster('prod', { quorum: { state: 'notQuorate' } })] });
    assert.equal(codes(), undefined, 'the old findings are not shown for a moment');
    await bench.clock.advance(300);
    assert.deepEqual(codes(), ['not-checked']);
    end();
  });

  it('reminds of a disarmed stack when its time has come, without any news', async () => {
    const disarmed = buildCluster('prod', {
      fencing: buildFencing({ state: 'disarmed', sinceMs: builtAtMs }),
    });
    const { codes, pass, end } = await watched({ ...faultless(), clusters: [disarmed] }, 60_000);
    assert.deepEqual(codes(), []);
    await pass(50_000, { clusters: [disarmed] });
    assert.deepEqual(codes(), []);
    await pass(10_000, { clusters: [disarmed] });
    assert.deepEqual(codes(), ['disarmed-long']);
    end();
  });

  it('calls a better node missed only after a minute in which nothing moved', async () => {
    const rule = { ...outside, strict: false };
    const bench = await watched({ ...faultless(), rules: [rule] });
    assert.deepEqual(bench.codes(), []);
    await bench.pass(40_000);
    only(bench).change({ resources: [buildResource(102, { node: 'pve2', state: 'migrate' })] });
    await bench.pass(40_000);
    assert.deepEqual(bench.codes(), []);
    only(bench).change({ resources: [buildResource(102, { node: 'pve2' })] });
    await bench.pass(50_000);
    assert.deepEqual(bench.codes(), []);
    await bench.pass(20_000);
    assert.deepEqual(bench.codes(), ['not-on-best-node']);
    bench.end();
  });

  it('forgets a cluster that went', async () => {
    const { codes, end, model, ...bench } = await watched({ ...faultless(), rules: [outside] });
    model.setConnections([]);
    await bench.clock.advance(3_000);
    assert.equal(codes(), undefined);
    end();
  });
});

describe('findings on the HA status page', () => {
  const textOf = ({ cells }: TableRow): (string | undefined)[] =>
    ['finding', 'severity', 'next', 'about'].map((id) => cells[id]?.text);

  it('are not checked yet before anybody looked, and faultless only after', async () => {
    const { model } = openModel({ demo: faultless() });
    assert.equal(new HaStatusView(model, prod).whole(builtAtMs).tables.findings.empty, 'Not checked yet.');
    const bench = await watched(faultless());
    const { findings } = new HaStatusView(bench.model, prod).whole(builtAtMs).tables;
    assert.deepEqual([findings.rows.length, findings.empty], [0, 'Nothing to find fault with.']);
    bench.end();
  });

  it('stand worst first, each with its next step and a link', async () => {
    const bench = await watched({
      ...faultless(),
      rules: [outside, buildRule('gone', { affinity: 'positive', resources: ['vm:102', 'vm:999'] })],
      guests: [...faultless().guests, buildGuest(300, { haManaged: 'notManaged' })],
    });
    const { rows, title } = new HaStatusView(bench.model, prod).whole(builtAtMs).tables.findings;
    assert.equal(title, 'Findings');
    assert.deepEqual(
      rows.map(({ tone }) => tone),
      ['warn', 'warn', 'calm'],
    );
    const [first] = rows.filter(({ id }) => id.includes('outside'));
    assert.ok(first);
    assert.deepEqual(textOf(first), [
      'vm:101 runs on pve1, which is not allowed',
      'warning',
      'Look at the last migration task of the guest: moving it may fail.',
      'vm:101 and db',
    ]);
    assert.deepEqual(first.open, { kind: 'open', id: 'guest:demo.prod/101' });
    const [missing] = rows.filter(({ id }) => id.includes('unknown-guest'));
    assert.deepEqual(missing?.open, { kind: 'reveal', id: 'rule:demo.prod/gone' });
    bench.end();
  });

  it('are patched in when they change, and never left standing as facts', async () => {
    const bench = await watched(joinFleets(faultless('prod'), faultless('lab')));
    const view = new HaStatusView(bench.model, allClusters);
    view.whole(builtAtMs);
    const patches: { upserted: number; removed: number; empty: string }[] = [];
    bench.model.onDidChange((change) => {
      const findings = view.patch(change, bench.clock.now())?.tables.findings;
      if (findings !== undefined)
        patches.push({
          upserted: findings.upserted.length,
          removed: findings.removed.length,
          empty: findings.empty,
        });
    });
    only(bench).change({ rules: [outside] });
    await bench.clock.advance(3_000);
    assert.deepEqual(patches, [{ upserted: 1, removed: 0, empty: 'Nothing to find fault with.' }]);
    only(bench).change({ clusters: [buildCluster('prod', { quorum: { state: 'notQuorate' } })] });
    await bench.clock.advance(3_000);
    assert.deepEqual(patches.slice(1), [
      { upserted: 0, removed: 1, empty: 'Not checked yet.' },
      { upserted: 1, removed: 0, empty: 'Nothing to find fault with.' },
    ]);
    bench.end();
  });
});
