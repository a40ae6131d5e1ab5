import assert from 'node:assert/strict';
import type { MaintenanceReadiness } from '../../src/contract/model/maintenance.ts';
import type { PlacementExplanation } from '../../src/contract/model/placementExplanation.ts';
import type { WhatIf } from '../../src/contract/model/whatIf.ts';
import { type Service, serviceKey, startService } from './harness.ts';

describe('foresight over HTTP', () => {
  let service: Service;
  before(async () => {
    service = await startService({ simulator: { clusters: ['lab', 'prod'] } });
  });
  after(() => service.stop());

  const post = async <Reply>(
    path: string,
    body: unknown,
  ): Promise<{ status: number; body: Reply; text: string }> => {
    const reply = await fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { 'x-proxbox-api-key': serviceKey },
      body: JSON.stringify(body),
    });
    const text = await reply.text();
    return { status: reply.status, text, body: JSON.parse(text) as Reply };
  };
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
