import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createConfiguredKeys } from '../../../../src/aggregator/serve/access/apiKeys.ts';
import type { StreamLimits } from '../../../../src/aggregator/serve/stream/streamHub.ts';
import { Emitter } from '../../../../src/base/event.ts';
import { EventReader } from './eventReader.ts';
import { configuredKey, startTestServer, type TestServer, testKey } from './harness.ts';

describe('GET /fleet/stream', () => {
  const servers: TestServer[] = [];
  const readers: EventReader[] = [];

  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    for (const server of servers.splice(0)) {
      server.aggregator.app.server.closeAllConnections();
      await server.aggregator.dispose();
    }
  });

  async function listen(
    streamLimits: Partial<StreamLimits> = {},
    change: Parameters<typeof startTestServer>[1] = {},
  ): Promise<{
    server: TestServer;
    open: (headers?: Record<string, string>, key?: string) => Promise<EventReader>;
  }> {
    const server = startTestServer([], { streamLimits, ...change });
    servers.push(server);
    await server.aggregator.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.aggregator.app.server.address() as AddressInfo;
    return {
      server,
      async open(headers = {}, key = testKey) {
        const reader = await EventReader.open(`http://127.0.0.1:${port}`, key, headers);
        readers.push(reader);
        return reader;
      },
    };
  }

  /** Resolves when the server noticed that a client is gone. */
  async function untilWatchers(server: TestServer, count: number): Promise<void> {
    while (server.collector.watchers !== count) await new Promise((resolve) => setImmediate(resolve));
  }

  it('sends the last known snapshot at once, then each change, with ids', async () => {
    const { server, open } = await listen();
    const reader = await open();
    assert.equal(reader.status, 200);
    assert.match(reader.headers['content-type'] ?? '', /^text\/event-stream/);
    assert.equal(reader.headers['cache-control'], 'no-store');
    assert.equal(reader.headers['x-content-type-options'], 'nosniff');
    await reader.received(1);
    server.collector.change('guest:a/1');
    server.collector.change('guest:a/2');
    const events = await reader.received(3);
    assert.deepEqual(
      events.map(({ id, event }) => [id, event]),
      [
        ['run-1.0', 'snapshot'],
        ['run-1.1', 'delta'],
        ['run-1.2', 'delta'],
      ],
    );
    assert.deepEqual(events[2]?.data.removed, ['guest:a/2']);
    assert.equal(reader.retryMs, 2_000);
  });

  it('needs a key, and says so as JSON', async () => {
    const { open } = await listen();
    const reader = await open({}, 'wrong');
    assert.equal(reader.status, 401);
    await reader.ended;
    assert.match(reader.body, /^{"detail":"Invalid API key/);
  });

  it('keeps the collector polling while a stream is open and no longer', async () => {
    const { server, open } = await listen();
    const first = await open();
    const second = await open();
    await first.received(1);
    await second.received(1);
    assert.equal(server.collector.watchers, 2);
    first.close();
    await untilWatchers(server, 1);
    second.close();
    await untilWatchers(server, 0);
    assert.equal(server.clock.pendingTimers, 0);
  });

  it('sends heartbeats with position and time every ten seconds', async () => {
    const { server, open } = await listen();
    const reader = await open();
    await reader.received(1);
    await server.clock.advance(10_000);
    server.collector.change('x');
    await server.clock.advance(10_000);
    const events = await reader.received(4);
    assert.deepEqual(
      events.map(({ id, event }) => [id, event]),
      [
        ['run-1.0', 'snapshot'],
        ['run-1.0', 'heartbeat'],
        ['run-1.1', 'delta'],
        ['run-1.1', 'heartbeat'],
      ],
    );
    assert.deepEqual(events[3]?.data, {
      epoch: 'run-1',
      seq: 1,
      serverTimeMs: server.clock.now(),
      intervalMs: 10_000,
    });
  });

  it('resumes with the missed changes only, then tells the present time', async () => {
    const { server, open } = await listen();
    for (const id of ['1', '2', '3']) server.collector.change(id);
    const reader = await open({ 'last-event-id': 'run-1.1' });
    const events = await reader.received(3);
    assert.deepEqual(
      events.map(({ id, event }) => [id, event]),
      [
        ['run-1.2', 'delta'],
        ['run-1.3', 'delta'],
        ['run-1.3', 'heartbeat'],
      ],
    );
    assert.equal(server.collector.snapshots, 0);
    server.collector.change('4');
    assert.equal((await reader.received(4))[3]?.id, 'run-1.4');
  });

  it('resumes a client that missed nothing without sending the fleet again', async () => {
    const { server, open } = await listen();
    server.collector.change('1');
    const reader = await open({ 'last-event-id': 'run-1.1' });
    assert.deepEqual(
      (await reader.received(1)).map(({ id, event }) => [id, event]),
      [['run-1.1', 'heartbeat']],
    );
  });

  for (const [why, lastEventId] of [
    ['of another run', 'run-0.2'],
    ['from the future', 'run-1.9'],
    ['that fell out of the ring', 'run-1.0'],
    ['that is not an id', 'nonsense'],
  ] as const) {
    it(`starts over with a snapshot for a position ${why}`, async () => {
      const { server, open } = await listen({ maxCount: 2 });
      for (const id of ['1', '2', '3']) server.collector.change(id);
      const reader = await open({ 'last-event-id': lastEventId });
      const [first] = await reader.received(1);
      assert.deepEqual([first?.id, first?.event], ['run-1.3', 'snapshot']);
    });
  }

  it('serialises a snapshot once for clients that come together', async () => {
    const { server, open } = await listen();
    await (await open()).received(1);
    const before = server.collector.snapshots;
    await Promise.all([1, 2, 3, 4].map(async () => (await open()).received(1)));
    assert.equal(server.collector.snapshots, before);
  });

  it('catches a slow client up with a new snapshot, without queueing and without holding others up', async () => {
    const { server, open } = await listen({ maxCount: 3 });
    // Larger than the buffers of both sockets, so that the server cannot get rid of it.
    server.collector.padding = 'x'.repeat(16 * 1024 * 1024);
    const slow = await open();
    slow.pause();
    server.collector.padding = '';
    server.collector.change('0');
    const quick = await open();
    for (let i = 1; i <= 50; i += 1) server.collector.change(String(i));
    await quick.until(() => quick.events.at(-1)?.id === 'run-1.51');
    slow.resume();
    await slow.until(() => slow.events.at(-1)?.id === 'run-1.51');
    const kinds = slow.events.map(({ event }) => event);
    assert.deepEqual(kinds, ['snapshot', 'snapshot']);
    server.collector.change('last');
    await slow.until(() => slow.events.at(-1)?.id === 'run-1.52');
    assert.equal(slow.events.at(-1)?.event, 'delta');
  }).timeout(10_000);

  it('gives a slow client the changes it missed when they are still there', async () => {
    const { server, open } = await listen({ maxCount: 100 });
    server.collector.padding = 'x'.repeat(16 * 1024 * 1024);
    const slow = await open();
    slow.pause();
    for (let i = 1; i <= 5; i += 1) server.collector.change(String(i));
    slow.resume();
    await slow.until(() => slow.events.length >= 6);
    assert.deepEqual(
      slow.events.map(({ id }) => id),
      ['run-1.0', 'run-1.1', 'run-1.2', 'run-1.3', 'run-1.4', 'run-1.5'],
    );
  }).timeout(10_000);

  it('drops a client that takes nothing at all', async () => {
    const { server, open } = await listen({ stalledMs: 50 });
    server.collector.padding = 'x'.repeat(16 * 1024 * 1024);
    const stalled = await open();
    stalled.pause();
    await untilWatchers(server, 0);
  }).timeout(10_000);

  it('cuts the connection rather than leave it hanging when the picture cannot be made', async () => {
    const { server, open } = await listen();
    server.collector.snapshot = () => {
      throw new Error('defect');
    };
    // The cut may come before or after the client saw the headers.
    await open().then(
      (reader) => reader.ended,
      () => undefined,
    );
    await untilWatchers(server, 0);
  });

  it('refuses more streams than it can hold', async () => {
    const { open } = await listen({ maxStreams: 1 });
    await (await open()).received(1);
    const second = await open();
    assert.equal(second.status, 503);
    await second.ended;
    assert.match(second.body, /Too many open streams/);
  });

  it('ends the streams of a revoked key and leaves the others', async () => {
    const revoked = new Emitter<string>();
    const other = 'another-key-of-at-least-32-characters';
    const keys = createConfiguredKeys([configuredKey(testKey), configuredKey(other)]);
    const { server, open } = await listen({}, { keys: { ...keys, onDidRevoke: revoked.event } });
    const kept = await open();
    const ended = await open({}, other);
    await kept.received(1);
    await ended.received(1);
    revoked.fire('key-2');
    await ended.ended;
    await untilWatchers(server, 1);
    server.collector.change('x');
    await kept.received(2);
  });

  it('ends every stream and closes every socket when it is disposed', async () => {
    const { server, open } = await listen();
    const reader = await open();
    await reader.received(1);
    await server.aggregator.dispose();
    await reader.ended;
    assert.equal(server.collector.watchers, 0);
    assert.equal(server.aggregator.app.server.listening, false);
    assert.equal(server.clock.pendingTimers, 0);
  });
});
