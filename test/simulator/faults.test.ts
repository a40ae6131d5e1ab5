import assert from 'node:assert/strict';
import type { FaultKind } from '../../src/simulator/faults/fault.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { type CallResult, call } from './support/call.ts';

describe('simulated faults over real sockets', () => {
  const clock = new FakeClock();
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator({ clock, calm: true, listenersPerCluster: 2, clusters: ['lab'] });
  });
  after(() => simulator.close());
  afterEach(() => fault('none'));

  async function fault(
    kind: FaultKind,
    more: { path?: string; delayMs?: number; endpoint?: number } = {},
  ): Promise<void> {
    simulator.faults.get('lab')?.set({ kind, ...more });
    await simulator.updateListeners();
  }

  function get(path = '/cluster/resources', endpoint = 0, signal?: AbortSignal): Promise<CallResult> {
    const [cluster] = simulator.clusters;
    return call(`${cluster?.endpoints[endpoint]?.url}/api2/json${path}`, {
      headers: { authorization: `PVEAPIToken=${cluster?.token}` },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  it('down: the connection is refused, and afterwards works on the same port', async () => {
    await fault('down');
    await assert.rejects(get(), { code: 'ECONNREFUSED' });
    await fault('none');
    assert.equal((await get()).status, 200);
  });

  it('refuse: the connection is accepted and reset', async () => {
    await fault('refuse');
    await assert.rejects(get(), (error: NodeJS.ErrnoException) => error.code !== 'ECONNREFUSED');
  });

  it('refuse for a path: only that path is reset', async () => {
    await fault('refuse', { path: '/cluster/ha' });
    await assert.rejects(get('/cluster/ha/resources'));
    assert.equal((await get('/cluster/status')).status, 200);
  });

  it('hang: nothing ever comes', async () => {
    await fault('hang');
    const abort = new AbortController();
    const pending = get('/version', 0, abort.signal);
    let settled = false;
    const watched = pending
      .catch(() => undefined)
      .then(() => {
        settled = true;
      });
    while (simulator.requests.get('lab')?.counts.byPath['GET /version'] === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await clock.advance(600_000);
    assert.equal(settled, false);
    abort.abort();
    await watched;
  });

  it('slow: the answer comes after the delay', async () => {
    await fault('slow', { delayMs: 7000, path: '/nodes' });
    const waiting = clock.pendingTimers;
    const pending = get('/nodes');
    while (clock.pendingTimers === waiting) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(7000);
    assert.equal((await pending).status, 200);
  });

  it('500 and 401: refused with the words of the real server', async () => {
    await fault('500');
    const failed = await get();
    assert.deepEqual([failed.status, failed.reason], [500, 'got timeout']);
    await fault('401');
    const refused = await get();
    assert.deepEqual([refused.status, refused.reason, refused.body], [401, 'authentication failure', '']);
  });

  it('brokenJson: complete answer, broken content', async () => {
    await fault('brokenJson');
    const result = await get();
    assert.equal(result.status, 200);
    assert.throws(() => result.json(), SyntaxError);
  });

  it('wrongTypes: the envelope is fine, the values are not', async () => {
    await fault('wrongTypes');
    const rows = (await get()).rows();
    assert.ok(Array.isArray(rows));
    assert.ok(
      rows.some((row) => typeof row === 'object' && row.vmid !== undefined && typeof row.vmid !== 'number'),
    );
    assert.ok(rows.some((row) => typeof row !== 'object'));
  });

  it('halfBody: the connection ends in the middle', async () => {
    await fault('halfBody');
    await assert.rejects(get());
  });

  it('html: a login page of something else', async () => {
    await fault('html');
    const result = await get();
    assert.equal(result.status, 200);
    assert.match(String(result.headers['content-type']), /^text\/html/);
  });

  it('a fault can hit one endpoint only', async () => {
    await fault('down', { endpoint: 0 });
    await assert.rejects(get('/version', 0), { code: 'ECONNREFUSED' });
    assert.equal((await get('/version', 1)).status, 200);
  });
});
