import assert from 'node:assert/strict';
import { proxmoxUrl } from '../../../src/console/proxmoxUrl.ts';
import { clusterSchema } from '../../../src/contract/model/cluster.ts';
import { buildCluster, buildFleet } from '../../support/fleetBuilders.ts';
import { openModel } from './support.ts';

/** What "Open in Proxmox" opens for a cluster whose server tells this address. */
function opened(url: string): string | null {
  const told = buildCluster('prod');
  const cluster = clusterSchema.parse({
    ...told,
    endpoints: told.endpoints.map((endpoint) => ({ ...endpoint, url })),
  });
  const { model } = openModel({ server: { ...buildFleet('prod'), clusters: [cluster] } });
  return proxmoxUrl(model, 'cluster:server.prod');
}

describe('the address of an object in Proxmox', () => {
  it('is that of the endpoint', () => {
    for (const url of [
      'https://10.0.0.11:8006',
      'https://[2001:db8::1]:8006',
      'http://pve1.example.net:8080',
    ])
      assert.equal(opened(url), `${url}/`);
  });

  it('is none where a server tells an address that no browser should open', () => {
    for (const url of [
      'vscode://evil.example/install',
      'command:workbench.action.quit',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'https://user:pw@pve1:8006',
      'https://pve1:8006/path?x',
      'https://pve1 :8006',
      `https://${'a'.repeat(400)}`,
      '',
    ])
      assert.equal(opened(url), null, url);
  });
});
