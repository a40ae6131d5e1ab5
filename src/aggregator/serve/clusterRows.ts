import { compareNatural } from '../../base/text.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import type { ClusterResource, ClusterStatus, WireNode } from '../../contract/wire/cluster.ts';
import { isStandalone, pveClusterStatusRow } from '../../pve/clusterStatus.ts';
import { parsePveRows } from '../../pve/values.ts';
import type { RawRow } from '../collector.ts';
import { coerceBool, coerceInt, coerceNumber, coerceText, eitherCase } from './coercion.ts';

/** Figures no configured endpoint has, because sites and tenants belong to NetBox. */
const noPlace = {
  site_id: null,
  site_slug: null,
  site_name: null,
  tenant_id: null,
  tenant_slug: null,
  tenant_name: null,
};

/**
 * Object of `GET /proxmox/cluster/status` from the rows of Proxmox's `cluster/status`. More than one row, or a row that
 * is not a node, means cluster mode. Unlike the original a missing quorum flag of a cluster stays `null`: it is never
 * inferred from the number of nodes. A standalone node needs no quorum and counts as quorate; what is only left of a
 * cluster's rows does not.
 *
 * @param malformed entries of the reply that were no rows.
 */
export function toClusterStatus(name: string, rows: readonly RawRow[], malformed = 0): ClusterStatus {
  const clusterRow = rows.find((row) => row.type === 'cluster');
  const nodeRows = rows.filter((row) => row.type === 'node');
  const parsed = parsePveRows(pveClusterStatusRow, rows);
  const alone = isStandalone(parsed.rows, parsed.dropped + malformed);
  return {
    id: coerceText(clusterRow?.id) ?? `cluster/${name}`,
    name: coerceText(clusterRow?.name) ?? name,
    type: coerceText(clusterRow?.type) ?? 'cluster',
    mode: alone ? 'standalone' : 'cluster',
    nodes: coerceInt(clusterRow?.nodes) ?? nodeRows.length,
    quorate: alone ? true : coerceBool(clusterRow?.quorate),
    version: coerceInt(clusterRow?.version) ?? 0,
    ...noPlace,
    node_list: nodeRows
      .map((row) => ({
        id: coerceText(row.id),
        name: coerceText(row.name),
        type: coerceText(row.type),
        ip: coerceText(row.ip) ?? '',
        level: coerceText(row.level),
        local: coerceBool(row.local) ?? false,
        nodeid: coerceInt(row.nodeid) ?? 0,
        online: coerceBool(row.online) ?? false,
      }))
      .sort((a, b) => compareNatural(a.name ?? '', b.name ?? '')),
    error: null,
  };
}

/** The object of a cluster that could not be read: its name, why, and no figures. */
export function toClusterStatusError(name: string, error: FleetError): ClusterStatus {
  return {
    id: null,
    name,
    type: 'cluster',
    /** The original calls a connection restricted whose credential may not read the cluster's status. */
    mode: error.code === 'forbidden' ? 'restricted' : null,
    nodes: null,
    quorate: null,
    version: null,
    ...noPlace,
    node_list: [],
    error: error.message,
  };
}

/** Row types that each value of the `type` filter stands for. */
export const resourceTypesByFilter = {
  vm: ['qemu', 'lxc', 'openvz'],
  storage: ['storage'],
  node: ['node'],
  sdn: ['sdn', 'network'],
} as const;

/** Row of `GET /proxmox/cluster/resources`: the published keys always present, Proxmox's other keys untouched. */
export function toClusterResource(row: RawRow): ClusterResource {
  return {
    ...row,
    ...('template' in row ? { template: coerceBool(row.template) } : {}),
    id: coerceText(row.id),
    type: coerceText(row.type),
    node: coerceText(row.node),
    name: coerceText(row.name),
    status: coerceText(row.status),
    hastate: coerceText(row.hastate),
    vmid: coerceInt(row.vmid),
    cpu: coerceNumber(row.cpu),
    maxcpu: coerceNumber(row.maxcpu),
    mem: coerceNumber(row.mem),
    maxmem: coerceNumber(row.maxmem),
    disk: coerceNumber(row.disk),
    maxdisk: coerceNumber(row.maxdisk),
    uptime: coerceNumber(row.uptime),
    pool: coerceText(row.pool),
    level: coerceText(row.level),
    storage: coerceText(row.storage),
    content: coerceText(row.content),
    plugintype: coerceText(row.plugintype),
    cgroup_mode: coerceInt(eitherCase(row, 'cgroup_mode')),
  };
}

/** Rows of one cluster, each id once. */
export function toClusterResources(rows: readonly RawRow[]): ClusterResource[] {
  const seen = new Set<string>();
  return rows.map(toClusterResource).filter((row) => {
    if (row.id === null) return true;
    if (seen.has(row.id)) return false;
    seen.add(row.id);
    return true;
  });
}

/** The additive row of a cluster whose resources could not be read. */
export function toClusterResourceError(message: string): ClusterResource {
  return { ...toClusterResource({}), status: `error: ${message}`, error: message };
}

/** Node of `GET /proxmox/nodes/`. An offline node has no load figures; unlike the original it is still told. */
export function toWireNode(row: RawRow): WireNode {
  return {
    node: coerceText(row.node),
    status: coerceText(row.status),
    cpu: coerceNumber(row.cpu),
    level: coerceText(row.level),
    maxcpu: coerceNumber(row.maxcpu),
    maxmem: coerceNumber(row.maxmem),
    mem: coerceNumber(row.mem),
    ssl_fingerprint: coerceText(row.ssl_fingerprint),
    uptime: coerceNumber(row.uptime),
    disk: coerceNumber(row.disk),
    maxdisk: coerceNumber(row.maxdisk),
  };
}

/** Every node of a cluster, pve2 before pve10; Proxmox's own order changes between calls. */
export function toWireNodes(rows: readonly RawRow[]): WireNode[] {
  return rows.map(toWireNode).sort((a, b) => compareNatural(a.node ?? '', b.node ?? ''));
}

/** The additive row of a cluster whose nodes could not be read. */
export function toWireNodeError(message: string): WireNode {
  return { ...toWireNode({}), status: `error: ${message}` };
}
