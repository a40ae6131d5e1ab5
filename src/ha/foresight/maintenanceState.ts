import type { ClusterNode } from '../../contract/model/node.ts';
import type { HaResource } from '../../contract/model/placement.ts';
import { isIgnored } from './clusterPicture.ts';

/** States in which a resource needs its node: the local manager waits for these before it lets go (active services). */
const idleStates: ReadonlySet<string | null> = new Set(['stopped', 'freeze', 'error', 'request_start']);
const movingStates: ReadonlySet<string | null> = new Set(['migrate', 'relocate', 'request_start_balance']);

/** Whether a node in maintenance still has to get rid of a resource; `null` when its state was not told. */
export function keepsBusy(resource: HaResource): boolean | null {
  const { crmState, configured } = resource;
  if (configured === false || isIgnored(resource)) return false;
  return crmState === null ? null : !idleStates.has(crmState);
}

export function isUnderway({ crmState }: HaResource): boolean {
  return movingStates.has(crmState);
}

/** Whether somebody put a node in maintenance, by the manager's view or its local manager's; `null` when not told. */
export function isInMaintenance(node: Pick<ClusterNode, 'haState' | 'lrm'>): boolean | null {
  if (node.haState === 'maintenance' || node.lrm?.state === 'maintenance') return true;
  return node.haState === null && node.lrm === null ? null : false;
}
