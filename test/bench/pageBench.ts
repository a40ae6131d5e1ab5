import { modelMessage, patchMessage, resourceRow } from '../webview/support/models.ts';
import { PageHarness } from '../webview/support/pageHarness.ts';
import type { Figure } from './index.ts';

const count = 10_000;
const patched = count / 100;

/** The HA page with ten thousand resources in a real browser, timed inside the page. */
export async function measurePage(): Promise<Figure[]> {
  const harness = await PageHarness.start();
  try {
    const { page } = await harness.open('haStatus');
    const rows = Array.from({ length: count }, (_unused, index) => resourceRow(index));
    const changes = Array.from({ length: patched }, (_unused, index) =>
      resourceRow(index * 100, 'error', { wanted: { text: 'changed' } }),
    );
    /** From the moment the message is sent to the frame after which the condition holds. */
    const time = (message: unknown, condition: string): Promise<number> =>
      page.evaluate(`new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error('Not drawn within 20 s.')), 20_000);
        const message = JSON.parse(${JSON.stringify(JSON.stringify(message))});
        const startedAt = performance.now();
        const look = () => (${condition} ? resolve(performance.now() - startedAt) : requestAnimationFrame(look));
        window.postMessage(message, '*');
        requestAnimationFrame(look);
      })`);
    const drawn = await time(
      modelMessage({ resources: rows }),
      `document.querySelectorAll('#resources tr.row').length > 20`,
    );
    const counts = (await page.evaluate(`(() => {
      const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
      let nodes = 0;
      while (walker.nextNode() !== null) nodes += 1;
      return { elements: document.querySelectorAll('*').length, nodes };
    })()`)) as { elements: number; nodes: number };
    const applied = await time(
      patchMessage(changes),
      `document.querySelector('#resources tr.row')?.textContent.includes('changed')`,
    );
    return [
      {
        name: 'HA page, 10,000 HA resources: rows on screen after the data came',
        value: drawn,
        unit: 'ms',
        goal: 300,
      },
      {
        name: 'HA page, 10,000 HA resources: elements in the page',
        value: counts.elements,
        unit: '',
        goal: 2_000,
      },
      { name: 'HA page, 10,000 HA resources: nodes with texts and markers', value: counts.nodes, unit: '' },
      { name: 'HA page, 10,000 HA resources: a change of 1 % on screen', value: applied, unit: 'ms' },
    ];
  } finally {
    await harness.stop();
  }
}
