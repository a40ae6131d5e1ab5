import type { Cluster } from '../../contract/model/cluster.ts';
import type { FleetRecord } from '../../contract/model/fleet.ts';
import type { FleetModel } from '../fleetModel.ts';

/**
 * Everything of a record that findings and the configuration document depend on, as text; `null` when the record is gone.
 * Load figures, times of reading and texts of rows change with every round and find nothing.
 */
export function relevantFields(model: FleetModel, id: string): string | null {
  const node = model.node(id);
  if (node !== undefined) return JSON.stringify([node.name, node.online, node.haState]);
  const guest = model.guest(id);
  if (guest !== undefined)
    return JSON.stringify([
      guest.kind,
      guest.name,
      guest.node,
      guest.status,
      guest.haManaged,
      guest.template,
    ]);
  const resource = model.resource(id);
  if (resource !== undefined)
    return JSON.stringify({ ...resource, rawStatus: null, crmState: null, stateSinceMs: null });
  const cluster = model.cluster(id);
  if (cluster !== undefined) return clusterFields(cluster);
  const record: FleetRecord | undefined = model.record(id);
  return record === undefined ? null : JSON.stringify(record);
}

function clusterFields({ name, mode, quorum, fencing, sections, placementModel }: Cluster): string {
  return JSON.stringify([
    name,
    mode,
    quorum.state,
    quorum.expectedVotes,
    quorum.device.state,
    fencing.state,
    fencing.sinceMs,
    placementModel,
    Object.entries(sections).map(([list, { state, droppedRows }]) => [list, state, droppedRows]),
  ]);
}
