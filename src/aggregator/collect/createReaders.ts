import type { Clock } from '../../base/clock.ts';
import type { ClusterEndpoint } from '../../contract/model/cluster.ts';
import { HttpFailure } from '../../http/httpFailure.ts';
import { normalizeFingerprint, type TlsTrust } from '../../http/tlsConnect.ts';
import { PveClient, type PveEndpoint, type PveParams, sendDestroy } from '../../pve/pveClient.ts';
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
      const { tls, trust } = trustOf(endpoint, url);
      const origin = `${url.protocol}//${url.hostname}:${port}`;
      return {
        endpointId,
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port,
        url: origin,
        tls,
        reader: new LateEndpoint(`${url.hostname}:${port}`, () => {
          const { credential } = endpoint;
          const { callDeadlineMs: deadlineMs } = config;
          if (credential.kind === 'missing')
            throw new HttpFailure(
              'secretUnavailable',
              `${url.hostname}:${port}`,
              'no token is stored for this cluster',
            );
          return new PveClient({ origin, trust: trust(readCaFile), credential, clock, deadlineMs });
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

/**
 * Opens the client with the first call. What it needs may be missing, a file or a credential, which is the failure of this endpoint
 * alone and is tried again with the next call.
 */
class LateEndpoint implements PveEndpoint {
  readonly endpoint: string;
  readonly #open: () => PveEndpoint;
  #client: PveEndpoint | null = null;
  #disposed = false;

  constructor(endpoint: string, open: () => PveEndpoint) {
    this.endpoint = endpoint;
    this.#open = open;
  }

  get(path: string): Promise<unknown> {
    return this.#use((client) => client.get(path));
  }

  write(method: 'POST' | 'PUT', path: string, params: PveParams): Promise<unknown> {
    return this.#use((client) => client.write(method, path, params));
  }

  [sendDestroy](path: string): Promise<unknown> {
    return this.#use((client) => client[sendDestroy](path));
  }

  #use(call: (client: PveEndpoint) => Promise<unknown>): Promise<unknown> {
    if (this.#disposed) return Promise.reject(new HttpFailure('cancelled', this.endpoint, 'closed'));
    try {
      this.#client ??= this.#open();
    } catch (error) {
      if (error instanceof HttpFailure) return Promise.reject(error);
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
      return Promise.reject(
        new HttpFailure(
          'tlsUntrusted',
          this.endpoint,
          `the certificate cannot be checked: the CA file is not readable${code}`,
        ),
      );
    }
    return call(this.#client);
  }

  dispose(): void {
    this.#disposed = true;
    this.#client?.dispose();
  }
}

/** A pin wins over everything: it is the strictest choice. */
function trustOf(
  endpoint: ResolvedEndpoint,
  url: URL,
): {
  readonly tls: ClusterEndpoint['tls'];
  readonly trust: (readCaFile: (path: string) => string) => TlsTrust;
} {
  const { fingerprint, verifyTls, caFile } = endpoint;
  if (url.protocol === 'http:') return { tls: 'plain', trust: () => ({ mode: 'verified' }) };
  if (fingerprint !== null) {
    const pin = normalizeFingerprint(fingerprint);
    return { tls: 'pinned', trust: () => ({ mode: 'pinned', fingerprint: pin }) };
  }
  if (!verifyTls) return { tls: 'notVerified', trust: () => ({ mode: 'notVerified' }) };
  if (caFile !== null)
    return { tls: 'customCa', trust: (read) => ({ mode: 'customCa', caPem: read(caFile) }) };
  return { tls: 'verified', trust: () => ({ mode: 'verified' }) };
}

/** Proxmox listens on 8006 unless a port is written; a written default port (443, 80) vanishes from parsed URLs. */
function portOf(written: string, url: URL): number {
  const explicit = /^[a-z]+:\/\/(?:\[[^\]]*\]|[^/:]*):(\d+)/i.exec(written)?.[1];
  return explicit !== undefined ? Number(explicit) : url.port === '' ? 8006 : Number(url.port);
}
