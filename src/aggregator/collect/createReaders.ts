import type { Clock } from '../../base/clock.ts';
import type { ClusterEndpoint } from '../../contract/model/cluster.ts';
import { normalizeFingerprint, type TlsTrust } from '../../http/tlsConnect.ts';
import { PveClient } from '../../pve/pveClient.ts';
import type { ResolvedConfig, ResolvedEndpoint } from '../config.ts';
import { PveClusterReader } from './clusterReader.ts';
import { EndpointSet } from './endpointSet.ts';

/** One reader per configured cluster. Endpoints are numbered from 1 in the order of the configuration. */
export function createReaders(
  config: Pick<ResolvedConfig, 'clusters' | 'callDeadlineMs'>,
  readCaFile: (path: string) => string,
  clock: Clock,
): PveClusterReader[] {
  let endpointId = 0;
  return config.clusters.map((cluster) => {
    const slots = cluster.endpoints.map((endpoint) => {
      endpointId += 1;
      const url = new URL(endpoint.url);
      const port = portOf(endpoint.url, url);
      const caPem = endpoint.caFile === null ? null : readCaFile(endpoint.caFile);
      const { trust, tls } = trustOf(endpoint, url, caPem);
      const origin = `${url.protocol}//${url.hostname}:${port}`;
      return {
        endpointId,
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port,
        url: origin,
        tls,
        reader: new PveClient({
          origin,
          trust,
          credential: endpoint.credential,
          clock,
          deadlineMs: config.callDeadlineMs,
        }),
      };
    });
    return new PveClusterReader({
      key: cluster.name,
      addresses: slots.map(({ endpointId: id, host, port }) => ({ endpointId: id, host, port })),
      endpoints: new EndpointSet(slots, clock),
      clock,
    });
  });
}

/** A pin wins over everything: it is the strictest choice. */
function trustOf(
  endpoint: ResolvedEndpoint,
  url: URL,
  caPem: string | null,
): { readonly trust: TlsTrust; readonly tls: ClusterEndpoint['tls'] } {
  if (url.protocol === 'http:') return { trust: { mode: 'verified' }, tls: 'plain' };
  if (endpoint.fingerprint !== null)
    return {
      trust: { mode: 'pinned', fingerprint: normalizeFingerprint(endpoint.fingerprint) },
      tls: 'pinned',
    };
  if (!endpoint.verifyTls) return { trust: { mode: 'notVerified' }, tls: 'notVerified' };
  if (caPem !== null) return { trust: { mode: 'customCa', caPem }, tls: 'customCa' };
  return { trust: { mode: 'verified' }, tls: 'verified' };
}

/** Proxmox listens on 8006 unless a port is written; a written default port (443, 80) vanishes from parsed URLs. */
function portOf(written: string, url: URL): number {
  const explicit = /^[a-z]+:\/\/(?:\[[^\]]*\]|[^/:]*):(\d+)/i.exec(written)?.[1];
  return explicit !== undefined ? Number(explicit) : url.port === '' ? 8006 : Number(url.port);
}
