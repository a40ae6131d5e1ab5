import type { FleetModel } from './fleetModel.ts';

/** Address of an object in Proxmox's own interface; `null` when the server tells no endpoint of its cluster. */
export function proxmoxUrl(model: FleetModel, id: string): string | null {
  const clusterId = model.clusterIdOf(id);
  const endpoints = clusterId === undefined ? [] : (model.cluster(clusterId)?.endpoints ?? []);
  const endpoint = endpoints.find((candidate) => candidate.state === 'answering') ?? endpoints[0];
  return endpoint === undefined ? null : `${endpoint.url}/${anchorOf(model, id)}`;
}

/** The part behind `#` by which the interface selects an object. */
function anchorOf(model: FleetModel, id: string): string {
  const guest = model.guest(id) ?? model.guestOf(id);
  if (guest !== undefined) return `#v1:0:=${guest.kind === 'lxc' ? 'lxc' : 'qemu'}/${guest.vmid}`;
  const node = model.node(id);
  return node === undefined ? '' : `#v1:0:=node/${node.name}`;
}
