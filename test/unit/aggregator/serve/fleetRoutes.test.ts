import assert from 'node:assert/strict';
import { fleetSnapshotSchema } from '../../../../src/contract/model/fleet.ts';
import type { GuestDetail } from '../../../../src/contract/model/guestDetail.ts';
import { FakeReader } from './fakeCollector.ts';
import { startTestServer } from './harness.ts';

const detail: GuestDetail = {
  serverTimeMs: 1,
  cluster: 'lab',
  vmid: 100,
  guest: null,
  resource: null,
  haError: null,
  rules: [],
  config: null,
  configError: null,
  status: null,
  statusError: null,
  tasks: [],
  tasksError: null,
  load: [],
  loadTimeframe: 'day',
  loadError: null,
};

describe('routes for consoles', () => {
  it('makes the picture fresh enough, then gives it whole', async () => {
    const { ask, collector } = startTestServer([], { maxAgeMs: 3_000, fleetWaitMs: 700 });
    const reply = await ask('/fleet');
    assert.equal(reply.status, 200);
    assert.ok(fleetSnapshotSchema.safeParse(reply.body).success);
    assert.deepEqual(collector.calls, ['ensureFresh 3000 700']);
  });

  it('refreshes all clusters or one', async () => {
    const { ask, collector } = startTestServer([new FakeReader('lab'), new FakeReader('prod')]);
    assert.deepEqual((await ask('/fleet/refresh', { method: 'POST' })).body, { refreshed: ['lab', 'prod'] });
    const one = await ask('/fleet/refresh?cluster=prod', { method: 'POST' });
    assert.deepEqual(one.body, { refreshed: ['prod'] });
    assert.deepEqual(collector.calls, ['refresh all', 'refresh prod']);
  });

  it('gives the detail of a guest for the wanted timeframe', async () => {
    const { ask, collector } = startTestServer([new FakeReader('lab')]);
    collector.detail = detail;
    assert.deepEqual((await ask('/fleet/clusters/lab/guests/100?timeframe=day')).body, detail);
    await ask('/fleet/clusters/lab/guests/100');
    assert.deepEqual(collector.calls, ['guestDetail lab 100 day', 'guestDetail lab 100 hour']);
  });

  it('tells an unknown cluster in the envelope, not as an unknown route', async () => {
    const { ask } = startTestServer([new FakeReader('lab')]);
    for (const [url, method] of [
      ['/fleet/clusters/nope/guests/100', 'GET'],
      ['/fleet/refresh?cluster=nope', 'POST'],
    ] as const) {
      const reply = await ask(url, { method });
      assert.equal(reply.status, 404);
      assert.deepEqual(reply.body, {
        message: 'No cluster is configured under that name',
        detail: null,
        python_exception: null,
      });
    }
  });

  for (const [url, method, loc] of [
    ['/fleet?surprise=hunter2secret', 'GET', ['query', 'surprise']],
    ['/fleet/stream?key=hunter2secret', 'GET', ['query', 'key']],
    ['/fleet/refresh?clusters=hunter2secret', 'POST', ['query', 'clusters']],
    ['/fleet/clusters/lab/guests/1?timeframe=hunter2secret', 'GET', ['query', 'timeframe']],
    ['/fleet/clusters/lab/guests/hunter2secret', 'GET', ['path', 'vmid']],
    ['/version?hunter=hunter2secret', 'GET', ['query', 'hunter']],
  ] as const) {
    it(`refuses ${method} ${url.replace('hunter2secret', '…')} with the place and without the value`, async () => {
      const { ask } = startTestServer([new FakeReader('lab')]);
      const reply = await ask(url, { method });
      assert.equal(reply.status, 422);
      const findings = (reply.body as { detail: { loc: unknown }[] }).detail;
      assert.deepEqual(
        findings.map((finding) => finding.loc),
        [loc],
      );
      assert.ok(!reply.text.includes('hunter2secret'));
    });
  }
});
