import { strict as assert } from 'node:assert';
import { networkInterfaces } from 'node:os';
import type { TestAccess } from '../../src/extension/extension.ts';
import { access, eventually, setConnections } from './support/access.ts';
import { connectSimulator, type Simulated, showSimulator } from './support/simulated.ts';

/** An address of this machine that is not loopback; a machine without a network has only other loopback ones. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.2';
}

describe('Proxmox nodes on an address other than loopback', () => {
  const host = ownAddress();
  let parts: TestAccess;
  let simulated: Simulated;

  before(async () => {
    parts = await access();
    simulated = await connectSimulator('far', { host });
  });
  after(async () => {
    await setConnections(undefined);
    await simulated.simulator.close();
  });
  const cluster = () => parts.services.model.cluster('cluster:far.lab');

  it('are read with their pinned certificate', async () => {
    assert.ok(simulated.simulator.clusters[0]?.url.startsWith(`https://${host}:`));
    await showSimulator(simulated);
    assert.equal(cluster()?.quorum.state, 'quorate');
  });

  it('are not read, and get no token, with another certificate than the pinned one', async () => {
    const [first] = simulated.setting.clusters;
    assert.ok(first);
    const endpoints = first.endpoints.map((endpoint) => ({
      ...endpoint,
      fingerprint: Array(32).fill('AB').join(':'),
    }));
    const before = simulated.simulator.requests.get('lab')?.counts.total;
    await setConnections([{ ...simulated.setting, clusters: [{ ...first, endpoints }] }]);
    await eventually(
      'the mismatch to be told',
      () => (cluster()?.freshness.error?.code === 'tlsFingerprintMismatch' ? true : undefined),
      () => cluster()?.freshness,
    );
    assert.ok((simulated.simulator.requests.get('lab')?.counts.total ?? 0) - (before ?? 0) <= 12);
    await eventually(
      'the status bar to show something other than good',
      () => (/^\$\((pass|info)\)/.test(parts.quorumItem.shown?.text ?? '') ? undefined : true),
      () => parts.quorumItem.shown?.text,
      2_000,
    );
  });
});
