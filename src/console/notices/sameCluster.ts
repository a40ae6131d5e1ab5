import type { ClusterNode } from '../../contract/model/node.ts';
import type { FleetModel } from '../fleetModel.ts';

/**
 * Whether two clusters, told by different connections, are one and the same: by the certificates of their nodes where
 * both tell them, else by the names and addresses of all their nodes. When in doubt they are two.
 */
export function isSameCluster(model: FleetModel, oneId: string, otherId: string): boolean {
  if (oneId === otherId) return true;
  const one = model.cluster(oneId);
  const other = model.cluster(otherId);
  if (one === undefined || other === undefined || one.name !== other.name) return false;
  const mine = nodesOf(model, oneId);
  const theirs = nodesOf(model, otherId);
  const myPrints = printsOf(mine);
  const theirPrints = printsOf(theirs);
  if (myPrints.size > 0 && theirPrints.size > 0) return [...myPrints].some((print) => theirPrints.has(print));
  const [a, b] = [addressesOf(mine), addressesOf(theirs)];
  return a !== null && a === b;
}

function nodesOf(model: FleetModel, clusterId: string): ClusterNode[] {
  return [...model.index(clusterId).ids.node].flatMap((id) => model.node(id) ?? []);
}

function printsOf(nodes: readonly ClusterNode[]): ReadonlySet<string> {
  return new Set(nodes.flatMap(({ sslFingerprint }) => sslFingerprint ?? []));
}

/** `null` when there are none, or an address was not told. */
function addressesOf(nodes: readonly ClusterNode[]): string | null {
  if (nodes.length === 0 || nodes.some(({ ip }) => ip === null || ip === '')) return null;
  return nodes
    .map(({ name, ip }) => `${name} ${ip}`)
    .sort()
    .join('\n');
}
