import assert from 'node:assert/strict';
import type { FleetError } from '../../../../src/contract/model/fleetError.ts';
import type { HttpFailureCode } from '../../../../src/http/httpFailure.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { CollectedCluster, FakeProxmox, failure, type ListPath, readerOver } from './harness.ts';

/** Failures that may be of one list alone, as of a proxy rule or a defect behind it. */
const ofOneList: readonly HttpFailureCode[] = [
  'timeout',
  'connectionReset',
  'invalidJson',
  'htmlInsteadOfJson',
  'unauthorized',
  'redirected',
];
const ofTheAddress: readonly HttpFailureCode[] = [
  'connectionRefused',
  'hostNotFound',
  'unreachable',
  'tlsUntrusted',
  'tlsFingerprintMismatch',
];

async function turns(): Promise<void> {
  await new FakeClock().advance(0);
}

describe('a list that fails', () => {
  for (const code of ofOneList) {
    it(`with ${code} leaves the other lists of its cluster alone`, async () => {
      const proxmox = new FakeProxmox();
      const reader = readerOver([proxmox]);
      proxmox.lists['/cluster/ha/rules'] = failure(code);
      assert.equal((await reader.read('haRules')).state, 'failed');
      await turns();
      assert.equal(reader.standingFailure, null);
      assert.equal((await reader.read('haRules')).state, 'failed');
      await turns();
      assert.equal(reader.standingFailure, null);
      assert.equal((await reader.read('status')).state, 'read');
    });

    it(`with ${code} stands for the cluster when another one fails as well`, async () => {
      const proxmox = new FakeProxmox();
      const reader = readerOver([proxmox]);
      proxmox.dead = failure(code);
      await reader.read('haRules');
      await turns();
      assert.equal(reader.standingFailure?.code, code);
    });
  }

  for (const code of ofTheAddress) {
    it(`with ${code} stands for the cluster at once`, async () => {
      const proxmox = new FakeProxmox();
      const reader = readerOver([proxmox]);
      proxmox.dead = failure(code);
      await reader.read('haRules');
      assert.equal(reader.standingFailure?.code, code);
      assert.equal(proxmox.calls.length, 1);
    });
  }

  it('stands for nothing any more once a list was answered', async () => {
    const proxmox = new FakeProxmox();
    const reader = readerOver([proxmox]);
    proxmox.dead = failure('timeout');
    await Promise.all([reader.read('status'), reader.read('haStatus')]);
    assert.equal(reader.standingFailure?.code, 'timeout');
    proxmox.dead = null;
    await reader.read('haRules');
    assert.equal(reader.standingFailure, null);
  });

  it('with a refused credential stands for the cluster only when status or version is refused too', async () => {
    const proxmox = new FakeProxmox();
    const reader = readerOver([proxmox]);
    for (const path of ['/cluster/ha/rules', '/cluster/ha/groups'] as const satisfies ListPath[])
      proxmox.lists[path] = failure('unauthorized', 'no', 401);
    await Promise.all([reader.read('haRules'), reader.read('haGroups')]);
    await turns();
    assert.equal(reader.standingFailure, null);
    proxmox.lists['/version'] = failure('unauthorized', 'no', 401);
    await reader.read('haRules');
    await turns();
    assert.equal((reader.standingFailure as FleetError | null)?.code, 'unauthorized');
  });

  it('with a refused credential does not make its cluster one that is read rarely', async () => {
    const cluster = new CollectedCluster();
    cluster.lists['/cluster/resources'] = failure('unauthorized', 'no', 401);
    assert.equal((await cluster.round()).outcome, 'partial');
    cluster.proxmox.dead = failure('unauthorized', 'no', 401);
    assert.equal((await cluster.round()).outcome, 'refused');
  });

  it('is counted in the picture of the very round that failed, so that nobody sees an error beside no failure', async () => {
    const cluster = new CollectedCluster();
    assert.equal((await cluster.round()).outcome, 'good');
    cluster.proxmox.dead = failure('unauthorized', 'no', 401);
    for (const count of [1, 2]) {
      const { records } = await cluster.round();
      const { error, consecutiveFailures } = records.clusters[0]?.freshness ?? {};
      assert.deepEqual([error?.code, consecutiveFailures], ['unauthorized', count]);
      assert.equal(cluster.cluster.freshness.consecutiveFailures, count);
    }
    cluster.proxmox.dead = null;
    await cluster.round();
    assert.equal(cluster.cluster.freshness.consecutiveFailures, 0);
  });
});
