import { strict as assert } from 'node:assert';
import { HaStatusPage } from '../../src/console/haStatusPage.ts';
import { fromHaStatusPageSchema } from '../../src/contract/panels.ts';
import { aCluster, aNode, aResource, aRule } from '../support/fleetBuilders.ts';
import { ModelHarness } from '../support/modelHarness.ts';
import {
  banner,
  haHeader,
  lostBanner,
  modelMessage,
  nowMs,
  patchMessage,
  resourceRow,
  resourceRows,
  state,
} from './support/models.ts';
import { type ConsolePage, type OpenPageOptions, PageHarness } from './support/pageHarness.ts';

const rows = '#resources tr.row';

describe('HA status page', () => {
  let harness: PageHarness;
  let shown: ConsolePage | undefined;

  before(async () => {
    harness = await PageHarness.start();
  });

  after(() => harness.stop());

  /** No test leaves a blocked style, a blocked script or an error behind, nor a message the host would refuse. */
  afterEach(async () => {
    if (shown === undefined) return;
    const troubles = await shown.troubles();
    const posted = await shown.posted();
    await shown.close();
    shown = undefined;
    assert.deepEqual(troubles, []);
    for (const message of posted) fromHaStatusPageSchema.parse(message);
  });

  async function open(options: OpenPageOptions = {}): Promise<ConsolePage> {
    shown = await harness.open('haStatus', options);
    return shown;
  }

  async function openWith(message: unknown, options: OpenPageOptions = {}): Promise<ConsolePage> {
    const opened = await open(options);
    await opened.send(message);
    return opened;
  }

  /** Ids of the resources in their drawn order. */
  function order({ page }: ConsolePage): Promise<string[]> {
    return page
      .locator(rows)
      .evaluateAll((elements) =>
        elements.map((element) => element.getAttribute('data-id')?.split(':').at(-1) ?? ''),
      );
  }

  async function actions(opened: ConsolePage): Promise<unknown[]> {
    return (await opened.posted()).filter(({ type }) => type === 'action').map(({ action }) => action);
  }

  function focusedId({ page }: ConsolePage): Promise<string | null> {
    return page.evaluate(
      () => document.activeElement?.closest('[data-id]')?.getAttribute('data-id')?.split(':').at(-1) ?? null,
    );
  }

  /** Puts the focus on the first row with the pointer out of the way. */
  async function enterRows({ page }: ConsolePage): Promise<void> {
    await page.mouse.move(0, 0);
    await page.locator(`${rows}[tabindex="0"]`).focus();
  }

  /** Small enough that every row is drawn and the Problems tab stays away. */
  const calm = (count: number) => Array.from({ length: count }, (_, index) => resourceRow(index));

  describe('drawing', () => {
    it('draws title, freshness, notices, cards and tables in the words of the host', async () => {
      const { page } = await openWith(modelMessage());
      assert.equal(await page.locator('h1').textContent(), 'HA status');
      assert.match((await page.locator('.freshness').textContent()) ?? '', /live/);
      assert.match((await page.locator('.banner').first().textContent()) ?? '', /pve4 does not answer.*42 s/);
      assert.deepEqual(await page.locator('.card h3').allTextContents(), [
        'Quorum',
        'Manager',
        'HA stack',
        'One node lost',
      ]);
      assert.match((await page.locator('[data-card=oneLost]').textContent()) ?? '', /pve3 strands 2/);
      assert.equal(await page.locator('#nodes tr.row').count(), 5);
      assert.match(
        (await page.locator('#nodes tr.row').first().textContent()) ?? '',
        /pve4.*lost 42 s.*unknown/,
      );
    });

    it('draws what the console itself makes of a fleet', async () => {
      const fleet = new ModelHarness({
        clusters: [aCluster()],
        nodes: [aNode('pve1'), aNode('pve2')],
        resources: [aResource(100), aResource(101, { state: 'error', crmState: 'error' })],
        rules: [aRule('keep-db')],
      });
      const host = new HaStatusPage(fleet.model, 'cluster:c0.prod');
      const { page } = await openWith({ type: 'model', nowMs: Date.now(), model: host.current() });
      assert.match((await page.locator('.cards').textContent()) ?? '', /quorate/);
      assert.equal(await page.locator('#nodes tr.row').count(), 2);
      assert.match((await page.locator('#resources').textContent()) ?? '', /101.*error/s);
    });

    it('waits for the first message without claiming anything', async () => {
      const { page } = await open();
      assert.match((await page.locator('main').textContent()) ?? '', /Waiting for data/);
    });

    it('says why a table is empty, in the words of the host', async () => {
      const { page } = await openWith(modelMessage({ resources: [] }));
      assert.match(
        (await page.locator('#resources').textContent()) ?? '',
        /No HA resources on prod\. If a node dies/,
      );
      await page.locator('#groups .foldButton').click();
      assert.match((await page.locator('#groups').textContent()) ?? '', /Groups were moved to rules/);
    });

    it('shows hostile texts as text', async () => {
      const evil = '<img src=x onerror="globalThis.hacked = 1"><script>globalThis.hacked = 1</script>';
      const opened = await openWith(
        modelMessage({
          resources: [
            resourceRow(0, 'error', {
              resource: { text: evil, hint: evil },
              state: { text: evil, icon: 'x" onload="', tone: 'fail' },
            }),
          ],
          header: { title: evil, banners: [{ ...lostBanner, id: evil, what: evil, why: evil }] },
        }),
      );
      const { page } = opened;
      assert.equal(await page.locator('h1').textContent(), evil);
      assert.ok((await page.locator(rows).first().textContent())?.includes(evil));
      assert.equal(await page.locator('img, #app script').count(), 0);
      assert.equal(await page.evaluate('globalThis.hacked'), undefined);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), false);
    });

    it('shows two notices, then how many more there are', async () => {
      const banners = [
        lostBanner,
        ...['a', 'b', 'c'].map((id) => banner(id, 'warn', 'warning', `Notice ${id}.`)),
      ];
      const { page } = await openWith(modelMessage({ header: { banners } }));
      assert.equal(await page.locator('.banner').count(), 2);
      await page.getByText('+2 more').click();
      assert.equal(await page.locator('.banner').count(), 4);
      assert.equal(await page.getByText('Show fewer notices').getAttribute('aria-expanded'), 'true');
    });

    it('gives every row what a native menu needs to know', async () => {
      const { page } = await openWith(modelMessage());
      const context = await page.locator(rows).first().getAttribute('data-vscode-context');
      assert.deepEqual(JSON.parse(context ?? ''), {
        webviewSection: 'row',
        rowId: 'ha:demo.prod/vm:105',
        rowKind: 'ha',
        preventDefaultContextMenuItems: true,
      });
    });

    it('moves values that have no room to the second line and never scrolls sideways', async () => {
      for (const width of [1280, 800, 500, 360]) {
        const { page } = await openWith(modelMessage(), { width });
        const row = page.locator(rows).first();
        assert.match((await row.textContent()) ?? '', /error.*pve1.*started.*yes/, `at ${width}`);
        assert.equal(await row.locator('.second').count(), width >= 1000 ? 0 : 1, `at ${width}`);
        assert.equal(
          await page.evaluate('document.documentElement.scrollWidth > innerWidth'),
          false,
          `at ${width}`,
        );
        if (width !== 360) await shown?.close();
      }
    });
  });

  describe('messages', () => {
    it('ignores messages it does not know and such that are not whole', async () => {
      const { page, send } = await openWith(modelMessage());
      for (const message of [
        'text',
        7,
        null,
        {},
        { type: 'unheard' },
        { type: 'toString' },
        { type: 'model' },
        { type: 'patch', nowMs: 'x' },
      ])
        await send(message);
      assert.equal(await page.locator('#nodes tr.row').count(), 5);
    });

    it('asks for another cluster and shows it without comparing', async () => {
      const opened = await openWith(modelMessage());
      await opened.page.locator('select.picker').selectOption('cluster:demo.lab');
      assert.deepEqual((await opened.posted()).at(-1), {
        type: 'selectCluster',
        clusterId: 'cluster:demo.lab',
      });
      await opened.send(modelMessage({ resources: calm(3), header: { selected: 'cluster:demo.lab' } }));
      assert.equal(await opened.page.locator('tr.gone, .changed').count(), 0);
      assert.equal(await opened.page.locator(rows).count(), 3);
    });

    it('names the state of each cluster in the picker and follows it', async () => {
      const { page, send } = await openWith(modelMessage());
      const clusters = haHeader().clusters.map((cluster) =>
        cluster.label === 'prod' ? { ...cluster, state: state('no quorum 2/5', 'fail', 'error') } : cluster,
      );
      await send(patchMessage([], [], { clusters }));
      assert.equal(
        await page
          .locator('select.picker')
          .evaluate((select) => (select as HTMLSelectElement).selectedOptions[0]?.text.trim()),
        'prod – no quorum 2/5',
      );
    });

    it('asks the host to open what is clicked, and a cell with an action of its own goes there', async () => {
      const opened = await openWith(modelMessage());
      await opened.page.locator(`${rows} td`).nth(3).click();
      await opened.page.locator(`${rows} [data-column=node]`).first().click();
      await opened.page.locator('.banner vscode-button').first().click();
      assert.deepEqual(await actions(opened), [
        { kind: 'open', id: 'guest:demo.prod/105' },
        { kind: 'reveal', id: 'node:demo.prod/pve1' },
        { kind: 'refresh' },
      ]);
    });

    it('copies the rows as Markdown and CSV with signs that would act made plain', async () => {
      const row = resourceRow(0, 'error', { comment: { text: '=1+1 | "x"' } });
      const opened = await openWith(modelMessage({ resources: [row] }));
      await opened.page.getByTitle('Copy as Markdown').click();
      await opened.page.getByTitle('Copy as CSV').click();
      const [markdown, csv] = (await actions(opened)) as { text: string }[];
      assert.match(markdown?.text ?? '', /\| Resource \| State \|.*\\=|\\\| "x" \|$/s);
      assert.match(csv?.text ?? '', /"'=1\+1 \| ""x"""$/);
    });
  });

  describe('live changes', () => {
    it('patches cells in place: the row element stays, the changed cell is marked for two seconds', async () => {
      const opened = await openWith(modelMessage({ resources: calm(5) }), { clockMs: nowMs });
      const { page } = opened;
      await page
        .locator(rows)
        .nth(2)
        .evaluate((element) => {
          (globalThis as { kept?: Element }).kept = element;
        });
      await opened.send(patchMessage([resourceRow(2, 'started', { wanted: { text: 'stopped' } })]));
      assert.equal(
        await page
          .locator(rows)
          .nth(2)
          .evaluate((element) => (globalThis as { kept?: Element }).kept === element),
        true,
      );
      assert.deepEqual(await page.locator('#resources .changed').allTextContents(), ['stopped']);
      await page.clock.runFor(2_500);
      assert.equal(await page.locator('.changed').count(), 0);
    });

    it('keeps gone rows struck through for ten seconds', async () => {
      const opened = await openWith(modelMessage({ resources: calm(5) }), { clockMs: nowMs });
      await opened.send(patchMessage([], ['ha:demo.prod/vm:102']));
      assert.match((await opened.page.locator('tr.gone').textContent()) ?? '', /vm:102.*gone/);
      await opened.page.clock.runFor(9_000);
      assert.equal(await opened.page.locator('tr.gone').count(), 1);
      await opened.page.clock.runFor(1_500);
      assert.deepEqual(await order(opened), ['100', '101', '103', '104']);
    });

    it('sorts at once while nobody is in the table', async () => {
      const opened = await openWith(modelMessage({ resources: calm(5) }));
      await opened.send(patchMessage([resourceRow(3, 'error')]));
      assert.deepEqual(await order(opened), ['103', '100', '101', '102', '104']);
    });

    for (const [how, enter] of [
      ['focus', enterRows],
      ['pointer', ({ page }: ConsolePage) => page.locator(rows).nth(1).hover()],
    ] as const) {
      it(`moves nothing while the ${how} is in the table, and offers to apply the order`, async () => {
        const opened = await openWith(modelMessage({ resources: calm(5) }));
        await enter(opened);
        await opened.send(patchMessage([resourceRow(3, 'error'), resourceRow(4, 'error'), resourceRow(9)]));
        assert.deepEqual(await order(opened), ['100', '101', '102', '103', '104', '109']);
        assert.match(
          (await opened.page.locator('.chip').textContent()) ?? '',
          /2 rows would move\s+Apply order/,
        );
        await opened.page.getByText('Apply order').click();
        assert.deepEqual(await order(opened), ['103', '104', '100', '101', '102', '109']);
        assert.equal(await opened.page.locator('.chip').count(), 0);
      });
    }

    it('applies the order by itself when pointer and focus have left', async () => {
      const opened = await openWith(modelMessage({ resources: calm(5) }));
      await opened.page.locator(rows).nth(1).hover();
      await opened.send(patchMessage([resourceRow(3, 'error')]));
      await opened.page.mouse.move(0, 0);
      assert.deepEqual((await order(opened))[0], '103');
    });

    it('keeps focus, scroll and caret over patches', async () => {
      const opened = await openWith(modelMessage({ resources: calm(400) }));
      const { page } = opened;
      await enterRows(opened);
      for (let step = 0; step < 3; step += 1) await page.keyboard.press('PageDown');
      const id = await focusedId(opened);
      const scrollTop = await page.locator('.virtual').evaluate(({ scrollTop }) => scrollTop);
      assert.ok(scrollTop > 500);
      await opened.send(patchMessage([resourceRow(300, 'error'), resourceRow(900, 'error')]));
      assert.equal(await focusedId(opened), id);
      assert.equal(await page.locator('.virtual').evaluate((element) => element.scrollTop), scrollTop);

      const input = page.locator('#resources vscode-text-field input');
      await input.click();
      await page.keyboard.type('git web');
      await page.keyboard.press('ArrowLeft');
      await opened.send(patchMessage([resourceRow(1, 'error')]));
      assert.deepEqual(
        await input.evaluate((element) => [
          (element as HTMLInputElement).value,
          (element as HTMLInputElement).selectionStart,
        ]),
        ['git web', 6],
      );
    });

    it('anchors the scroll to the first visible row when rows are put in above it', async () => {
      const opened = await openWith(modelMessage({ resources: calm(400) }));
      const firstVisible = () =>
        opened.page.locator('.virtual').evaluate((scroller) => {
          const top = scroller.getBoundingClientRect().top + 28;
          const visible = [...scroller.querySelectorAll('tr.row')].find(
            (row) => row.getBoundingClientRect().bottom > top + 1,
          );
          return [
            visible?.getAttribute('data-id'),
            Math.round((visible?.getBoundingClientRect().top ?? 0) - top),
          ];
        });
      await opened.page.locator('.virtual').evaluate((scroller) => scroller.scrollTo(0, 2_613));
      await opened.page.waitForTimeout(50);
      const before = await firstVisible();
      await opened.send(patchMessage([resourceRow(390, 'error'), resourceRow(391, 'error')]));
      await opened.page.waitForTimeout(50);
      assert.deepEqual(await firstVisible(), before);
    });

    it('puts every row back under the reader after a row with the focus is gone', async () => {
      const opened = await openWith(modelMessage({ resources: calm(5) }), { clockMs: nowMs });
      await enterRows(opened);
      await opened.page.keyboard.press('ArrowDown');
      await opened.send(patchMessage([], ['ha:demo.prod/vm:101']));
      await opened.page.clock.runFor(20_000);
      assert.equal(await focusedId(opened), '101');
      assert.equal(await opened.page.locator('tr.gone').count(), 1);
    });

    it('lets ages tick on the host clock, and only while they are on screen', async () => {
      const opened = await open({ clockMs: nowMs + 3_600_000 });
      await opened.send(modelMessage());
      const age = opened.page.locator('.banner .age').first();
      assert.equal(await age.textContent(), '42 s');
      await opened.page.waitForTimeout(50);
      await opened.page.clock.runFor(3_000);
      assert.equal(await age.textContent(), '45 s');
      await opened.page.clock.runFor(60_000);
      assert.equal(await age.textContent(), '1m 45s');
      assert.match((await opened.page.locator('#nodes tr.row').first().textContent()) ?? '', /lost 1m 45s/);
    });

    it('speaks failing notices at once and summaries at most every ten seconds', async () => {
      const opened = await openWith(modelMessage({ header: { banners: [], announcement: 'first' } }), {
        clockMs: nowMs,
      });
      const { page } = opened;
      assert.equal(await page.getByRole('status').textContent(), 'first');
      assert.equal(await page.getByRole('alert').textContent(), '');
      await opened.send(patchMessage([], [], { announcement: 'second', banners: [lostBanner] }));
      await opened.send(patchMessage([], [], { announcement: 'third', banners: [lostBanner] }));
      assert.equal(await page.getByRole('status').textContent(), 'first');
      assert.match((await page.getByRole('alert').textContent()) ?? '', /pve4 does not answer/);
      await page.clock.runFor(10_100);
      assert.equal(await page.getByRole('status').textContent(), 'third');
    });

    it('does not animate under reduced motion, but still marks what changed', async () => {
      const opened = await openWith(modelMessage({ resources: calm(3) }), { reducedMotion: true });
      await opened.send(patchMessage([resourceRow(1, 'started', { wanted: { text: 'stopped' } })]));
      const style = await opened.page.locator('.changed').evaluate((cell) => {
        const { animationName, boxShadow } = getComputedStyle(cell);
        return { animationName, isMarked: boxShadow !== 'none' };
      });
      assert.deepEqual(style, { animationName: 'none', isMarked: true });
    });
  });

  describe('arranging', () => {
    it('opens the Problems tab when it is not empty, and shows all on request', async () => {
      const opened = await openWith(modelMessage());
      const { page } = opened;
      assert.deepEqual(await order(opened), ['105', '108', '109']);
      assert.equal(await page.getByRole('tab', { selected: true }).textContent(), 'Problems3');
      await page.getByRole('tab', { name: /All/ }).click();
      assert.equal(await page.locator(rows).count(), 48);
      await opened.send(modelMessage());
      assert.equal(await page.locator(rows).count(), 48);
    });

    it('sorts by tone, then id; a header click sorts up, down and back', async () => {
      const opened = await openWith(modelMessage({ resources: resourceRows(12) }));
      await opened.page.getByRole('tab', { name: /All/ }).click();
      assert.deepEqual((await order(opened)).slice(0, 5), ['105', '108', '109', '111', '106']);
      const header = opened.page.locator('#resources [data-sort=moves]');
      await header.click();
      assert.equal(await opened.page.locator('#resources th[aria-sort=ascending]').textContent(), 'Moves');
      assert.deepEqual((await order(opened)).slice(0, 4), ['100', '104', '108', '101']);
      await header.click();
      assert.deepEqual((await order(opened)).slice(0, 3), ['103', '107', '111']);
      await header.click();
      assert.deepEqual((await order(opened)).slice(0, 3), ['105', '108', '109']);
    });

    it('filters by every word and says how many of how many', async () => {
      const opened = await openWith(modelMessage({ resources: calm(48) }));
      await opened.page.locator('#resources vscode-text-field input').fill('PVE3 web');
      assert.deepEqual(await order(opened), ['102', '112', '122', '132', '142']);
      assert.match((await opened.page.locator('#resources .tools').textContent()) ?? '', /5 of 48/);
      await opened.page.locator('#resources vscode-text-field input').fill('nowhere');
      assert.match(
        (await opened.page.locator('#resources').textContent()) ?? '',
        /Nothing matches 'nowhere'/,
      );
      await opened.page.getByText('Clear Filter').click();
      assert.equal(await opened.page.locator(rows).count(), 48);
    });

    it('groups rows and folds groups', async () => {
      const opened = await openWith(modelMessage({ resources: calm(10) }));
      const { page } = opened;
      await page.locator('#resources vscode-dropdown').click();
      await page.locator('#resources vscode-option', { hasText: 'Node' }).click();
      assert.deepEqual(await page.locator('.groupButton .name').allTextContents(), [
        'pve1',
        'pve2',
        'pve3',
        'pve4',
        'pve5',
      ]);
      assert.deepEqual((await order(opened)).slice(0, 3), ['100', '105', '101']);
      await page.locator('.groupButton').first().click();
      assert.equal(await page.locator('.groupButton').first().getAttribute('aria-expanded'), 'false');
      assert.deepEqual((await order(opened)).slice(0, 2), ['101', '106']);
    });

    it('restores how the reader arranged it and keeps no data', async () => {
      const first = await openWith(modelMessage());
      await first.page.locator('#resources vscode-text-field input').fill('pve2');
      await first.page.getByRole('tab', { name: /All/ }).click();
      await first.page.locator('#resources [data-sort=moves]').click();
      await first.page.locator('#nodes .foldButton').click();
      const saved = await first.savedState();
      assert.equal((saved as { about: string }).about, 'cluster:demo.prod');
      assert.ok(!JSON.stringify(saved).includes('vm:1'));
      await first.close();

      const second = await openWith(modelMessage(), { savedState: saved });
      assert.equal(await second.page.locator('#resources vscode-text-field input').inputValue(), 'pve2');
      assert.equal(await second.page.getByRole('tab', { selected: true }).textContent(), 'All48');
      assert.equal(await second.page.locator('#resources th[aria-sort=ascending]').textContent(), 'Moves');
      assert.equal(
        await second.page
          .locator('#nodes tr.row')
          .isVisible()
          .catch(() => false),
        false,
      );
    });

    it('takes a saved state that does not fit as none', async () => {
      for (const savedState of ['text', { tables: 7 }, { tables: { resources: { sort: 'x', filter: 5 } } }]) {
        const { page } = await openWith(modelMessage(), { savedState });
        assert.equal(await page.locator(rows).count(), 3);
        if (typeof savedState !== 'string' && savedState.tables !== 7) continue;
        await shown?.close();
      }
    });
  });

  describe('keyboard', () => {
    it('walks, opens, selects and copies rows', async () => {
      const opened = await openWith(modelMessage({ resources: calm(20) }));
      const { page } = opened;
      await enterRows(opened);
      const steps = [
        ['ArrowDown', '101'],
        ['ArrowDown', '102'],
        ['ArrowUp', '101'],
        ['End', '119'],
        ['Home', '100'],
        ['PageDown', '119'],
        ['PageUp', '100'],
      ] as const;
      for (const [key, id] of steps) {
        await page.keyboard.press(key);
        assert.equal(await focusedId(opened), id, key);
      }
      await page.keyboard.press('Enter');
      await page.keyboard.press('Control+c');
      await page.keyboard.press('Space');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Space');
      assert.equal(await page.locator('tr[aria-selected=true]').count(), 2);
      await page.keyboard.press('Control+c');
      const [opens, copied, both] = (await actions(opened)) as { kind: string; text?: string; id?: string }[];
      assert.deepEqual(opens, { kind: 'open', id: 'guest:demo.prod/100' });
      assert.match(copied?.text ?? '', /^vm:100 db-01 · State: started · Node: pve1 · Wanted: started/);
      assert.equal(both?.text?.split('\n').length, 2);
    });

    it('is one tab stop, and reaches headers and links by arrows', async () => {
      const opened = await openWith(modelMessage({ resources: calm(20) }));
      const { page } = opened;
      assert.equal(await page.locator('#resources table [tabindex="0"]').count(), 1);
      await enterRows(opened);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-column')), 'node');
      await page.keyboard.press('Enter');
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('ArrowLeft');
      assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'TR');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowRight');
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-sort')), 'state');
      await page.keyboard.press('ArrowDown');
      assert.equal(await focusedId(opened), '100');
      assert.deepEqual(await actions(opened), [{ kind: 'reveal', id: 'node:demo.prod/pve1' }]);
    });

    it('goes to the filter by slash and Ctrl+F; Esc clears it and returns', async () => {
      const opened = await openWith(modelMessage({ resources: calm(20) }));
      const { page } = opened;
      const input = page.locator('#resources vscode-text-field input');
      await enterRows(opened);
      await page.keyboard.press('ArrowDown');
      for (const key of ['/', 'Control+f']) {
        await page.keyboard.press(key);
        await page.keyboard.type('web');
        assert.equal(await input.inputValue(), 'web', key);
        await page.keyboard.press('Escape');
        await page.waitForFunction(
          () =>
            document.querySelector<HTMLElement & { value: string }>('#resources vscode-text-field')?.value ===
            '',
        );
        assert.equal(await input.inputValue(), '', key);
        assert.notEqual(await focusedId(opened), null, key);
      }
    });

    it('folds and unfolds groups by left and right', async () => {
      const savedState = {
        tables: {
          resources: {
            filter: '',
            sort: null,
            problemsOnly: null,
            groupBy: 'node',
            folded: [],
            anchor: null,
          },
        },
      };
      const opened = await openWith(modelMessage({ resources: calm(10) }), { savedState });
      const { page } = opened;
      await page.locator('#resources [tabindex="0"][data-fold]').focus();
      await page.keyboard.press('ArrowDown');
      assert.equal(await focusedId(opened), '100');
      await page.keyboard.press('ArrowLeft');
      assert.equal(await focusedId(opened), 'pve1');
      await page.keyboard.press('ArrowLeft');
      assert.deepEqual((await order(opened)).slice(0, 1), ['101']);
      assert.equal(await focusedId(opened), 'pve1');
      await page.keyboard.press('ArrowRight');
      assert.deepEqual((await order(opened)).slice(0, 1), ['100']);
    });

    it('skips to the first table', async () => {
      const { page } = await openWith(modelMessage());
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement?.closest('section')?.id), 'nodes');
    });
  });

  describe('ten thousand resources', () => {
    it('draws few nodes, as a grid that knows its size', async () => {
      const opened = await openWith(modelMessage({ resources: calm(10_000) }));
      await opened.page.locator(rows).nth(20).waitFor();
      const counts = await opened.page.evaluate(() => {
        const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
        let nodes = 0;
        while (walker.nextNode() !== null) nodes += 1;
        return { elements: document.querySelectorAll('*').length, nodes };
      });
      console.log(`      ${counts.elements} elements, ${counts.nodes} nodes with texts and markers`);
      assert.ok(counts.elements <= 2_000);
      const grid = opened.page.getByRole('grid');
      assert.equal(await grid.getAttribute('aria-rowcount'), '10001');
      await enterRows(opened);
      await opened.page.keyboard.press('End');
      assert.equal(await focusedId(opened), '10099');
      assert.equal(await opened.page.locator('tr[data-id$=":10099"]').getAttribute('aria-rowindex'), '10001');
      const isInside = await opened.page.locator('tr[data-id$=":10099"]').evaluate((row) => {
        const scroller = row.closest('.scroller')?.getBoundingClientRect();
        return row.getBoundingClientRect().bottom <= (scroller?.bottom ?? 0) + 1;
      });
      assert.equal(isInside, true);
    });

    it('keeps the focused row while it is scrolled far away', async () => {
      const opened = await openWith(modelMessage({ resources: calm(10_000) }));
      await enterRows(opened);
      await opened.page.locator('.virtual').evaluate((scroller) => scroller.scrollTo(0, 90_000));
      await opened.page.waitForTimeout(50);
      assert.equal(await focusedId(opened), '100');
      await opened.page.keyboard.press('ArrowDown');
      assert.equal(await focusedId(opened), '101');
    });

    it('measures the second lines of a narrow page, so that no two rows overlap', async () => {
      const opened = await openWith(modelMessage({ resources: calm(1_000) }), { width: 500 });
      await opened.page.locator('.virtual').evaluate((scroller) => scroller.scrollTo(0, 9_000));
      await opened.page.waitForTimeout(150);
      const overlaps = await opened.page.locator(rows).evaluateAll((elements) => {
        const boxes = elements
          .map((element) => element.getBoundingClientRect())
          .sort((a, b) => a.top - b.top);
        return boxes.filter((box, index) => index > 0 && box.top < (boxes[index - 1]?.bottom ?? 0) - 1)
          .length;
      });
      assert.equal(overlaps, 0);
    });
  });
});
