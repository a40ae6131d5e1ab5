import assert from 'node:assert/strict';
import { haSummarySchema } from '../../src/contract/wire/ha.ts';
import type { Fault, FaultKind } from '../../src/simulator/faults/fault.ts';
import { callDeadlineMs, type Service, startService } from './harness.ts';

type Row = Record<string, unknown>;
type Summary = Record<'status' | 'groups' | 'resources' | 'rules' | 'errors', Row[]>;

/** A healthy cluster waits this much longer for the others, and the machine may be busy. */
const graceMs = 1_000;
const slackMs = 1_500;

const sections = ['status', 'groups', 'resources', 'rules'] as const;

/** What stays the same between two reads of a cluster that nothing happens to. */
function shapeOf(summary: Summary, cluster: string): unknown {
  return Object.fromEntries(
    sections.map((section) => [
      section,
      summary[section]
        .filter((row) => row.cluster_name === cluster)
        .map((row) => [row.id ?? null, row.sid ?? null, row.group ?? null, row.rule ?? null, row.type])
        .sort(),
    ]),
  );
}

const summaryPath = '/proxmox/cluster/ha/summary';

describe('a cluster in trouble', () => {
  let service: Service;
  let baseline: Summary;

  async function summary(): Promise<{ readonly body: Summary; readonly durationMs: number }> {
    const { status, body, durationMs } = await service.ask(summaryPath);
    assert.equal(status, 200);
    return { body: body as Summary, durationMs };
  }

  before(async () => {
    service = await startService();
    baseline = (await summary()).body;
  });
  after(() => service.stop());

  it('is not in trouble at first: every cluster has its rows and none an error', () => {
    assert.deepEqual(baseline.errors, []);
    for (const cluster of ['lab', 'prod', 'edge-01']) {
      assert.ok(
        baseline.status.some((row) => row.cluster_name === cluster && row.id === 'quorum'),
        cluster,
      );
    }
    assert.ok(baseline.groups.some((row) => row.cluster_name === 'lab'));
    assert.ok(baseline.rules.some((row) => row.cluster_name === 'prod'));
  });

  const faults: readonly [FaultKind, Partial<Fault>][] = [
    ['down', {}],
    ['refuse', {}],
    ['hang', {}],
    ['slow', { delayMs: 30_000 }],
    ['500', {}],
    ['401', {}],
    ['brokenJson', {}],
    ['halfBody', {}],
    ['html', {}],
  ];
  for (const [kind, extra] of faults) {
    it(`keeps the others complete and quick while it is ${kind}, says so, and recovers`, async () => {
      await service.fault('prod', { kind, ...extra });
      // The first read meets the fault, the second one knows of it.
      for (const known of [false, true]) {
        const { body, durationMs } = await summary();
        for (const healthy of ['lab', 'edge-01']) {
          assert.deepEqual(shapeOf(body, healthy), shapeOf(baseline, healthy), `${healthy} during ${kind}`);
        }
        const rows = body.status.filter((row) => row.cluster_name === 'prod');
        assert.equal(rows.length, 1);
        assert.match(String(rows[0]?.status), /^error: ./);
        assert.equal(rows[0]?.quorate, null);
        assert.ok(body.errors.some((row) => row.cluster_name === 'prod' && row.section === 'status'));
        const allowedMs = known ? slackMs : Math.max(callDeadlineMs, graceMs) + slackMs;
        assert.ok(durationMs < allowedMs, `${kind}: ${durationMs} ms`);
      }
      const unknown = await service.ask('/proxmox/cluster/ha/resources/by-vm/999999');
      assert.equal(unknown.status, 502);
      assert.match(unknown.text, /prod/);

      await service.fault('prod', { kind: 'none' });
      assert.deepEqual((await service.ask('/fleet/refresh?cluster=prod', { method: 'POST' })).body, {
        refreshed: ['prod'],
      });
      const recovered = (await summary()).body;
      assert.deepEqual(shapeOf(recovered, 'prod'), shapeOf(baseline, 'prod'));
      assert.deepEqual(recovered.errors, []);
      const absent = await service.ask('/proxmox/cluster/ha/resources/by-vm/999999');
      assert.deepEqual([absent.status, absent.text], [200, 'null']);
    });
  }

  it('that sends values of the wrong types still gets rows of the right form, and never "not managed"', async () => {
    const managed = baseline.resources.find((row) => row.cluster_name === 'prod');
    const vmid = String(managed?.sid).split(':')[1];
    await service.fault('prod', { kind: 'wrongTypes' });
    const { body } = await summary();
    assert.deepEqual(haSummarySchema.parse(body), body);
    for (const healthy of ['lab', 'edge-01']) {
      assert.deepEqual(shapeOf(body, healthy), shapeOf(baseline, healthy));
    }
    assert.equal((await service.ask(`/proxmox/cluster/ha/resources/by-vm/${vmid}`)).status, 502);
    for (const path of [
      '/proxmox/cluster/status',
      '/proxmox/cluster/resources',
      '/proxmox/nodes/',
      '/fleet',
    ]) {
      assert.equal((await service.ask(path)).status, 200, path);
    }
    await service.fault('prod', { kind: 'none' });
    await service.ask('/fleet/refresh?cluster=prod', { method: 'POST' });
    assert.deepEqual((await summary()).body.errors, []);
  });

  for (const kind of ['500', '401', 'brokenJson', 'html', 'halfBody', 'hang'] as const) {
    it(`that answers one list with ${kind} only loses that list only`, async () => {
      await service.fault('prod', { kind, path: '/cluster/ha/rules' });
      assert.equal((await service.ask('/proxmox/cluster/ha/rules')).status, 200);
      const { body } = await summary();
      assert.deepEqual(
        body.errors.map((row) => [row.cluster_name, row.section]),
        [['prod', 'rules']],
      );
      assert.ok(body.resources.some((row) => row.cluster_name === 'prod'));
      const status = (await service.ask('/proxmox/cluster/status')).body as Row[];
      assert.equal(status.find((row) => row.name === 'prod')?.error, null);
      await service.fault('prod', { kind: 'none' });
      await service.ask('/fleet/refresh?cluster=prod', { method: 'POST' });
    });
  }

  it('has an error row in the cluster and node routes as well, next to the others', async () => {
    await service.fault('prod', { kind: 'refuse' });
    await service.ask('/fleet/refresh?cluster=prod', { method: 'POST' });
    const status = (await service.ask('/proxmox/cluster/status')).body as Row[];
    assert.deepEqual(
      status.map((row) => [row.name, row.error === null, row.quorate]),
      [
        ['lab', true, true],
        ['prod', false, null],
        ['edge-01', true, true],
      ],
    );
    const resources = (await service.ask('/proxmox/cluster/resources?type=node')).body as Record<
      string,
      Row[]
    >[];
    assert.equal(resources.length, 3);
    assert.match(String(resources[1]?.prod?.[0]?.status), /^error: /);
    const nodes = (await service.ask('/proxmox/nodes/')).body as Record<string, Row>[];
    assert.ok(nodes.filter((entry) => 'lab' in entry).length === 3);
    await service.fault('prod', { kind: 'none' });
    await service.ask('/fleet/refresh?cluster=prod', { method: 'POST' });
  });

  it('keeps its last known records in the fleet, with the reason and age', async () => {
    await service.ask('/fleet/refresh', { method: 'POST' });
    const before = (await service.ask('/fleet')).body as Record<string, Row[]>;
    await service.fault('prod', { kind: 'down' });
    await service.ask('/fleet/refresh?cluster=prod', { method: 'POST' });
    const during = (await service.ask('/fleet')).body as Record<string, Row[]>;
    const guests = (fleet: Record<string, Row[]>): number =>
      fleet.guests?.filter((guest) => guest.cluster === 'prod').length ?? 0;
    assert.ok(guests(before) > 0);
    assert.equal(guests(during), guests(before));
    const cluster = during.clusters?.find((row) => row.key === 'prod') as { freshness: { error: unknown } };
    assert.notEqual(cluster.freshness.error, null);
    await service.fault('prod', { kind: 'none' });
    await service.ask('/fleet/refresh?cluster=prod', { method: 'POST' });
    const after = (await service.ask('/fleet')).body as Record<string, Row[]>;
    const healed = after.clusters?.find((row) => row.key === 'prod') as { freshness: { error: unknown } };
    assert.equal(healed.freshness.error, null);
  });
}).timeout(30_000);
