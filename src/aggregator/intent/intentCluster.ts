import type { PveDestroyer, PveParams } from '../../pve/pveClient.ts';

/** Reads and changes one cluster, over whichever of its endpoints answers. Rejects with `HttpFailure`. */
export interface ClusterApi {
  get(path: string): Promise<unknown>;
  write(method: 'POST' | 'PUT', path: string, params: PveParams): Promise<unknown>;
}

/** A cluster as the intent path sees it. */
export interface IntentCluster {
  /** Name in the configuration. */
  readonly key: string;
  /** Numbers of its endpoints (contract, endpoint selectors). */
  readonly endpointIds: readonly number[];
  readonly api: ClusterApi;
  /** Only handed on to the two modules that destroy. */
  readonly destroyer: PveDestroyer;
}

/** Path of a guest below `/nodes`. */
export function guestPath(node: string, kind: 'qemu' | 'lxc', vmid: number): string {
  return `/nodes/${encodeURIComponent(node)}/${kind}/${vmid}`;
}
