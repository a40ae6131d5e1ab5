import type { ModelConnection } from '../../console/fleetModel.ts';
import type { ConnectionSetting } from '../settings/connectionSettings.ts';
import type { ConnectionRegistry } from './connectionRegistry.ts';

/** Open connections in the form the console shows them. */
export function modelConnections(registry: ConnectionRegistry): ModelConnection[] {
  return [...registry.active.values()].map(({ setting, connection }) => ({
    id: setting.id,
    name: setting.name,
    kind: setting.kind,
    tls: tlsOf(setting),
    connection,
  }));
}

/** How the way to the server is secured; embedded ones listen on this machine only, so there is none to secure. */
function tlsOf(setting: ConnectionSetting): ModelConnection['tls'] {
  if (setting.kind !== 'aggregator') return null;
  if (!setting.useHttps) return isLoopback(setting.host) ? null : 'plain';
  if (setting.fingerprint !== undefined) return 'pinned';
  if (!setting.verifySsl) return 'notVerified';
  return setting.caFile === undefined ? 'verified' : 'customCa';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
