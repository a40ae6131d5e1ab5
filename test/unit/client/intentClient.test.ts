import assert from 'node:assert/strict';
import { ClientError } from '../../../src/client/clientError.ts';
import type { HttpClient, HttpReply, HttpRequest, StreamHandlers } from '../../../src/client/httpClient.ts';
import { createIntentClient, RefusedByServer } from '../../../src/client/intentClient.ts';

class FakeHttp implements HttpClient {
  readonly requests: HttpRequest[] = [];
  readonly streams: { path: string; headers: Readonly<Record<string, string>>; handlers: StreamHandlers }[] =
    [];
  reply: { status: number; body: unknown } = { status: 200, body: {} };

  async request(request: HttpRequest): Promise<HttpReply> {
    this.requests.push(request);
    const { status, body } = this.reply;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return { status, headers: {}, contentType: 'application/json', body: text };
  }

  stream(path: string, headers: Readonly<Record<string, string>>, handlers: StreamHandlers) {
    this.streams.push({ path, headers, handlers });
    return { dispose: () => undefined };
  }

  dispose(): void {}
}

describe('client of the write side', () => {
  let http: FakeHttp;
  let client: ReturnType<typeof createIntentClient>;
  beforeEach(() => {
    http = new FakeHttp();
    client = createIntentClient(() => Promise.resolve(http));
  });

  it('asks for a run by POST, bound to its plan, without waiting for its end', async () => {
    http.reply = { status: 202, body: { run_uuid: 'r 1', state: 'running' } };
    const run = await client.apply('lab', { runUuid: 'r 1', diffs: [], planHash: 'h' });
    assert.equal(run.state, 'running');
    const [sent] = http.requests;
    assert.deepEqual([sent?.method, sent?.path], ['POST', '/intent/apply']);
    assert.deepEqual(sent?.query, { cluster: 'lab', wait: 'false' });
    assert.deepEqual(JSON.parse(sent?.body ?? ''), { run_uuid: 'r 1', diffs: [], plan_hash: 'h' });
    await client.cancelRun('r 1/x');
    assert.equal(http.requests[1]?.path, '/intent/runs/r%201%2Fx/cancel');
  });

  it('reads replies leniently: what is missing is not told and permits nothing', async () => {
    http.reply = { status: 200, body: { actor: 'mira', permissions: ['view', 'of tomorrow'] } };
    const me = await client.me();
    assert.deepEqual(me.permissions, ['view']);
    assert.deepEqual([me.four_eyes, me.intent_available, me.writes_enabled], [false, false, null]);
  });

  it('tells a refusal with its reason and words', async () => {
    http.reply = { status: 409, body: { reason: 'target_mismatch', detail: 'Not that guest.' } };
    await assert.rejects(client.approveDeletion(1, { vmid: 1, node: 'a', kind: 'qemu' }), (error: Error) => {
      assert.ok(error instanceof RefusedByServer);
      assert.deepEqual(
        [error.status, error.reason, error.message],
        [409, 'target_mismatch', 'Not that guest.'],
      );
      return true;
    });
    http.reply = {
      status: 422,
      body: { detail: [{ loc: ['body', 'diffs', 0, 'op'], msg: 'unknown field' }] },
    };
    await assert.rejects(client.plan('lab', []), /diffs\.0\.op: unknown field/);
    http.reply = { status: 503, body: { message: 'The store cannot be used', detail: 'Look first.' } };
    await assert.rejects(client.settings(), /The store cannot be used\. Look first\./);
  });

  it('tells a wrong key and an unreadable reply as failures of the connection', async () => {
    for (const reply of [
      { status: 401, body: { detail: 'Invalid API key' } },
      { status: 200, body: 'no json' },
      { status: 502, body: '<html>' },
    ]) {
      http.reply = reply;
      await assert.rejects(client.me(), (error) => error instanceof ClientError);
    }
  });

  it('knows a run that is not there from a server that is not', async () => {
    http.reply = { status: 404, body: { reason: 'run_unknown', detail: 'no run' } };
    assert.equal(await client.run('r-1'), null);
    http.reply = { status: 500, body: '' };
    await assert.rejects(client.run('r-1'));
  });

  it('follows a run and goes on from the last event', async () => {
    const seen: string[] = [];
    const listeners = {
      onRun: ({ state }: { state: string }) => seen.push(`run ${state}`),
      onItem: ({ status }: { status: string }) => seen.push(`item ${status}`),
      onEnd: (error: unknown) => seen.push(error === null ? 'end' : 'broken'),
      onId: (id: string) => seen.push(id),
    };
    client.followRun('r-1', '', listeners);
    await Promise.resolve();
    const [stream] = http.streams;
    assert.deepEqual([stream?.path, stream?.headers], ['/intent/runs/r-1/events', {}]);
    const run = JSON.stringify({ run: { run_uuid: 'r-1', state: 'running' } });
    const item = JSON.stringify({ run_uuid: 'r-1', item: { index: 0, status: 'running' } });
    stream?.handlers.onText(`id: 1\nevent: plan_summary\ndata: ${run}\n\nid: 2\nevent: apply_progress\nda`);
    stream?.handlers.onText(`ta: ${item}\n\n`);
    stream?.handlers.onEnd(null);
    assert.deepEqual(seen, ['run running', '1', 'item running', '2', 'end']);
    client.followRun('r-1', '2', listeners);
    await Promise.resolve();
    assert.deepEqual(http.streams[1]?.headers, { 'last-event-id': '2' });
    http.streams[1]?.handlers.onText('id: 3\nevent: done\ndata: no json\n\n');
    assert.equal(seen.at(-1), 'broken');
  });
});
