import type { ClusterView } from '../world/clusterView.ts';
import type { GuestWorld, NodeWorld } from '../world/model.ts';

type Row = Record<string, unknown>;

/** Seconds since a node booted. */
export function nodeUptime(view: ClusterView, node: NodeWorld): number {
  return Math.max(0, Math.floor((view.nowMs - node.bootedAtMs) / 1000));
}

/** Seconds a guest has been running; stands still once its node was lost. */
export function guestUptime(view: ClusterView, guest: GuestWorld): number {
  if (guest.startedAtMs === null) return 0;
  const until = view.cluster.nodes.get(view.nodeOf(guest))?.lostAtMs ?? view.nowMs;
  return Math.max(0, Math.floor((until - guest.startedAtMs) / 1000));
}

/** What the cluster knows of a node: everything while online, sizes for some minutes, then only that it is offline. */
export function nodeStats(view: ClusterView, node: NodeWorld, mayAudit: boolean): Row {
  const isOnline = view.isOnline(node);
  const row: Row = {
    id: `node/${node.name}`,
    node: node.name,
    type: 'node',
    status: isOnline ? 'online' : 'offline',
  };
  if (!mayAudit || !view.hasStatsOf(node)) return row;
  row.level = '';
  row.maxcpu = node.cores;
  row.maxmem = node.memoryBytes;
  row.maxdisk = node.rootBytes;
  if (!isOnline) return row;
  row.cpu = node.cpu;
  row.mem = node.usedMemoryBytes;
  row.disk = node.usedRootBytes;
  row.uptime = nodeUptime(view, node);
  return row;
}

/** Memory a guest takes on its host. */
export function hostMemory(guest: GuestWorld): number {
  return guest.startedAtMs === null ? 0 : Math.floor(guest.usedMemoryBytes * 1.04) + 180_000_000;
}

/** Whether the statistics of a guest's node are still known here. */
export function hasStatsOfGuest(view: ClusterView, guest: GuestWorld): boolean {
  const node = view.cluster.nodes.get(view.nodeOf(guest));
  return node !== undefined && view.hasStatsOf(node);
}
