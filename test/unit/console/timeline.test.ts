import assert from 'node:assert/strict';
import { ClientError, fleetError } from '../../../src/client/clientError.ts';
import type { EventsQuery } from '../../../src/client/timelineClient.ts';
import { changeText, eventRow, subjectText } from '../../../src/console/timeline/eventRows.ts';
import { feedSources } from '../../../src/console/timeline/feedSources.ts';
import { blindSpans, stripSegments, stripText } from '../../../src/console/timeline/strips.ts';
import { everyCluster, rangeMs, type TimelineChoice } from '../../../src/console/timeline/timelineChoice.ts';
import { TimelineFeed } from '../../../src/console/timeline/timelineFeed.ts';
import { timelinePageModel } from '../../../src/console/timeline/timelinePage.ts';
import { axisMarks } from '../../../src/console/timeline/timeText.ts';
import { type FleetEvent, fleetEventKinds } from '../../../src/contract/model/fleetEvent.ts';
import type { StripSegment, TimelinePageModel } from '../../../src/contract/timelinePanel.ts';
import { buildEvent, buildEvents, buildFleet, builtAtMs } from '../../support/fleetBuilders.ts';
import { type ModelBench, only, openModel } from './support.ts';

const minute = 60_000;
const ago = (minutes: number): number => builtAtMs - minutes * minute;

const choice: TimelineChoice = {
  cluster: 'cluster:demo.prod',
  guest: null,
  kinds: fleetEventKinds,
  range: 'hour',
};

/** What a page shows once its events are read. */
async function pageOf(bench: ModelBench, chosen: TimelineChoice = choice): Promise<TimelinePageModel> {
  const { model } = bench;
  const feed = new TimelineFeed(feedSources(model, chosen), () => builtAtMs - rangeMs[chosen.range]);
  await feed.refresh();
  return timelinePageModel({ model, choice: chosen, picture: feed.picture(), nowMs: builtAtMs });
}

function benchWith(events: readonly FleetEvent[], over: Parameters<typeof buildEvents>[1] = {}): ModelBench {
  const bench = openModel({ demo: buildFleet('prod') });
  only(bench).timeline = async () => buildEvents(events, over);
  return bench;
}

const brief = (segments: readonly StripSegment[]): string[] =>
  segments.map(
    ({ label, fromMs, toMs }) => `${label} ${(builtAtMs - fromMs) / minute}-${(builtAtMs - toMs) / minute}`,
  );

describe('words of events', () => {
  const word = (over: Partial<FleetEvent>): string => changeText(buildEvent(over));

  it('name both states in the words of the live screens', () => {
    assert.equal(word({}), 'online → lost');
    assert.equal(word({ kind: 'fencing', from: 'offline', to: 'fence' }), 'lost → being fenced');
    assert.equal(
      word({ kind: 'quorum', subject: 'quorum', from: 'quorate', to: 'notQuorate' }),
      'quorate → no quorum',
    );
    assert.equal(
      word({
        kind: 'service',
        subject: 'vm:101',
        from: 'fence',
        fromNode: 'pve3',
        to: 'started',
        node: 'pve1',
      }),
      'waiting for fence on pve3 → started on pve1',
    );
    assert.equal(
      word({
        kind: 'master',
        subject: 'master',
        from: 'active',
        fromNode: 'pve1',
        to: 'active',
        node: 'pve2',
      }),
      'master pve1 → master pve2',
    );
    assert.equal(
      word({ kind: 'guest', subject: 'guest:104', from: null, to: 'stopped', node: 'pve1' }),
      'new: stopped on pve1',
    );
    assert.equal(
      word({
        kind: 'service',
        subject: 'vm:101',
        to: 'removed',
        from: 'started',
        fromNode: 'pve1',
        node: null,
      }),
      'started on pve1 → not in HA',
    );
    assert.equal(
      word({ kind: 'arming', subject: 'arming', from: 'armed', to: 'disarmed' }),
      'armed → disarmed',
    );
  });

  it('never word what we did not see as a state of the cluster', () => {
    assert.equal(word({ kind: 'reading', subject: 'reading', from: 'read', to: 'lost' }), 'not readable');
    assert.equal(word({ kind: 'reading', subject: 'reading', from: null, to: 'read' }), 'the record begins');
    assert.equal(word({ from: 'online', to: 'unseen' }), 'online → not seen');
    assert.match(word({ from: 'online', to: 'xyz' }), /xyz/);
    assert.match(word({ kind: 'unknown', subject: 'weather', from: 'sun', to: 'rain' }), /rain/);
  });

  it('tell tasks by what they did and how they ended', () => {
    const task = { kind: 'task', subject: 'task:UPID', from: null, vmid: 101, detail: 'qmigrate' } as const;
    assert.equal(word({ ...task, to: 'OK', endMs: builtAtMs }), 'migrate: done');
    assert.equal(word({ ...task, to: null }), 'migrate: running');
    assert.equal(word({ ...task, to: null, endMs: builtAtMs }), 'migrate: outcome unknown');
    assert.match(word({ ...task, to: 'no such node', endMs: builtAtMs }), /failed: no such node/);
    assert.equal(
      subjectText(buildEvent({ ...task, to: null }), () => 'db'),
      'guest 101 db',
    );
  });

  it('say when a change may have been long before it was seen', () => {
    const row = eventRow(buildEvent({ atMs: builtAtMs, afterMs: ago(10) }), {
      id: 'x',
      clusterName: 'prod',
      nowMs: builtAtMs,
      nameOf: () => null,
      open: null,
    });
    assert.match(row.cells.details?.text ?? '', /not before .*\d\d:\d\d:\d\d/);
  });
});

describe('strips', () => {
  const window = { fromMs: ago(60), toMs: builtAtMs };
  const segments = (
    events: readonly FleetEvent[],
    over: Partial<Parameters<typeof stripSegments>[0]> = {},
  ): string[] =>
    brief(
      stripSegments({
        window,
        events,
        current: { kind: 'node', subject: 'node:pve3', state: 'online', node: 'pve3' },
        completeFromMs: 0,
        blind: [],
        ...over,
      }),
    );

  it('show what held before, between and after events', () => {
    assert.deepEqual(segments([]), ['online 60-0']);
    assert.deepEqual(
      segments([buildEvent({ atMs: ago(40) }), buildEvent({ atMs: ago(30), from: 'offline', to: 'online' })]),
      ['online 60-40', 'lost 40-30', 'online 30-0'],
    );
  });

  it('leave out times in which the subject did not exist', () => {
    assert.deepEqual(
      segments([
        buildEvent({ atMs: ago(40), from: null, to: 'online' }),
        buildEvent({ atMs: ago(10), from: 'online', to: 'removed' }),
      ]),
      ['online 40-10'],
    );
  });

  it('are unknown where nothing was read, recorded or told, and where a change has no sharp time', () => {
    assert.deepEqual(segments([], { current: null }), ['not told 60-0']);
    assert.deepEqual(segments([], { completeFromMs: ago(20) }), ['not recorded 60-20', 'online 20-0']);
    assert.deepEqual(segments([], { blind: [{ fromMs: ago(30), toMs: ago(20) }] }), [
      'online 60-30',
      'not known 30-20',
      'online 20-0',
    ]);
    assert.deepEqual(segments([buildEvent({ atMs: ago(20), afterMs: ago(30) })]), [
      'online 60-30',
      'changed, unknown when 30-20',
      'lost 20-0',
    ]);
  });

  it('take the times without sight from the events about our reading', () => {
    const reading = (minutes: number, from: string | null, to: string): FleetEvent =>
      buildEvent({ kind: 'reading', subject: 'reading', atMs: ago(minutes), afterMs: null, from, to });
    const spans = (...events: FleetEvent[]): number[][] =>
      blindSpans(events, window).map(({ fromMs, toMs }) => [
        (builtAtMs - fromMs) / minute,
        (builtAtMs - toMs) / minute,
      ]);
    assert.deepEqual(spans(reading(50, null, 'read')), []);
    assert.deepEqual(spans(reading(50, 'read', 'lost'), reading(40, 'lost', 'read')), [[50, 40]]);
    assert.deepEqual(spans(reading(40, 'lost', 'read'), reading(10, 'read', 'paused')), [
      [60, 40],
      [10, 0],
    ]);
  });

  it('can be heard', () => {
    const list = stripSegments({
      window,
      events: [buildEvent({ atMs: ago(40) }), buildEvent({ atMs: ago(30), from: 'offline', to: 'online' })],
      current: null,
      completeFromMs: 0,
      blind: [],
    });
    assert.match(
      stripText('pve3', list, builtAtMs),
      /^pve3: online until .*\d\d:\d\d:\d\d, lost until .*\d\d:\d\d:\d\d, then online$/,
    );
    assert.equal(stripText('pve3', [], builtAtMs), 'pve3: not there in this time');
  });

  it('have an axis with few round marks', () => {
    for (const range of Object.values(rangeMs)) {
      const marks = axisMarks(builtAtMs - range, builtAtMs);
      assert.ok(marks.length >= 3 && marks.length <= 9, `${range}: ${marks.length}`);
    }
  });
});

describe('the axis over a change of the clocks', () => {
  const before = process.env.TZ;
  afterEach(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });

  it('marks each day once', () => {
    process.env.TZ = 'Europe/Berlin';
    const marks = axisMarks(Date.UTC(2026, 2, 25, 12), Date.UTC(2026, 3, 1, 12));
    assert.deepEqual(
      marks.map(({ label }) => label),
      ['26 Mar', '27 Mar', '28 Mar', '29 Mar', '30 Mar', '31 Mar', '1 Apr'],
    );
  });
});

describe('timeline page', () => {
  it('has a strip for the cluster and each node, and for what had events', async () => {
    const bench = benchWith([
      buildEvent({ atMs: ago(30) }),
      buildEvent({
        kind: 'service',
        subject: 'vm:101',
        vmid: 101,
        name: 'db-01',
        atMs: ago(20),
        from: 'started',
        to: 'error',
      }),
    ]);
    const page = await pageOf(bench);
    assert.deepEqual(
      page.strips.map(({ label }) => label),
      ['quorum', 'HA manager', 'HA stack', 'pve1', 'pve2', 'pve3', 'vm:101 db-01'],
    );
    assert.deepEqual(brief(page.strips.find(({ label }) => label === 'pve3')?.segments ?? []), [
      'online 60-30',
      'lost 30-0',
    ]);
    assert.equal(page.table.rows.length, 2);
    assert.deepEqual(page.guests, [{ vmid: 101, label: '101 db-01' }]);
    assert.deepEqual(page.table.rows[0]?.open, { kind: 'open', id: 'cluster:demo.prod' });
    assert.deepEqual(page.table.rows[1]?.open, { kind: 'open', id: 'guest:demo.prod/101' });
  });

  it('knows nothing of guests on a lost node, nor of resources without quorum', async () => {
    const quorum = { kind: 'quorum', subject: 'quorum', node: null, fromNode: null } as const;
    const bench = benchWith([
      buildEvent({
        kind: 'guest',
        subject: 'guest:103',
        vmid: 103,
        atMs: ago(50),
        from: 'stopped',
        to: 'running',
      }),
      buildEvent({ atMs: ago(40) }),
      buildEvent({ atMs: ago(30), from: 'offline', to: 'online' }),
      buildEvent({ ...quorum, atMs: ago(20), from: 'quorate', to: 'notQuorate' }),
      buildEvent({ ...quorum, atMs: ago(10), from: 'notQuorate', to: 'quorate' }),
    ]);
    const page = await pageOf(bench);
    const of = (wanted: string): string[] =>
      brief(page.strips.find(({ label }) => label === wanted)?.segments ?? []);
    assert.deepEqual(of('guest 103 guest-103'), [
      'stopped on pve3 60-50',
      'running on pve3 50-40',
      'not known 40-30',
      'running on pve3 30-20',
      'not known 20-10',
      'running on pve3 10-0',
    ]);
    assert.deepEqual(of('HA stack'), ['armed 60-20', 'not known 20-10', 'armed 10-0']);
  });

  it('shows the kinds that are wanted and leaves the strips whole', async () => {
    const bench = benchWith([
      buildEvent({ atMs: ago(30) }),
      buildEvent({ kind: 'unknown', subject: 'weather', atMs: ago(5) }),
    ]);
    assert.equal((await pageOf(bench)).table.rows.length, 2, 'a kind of a newer server shows as well');
    const page = await pageOf(bench, { ...choice, kinds: ['task'] });
    assert.equal(page.table.rows.length, 0);
    assert.equal(page.strips.find(({ label }) => label === 'pve3')?.segments.length, 2);
  });

  it('asks for a guest and for what explains its fate', async () => {
    const bench = openModel({ demo: buildFleet('prod') });
    const asked: EventsQuery[] = [];
    only(bench).timeline = async (query) => {
      asked.push(query);
      return buildEvents([]);
    };
    const page = await pageOf(bench, { ...choice, guest: 101 });
    assert.deepEqual(
      asked.map(({ cluster, vmid, kinds }) => [cluster, vmid, kinds]),
      [
        ['prod', 101, undefined],
        ['prod', undefined, ['quorum', 'node', 'fencing', 'reading']],
      ],
    );
    assert.deepEqual(
      page.strips.map(({ label }) => label),
      ['quorum', 'vm:101 guest-101', 'guest 101 guest-101'],
    );
  });

  it('puts several servers together under their names', async () => {
    const bench = openModel({ a: buildFleet('prod'), b: buildFleet('lab') });
    const [a, b] = Object.values(bench.connections);
    assert.ok(a && b);
    a.timeline = async () => buildEvents([buildEvent({ atMs: ago(10) })]);
    b.timeline = async () =>
      buildEvents([buildEvent({ atMs: ago(20), cluster: 'lab' })], {
        recorded: [{ cluster: 'lab', sinceMs: 0 }],
      });
    const page = await pageOf(bench, { ...choice, cluster: everyCluster });
    assert.deepEqual(
      page.table.rows.map(({ cells }) => cells.cluster?.text),
      ['lab', 'prod'],
    );
    assert.deepEqual(
      page.strips.map(({ label }) => label),
      ['lab: quorum', 'lab: pve3', 'prod: quorum', 'prod: pve3'],
    );
  });

  it('keeps what was read when a later reading fails, and says so', async () => {
    const bench = benchWith([buildEvent({ atMs: ago(30) })]);
    const feed = new TimelineFeed(feedSources(bench.model, choice), () => ago(60));
    await feed.refresh();
    only(bench).timeline = () => Promise.reject(new ClientError(fleetError('timeout', 'no answer')));
    await feed.refresh();
    const page = timelinePageModel({
      model: bench.model,
      choice,
      picture: feed.picture(),
      nowMs: builtAtMs,
    });
    assert.equal(page.table.rows.length, 1);
    assert.match(page.header.banners[0]?.what ?? '', /demo: the timeline is not read/);
  });

  it('says of a server without a timeline that it has none, and shows nothing as known', async () => {
    const bench = openModel({ demo: buildFleet('prod') });
    only(bench).timeline = () => Promise.reject(new ClientError(fleetError('notOffered', 'Not Found')));
    const page = await pageOf(bench);
    assert.match(page.header.banners[0]?.what ?? '', /keeps no timeline/);
    for (const { segments } of page.strips) assert.ok(segments.every(({ tone }) => tone === 'unknown'));
  });

  it('tells what the server says about its record', async () => {
    const bench = benchWith([], { kept: 'memory', notice: 'This server has no store.' });
    assert.match((await pageOf(bench)).header.banners[0]?.what ?? '', /demo: This server has no store\./);
  });

  it('knows nothing of the time after the console lost its server', async () => {
    const bench = benchWith([]);
    const connection = only(bench);
    await bench.clock.advance(10 * minute);
    connection.setState({
      kind: 'waiting',
      error: fleetError('timeout', 'no answer'),
      retryAtMs: bench.clock.now() + 1_000,
    });
    await bench.clock.advance(10_000);
    const feed = new TimelineFeed(feedSources(bench.model, choice), () => ago(60));
    await feed.refresh();
    const page = timelinePageModel({
      model: bench.model,
      choice,
      picture: feed.picture(),
      nowMs: bench.clock.now(),
    });
    assert.equal(page.strips[0]?.segments.at(-1)?.tone, 'unknown');
  });
});

describe('reading events in pages', () => {
  const event = (index: number): FleetEvent => buildEvent({ id: `e${index}`, atMs: ago(60) + index * 1_000 });
  const all = Array.from({ length: 25 }, (_, index) => event(index)).reverse();

  function paged(bench: ModelBench): EventsQuery[] {
    const asked: EventsQuery[] = [];
    only(bench).timeline = async (query) => {
      asked.push(query);
      const from = query.before === undefined ? 0 : Number(query.before);
      const events = all.filter(({ atMs }) => atMs >= (query.sinceMs ?? 0)).slice(from, from + 10);
      return buildEvents(events, { next: from + 10 < all.length ? String(from + 10) : null });
    };
    return asked;
  }

  it('goes back on demand, to the end, without a gap or twice', async () => {
    const bench = openModel({ demo: buildFleet('prod') });
    const asked = paged(bench);
    const feed = new TimelineFeed(feedSources(bench.model, choice), () => ago(60));
    await feed.refresh();
    assert.equal(feed.picture().events.length, 10);
    assert.equal(feed.picture().hasMore, true);
    assert.equal(feed.picture().completeFromMs.get('demo'), event(15).atMs);
    await Promise.all([feed.more(), feed.more()]);
    assert.equal(feed.picture().events.length, 25);
    assert.equal(feed.picture().hasMore, false);
    assert.equal(feed.picture().completeFromMs.get('demo'), ago(60));
    assert.deepEqual(
      asked.map(({ before }) => before),
      [undefined, '10', '20'],
    );
    assert.deepEqual(
      feed.picture().events.map(({ event: { id } }) => id),
      [...all].reverse().map(({ id }) => id),
    );
  });

  it('reads the new ones again with a little overlap, and takes a task that ended in its place', async () => {
    const bench = openModel({ demo: buildFleet('prod') });
    const task = buildEvent({ kind: 'task', id: 't', subject: 'task:U', atMs: ago(5), to: null });
    only(bench).timeline = async () => buildEvents([task]);
    const feed = new TimelineFeed(feedSources(bench.model, choice), () => ago(60));
    await feed.refresh();
    let sinceMs = 0;
    only(bench).timeline = async (query) => {
      sinceMs = query.sinceMs ?? 0;
      return buildEvents([{ ...task, to: 'OK', endMs: builtAtMs }]);
    };
    await feed.refresh();
    assert.equal(sinceMs, ago(15));
    assert.deepEqual(
      feed.picture().events.map(({ event: { to } }) => to),
      ['OK'],
    );
  });
});
