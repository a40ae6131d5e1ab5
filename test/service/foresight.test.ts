import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { fleetSnapshotSchema } from '../../src/contract/model/fleet.ts';
import {
  type MaintenanceReadiness,
  maintenanceReadinessSchema,
} from '../../src/contract/model/maintenance.ts';
import type { PlacementExplanation } from '../../src/contract/model/placementExplanation.ts';
import type { WhatIf } from '../../src/contract/model/whatIf.ts';
import { type Service, serviceKey, startService } from './harness.ts';

/** Asks one of the routes that foresee something. */
async function foresee<Reply>(
  service: Service,
  path: string,
  body: unknown,
): Promise<{ status: number; body: Reply; text: string }> {
  const reply = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { 'x-proxbox-api-key': serviceKey },
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  return { status: reply.status, text, body: JSON.parse(text) as Reply };
}

/** Looks again until it is so, seldom enough for the rate limit; the runner's deadline ends it when it never is. */
async function eventually<T>(look: () => Promise<T>, isMet: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await look();
    if (isMet(value)) return value;
    await sleep(100);
  }
}

/** On a busy machine the first answers are of a cluster that is not read in full yet, and say so. */
async function startLab(speed: number): Promise<Service> {
  const service = await startService({ simulator: { clusters: ['lab'], speed } });
  await eventually(
    () => foresee<WhatIf>(service, '/fleet/what-if', { cluster: 'lab', nodes: ['pve1'] }),
    ({ status, body }) => status === 200 && body.unknowns.length === 0,
  );
  return service;
}

describe('foresight over HTTP', () => {
  let service: Service;
  before(async () => {
    service = await startLab(1);
  });
  after(() => service.stop());

  const post = <Reply>(path: string, body: unknown) => foresee<Reply>(service, path, body);
  const ask = (body: unknown) => post<WhatIf>('/fleet/what-if', body);

  it('foresees the loss of each node of a live cluster without changing anything', async () => {
    for (const node of ['pve1', 'pve2', 'pve3']) {
      const { status, body, text } = await ask({ cluster: 'lab', nodes: [node] });
      assert.equal(status, 200, text);
      assert.equal(body.quorum.holds, true, text);
      assert.ok(
        body.resources.every(({ fate }) => fate !== 'unknown'),
        text,
      );
      assert.ok(body.timeline.length > 1);
    }
    const dongle = (await ask({ cluster: 'lab', nodes: ['pve3'] })).body.resources.find(
      ({ sid }) => sid === 'vm:104',
    );
    assert.deepEqual([dongle?.fate, dongle?.why], ['stuck', 'Group dongle allows only pve3.']);
    assert.equal((await ask({ cluster: 'lab', nodes: ['pve1', 'pve2'] })).body.quorum.holds, false);
  });

  it('refuses clusters it does not have and requests it does not understand', async () => {
    assert.equal((await ask({ cluster: 'nowhere', nodes: ['pve1'] })).status, 404);
    assert.equal((await ask({ cluster: 'lab', nodes: [] })).status, 422);
    assert.equal((await ask({ cluster: 'lab', nodes: ['pve1'], apply: true })).status, 422);
    const { body } = await ask({ cluster: 'lab', nodes: ['pve9'] });
    assert.match(body.unknowns.join(), /no node pve9/);
    assert.equal(body.isExact, false);
  });

  it('tells whether a node of a live cluster may be taken out of service', async () => {
    const check = (body: unknown) => post<MaintenanceReadiness>('/fleet/maintenance-readiness', body);
    const { status, body, text } = await check({ cluster: 'lab', node: 'pve3' });
    assert.equal(status, 200, text);
    assert.deepEqual([body.answer, body.drain.state], ['blocked', 'inUse'], text);
    assert.match(body.reasons.join(' '), /vm:104 cannot leave\. Group dongle allows only pve3\./);
    assert.equal((await check({ cluster: 'nowhere', node: 'pve1' })).status, 404);
    assert.equal((await check({ cluster: 'lab', node: '' })).status, 422);
    assert.equal((await check({ cluster: 'lab', node: 'pve9' })).body.answer, 'unknown');
  });

  it('explains where a resource of a live cluster is', async () => {
    const explain = (body: unknown) => post<PlacementExplanation>('/fleet/placement', body);
    const { status, body, text } = await explain({ cluster: 'lab', sid: 'vm:104' });
    assert.equal(status, 200, text);
    assert.equal(
      body.answer,
      'vm:104 is on pve3 because group dongle allows no other node that can be used.',
    );
    assert.deepEqual([body.movement, body.best], ['stays', 'pve3'], text);
    assert.deepEqual(
      body.nodes.map(({ node, verdict }) => [node, verdict]),
      [
        ['pve1', 'excluded'],
        ['pve2', 'excluded'],
        ['pve3', 'candidate'],
      ],
      text,
    );
    assert.equal((await explain({ cluster: 'nowhere', sid: 'vm:1' })).status, 404);
    assert.equal((await explain({ cluster: 'lab' })).status, 422);
    assert.equal((await explain({ cluster: 'lab', sid: 'vm:999' })).body.movement, 'unknown');
  });
});

describe('a drain foreseen and done', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startLab(60);
  });
  afterEach(() => service.stop());

  const ready = async (node: string): Promise<MaintenanceReadiness> =>
    maintenanceReadinessSchema.parse(
      (await foresee(service, '/fleet/maintenance-readiness', { cluster: 'lab', node })).body,
    );
  const order = async (path: string, body: object): Promise<void> => {
    const { url, token } = service.simulator.admin;
    const reply = await fetch(`${url}/clusters/lab/nodes/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    assert.ok(reply.ok, await reply.text());
  };

  it('lands everything where it was foreseen, counts what moved, and knows a node that was switched off', async () => {
    const foreseen = await ready('pve2');
    assert.equal(foreseen.isExact, true, foreseen.unknowns.join());
    const moves = foreseen.resources.filter(({ fate }) => fate === 'moves');
    assert.ok(moves.length > 0);
    await order('pve2/maintenance', { enabled: true });
    const { drain } = await eventually(
      () => ready('pve2'),
      (told) => told.drain.state === 'drained' && told.drain.moved !== null,
    );
    assert.deepEqual([drain.left, drain.moved, drain.stuck], [0, moves.length, 0]);
    const fleet = fleetSnapshotSchema.parse((await service.ask('/fleet')).body);
    assert.deepEqual(
      fleet.resources
        .filter(({ maintenanceNode }) => maintenanceNode === 'pve2')
        .map(({ sid, node }) => [sid, node])
        .sort(),
      moves.map(({ sid, to }) => [sid, to]).sort(),
    );
    await order('pve2/power', { on: false });
    const off = await eventually(
      () => ready('pve2'),
      (told) => told.drain.state !== 'drained',
    );
    assert.deepEqual([off.drain.state, off.staying], ['poweredOff', []]);
  });
});
