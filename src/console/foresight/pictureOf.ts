import type { ClusterPicture } from '../../ha/foresight/clusterPicture.ts';
import type { FleetModel } from '../fleetModel.ts';

/** Everything told about a cluster; `null` when the console does not know it. */
export function pictureOf(model: FleetModel, clusterId: string): ClusterPicture | null {
  const entry = model.clusterEntry(clusterId);
  if (entry === undefined) return null;
  const { store } = entry.connection.connection;
  const { key } = entry.record;
  const own = <Row extends { readonly cluster: string }>(rows: Iterable<Row>): Row[] =>
    [...rows].filter((row) => row.cluster === key);
  return {
    cluster: entry.record,
    nodes: own(store.list('nodes').values()),
    groups: own(store.list('groups').values()),
    rules: own(store.list('rules').values()),
    resources: own(store.list('resources').values()),
    guests: own(store.list('guests').values()),
  };
}
