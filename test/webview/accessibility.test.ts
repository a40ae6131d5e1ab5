import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { guestMessage, modelMessage, patchMessage, resourceRow, resourceRows } from './support/models.ts';
import { type ConsolePage, PageHarness } from './support/pageHarness.ts';
import { themeNames } from './support/themes.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Everything open, grouped, so that every kind of element is looked at. */
const allOpen = {
  open: { nodes: true, resources: true, rules: true, groups: true, config: true, loadTable: true },
  tables: {
    resources: {
      filter: '',
      sort: { column: 'moves', descending: true },
      problemsOnly: false,
      groupBy: 'node',
      folded: ['pve2'],
      anchor: null,
    },
  },
};

describe('accessibility of the pages', () => {
  let harness: PageHarness;
  let axe: string;

  before(async () => {
    axe = await readFile(axePath, 'utf8');
    harness = await PageHarness.start();
  });

  after(() => harness.stop());

  async function faults({ page }: ConsolePage): Promise<string[]> {
    await page.evaluate(axe);
    return (await page.evaluate(
      'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.filter(({ impact }) => impact === "serious" || impact === "critical").flatMap(({ id, nodes }) => nodes.map((node) => id + ": " + node.html.slice(0, 160) + " " + node.failureSummary.slice(0, 200))))',
    )) as string[];
  }

  for (const theme of themeNames) {
    for (const width of [1280, 500]) {
      it(`finds no serious fault in ${theme} at ${width}`, async () => {
        const ha = await harness.open('haStatus', { theme, width, savedState: allOpen });
        await ha.send(modelMessage({ resources: resourceRows(24) }));
        await ha.page.locator('#resources tr.row').nth(2).focus();
        await ha.page.keyboard.press('Space');
        await ha.send(patchMessage([resourceRow(7, 'error')], ['ha:demo.prod/vm:110']));
        assert.deepEqual(await faults(ha), []);
        await ha.send(
          modelMessage({ resources: resourceRows(400), header: { selected: 'cluster:demo.lab' } }),
        );
        assert.deepEqual(await faults(ha), []);
        await ha.close();

        const guest = await harness.open('guest', { theme, width, savedState: allOpen });
        await guest.send(guestMessage());
        assert.deepEqual(await faults(guest), []);
        await guest.close();
      });
    }
  }

  it('has one main, headings in order, and a table that screen readers know as one', async () => {
    const { page, send, close } = await harness.open('haStatus');
    await send(modelMessage());
    assert.equal(await page.locator('main').count(), 1);
    const levels = await page
      .locator('h1, h2, h3')
      .evaluateAll((headings) => headings.map(({ tagName }) => Number(tagName[1])));
    assert.equal(levels[0], 1);
    for (const [index, level] of levels.entries()) assert.ok(level <= (levels[index - 1] ?? 0) + 1);
    const table = page.getByRole('table', { name: 'Nodes' });
    assert.equal(await table.getByRole('columnheader').count(), 9);
    assert.equal(await table.getByRole('rowheader').count(), 5);
    assert.equal(await table.locator('caption').textContent(), 'Nodes');
    await close();
  });

  it('makes every target at least 24 pixels', async () => {
    for (const width of [1280, 500]) {
      const { page, send, close } = await harness.open('haStatus', { width, savedState: allOpen });
      await send(modelMessage());
      const small = await page
        .locator('button:visible, select:visible, vscode-button:visible, [role=tab]:visible')
        .evaluateAll((elements) =>
          elements
            .map((element) => ({
              html: element.outerHTML.slice(0, 120),
              height: element.getBoundingClientRect().height,
            }))
            .filter(({ height }) => height < 24)
            .filter(({ html }) => !html.includes('data-column')),
        );
      assert.deepEqual(small, []);
      await close();
    }
  });

  it('keeps states readable without colour: every state has a word beside its sign', async () => {
    const { page, send, close } = await harness.open('haStatus', { savedState: allOpen });
    await send(modelMessage());
    const wordless = await page
      .locator('.state, td:has(> .codicon)')
      .evaluateAll(
        (elements) => elements.filter(({ textContent }) => (textContent ?? '').trim() === '').length,
      );
    assert.equal(wordless, 0);
    await close();
  });
});
