import { compareNatural } from '../../base/text.ts';
import type { FleetRecords } from '../../contract/model/fleet.ts';

/**
 * What tells one Proxmox cluster from another: its addresses as configured, and for a cluster that was read its name with
 * names and addresses of all members. A standalone node has no such mark, because "pve at 192.168.1.10" exists in many
 * places; nor has a cluster with a member whose address was never learned.
 */
export function clusterMarks(records: FleetRecords): readonly string[] {
  const [cluster] = records.clusters;
  if (cluster === undefined) return [];
  const marks = cluster.endpoints.map((endpoint) => `url ${endpoint.url.toLowerCase()}`);
  const members = records.nodes
    .map((node) => [node.name, node.ip] as const)
    .sort(([a], [b]) => compareNatural(a, b));
  if (cluster.mode === 'cluster' && members.length > 1 && members.every(([, ip]) => ip !== null))
    marks.push(`cluster ${JSON.stringify([cluster.name, members])}`);
  return marks;
}

/**
 * Which clusters turned out to be the same as one configured before them, as key to key. Of several that are the same, the
 * first in the configuration is the original.
 */
export function findDuplicates(
  clusters: readonly { readonly key: string; readonly marks: readonly string[] }[],
): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  const duplicates = new Map<string, string>();
  for (const { key, marks } of clusters) {
    const known = marks.map((mark) => owners.get(mark)).find((owner) => owner !== undefined && owner !== key);
    if (known !== undefined) duplicates.set(key, known);
    for (const mark of marks) if (!owners.has(mark)) owners.set(mark, known ?? key);
  }
  return duplicates;
}
