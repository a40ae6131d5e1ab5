import assert from 'node:assert/strict';
import { type Service, startService } from './harness.ts';

describe('calls to Proxmox', () => {
  let service: Service;
  before(async () => {
    service = await startService({ simulator: { clusters: 2, nodes: 3, guests: 60, ha: 50 } });
  });
  after(() => service.stop());

  const callsPerCluster = (): number[] =>
    [...service.simulator.requests.values()].map((log) => log.counts.sinceReset);

  it('number at most five per cluster for a summary, whatever the number of resources', async () => {
    for (const log of service.simulator.requests.values()) log.reset();
    const { body } = await service.ask('/proxmox/cluster/ha/summary');
    assert.equal((body as { resources: unknown[] }).resources.length, 100);
    for (const [name, log] of service.simulator.requests) {
      assert.ok(log.counts.sinceReset <= 5, `${name}: ${JSON.stringify(log.counts.byPath)}`);
    }
  });

  it('are shared by requests that come together', async () => {
    for (const log of service.simulator.requests.values()) log.reset();
    await Promise.all(Array.from({ length: 10 }, () => service.ask('/proxmox/cluster/ha/summary')));
    // Ten summaries one after the other cost 40 calls; those that overlap share them.
    for (const calls of callsPerCluster()) assert.ok(calls <= 20, String(calls));
  });

  it('are not made while nobody asks', async () => {
    await service.ask('/proxmox/cluster/ha/summary');
    for (const log of service.simulator.requests.values()) log.reset();
    assert.equal((await service.ask('/health')).status, 200);
    assert.equal((await service.ask('/version')).status, 200);
    assert.deepEqual(callsPerCluster(), [0, 0]);
  });
});
