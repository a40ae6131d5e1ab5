import * as z from 'zod';
import { lenientFlag, lenientNumber, lenientRows, lenientText } from '../lenient.ts';

/** Member in a {@link clusterStatusSchema} row. */
export const clusterStatusNodeSchema = z.object({
  id: lenientText,
  name: lenientText,
  type: lenientText,
  ip: lenientText,
  level: lenientText,
  local: lenientFlag,
  nodeid: lenientNumber,
  online: lenientFlag,
});

/**
 * Row of `GET /proxmox/cluster/status`, one per cluster. Unlike the original, `quorate` is `null` when Proxmox did not
 * tell it; a standalone node is quorate. A cluster that failed has a row with `error` (additive) and no figures.
 */
export const clusterStatusSchema = z.object({
  id: lenientText,
  name: lenientText,
  type: lenientText,
  /** `cluster`, `standalone`, `restricted`. */
  mode: lenientText,
  nodes: lenientNumber,
  quorate: lenientFlag,
  version: lenientNumber,
  site_id: lenientNumber,
  site_slug: lenientText,
  site_name: lenientText,
  tenant_id: lenientNumber,
  tenant_slug: lenientText,
  tenant_name: lenientText,
  node_list: lenientRows(clusterStatusNodeSchema),
  error: lenientText,
});
export type ClusterStatus = z.infer<typeof clusterStatusSchema>;

/** Row inside `GET /proxmox/cluster/resources`; Proxmox's other keys pass through. */
export const clusterResourceSchema = z.looseObject({
  id: lenientText,
  type: lenientText,
  node: lenientText,
  name: lenientText,
  status: lenientText,
  hastate: lenientText,
  vmid: lenientNumber,
  cpu: lenientNumber,
  maxcpu: lenientNumber,
  mem: lenientNumber,
  maxmem: lenientNumber,
  disk: lenientNumber,
  maxdisk: lenientNumber,
  uptime: lenientNumber,
  pool: lenientText,
  level: lenientText,
  storage: lenientText,
  content: lenientText,
  plugintype: lenientText,
  cgroup_mode: lenientNumber,
});
export type ClusterResource = z.infer<typeof clusterResourceSchema>;

/** Body of `GET /proxmox/cluster/resources`: one single-key map per cluster. */
export const clusterResourcesSchema = lenientRows(z.record(z.string(), lenientRows(clusterResourceSchema)));

/** A node in `GET /proxmox/nodes/`. Unlike the original every node is told, not only the first. */
export const wireNodeSchema = z.object({
  node: lenientText,
  status: lenientText,
  cpu: lenientNumber,
  level: lenientText,
  maxcpu: lenientNumber,
  maxmem: lenientNumber,
  mem: lenientNumber,
  ssl_fingerprint: lenientText,
  /** Additive, as `disk` and `maxdisk`. */
  uptime: lenientNumber,
  disk: lenientNumber,
  maxdisk: lenientNumber,
});
export type WireNode = z.infer<typeof wireNodeSchema>;

/** Body of `GET /proxmox/nodes/`: one single-key map per node, keyed by the cluster's name. */
export const wireNodesSchema = lenientRows(z.record(z.string(), wireNodeSchema));
