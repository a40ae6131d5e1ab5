import type { DrainProgress } from '../../contract/model/maintenance.ts';
import type { HaResource } from '../../contract/model/placement.ts';
import type { ClusterPicture } from './clusterPicture.ts';
import { isInMaintenance, isUnderway, keepsBusy } from './maintenanceState.ts';
import { drain } from './settle.ts';

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
