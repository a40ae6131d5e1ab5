import type { ModelConnection } from '../../console/fleetModel.ts';
import type { ConnectionSetting } from '../settings/connectionSettings.ts';
import type { ConnectionRegistry } from './connectionRegistry.ts';

/** Open connections in the form the console shows them. */
export function modelConnections(registry: ConnectionRegistry): ModelConnection[] {
  return [...registry.active.values()].map(({ setting, connection }) => ({
    id: setting.id,
    name: setting.name,
    kind: setting.kind,
    security: securityOf(setting),
    connection,
  }));
}

/** How the server itself is reached; embedded ones listen on this machine only. */
function securityOf(setting: ConnectionSetting): ModelConnection['security'] {
  if (setting.kind !== 'aggregator') return 'local';
  if (!setting.useHttps) return isLoopback(setting.host) ? 'local' : 'plain';
  if (setting.fingerprint !== undefined) return 'pinned';
  return setting.verifySsl ? 'verified' : 'notVerified';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
