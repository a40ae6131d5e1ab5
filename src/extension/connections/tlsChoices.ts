import type { ConnectionSetting } from '../settings/connectionSettings.ts';
import { isEndpoint } from './endpointAddress.ts';

/**
 * A connection that no longer checks the certificate of one server: an aggregator's, or that of the node at `endpoint`
 * (`host:port`). `null` when it is not told which of several nodes is meant: the others must stay as strict as they are.
 */
export function withoutVerify(setting: ConnectionSetting, endpoint: string | null): ConnectionSetting | null {
  if (setting.kind === 'aggregator') return { ...setting, verifySsl: false };
  if (setting.kind !== 'proxmox') return null;
  const all = setting.clusters.flatMap(({ endpoints }) => endpoints);
  const meant = all.length === 1 ? all : all.filter((candidate) => isEndpoint(candidate, endpoint));
  if (meant.length === 0) return null;
  return {
    ...setting,
    clusters: setting.clusters.map((cluster) => ({
      ...cluster,
      endpoints: cluster.endpoints.map((candidate) =>
        meant.includes(candidate) ? { ...candidate, verifySsl: false } : candidate,
      ),
    })),
  };
}
