import { strict as assert } from 'node:assert';
import { fromGuestPageSchema } from '../../src/contract/panels.ts';
import { loadSeries } from '../../webview/guest/loadSeries.ts';
import { guestMessage, guestModel, lostBanner } from './support/models.ts';
import { type ConsolePage, type OpenPageOptions, PageHarness } from './support/pageHarness.ts';

describe('guest page', () => {
  let harness: PageHarness;
  let shown: ConsolePage | undefined;

  before(async () => {
    harness = await PageHarness.start();
  });

  after(() => harness.stop());

  afterEach(async () => {
    if (shown === undefined) return;
    const troubles = await shown.troubles();
    const posted = await shown.posted();
    await shown.close();
    shown = undefined;
    assert.deepEqual(troubles, []);
    for (const message of posted) fromGuestPageSchema.parse(message);
  });

  async function openWith(message: unknown, options: OpenPageOptions = {}): Promise<ConsolePage> {
    shown = await harness.open('guest', options);
    await shown.send(message);
    return shown;
  }

  async function actions(opened: ConsolePage): Promise<unknown[]> {
    return (await opened.posted()).filter(({ type }) => type === 'action').map(({ action }) => action);
  }

  it('draws the HA box, the guest box, load, tasks and configuration', async () => {
    const { page } = await openWith(guestMessage());
    assert.equal(await page.locator('h1').textContent(), '105 db-01');
    assert.match((await page.locator('.pageHead').textContent()) ?? '', /VM on prod\/pve2/);
    assert.match((await page.locator('#ha').textContent()) ?? '', /State.*error.*Max relocate.*1/s);
    assert.equal(await page.locator('.chart canvas').count(), 2);
    assert.equal(await page.locator('.tasks tbody tr').count(), 3);
    await page.locator('#config .foldButton').click();
    assert.match((await page.locator('#config').textContent()) ?? '', /scsi0.*size=80G/s);
  });

  it('tells managed, not managed and unknown apart by word and by sign', async () => {
    const looks = new Set<string>();
    for (const [managed, sentence] of [
      ['yes', 'HA on prod manages this guest.'],
      ['no', 'This guest is not HA-managed: if pve2 dies, it stays stopped until somebody starts it.'],
      ['unknown', 'Whether HA manages this guest is unknown: prod does not answer.'],
    ] as const) {
      const opened = await openWith(
        guestMessage({ ha: { ...guestModel().ha, managed, sentence, facts: [] } }),
      );
      const { page } = opened;
      assert.match(
        (await page.locator('#ha .sentence').textContent()) ?? '',
        new RegExp(sentence.slice(0, 30)),
      );
      const badge = await page.locator('#ha .badge').textContent();
      const sign = await page.locator('#ha .sentence .codicon').getAttribute('class');
      looks.add(`${badge} ${sign}`);
      if (managed !== 'unknown') await opened.close();
    }
    assert.equal(looks.size, 3);
  });

  it('leads to the cluster page, to Proxmox and to what facts name', async () => {
    const opened = await openWith(guestMessage());
    await opened.page.getByText('HA status of the cluster').click();
    await opened.page.getByText('Open in Proxmox').click();
    await opened.page.locator('#ha .link', { hasText: 'pve2' }).click();
    assert.deepEqual(await actions(opened), [
      { kind: 'open', id: 'cluster:demo.prod' },
      { kind: 'openInProxmox', id: 'guest:demo.prod/105' },
      { kind: 'reveal', id: 'node:demo.prod/pve2' },
    ]);
  });

  it('asks for another timeframe', async () => {
    const opened = await openWith(guestMessage());
    await opened.page.getByLabel('Timeframe of the load').selectOption('week');
    assert.deepEqual((await opened.posted()).at(-1), { type: 'selectTimeframe', timeframe: 'week' });
  });

  it('hides charts from screen readers and offers the figures as a table, gaps as "no data"', async () => {
    const { page } = await openWith(guestMessage());
    assert.equal(await page.locator('.charts').getAttribute('aria-hidden'), 'true');
    await page.getByText('Show as table').click();
    const table = page.locator('.loadTable');
    assert.equal(await table.locator('tbody tr').count(), 60);
    assert.equal(await table.getByText('no data').count(), 16);
  });

  it('draws no line over time that nobody reported', async () => {
    const { page } = await openWith(guestMessage());
    await page.waitForTimeout(100);
    // The line's colour is found left and right of the gap and nowhere in the middle of it.
    const found = await page
      .locator('.chart canvas')
      .first()
      .evaluate((element) => {
        const canvas = element as HTMLCanvasElement;
        const picture = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
        const isBlueAt = (share: number): boolean => {
          const x = Math.round(44 + (canvas.width - 52) * share);
          for (let y = 0; y < canvas.height - 22; y += 1) {
            const at = (y * canvas.width + x) * 4;
            const [red = 0, , blue = 0, alpha = 0] = picture?.data.slice(at, at + 4) ?? [];
            if (alpha > 100 && blue > red + 60) return true;
          }
          return false;
        };
        return [isBlueAt(0.25), isBlueAt(0.53), isBlueAt(0.8)];
      });
    assert.deepEqual(found, [true, false, true]);
  });

  it('says why there are no figures', async () => {
    const { page } = await openWith(
      guestMessage({
        load: { timeframe: 'hour', points: [], notice: 'Proxmox keeps no figures for this guest.' },
        tasks: { rows: [], notice: 'prod: the token may not read tasks.' },
        config: { sections: [], notice: 'prod: the configuration could not be read.' },
      }),
    );
    assert.equal(await page.locator('.charts').isVisible(), false);
    const text = (await page.locator('main').textContent()) ?? '';
    for (const notice of [/keeps no figures/, /may not read tasks/, /could not be read/])
      assert.match(text, notice);
    assert.doesNotMatch(text, /No recent tasks/);
  });

  it('draws its charts anew in the colours of another theme', async () => {
    const opened = await openWith(guestMessage());
    const picture = () =>
      opened.page
        .locator('.chart canvas')
        .first()
        .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    await opened.page.waitForTimeout(100);
    const dark = await picture();
    await opened.setTheme('hcLight');
    await opened.page.waitForTimeout(100);
    assert.notEqual(await picture(), dark);
  });

  it('copies a task id and the configuration', async () => {
    const opened = await openWith(guestMessage());
    await opened.page.locator('.tasks .copy').first().focus();
    await opened.page.keyboard.press('Enter');
    await opened.page.locator('#config .foldButton').click();
    await opened.page.getByText('Copy as JSON').click();
    const [upid, config] = (await actions(opened)) as { text: string }[];
    assert.equal(upid?.text, 'UPID:pve2:0001:qmstart');
    assert.equal(JSON.parse(config?.text ?? '').System.cores, '4');
  });

  it('shows hostile texts as text and ignores messages it does not know', async () => {
    const evil = '"><img src=x onerror="globalThis.hacked = 1">';
    const { page, send } = await openWith(
      guestMessage({
        subtitle: evil,
        config: { sections: [{ title: evil, entries: [{ key: evil, value: evil }] }], notice: evil },
        header: { ...guestModel().header, title: evil, banners: [{ ...lostBanner, what: evil }] },
      }),
    );
    await page.locator('#config .foldButton').click();
    await send({ type: 'patch', nowMs: 1, tables: {} });
    await send({ type: 'model', nowMs: 1, model: { header: {} } });
    assert.equal(await page.locator('h1').textContent(), evil);
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.evaluate('globalThis.hacked'), undefined);
  });

  it('remembers which guest it shows and which sections are open, and no data', async () => {
    const opened = await openWith(guestMessage());
    await opened.page.locator('#config .foldButton').click();
    assert.deepEqual(await opened.savedState(), {
      about: 'guest:demo.prod/105',
      scrollTop: 0,
      open: { config: true },
      tables: {},
    });
  });
});

describe('load series', () => {
  const point = (timeS: number, cpuRatio: number | null = 0.5) => ({
    timeS,
    cpuRatio,
    memoryBytes: 1,
    maxMemoryBytes: 4,
  });

  it('puts a gap where points are missing', () => {
    const series = loadSeries([point(0), point(60), point(120), point(300), point(360)]);
    assert.deepEqual(series.timeS, [0, 60, 120, 180, 300, 360]);
    assert.deepEqual(series.cpu, [50, 50, 50, null, 50, 50]);
  });

  it('knows no memory share without the size of the memory', () => {
    const series = loadSeries([{ timeS: 0, cpuRatio: null, memoryBytes: 5, maxMemoryBytes: null }]);
    assert.deepEqual([series.cpu, series.memory], [[null], [null]]);
  });
});
