import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { FleetModel, type ModelChange } from '../../src/console/fleetModel.ts';
import { GuestView } from '../../src/console/guestPage.ts';
import { HaStatusView } from '../../src/console/haStatusPage.ts';
import type { FleetRecords } from '../../src/contract/model/fleet.ts';
import { FakeClock } from '../support/fakeClock.ts';
import {
  buildCluster,
  buildDetail,
  buildGuest,
  buildNode,
  buildResource,
  buildRule,
  builtAtMs,
  FakeConnection,
} from '../support/fleetBuilders.ts';
import { assertLooksGood } from './support/looks.ts';
import { openPage, type PageHarness, type ThemeName, themes } from './support/pageHarness.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const pictures = new URL('../../test-results/webview/', import.meta.url);
const hostile = '<img src=x onerror="window.hacked=1"><b>bold</b>';

function records(resourceCount: number): Partial<FleetRecords> {
  const resources = Array.from({ length: resourceCount }, (_unused, index) =>
    buildResource(100 + index, { node: `pve${(index % 3) + 1}`, ...(index === 0 ? { name: hostile } : {}) }),
  );
  return {
    clusters: [buildCluster()],
    nodes: [buildNode('pve1'), buildNode('pve2'), buildNode('pve3')],
    rules: [buildRule('keep-db', { errors: { resources: ['conflicts'] } })],
    resources,
    guests: [
      buildGuest(100, { haManaged: 'managed' }),
      buildGuest(7, { haManaged: 'notManaged', haState: null }),
    ],
  };
}

/** A model over one hand-made connection, and the changes it tells. */
function openModel(picture: Partial<FleetRecords>) {
  const clock = new FakeClock(builtAtMs);
  const model = new FleetModel(clock);
  const connection = new FakeConnection(picture);
  model.setConnections([{ id: 'c0', name: 'c0', kind: 'proxmox', tls: null, connection }]);
  const changes: ModelChange[] = [];
  model.onDidChange((change) => changes.push(change));
  return { clock, model, connection, changes };
}

/** What the editor's context menu would be told at an element, gathered as the editor does: the nearest word wins. */
function contextOf(shown: PageHarness, selector: string): Promise<Record<string, unknown>> {
  return shown.page
    .locator(selector)
    .first()
    .evaluate((element) => {
      let context: Record<string, unknown> = {};
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const attribute = at.getAttribute('data-vscode-context');
        if (attribute !== null) context = { ...JSON.parse(attribute), ...context };
      }
      return context;
    });
}

describe('HA status page', function () {
  this.timeout(60_000);
  let shown: PageHarness;
  let harness: ReturnType<typeof openModel>;
  let host: HaStatusView;

  const postModel = () => shown.post({ type: 'model', nowMs: builtAtMs, model: host.whole(builtAtMs) });
  /** Changes records as a server would, and sends the page what follows from it. */
  const change = async (upserted: Partial<FleetRecords>, removed: string[] = []): Promise<void> => {
    harness.changes.length = 0;
    harness.connection.change(upserted, removed, harness.clock.now());
    await harness.clock.advance(250);
    for (const each of harness.changes) {
      const patch = host.patch(each, harness.clock.now());
      if (patch !== null) await shown.post({ type: 'patch', nowMs: harness.clock.now(), ...patch });
    }
  };
  const text = (selector: string) => shown.page.locator(selector).first().innerText();
  const rowIds = () =>
    shown.page
      .locator('#resources tbody tr[data-id]')
      .evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.id));

  beforeEach(async () => {
    harness = openModel(records(12));
    host = new HaStatusView(harness.model, 'cluster:c0.prod');
    shown = await openPage('haStatus');
    await postModel();
    await shown.page.locator('#resources tbody tr').first().waitFor();
  });
  afterEach(() => shown.close());

  it('draws quorum, nodes, resources and rules, and breaks no policy', async () => {
    assert.match(await text('.cards'), /≈ quorate 3\/3 · can lose 1/);
    assert.equal(await shown.page.locator('#nodes tbody tr').count(), 3);
    assert.equal(await shown.page.locator('#resources tbody tr').count(), 12);
    assert.match(await text('#rules tbody'), /infeasible, not applied/);
    assert.deepEqual(shown.faults, []);
  });

  it('shows names with markup as text', async () => {
    assert.match(await text('#resources tbody'), /<img src=x/);
    assert.equal(await shown.page.evaluate('window.hacked'), undefined);
    assert.equal(await shown.page.locator('#resources img').count(), 0);
  });

  it('asks the host to open a guest by keyboard alone', async () => {
    await shown.page.locator('#resources tbody tr').first().focus();
    await shown.page.keyboard.press('End');
    await shown.page.keyboard.press('Home');
    await shown.page.keyboard.press('Enter');
    const sent = (await shown.sent()) as { type: string; action?: { kind: string; id: string } }[];
    assert.deepEqual(sent.at(-1)?.action, { kind: 'open', id: 'guest:c0.prod/100' });
  });

  it('keeps rows in place while the focus is in the table, and says how many would move', async () => {
    await shown.page.locator('#resources tbody tr').nth(2).focus();
    const before = await rowIds();
    await change({ resources: [buildResource(111, { state: 'error', crmState: 'error' })] });
    await shown.page.locator('#resources .chip').waitFor();
    assert.deepEqual(await rowIds(), before);
    await shown.page.locator('#resources .chip').click();
    assert.equal((await rowIds())[0], 'ha:c0.prod/vm:111');
  });

  it('keeps a row that went for a while, struck through', async () => {
    await change({}, ['ha:prod/vm:103']);
    await shown.page.locator('#resources tr.gone').waitFor();
    assert.match(await text('#resources tr.gone'), /gone/);
  });

  it('filters by typing after a slash, and takes the filter off with Escape', async () => {
    await shown.page.locator('#resources tbody tr').first().focus();
    await shown.page.keyboard.press('/');
    await shown.page.keyboard.type('guest-105');
    assert.deepEqual(await rowIds(), ['ha:c0.prod/vm:105']);
    await shown.page.keyboard.press('Escape');
    assert.equal((await rowIds()).length, 12);
  });

  it('says out loud that quorum is lost', async () => {
    await change({
      clusters: [buildCluster('prod', { quorum: { state: 'notQuorate', votes: 1, margin: -1 } })],
    });
    await shown.page.locator('[role=alert]', { hasText: 'no quorum' }).waitFor({ state: 'attached' });
    assert.match(await text('#resources tbody'), /last known: started/);
  });

  it('tells the context menu which record a row shows and what can be done with it', async () => {
    const context = (selector: string) => contextOf(shown, selector);
    assert.deepEqual(await context('#resources tr[data-id="ha:c0.prod/vm:103"] td >> nth=0'), {
      webviewSection: 'ha',
      rowId: 'ha:c0.prod/vm:103',
      hasGuest: true,
      hasNode: true,
      preventDefaultContextMenuItems: true,
    });
    for (const [selector, section, rowId] of [
      ['#nodes tbody tr', 'node', 'node:c0.prod/pve1'],
      ['#rules tbody tr', 'rule', 'rule:c0.prod/keep-db'],
      ['section.cluster h2', 'cluster', 'cluster:c0.prod'],
    ] as const) {
      const found = await context(selector);
      assert.deepEqual(
        [found.webviewSection, found.rowId, found.hasGuest, found.hasNode],
        [section, rowId, false, false],
      );
    }
    await change({ resources: [buildResource(104, { node: null })] }, ['ha:prod/vm:103']);
    await shown.page.locator('#resources tr.gone').waitFor();
    assert.equal((await context('#resources tr[data-id="ha:c0.prod/vm:104"]')).hasNode, false);
    const gone = await context('#resources tr.gone');
    assert.deepEqual([gone.webviewSection, gone.rowId], ['gone', undefined]);
  });

  it('ignores messages it does not know', async () => {
    await shown.post({ type: 'nonsense' });
    await shown.post('text');
    await shown.post(null);
    assert.deepEqual(shown.faults, []);
  });

  it('draws ten thousand resources with few elements', async () => {
    harness = openModel(records(10_000));
    host = new HaStatusView(harness.model, 'cluster:c0.prod');
    await postModel();
    await shown.page.locator('#resources table[aria-rowcount="10001"]').waitFor();
    assert.ok(((await shown.page.evaluate('document.querySelectorAll("*").length')) as number) <= 2_000);
    await shown.page.locator('#resources tbody tr[data-id]').first().focus();
    await shown.page.keyboard.press('End');
    await shown.page.locator('#resources tr[data-id="ha:c0.prod/vm:10099"]').waitFor();
  });

  describe('cluster picker', () => {
    const clusters = (...labels: [id: string, label: string][]) =>
      labels.map(([id, label]) => ({ id, label }));
    /** Shows the page with these clusters to choose from, as a patch does. */
    const offer = async (list: readonly { id: string; label: string }[], selected: string): Promise<void> => {
      const { header } = host.whole(builtAtMs);
      const [all] = header.clusters;
      assert.ok(all);
      await shown.post({
        type: 'patch',
        nowMs: builtAtMs,
        header: { ...header, selected, clusters: list.map((each) => ({ ...all, ...each })) },
        tables: {},
      });
    };
    const label = () => shown.page.locator('#cluster [part="selected-value"]').innerText();
    const value = () => shown.page.locator('#cluster').evaluate((element) => Reflect.get(element, 'value'));
    const options = () => shown.page.locator('#cluster vscode-option').allInnerTexts();

    it('follows a new name of the chosen cluster', async () => {
      await offer(clusters(['all', 'All clusters'], ['a', 'prod']), 'a');
      assert.deepEqual([await label(), await value()], ['prod', 'a']);
      await offer(clusters(['all', 'All clusters'], ['a', 'prod (left)'], ['b', 'prod (right)']), 'a');
      assert.deepEqual([await label(), await value()], ['prod (left)', 'a']);
    });

    it('stays on the chosen cluster when others come before it and go again', async () => {
      await offer(clusters(['all', 'All clusters'], ['p', 'prod']), 'p');
      await offer(clusters(['all', 'All clusters'], ['e', 'edge'], ['l', 'lab'], ['p', 'prod']), 'p');
      assert.deepEqual([await label(), await value()], ['prod', 'p']);
      await offer(clusters(['all', 'All clusters'], ['l', 'lab'], ['p', 'prod']), 'p');
      assert.deepEqual([await label(), await value()], ['prod', 'p']);
      assert.deepEqual(
        (await options()).map((text) => text.trim()),
        ['All clusters', 'lab', 'prod'],
      );
    });

    it('keeps the keyboard focus when the list changes', async () => {
      await offer(clusters(['all', 'All clusters'], ['p', 'prod']), 'p');
      await shown.page.locator('#cluster').focus();
      await offer(clusters(['all', 'All clusters'], ['l', 'lab'], ['p', 'prod']), 'p');
      assert.equal(await shown.page.evaluate('document.activeElement?.id'), 'cluster');
    });

    it('follows the host to another cluster, new in the list or not', async () => {
      await offer(clusters(['all', 'All clusters'], ['p', 'prod']), 'p');
      await offer(clusters(['all', 'All clusters'], ['l', 'lab'], ['p', 'prod']), 'l');
      assert.deepEqual([await label(), await value()], ['lab', 'l']);
      await offer(clusters(['all', 'All clusters'], ['l', 'lab'], ['p', 'prod']), 'all');
      assert.deepEqual([await label(), await value()], ['All clusters', 'all']);
    });

    it('asks the host for what a reader chooses, once, and goes back when the host stays where it is', async () => {
      await offer(clusters(['all', 'All clusters'], ['l', 'lab'], ['p', 'prod']), 'p');
      await shown.page.locator('#cluster').click();
      await shown.page.locator('#cluster vscode-option', { hasText: 'lab' }).click();
      const asked = (await shown.sent()).filter(
        (each) => (each as { type: string }).type === 'selectCluster',
      );
      assert.deepEqual(asked, [{ type: 'selectCluster', clusterId: 'l' }]);
      await offer(clusters(['all', 'All clusters'], ['l', 'lab'], ['p', 'prod']), 'p');
      assert.deepEqual([await label(), await value()], ['prod', 'p']);
    });
  });

  for (const theme of Object.keys(themes) as ThemeName[]) {
    it(`has no serious accessibility fault and no sideways scroll in ${theme}, wide and narrow`, async () => {
      await shown.setTheme(theme);
      for (const width of [1280, 500]) {
        await shown.page.setViewportSize({ width, height: 800 });
        assert.equal(
          await shown.page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'),
          true,
        );
        mkdirSync(pictures, { recursive: true });
        await shown.page.screenshot({
          path: new URL(`haStatus-${theme}-${width}.png`, pictures).pathname,
          fullPage: true,
        });
      }
      await shown.page.evaluate(readFileSync(axePath, 'utf8'));
      const violations = (await shown.page.evaluate(
        'axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => id + ": " + nodes[0].html.slice(0, 200)))',
      )) as string[];
      assert.deepEqual(violations, []);
    });
  }
});

describe('guest page', function () {
  this.timeout(60_000);
  let shown: PageHarness;
  before(async () => {
    shown = await openPage('guest');
  });
  after(() => shown.close());

  const harness = openModel(records(2));
  const model = (guestId: string, load: { timeS: number; cpuRatio: number | null }[] = []) => {
    const view = new GuestView(harness.model, guestId);
    const detail = buildDetail({
      vmid: Number(guestId.slice(guestId.lastIndexOf('/') + 1)),
      guest: null,
      resource: null,
      config: { cores: '2', scsi0: 'local:100/disk.qcow2', net0: hostile },
      tasks: [
        { upid: 'UPID:x', node: 'pve1', type: 'qmstart', user: 'root@pam', startS: 1, endS: 3, status: 'OK' },
      ],
      load: load.map((point) => ({ ...point, memoryBytes: 1, maxMemoryBytes: 2 })),
    });
    return view.build({ state: 'read', detail }, 'hour', harness.clock.now());
  };
  const show = async (guestId: string, load?: { timeS: number; cpuRatio: number | null }[]) => {
    await shown.post({ type: 'model', nowMs: builtAtMs, model: model(guestId, load) });
    await shown.page.locator('h1').waitFor();
  };

  it('shows a managed guest with its counters, tasks, configuration and a chart', async () => {
    await show(
      'guest:c0.prod/100',
      Array.from({ length: 20 }, (_unused, index) => ({
        timeS: 1_000 + index * 60,
        cpuRatio: index === 5 ? null : 0.5,
      })),
    );
    const all = await shown.page.locator('main').innerText();
    for (const expected of ['managed', 'Max restart', 'start', 'Disks', 'scsi0', '<img src=x'])
      assert.ok(all.includes(expected), expected);
    await shown.page.locator('#chart canvas').waitFor();
    await shown.page.locator('summary').click();
    assert.match(await shown.page.locator('details table').innerText(), /no data/);
    assert.deepEqual(shown.faults, []);
  });

  it('words a guest that HA does not manage otherwise than one of which nobody knows', async () => {
    await show('guest:c0.prod/7');
    assert.match(
      await shown.page.locator('main').innerText(),
      /not HA-managed: if pve1 dies, it stays stopped/,
    );
    harness.connection.change({ guests: [buildGuest(7, { haManaged: 'unknown', haState: null })] });
    await harness.clock.advance(250);
    await show('guest:c0.prod/7');
    assert.match(
      await shown.page.locator('main').innerText(),
      /Whether this guest is HA-managed is not known/,
    );
  });

  it('tells the context menu its guest, and nothing of a guest that nobody knows', async () => {
    await show('guest:c0.prod/7');
    const { rowId, webviewSection, hasNode } = await contextOf(shown, 'h1');
    assert.deepEqual([rowId, webviewSection, hasNode], ['guest:c0.prod/7', 'guest', true]);
    await show('guest:c0.prod/4711');
    assert.deepEqual(await contextOf(shown, 'h1'), {});
  });

  it('unfolds why the guest is where it is, in words and tables', async () => {
    await show('guest:c0.prod/100');
    const button = shown.page.getByText('Explain Placement');
    assert.equal(await shown.page.locator('#placement').count(), 0);
    await button.click();
    assert.deepEqual((await shown.sent()).at(-1), { type: 'explainPlacement', unfold: true });
    const explained = new GuestView(harness.model, 'guest:c0.prod/100');
    await shown.post({
      type: 'model',
      nowMs: builtAtMs,
      model: explained.build({ state: 'reading' }, 'hour', harness.clock.now(), true),
    });
    const text = await shown.page.locator('#placement').innerText();
    assert.match(text, /vm:100 is on pve1 because /);
    assert.match(text, /No rule or group names it\./);
    assert.deepEqual(await shown.page.locator('#placement caption').allInnerTexts(), ['Nodes']);
    for (const theme of ['dark', 'highContrast'] as const) await assertLooksGood(shown, 'placement', theme);
    await shown.page.setViewportSize({ width: 1280, height: 800 });
    await button.click();
    assert.deepEqual((await shown.sent()).at(-1), { type: 'explainPlacement', unfold: false });
    assert.deepEqual(shown.faults, []);
  });

  it('leads back to the page of the cluster', async () => {
    await show('guest:c0.prod/7');
    await shown.page.getByText('HA status of the cluster').click();
    const sent = (await shown.sent()) as { action?: unknown }[];
    assert.deepEqual(sent.at(-1)?.action, { kind: 'open', id: 'cluster:c0.prod' });
  });
});
