import type { Cluster } from '../../contract/model/cluster.ts';
import type { FleetModel } from '../fleetModel.ts';

/**
 * Everything of a record that findings and the configuration document depend on, as text; `null` when the record is gone.
 * Load figures, times of reading and texts of rows change with every round and find nothing.
 */
export function relevantFields(model: FleetModel, id: string): string | null {
  const record = fieldsOf(model, id);
  return record === undefined ? null : JSON.stringify(record);
}

function fieldsOf(model: FleetModel, id: string): unknown {
  switch (id.slice(0, id.indexOf(':'))) {
    case 'node': {
      const node = model.node(id);
      return node && [node.name, node.online, node.haState];
    }
    case 'guest': {
      const guest = model.guest(id);
      return guest && [guest.kind, guest.name, guest.node, guest.status, guest.haManaged, guest.template];
    }
    case 'ha': {
      const resource = model.resource(id);
      return resource && { ...resource, rawStatus: null, crmState: null, stateSinceMs: null };
    }
    case 'cluster': {
      const cluster = model.cluster(id);
      return cluster && clusterFields(cluster);
    }
    default:
      return model.record(id);
  }
}

function clusterFields({ name, mode, quorum, fencing, sections, placementModel }: Cluster): unknown[] {
  return [
    name,
    mode,
    quorum.state,
    quorum.expectedVotes,
    quorum.device.state,
    fencing.state,
    fencing.sinceMs,
    placementModel,
    Object.entries(sections).map(([list, { state, droppedRows }]) => [list, state, droppedRows]),
  ];
}
