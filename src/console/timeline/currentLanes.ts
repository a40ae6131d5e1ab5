import type { Guest } from '../../contract/model/guest.ts';
import type { ClusterNode } from '../../contract/model/node.ts';
import type { HaResource } from '../../contract/model/placement.ts';
import type { ClusterEntry, FleetModel } from '../fleetModel.ts';
import type { LaneState } from './laneStates.ts';

/** What the live picture says of a subject; `null` where it cannot be judged now. */
export function currentLane(model: FleetModel, entry: ClusterEntry, subject: string): LaneState | null {
  const reason = model.lastKnown(entry.id);
  const { quorum, master, fencing } = entry.record;
  if (reason === 'stale' || reason === 'neverRead') return null;
  if (subject === 'quorum') return told({ kind: 'quorum', subject, state: quorum.state, node: null });
  if (reason !== null) return null;
  if (subject === 'quorumDevice')
    return told({ kind: 'quorum', subject, state: quorum.device.state, node: null });
  if (subject === 'master') return told({ kind: 'master', subject, state: master.state, node: master.node });
  if (subject === 'arming')
    return fencing.state === 'notOffered'
      ? null
      : told({ kind: 'arming', subject, state: fencing.state, node: null });
  if (subject.startsWith('node:')) {
    const node = model.node(model.nodeId(entry.id, subject.slice('node:'.length)));
    return node === undefined ? null : nodeLane(subject, node);
  }
  if (subject.startsWith('guest:')) {
    const guest = model.guest(model.guestId(entry.id, Number(subject.slice('guest:'.length))));
    return guest === undefined ? null : guestLane(subject, guest);
  }
  const resource = model.resource(model.resourceId(entry.id, subject));
  return resource === undefined ? null : serviceLane(subject, resource);
}

function told(lane: LaneState): LaneState | null {
  return lane.state === 'unknown' || lane.state === '' ? null : lane;
}

/** The same reading of a node as the record's. */
function nodeLane(subject: string, node: ClusterNode): LaneState | null {
  if (node.online === null) return null;
  const state =
    node.haState === 'fence'
      ? 'fence'
      : node.haState === 'maintenance'
        ? node.online
          ? 'maintenance'
          : 'maintenanceOff'
        : node.online
          ? 'online'
          : 'offline';
  return { kind: 'node', subject, state, node: node.name };
}

function guestLane(subject: string, guest: Guest): LaneState | null {
  return told({ kind: 'guest', subject, state: guest.status ?? '', node: guest.node });
}

function serviceLane(subject: string, resource: HaResource): LaneState | null {
  return told({ kind: 'service', subject, state: resource.state ?? '', node: resource.node });
}
