import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FleetEvent, type FleetEvents, fleetEventsSchema } from '../../src/contract/model/fleetEvent.ts';
import { brief } from '../unit/aggregator/history/harness.ts';
import { configFor, request, type Service, startService } from './harness.ts';

/** Looks again until it is so; the runner's deadline ends it when it never is. */
async function eventually<T>(look: () => Promise<T>, isMet: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await look();
    if (isMet(value)) return value;
    await sleep(50);
  }
}

describe('GET /fleet/events', function () {
  this.timeout(60_000);
  let folder: string;
  let service: Service;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'proxbox-timeline-'));
  });
  afterEach(async () => {
    await service.stop();
    rmSync(folder, { recursive: true });
  });

  const start = async (store: boolean): Promise<void> => {
    service = await startService({
      simulator: { clusters: ['prod'], speed: 15 },
      config: (clusters) =>
        configFor(clusters, {
          history: { readAlways: true },
          ...(store ? { store: { sqlite: path.join(folder, 'store.db') } } : {}),
        }),
    });
    await eventually(
      () => ask(''),
      ({ recorded }) => recorded.length === 1,
    );
  };
  const ask = async (query: string): Promise<FleetEvents> => {
    const reply = await service.ask(`/fleet/events${query}`);
    assert.equal(reply.status, 200, reply.text);
    return fleetEventsSchema.parse(reply.body);
  };
  const all = async (query = '?limit=1000'): Promise<FleetEvent[]> => (await ask(query)).events.reverse();
  const power = async (node: string, on: boolean): Promise<void> => {
    const { url, token } = service.simulator.admin;
    const reply = await fetch(`${url}/clusters/prod/nodes/${node}/power`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ on }),
    });
    assert.ok(reply.ok, await reply.text());
  };

  it('tells how a node dies, is fenced, and what becomes of its resources', async () => {
    await start(true);
    await power('px-05', false);
    const events = await eventually(all, (list) =>
      list.some(({ subject, to, node }) => subject === 'vm:1031' && to === 'started' && node !== 'px-05'),
    );
    const of = (subject: string): string[] =>
      events.filter((event) => event.subject === subject).map((event) => brief(event));
    assert.deepEqual(of('node:px-05').slice(0, 3), [
      'node node:px-05 online@px-05>offline@px-05',
      'fencing node:px-05 offline@px-05>fence@px-05',
      'fencing node:px-05 fence@px-05>offline@px-05',
    ]);
    const states = events.filter(({ subject }) => subject === 'vm:1031').map(({ to }) => to);
    assert.equal(states[0], 'fence', String(states));
    assert.equal(states.at(-1), 'started');
    assert.ok(events.every(({ to }) => to !== 'notQuorate' && to !== 'lost'));
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length);

    // The filters give parts of the same.
    const guest = await all('?cluster=prod&sid=vm:1031&limit=1000');
    assert.ok(guest.length > 2);
    assert.ok(guest.every(({ vmid }) => vmid === 1031));
    const fenced = await all('?kind=fencing,master');
    assert.ok(fenced.every(({ kind }) => kind === 'fencing' || kind === 'master'));
    const page = await ask('?limit=3');
    assert.equal(page.kept, 'store');
    assert.equal(page.notice, null);
    assert.notEqual(page.next, null);
    const rest = await ask(`?limit=1000&before=${page.next}`);
    assert.equal(page.events.length + rest.events.length, (await ask('?limit=1000')).events.length);

    const csv = await fetch(`${service.url}/fleet/events/export?format=csv&kind=fencing`, {
      headers: { 'x-proxbox-api-key': 'a-key-of-at-least-thirty-two-characters' },
    });
    const lines = (await csv.text()).trimEnd().split('\r\n');
    assert.match(String(csv.headers.get('content-disposition')), /timeline\.csv/);
    assert.match(lines[0] ?? '', /^time,notBefore,end,cluster,kind,subject/);
    assert.equal(lines.length - 1, (await ask('?kind=fencing')).events.length);
    const json = await service.ask('/fleet/events/export?format=json&kind=fencing');
    assert.deepEqual(json.body, (await ask('?kind=fencing')).events);
  });

  it('tells that reading was lost and regained, and nothing of the cluster, when Proxmox does not answer', async () => {
    await start(false);
    await service.fault('prod', { kind: 'refuse' });
    await eventually(all, (list) => list.some(({ to }) => to === 'lost'));
    await service.fault('prod', { kind: 'none' });
    await service.ask('/fleet/refresh', { method: 'POST' });
    await eventually(all, (list) => list.some(({ from }) => from === 'lost'));
    assert.deepEqual((await all()).filter(({ kind }) => kind !== 'task').map(brief), [
      'reading reading null>read',
      'reading reading read>lost',
      'reading reading lost>read',
    ]);
    const { kept, notice } = await ask('');
    assert.equal(kept, 'memory');
    assert.match(notice ?? '', /no store/);
  });

  it('refuses what it does not understand', async () => {
    await start(false);
    for (const query of ['?kind=weather', '?sid=105', '?before=x', '?limit=0', '?since=-1', '?colour=red'])
      assert.equal((await service.ask(`/fleet/events${query}`)).status, 422, query);
    assert.equal((await service.ask('/fleet/events?cluster=nowhere')).status, 404);
    assert.equal((await request(`${service.url}/fleet/events`, { key: null })).status, 401);
    assert.equal((await service.ask('/fleet/events/export?format=xml')).status, 422);
  });
});
