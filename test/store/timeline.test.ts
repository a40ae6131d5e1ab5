import assert from 'node:assert/strict';
import type { LaneMove, SeenTask } from '../../src/aggregator/history/historyStore.ts';
import { buildLostNode, buildNode } from '../support/fleetBuilders.ts';
import { brief, fleetWith, RecordedFleet } from '../unit/aggregator/history/harness.ts';
import { describeOnEngines } from './support/engines.ts';

const baseMs = Date.UTC(2026, 0, 1);

function move(lane: string, state: string, atMs: number, over: Partial<LaneMove> = {}): LaneMove {
  return {
    lane,
    kind: 'node',
    state,
    node: null,
    atMs,
    afterMs: null,
    vmid: null,
    name: null,
    detail: null,
    isSilent: false,
    ...over,
  };
}

function task(number: number, over: Partial<SeenTask> = {}): SeenTask {
  return {
    upid: `UPID:pve1:0000000${number}:00000000:00000000:qmstart:10${number}:root@pam:`,
    type: 'qmstart',
    node: 'pve1',
    vmid: 100 + number,
    user: 'root@pam',
    startMs: baseMs + number,
    endMs: null,
    status: null,
    ...over,
  };
}

const withPve3 = (isThere: boolean) =>
  fleetWith({
    nodes: ['pve1', 'pve2']
      .map((name) => buildNode(name))
      .concat(isThere ? buildNode('pve3') : buildLostNode('pve3', 0)),
  });

describeOnEngines('timeline', (stores) => {
  it('keeps events and what they are compared with when it is opened again', async () => {
    const place = await stores.next();
    const first = await stores.open(place);
    const fleet = new RecordedFleet(first.history, stores.clock);
    await fleet.see(withPve3(true));
    await fleet.see(withPve3(false));
    await fleet.recorder.dispose();
    const told = await fleet.told();
    assert.deepEqual(told, ['node node:pve3 online@pve3>offline@pve3']);

    const second = await stores.open(place);
    const again = new RecordedFleet(second.history, stores.clock);
    await again.see(withPve3(false));
    assert.deepEqual(await again.told(), told);
    await again.see(withPve3(true));
    assert.deepEqual((await again.told()).slice(1), ['node node:pve3 offline@pve3>online@pve3']);
    assert.deepEqual(await second.history.recorded(), [{ cluster: 'prod', sinceMs: baseMs + 5_000 }]);
    await again.recorder.dispose();
  });

  it('writes what several aggregators see at the same time once', async () => {
    const place = await stores.next();
    const opened = [await stores.open(place), await stores.open(place), await stores.open(place)];
    const lanes = Array.from({ length: 40 }, (_, index) => `node:n${index}`);
    await Promise.all(
      opened.map(({ history }, index) =>
        history.apply(
          'prod',
          (index === 1 ? [...lanes].reverse() : lanes).map((lane) =>
            move(lane, 'online', baseMs, { isSilent: true }),
          ),
        ),
      ),
    );
    for (const state of ['offline', 'online', 'offline']) {
      const atMs = baseMs + 1_000;
      await Promise.all(
        opened.map(({ history }) =>
          history.apply(
            'prod',
            lanes.map((lane) => move(lane, state, atMs)),
          ),
        ),
      );
    }
    const { events } = await opened[0]!.history.page({}, null, 1_000);
    assert.equal(events.length, 3 * lanes.length);
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
  });

  it('lets an older sight give way, and tells who asks what is stored', async () => {
    const { history } = await stores.fresh();
    await history.apply('prod', [move('quorum', 'quorate', baseMs, { isSilent: true })]);
    await history.apply('prod', [
      move('quorum', 'notQuorate', baseMs + 10),
      move('quorum', 'quorate', baseMs + 20),
    ]);
    const [lane] = await history.apply('prod', [move('quorum', 'notQuorate', baseMs + 15)]);
    assert.deepEqual([lane?.state, lane?.atMs], ['quorate', baseMs + 20]);
    assert.deepEqual((await history.page({}, null, 10)).events.map(brief), [
      'node quorum notQuorate>quorate',
      'node quorum quorate>notQuorate',
    ]);
  });

  it('gives pages that neither repeat nor leave out, and filters them', async () => {
    const { history } = await stores.fresh();
    for (const cluster of ['lab', 'prod']) {
      await history.apply(
        cluster,
        Array.from({ length: 25 }, (_, index) =>
          // Five events a moment: a page may end in the middle of one.
          move(`vm:${100 + index}`, 'started', baseMs + Math.floor(index / 5), {
            kind: index % 2 === 0 ? 'service' : 'guest',
            vmid: 100 + index,
            node: index < 10 ? 'pve1' : 'pve2',
          }),
        ),
      );
    }
    const ids: string[] = [];
    for (let before = null as Awaited<ReturnType<typeof history.page>>['next']; ; ) {
      const page = await history.page({}, before, 7);
      ids.push(...page.events.map(({ id }) => id));
      before = page.next;
      if (before === null) break;
    }
    assert.equal(ids.length, 50);
    assert.equal(new Set(ids).size, 50);
    const count = async (filter: Parameters<typeof history.page>[0]): Promise<number> =>
      (await history.page(filter, null, 1_000)).events.length;
    assert.equal(await count({ cluster: 'lab' }), 25);
    assert.equal(await count({ cluster: 'lab', vmid: 103 }), 1);
    assert.equal(await count({ node: 'pve1' }), 20);
    assert.equal(await count({ kinds: ['guest', 'task'] }), 24);
    assert.equal(await count({ kinds: [] }), 50);
    assert.equal(await count({ sinceMs: baseMs + 1, untilMs: baseMs + 2 }), 20);
  });

  it('keeps a task once and adds its end', async () => {
    const { history } = await stores.fresh();
    await history.saveTasks('prod', [task(1), task(2)]);
    await history.saveTasks('prod', [task(1, { endMs: baseMs + 99, status: 'OK' }), task(2)]);
    await history.saveTasks('prod', [task(1)]);
    await history.saveTasks('prod', []);
    assert.deepEqual(
      (await history.page({ kinds: ['task'] }, null, 10)).events.map(({ vmid, endMs, to }) => [
        vmid,
        endMs,
        to,
      ]),
      [
        [102, null, null],
        [101, baseMs + 99, 'OK'],
      ],
    );
  });

  it('removes what is too old and what is too much, and says from when on it is complete', async () => {
    const { history } = await stores.fresh();
    await history.apply('prod', [
      move('began', 'read', baseMs, { isSilent: true }),
      ...Array.from({ length: 20 }, (_, index) =>
        move('node:pve1', index % 2 === 0 ? 'offline' : 'online', baseMs + index),
      ),
      move('node:pve2', 'removed', baseMs + 1),
    ]);
    await history.prune(baseMs + 5, 1_000);
    assert.equal((await history.page({}, null, 100)).events.length, 15);
    assert.deepEqual(await history.recorded(), [{ cluster: 'prod', sinceMs: baseMs + 5 }]);
    assert.deepEqual((await history.lanes('prod')).map(({ lane }) => lane).sort(), ['began', 'node:pve1']);
    await history.prune(baseMs, 4);
    const { events } = await history.page({}, null, 100);
    assert.deepEqual(
      events.map(({ atMs }) => atMs - baseMs),
      [19, 18, 17, 16],
    );
    assert.deepEqual(await history.recorded(), [{ cluster: 'prod', sinceMs: baseMs + 16 }]);
    // What was removed does not come back with the next list of tasks.
    await history.saveTasks('prod', [task(3, { startMs: baseMs + 3 })]);
    assert.equal((await history.page({}, null, 100)).events.length, 4);
  });

  it('begins the record of a large cluster at once', async () => {
    const { history } = await stores.fresh();
    const moves = Array.from({ length: 5_000 }, (_, index) =>
      move(`vm:${100 + index}`, 'started', baseMs, { isSilent: true }),
    );
    await history.apply('prod', moves);
    assert.equal((await history.lanes('prod')).length, 5_000);
    assert.equal((await history.page({}, null, 10)).events.length, 0);
  });
});
