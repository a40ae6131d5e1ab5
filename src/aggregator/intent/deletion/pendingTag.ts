import { sendChange } from '../guest/sendChange.ts';
import type { ClusterApi } from '../intentCluster.ts';
import { guestPath } from '../intentCluster.ts';
import { readGuestConfig } from '../probe/clusterProbe.ts';

/** Mark in Proxmox that a guest waits for a decision (safety model). */
export const pendingTag = 'proxbox-pending-deletion';

/** How often a change by somebody else between our reading and our writing is tried again. */
const attempts = 3;

/**
 * Puts the mark on a guest or takes it off, leaving its other tags. The digest makes Proxmox refuse when somebody else
 * changed the guest meanwhile; then it is read again. Rejects with `HttpFailure`.
 */
export async function setPendingTag(
  api: ClusterApi,
  node: string,
  kind: 'qemu' | 'lxc',
  vmid: number,
  isOn: boolean,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { values, digest } = await readGuestConfig(api, node, kind, vmid);
    const tags = (values.tags ?? '').split(/[;, ]+/).filter((tag) => tag !== '');
    if (tags.includes(pendingTag) === isOn) return;
    const wanted = isOn ? [...tags, pendingTag] : tags.filter((tag) => tag !== pendingTag);
    try {
      await sendChange(api, {
        method: 'PUT',
        path: `${guestPath(node, kind, vmid)}/config`,
        params: {
          ...(wanted.length === 0 ? {} : { tags: wanted.join(';') }),
          ...(digest === null ? {} : { digest }),
        },
        cleared: wanted.length === 0 ? ['tags'] : [],
      });
      return;
    } catch (error) {
      if (attempt >= attempts) throw error;
    }
  }
}
