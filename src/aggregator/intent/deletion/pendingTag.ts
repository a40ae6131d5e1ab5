import { sendChange } from '../guest/sendChange.ts';
import { pendingTag, tagsIn } from '../guest/tags.ts';
import type { ClusterApi } from '../intentCluster.ts';
import { guestPath } from '../intentCluster.ts';
import { readGuestConfig } from '../probe/clusterProbe.ts';

/** How often a change by somebody else between our reading and our writing is tried again. */
const attempts = 3;

/**
 * Puts the mark on a guest or takes it off, leaving its other tags. The digest makes Proxmox refuse when somebody else
 * changed the guest meanwhile; then it is read again. Rejects with `HttpFailure`.
 *
 * @param announce called once before anything is written, which its rejection prevents
 */
export async function setPendingTag(
  api: ClusterApi,
  node: string,
  kind: 'qemu' | 'lxc',
  vmid: number,
  isOn: boolean,
  announce: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { values, digest } = await readGuestConfig(api, node, kind, vmid);
    const tags = tagsIn(values.tags ?? '');
    if (tags.includes(pendingTag) === isOn) return;
    const wanted = isOn ? [...tags, pendingTag] : tags.filter((tag) => tag !== pendingTag);
    if (attempt === 1) await announce();
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
