import assert from 'node:assert/strict';
import { feedSources } from '../../src/console/timeline/feedSources.ts';
import { rangeMs, type TimelineChoice } from '../../src/console/timeline/timelineChoice.ts';
import { TimelineFeed } from '../../src/console/timeline/timelineFeed.ts';
import { timelinePageModel } from '../../src/console/timeline/timelinePage.ts';
import { type FleetEvent, fleetEventKinds } from '../../src/contract/model/fleetEvent.ts';
import { buildEvent, buildEvents, buildFleet, builtAtMs } from '../support/fleetBuilders.ts';
import { only, openModel } from '../unit/console/support.ts';
import { assertLooksGood } from './support/looks.ts';
import { openPage, type PageHarness, type ThemeName, themes } from './support/pageHarness.ts';

const ago = (minutes: number): number => builtAtMs - minutes * 60_000;

const service = (vmid: number, minutes: number, from: string, to: string, node = 'pve3'): FleetEvent =>
  buildEvent({
    kind: 'service',
    subject: `vm:${vmid}`,
    vmid,
    name: `db-${vmid}`,
    atMs: ago(minutes),
    from,
    fromNode: 'pve3',
    to,
    node,
  });

/** A node dies, is fenced, its resource moves, and reading fails for a while. */
const story: readonly FleetEvent[] = [
  buildEvent({ atMs: ago(200) }),
  buildEvent({ kind: 'fencing', atMs: ago(190), from: 'offline', to: 'fence' }),
  service(101, 190, 'started', 'fence'),
  service(101, 180, 'fence', 'recovery'),
  service(101, 178, 'recovery', 'started', 'pve1'),
  buildEvent({ kind: 'fencing', atMs: ago(178), from: 'fence', to: 'offline' }),
  buildEvent({
    kind: 'reading',
    subject: 'reading',
    atMs: ago(120),
    afterMs: ago(122),
    from: 'read',
    to: 'lost',
    detail: 'timeout',
    node: null,
    fromNode: null,
  }),
  buildEvent({
    kind: 'reading',
    subject: 'reading',
    atMs: ago(90),
    from: 'lost',
    to: 'read',
    node: null,
    fromNode: null,
  }),
  buildEvent({ atMs: ago(60), from: 'offline', to: 'maintenance' }),
  service(102, 30, 'started', 'migrate'),
  buildEvent({
    kind: 'task',
    subject: 'task:UPID',
    vmid: 102,
    atMs: ago(30),
    from: null,
    to: 'OK',
    endMs: ago(28),
    detail: 'qmigrate',
    user: 'root@pam',
  }),
];

describe('timeline page in a browser', function () {
  this.timeout(60_000);
  let shown: PageHarness;

  before(async () => {
    shown = await openPage('timeline');
  });
  after(() => shown.close());
  beforeEach(async () => {
    await shown.page.setViewportSize({ width: 1280, height: 800 });
  });

  const choice: TimelineChoice = {
    cluster: 'cluster:demo.prod',
    guest: null,
    kinds: fleetEventKinds,
    range: 'sixHours',
  };
  const post = async (
    events: readonly FleetEvent[] = story,
    over: Partial<TimelineChoice> = {},
    next: string | null = null,
  ): Promise<void> => {
    const chosen = { ...choice, ...over };
    const bench = openModel({ demo: buildFleet('prod') });
    only(bench).timeline = async () => buildEvents(events, { next });
    const feed = new TimelineFeed(feedSources(bench.model, chosen), () => builtAtMs - rangeMs[chosen.range]);
    await feed.refresh();
    await shown.post({
      type: 'model',
      nowMs: builtAtMs,
      model: timelinePageModel({
        model: bench.model,
        choice: chosen,
        picture: feed.picture(),
        nowMs: builtAtMs,
      }),
    });
    bench.model.dispose();
  };
  const sentLast = async (): Promise<unknown> => (await shown.sent()).at(-1);

  it('shows events newest first, and every strip in words as well', async () => {
    await post();
    const rows = shown.page.locator('tbody tr');
    assert.equal(await rows.count(), story.length);
    const changes = await rows.locator('td:nth-of-type(2)').allInnerTexts();
    assert.equal(changes[1], 'started on pve3 → migrating from pve3');
    assert.equal(changes.at(-1), 'online → lost');
    const strips = shown.page.locator('svg[role=img]');
    const words = await strips.evaluateAll((list) => list.map((each) => each.getAttribute('aria-label')));
    const node = words.find((text) => text?.startsWith('pve3:'));
    assert.match(
      node ?? '',
      /online until .*, lost until .*, being fenced until .*, lost until .*, not known until .*, then maintenance$/,
    );
    const tones = await strips
      .nth(words.indexOf(node ?? ''))
      .locator('.bar')
      .evaluateAll((list) => list.map((each) => each.getAttribute('class')));
    assert.deepEqual(
      tones.map((text) => text?.replace('bar tone-', '')),
      ['calm', 'fail', 'fail', 'fail', 'unknown', 'fail', 'held'],
    );
    assert.deepEqual(shown.faults, []);
  });

  it('asks for another cluster, guest, time or kind, and for a file', async () => {
    await post();
    await shown.page.getByLabel('Time', { exact: true }).selectOption('week');
    assert.deepEqual(await sentLast(), { type: 'choose', range: 'week' });
    await shown.page.getByLabel('Guest', { exact: true }).selectOption('101');
    assert.deepEqual(await sentLast(), { type: 'choose', guest: 101 });
    await shown.page.getByRole('button', { name: 'vm:102 db-102' }).click();
    assert.deepEqual(await sentLast(), { type: 'choose', guest: 102 });
    await shown.page.getByLabel('Cluster', { exact: true }).selectOption('all');
    assert.deepEqual(await sentLast(), { type: 'choose', cluster: 'all', guest: null });
    await shown.page.getByLabel('Tasks').uncheck();
    const chosen = (await sentLast()) as { kinds: string[] };
    assert.deepEqual([...chosen.kinds].sort(), fleetEventKinds.filter((kind) => kind !== 'task').sort());
    await shown.page.getByText('Export…').click();
    assert.deepEqual(await sentLast(), { type: 'export' });
  });

  it('holds thousands of events with few rows in the page, and asks for older ones', async () => {
    const many = Array.from({ length: 5_000 }, (_, index) =>
      service(100 + (index % 500), index * 0.06, 'started', index % 2 === 0 ? 'error' : 'stopped'),
    ).map((event, index) => ({ ...event, id: `many${index}` }));
    await post(many, { range: 'day' }, '1.1');
    assert.ok((await shown.page.locator('tbody tr').count()) < 80);
    assert.match(await shown.page.locator('.table-head h2').innerText(), /5000/);
    assert.match(await shown.page.locator('#chart-notice').innerText(), /more subjects had events/);
    await shown.page.getByText('Read older events').click();
    assert.deepEqual(await sentLast(), { type: 'more' });
  });

  it('adds what is new without a new beginning', async () => {
    await post(story.slice(0, 5), { range: 'week' });
    await shown.page.locator('tbody tr').first().focus();
    await post(story, { range: 'week' });
    assert.equal(await shown.page.locator('tbody tr').count(), story.length);
    assert.equal(
      await shown.page.evaluate('document.activeElement.closest("tbody") !== null'),
      true,
      'the focus stays in the table',
    );
  });

  for (const theme of Object.keys(themes) as ThemeName[])
    it(`can be read in ${theme}, however narrow`, async () => {
      await post();
      await assertLooksGood(shown, 'timeline', theme);
    });
});
