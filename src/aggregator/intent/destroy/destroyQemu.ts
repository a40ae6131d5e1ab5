import { type PveDestroyer, sendDestroy } from '../../../pve/pveClient.ts';
import { guestPath } from '../intentCluster.ts';

/**
 * Destroys a virtual machine with everything that refers to it (HA, replication, backup jobs). Answers with the task's
 * UPID. One of the two modules that may call destroy; called for approved deletion requests only.
 */
export function destroyQemu(destroyer: PveDestroyer, node: string, vmid: number): Promise<unknown> {
  return destroyer[sendDestroy](`${guestPath(node, 'qemu', vmid)}?purge=1`);
}
