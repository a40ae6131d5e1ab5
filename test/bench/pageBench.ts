import { waitUntil } from '../../scripts/lib/processes.ts';
import { FleetModel } from '../../src/console/fleetModel.ts';
import { HaStatusView } from '../../src/console/haStatusPage.ts';
import { FakeClock } from '../support/fakeClock.ts';
import {
  buildCluster,
  buildNode,
  buildResource,
  builtAtMs,
  FakeConnection,
} from '../support/fleetBuilders.ts';
import { openPage } from '../webview/support/pageHarness.ts';
import type { Figure } from './index.ts';

/** The HA page with ten thousand resources in a real browser, timed inside the page. */
export async function measurePage(): Promise<Figure[]> {
  const model = new FleetModel(new FakeClock(builtAtMs));
  const connection = new FakeConnection({
    clusters: [buildCluster()],
    nodes: [buildNode('pve1')],
    resources: Array.from({ length: 10_000 }, (_unused, index) => buildResource(100 + index)),
  });
  model.setConnections([{ id: 'c0', name: 'c0', kind: 'proxmox', tls: null, connection }]);
  const host = new HaStatusView(model, 'cluster:c0.prod');
  const shown = await openPage('haStatus');
  try {
    await shown.page.evaluate(
      `new MutationObserver(() => { if (window.drawnAt === undefined && document.querySelector('#resources tbody tr[data-id]')) requestAnimationFrame(() => { window.drawnAt = performance.now(); }); }).observe(document, { childList: true, subtree: true })`,
    );
    const message = JSON.stringify({ type: 'model', nowMs: Date.now(), model: host.whole(builtAtMs) });
    // Reading seven megabytes of script is the test's own affair, so it is over before the clock starts.
    await shown.page.evaluate(`window.data = ${message}; undefined`);
    await shown.page.evaluate(`window.startedAt = performance.now(); window.postMessage(window.data, '*');`);
    await waitUntil(
      'the rows to be drawn',
      async () => (await shown.page.evaluate('window.drawnAt !== undefined')) === true,
      20_000,
    );
    const drawn = (await shown.page.evaluate('window.drawnAt - window.startedAt')) as number;
    const elements = (await shown.page.evaluate('document.querySelectorAll("*").length')) as number;
    return [
      {
        name: 'HA page, 10,000 HA resources: rows on screen after the data came',
        value: drawn,
        unit: 'ms',
        goal: 300,
      },
      { name: 'HA page, 10,000 HA resources: elements in the page', value: elements, unit: '', goal: 2_000 },
    ];
  } finally {
    await shown.close();
  }
}
