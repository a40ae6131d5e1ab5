import { type PveDestroyer, sendDestroy } from '../../../pve/pveClient.ts';
import { guestPath } from '../intentCluster.ts';

/**
 * Destroys a container with everything that refers to it (HA, replication, backup jobs). Answers with the task's UPID.
 * One of the two modules that may call destroy; called for approved deletion requests only.
 */
export function destroyLxc(destroyer: PveDestroyer, node: string, vmid: number): Promise<unknown> {
  return destroyer[sendDestroy](`${guestPath(node, 'lxc', vmid)}?purge=1`);
}
