import type { DrainProgress } from '../../contract/model/maintenance.ts';
import type { HaResource } from '../../contract/model/placement.ts';
import { type ClusterPicture, isIgnored } from './clusterPicture.ts';
import { drain } from './settle.ts';

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
export function isInMaintenance(node: ClusterPicture['nodes'][number]): boolean | null {
  if (node.haState === 'maintenance' || node.lrm?.state === 'maintenance') return true;
  return node.haState === null && node.lrm === null ? null : false;
}

/** Only the manager's own record tells where a resource came from; it is asked for while a node is in maintenance. */
function isManagerRead({ cluster: { sections } }: ClusterPicture): boolean {
  const { managerStatus, haStatus } = sections;
  return (
    managerStatus.state === 'read' &&
    managerStatus.readAtMs !== null &&
    managerStatus.readAtMs >= (haStatus.readAtMs ?? Number.POSITIVE_INFINITY)
  );
}

/** How far a node in maintenance has got. Numbers that were not told are `null`. */
export function drainProgress(picture: ClusterPicture, name: string): DrainProgress {
  const nothing = { left: null, underway: null, stuck: null, moved: null };
  const node = picture.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) return { state: 'unknown', ...nothing };
  const isMaintained = isInMaintenance(node);
  if (isMaintained !== true) return { state: isMaintained === false ? 'inUse' : 'unknown', ...nothing };
  const here = picture.resources.filter((resource) => resource.node === name);
  const isTold = picture.resources.every(
    (resource) => resource.node !== null && (resource.node !== name || keepsBusy(resource) !== null),
  );
  const left = here.filter((resource) => keepsBusy(resource) === true);
  const counts = {
    left: isTold ? left.length : null,
    underway: left.filter(isUnderway).length,
    stuck: node.online === true && left.length > 0 ? stuckOn(picture, name, left) : 0,
    moved: isManagerRead(picture)
      ? picture.resources.filter(
          ({ maintenanceNode, node: at }) => maintenanceNode === name && at !== null && at !== name,
        ).length
      : null,
  };
  if (node.online === null) return { state: 'unknown', ...counts };
  if (!node.online) return { state: left.length > 0 ? 'lost' : isTold ? 'poweredOff' : 'unknown', ...counts };
  return { state: left.length > 0 ? 'draining' : isTold ? 'drained' : 'unknown', ...counts };
}

function stuckOn(picture: ClusterPicture, name: string, left: readonly HaResource[]): number {
  const { round } = drain(picture, name);
  return left.filter((resource) => !isUnderway(resource) && round.records[resource.sid]?.node === name)
    .length;
}
