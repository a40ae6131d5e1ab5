import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { FleetModel } from '../../src/console/fleetModel.ts';
import { HaStatusView } from '../../src/console/haStatusPage.ts';
import { FakeClock } from '../support/fakeClock.ts';
import {
  buildCluster,
  buildLostNode,
  buildNode,
  buildResource,
  builtAtMs,
  FakeConnection,
} from '../support/fleetBuilders.ts';
import { openPage, type PageHarness } from './support/pageHarness.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const pictures = new URL('../../test-results/webview/', import.meta.url);
const hostile = '<b>pve3</b>';

describe('countdowns on the HA status page', function () {
  this.timeout(60_000);
  let shown: PageHarness;
  let model: FleetModel;

  /** The page as of some seconds after pve2 was lost; a node whose loss nobody saw is lost 30 s longer. */
  const showAt = async (seconds: number): Promise<void> => {
    const nowMs = builtAtMs + seconds * 1000;
    const page = new HaStatusView(model, 'cluster:c0.prod').whole(nowMs);
    await shown.post({ type: 'model', nowMs, model: page });
  };
  const row = (name: string) => shown.page.locator(`.failovers li[data-id="node:c0.prod/${name}"]`);
  const timers = (name: string) => row(name).locator('[role=timer]').allInnerTexts();

  before(async () => {
    model = new FleetModel(new FakeClock(builtAtMs));
    const connection = new FakeConnection({
      clusters: [buildCluster('prod', { freshness: { intervalMs: 600_000 } })],
      nodes: [
        buildNode('pve1'),
        buildLostNode('pve2', builtAtMs),
        buildLostNode(hostile, builtAtMs - 30_000, { lastOnlineMs: null }),
      ],
      resources: [buildResource(101, { node: 'pve2' }), buildResource(102, { node: hostile })],
    });
    model.setConnections([{ id: 'c0', name: 'c0', kind: 'proxmox', tls: null, connection }]);
    shown = await openPage('haStatus');
  });
  after(async () => {
    await shown.close();
    model.dispose();
  });

  it('list every lost node, the oldest first, and say "at most" where the moment was not seen', async () => {
    await showAt(5);
    assert.deepEqual(await shown.page.locator('.failovers li button').allInnerTexts(), [hostile, 'pve2']);
    const [fence, recovery] = await timers('pve2');
    assert.match(fence ?? '', /^fence in 5\d s$/);
    assert.match(recovery ?? '', /^earliest recovery in about 1m 5\ds$/);
    assert.match((await timers(hostile))[0] ?? '', /^fence in at most 2\d s$/);
    assert.match(
      await shown.page.locator('#nodes tr[data-id="node:c0.prod/pve2"]').innerText(),
      /lost.*· fence in 5\d s/s,
    );
  });

  it('tick by themselves, become due instead of negative, and say so once to those who listen', async () => {
    await showAt(58);
    const first = (await timers('pve2'))[0] ?? '';
    assert.match(first, /^fence in [12] s$/);
    await row('pve2').getByText('fencing is due').waitFor();
    await shown.page.locator('#marks', { hasText: 'pve2: fencing is due.' }).waitFor({ state: 'attached' });
    await shown.page
      .locator('#nodes tr[data-id="node:c0.prod/pve2"]', { hasText: 'earliest recovery in about' })
      .waitFor();
    await showAt(4_000);
    assert.deepEqual(await timers('pve2'), ['fencing is due', 'recovery is due']);
  });

  it('lead to the node, fit on a narrow page and have no accessibility fault', async () => {
    await showAt(42);
    await row('pve2').locator('button').click();
    const sent = (await shown.sent()) as { action?: unknown }[];
    assert.deepEqual(sent.at(-1)?.action, { kind: 'reveal', id: 'node:c0.prod/pve2' });
    mkdirSync(pictures, { recursive: true });
    for (const width of [1280, 500]) {
      await shown.page.setViewportSize({ width, height: 800 });
      assert.equal(
        await shown.page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'),
        true,
      );
      await shown.page.screenshot({
        path: new URL(`countdowns-${width}.png`, pictures).pathname,
        fullPage: true,
      });
    }
    await shown.page.evaluate(readFileSync(axePath, 'utf8'));
    const violations = (await shown.page.evaluate(
      'axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => id + ": " + nodes[0].html.slice(0, 200)))',
    )) as string[];
    assert.deepEqual(violations, []);
    assert.deepEqual(shown.faults, []);
  });

  it('are gone with the loss', async () => {
    const well = new FleetModel(new FakeClock(builtAtMs));
    const connection = new FakeConnection({ clusters: [buildCluster()], nodes: [buildNode('pve1')] });
    well.setConnections([{ id: 'c0', name: 'c0', kind: 'proxmox', tls: null, connection }]);
    const page = new HaStatusView(well, 'cluster:c0.prod').whole(builtAtMs);
    await shown.post({ type: 'model', nowMs: builtAtMs, model: page });
    assert.equal(await shown.page.locator('.failovers').count(), 0);
    well.dispose();
  });
});
