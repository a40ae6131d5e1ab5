import { HttpFailure } from '../../../http/httpFailure.ts';
import type { ClusterApi } from '../intentCluster.ts';

/**
 * Whether no guest of the cluster has this VMID. A guest that is not among the cluster's resources proves nothing: a row
 * that makes no sense is left out, and Proxmox leaves out what our token may not see. `/cluster/nextid` knows every guest,
 * whoever asks. Rejects with `HttpFailure` when it cannot be told.
 */
export async function isNumberFree(api: ClusterApi, vmid: number): Promise<boolean> {
  try {
    const free = await api.get(`/cluster/nextid?vmid=${vmid}`);
    if (String(free) === String(vmid)) return true;
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    if (error.code === 'httpError' && error.httpStatus === 400) return false;
    throw error;
  }
  throw new HttpFailure(
    'unexpectedShape',
    'the cluster',
    `whether the number ${vmid} is taken was answered in another form than expected`,
  );
}
