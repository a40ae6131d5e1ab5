import type { ClusterWorld } from './model.ts';

/** Votes of the quorum device: one for an even number of nodes, one less than the nodes for an odd number. */
export function qdeviceVotes(nodeCount: number): number {
  return nodeCount % 2 === 0 ? 1 : nodeCount - 1;
}

/** Votes needed: more than half of what is expected. */
export function neededVotes(cluster: ClusterWorld): number {
  let expected = cluster.qdevice === 'none' ? 0 : qdeviceVotes(cluster.nodes.size);
  for (const node of cluster.nodes.values()) expected += node.votes;
  return Math.floor(expected / 2) + 1;
}

/** True when the main partition's votes are enough. A standalone node always is quorate. */
export function isMainPartitionQuorate(cluster: ClusterWorld): boolean {
  if (cluster.standalone) return true;
  let votes = cluster.qdevice === 'connected' ? qdeviceVotes(cluster.nodes.size) : 0;
  let members = 0;
  for (const node of cluster.nodes.values()) {
    if (!node.member) continue;
    members += 1;
    votes += node.votes;
  }
  return members > 0 && votes >= neededVotes(cluster);
}
