import type { DrainProgress } from '../../contract/model/maintenance.ts';
import type { ClusterPicture } from '../../ha/foresight/clusterPicture.ts';
import { drainProgress } from '../../ha/foresight/drainProgress.ts';
import { isInMaintenance } from '../../ha/foresight/maintenanceState.ts';

/** How far every drain of a cluster has got, by the name of its node. */
export function drainsOf(picture: ClusterPicture): ReadonlyMap<string, DrainProgress> {
  return new Map(
    picture.nodes
      .filter((node) => isInMaintenance(node) === true)
      .map(({ name }) => [name, drainProgress(picture, name)]),
  );
}
