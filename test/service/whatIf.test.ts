import assert from 'node:assert/strict';
import type { WhatIf } from '../../src/contract/model/whatIf.ts';
import { type Service, serviceKey, startService } from './harness.ts';

describe('POST /fleet/what-if', () => {
  let service: Service;
  before(async () => {
    service = await startService({ simulator: { clusters: ['lab', 'prod'] } });
  });
  after(() => service.stop());

  const ask = async (body: unknown): Promise<{ status: number; body: WhatIf; text: string }> => {
    const reply = await fetch(`${service.url}/fleet/what-if`, {
      method: 'POST',
      headers: { 'x-proxbox-api-key': serviceKey },
      body: JSON.stringify(body),
    });
    const text = await reply.text();
    return { status: reply.status, text, body: JSON.parse(text) as WhatIf };
  };

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
});
