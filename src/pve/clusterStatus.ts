import * as z from 'zod';
import { pveFlag, pveNumber, pveText } from './values.ts';

/** Row of `/cluster/status`: one of type `cluster` (absent on a standalone node) and one of type `node` per member. */
export const pveClusterStatusRow = z
  .object({
    type: z.string(),
    id: pveText,
    name: pveText,
    nodes: pveNumber,
    version: pveNumber,
    quorate: pveFlag,
    nodeid: pveNumber,
    ip: pveText,
    local: pveFlag,
    online: pveFlag,
    level: pveText,
  })
  // A member without a name cannot be told from the others.
  .refine((row) => row.type !== 'node' || row.name !== null);
export type PveClusterStatusRow = z.infer<typeof pveClusterStatusRow>;

/**
 * Whether `/cluster/status` tells a node outside any cluster: one row, of the node itself, with node id 0 (HA states, rows
 * of `/cluster/status`). Such a node counts as quorate, so anything less than exactly this is not one: rows of a cluster may
 * be missing.
 *
 * @param dropped rows of the reply that could not be understood.
 */
export function isStandalone(rows: readonly PveClusterStatusRow[], dropped: number): boolean {
  const [row] = rows;
  return dropped === 0 && rows.length === 1 && row?.type === 'node' && row.nodeid === 0 && row.local === true;
}

/**
 * Mode for the badge (wire contract, mode and badges): one node alone is `standalone` even in a cluster of its own, several
 * nodes without a cluster row are `undefined`. Says nothing about quorum.
 */
export function clusterBadge(
  rows: readonly PveClusterStatusRow[],
  dropped: number,
): 'cluster' | 'standalone' | 'undefined' {
  if (isStandalone(rows, dropped)) return 'standalone';
  const cluster = rows.find((row) => row.type === 'cluster');
  if (cluster === undefined) return 'undefined';
  const members = rows.filter((row) => row.type === 'node').length;
  return members === 1 && dropped === 0 && (cluster.nodes ?? 1) === 1 ? 'standalone' : 'cluster';
}

/** Name that the rows give: the cluster's, or the node's when it stands alone. */
export function nameInStatus(rows: readonly PveClusterStatusRow[], dropped: number): string | null {
  const cluster = rows.find((row) => row.type === 'cluster');
  return cluster?.name ?? (isStandalone(rows, dropped) ? (rows[0]?.name ?? null) : null);
}

/** Votes of a member: one when no number is set, as Proxmox reads it; what is no whole number from zero up is no number. */
const pveVotes = z
  .unknown()
  .optional()
  .transform((value): number | 'unreadable' => {
    if (value === undefined) return 1;
    const votes = pveNumber.parse(value);
    return votes !== null && Number.isInteger(votes) && votes >= 0 ? votes : 'unreadable';
  });

/** Row of `/cluster/config/nodes`; numbers come as strings. */
export const pveConfigNode = z
  .object({ node: pveText, name: pveText, nodeid: pveNumber, quorum_votes: pveVotes })
  .transform((row) => ({ name: row.node ?? row.name, nodeId: row.nodeid, votes: row.quorum_votes }));
export type PveConfigNode = z.infer<typeof pveConfigNode>;

/** Quorum device of `/cluster/config/qdevice`: an empty object means that there is none. */
export const pveQdevice = z.record(z.string(), z.unknown()).transform((fields) => {
  const text = (name: string): string | null => {
    const value = fields[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
  return {
    present: Object.keys(fields).length > 0,
    state: text('State'),
    algorithm: text('Algorithm'),
    model: text('Model'),
    host: text('QNetd host'),
  };
});
export type PveQdevice = z.infer<typeof pveQdevice>;
