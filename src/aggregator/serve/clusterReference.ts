import type { Clock } from '../../base/clock.ts';
import type { ClusterResource, ClusterStatus, WireNode } from '../../contract/wire/cluster.ts';
import type { ClusterReader, RawRow, Reading } from '../collector.ts';
import { coerceBool, coerceInt, textOrNull } from './coerce.ts';
import { fanOut } from './fanOut.ts';

/** `GET /proxmox/cluster/status`: one row per cluster; a failed one has `error` and no figures. */
export async function clusterStatus(
  readers: readonly ClusterReader[],
  clock: Clock,
): Promise<ClusterStatus[]> {
  const answers = await fanOut(readers, ['status'], clock);
  return answers.map(({ name, readings }) => toClusterStatus(name, readings.status));
}

function toClusterStatus(name: string, reading: Reading): ClusterStatus {
  const rows = reading.state === 'read' ? reading.rows : [];
  const cluster = rows.find((row) => row.type === 'cluster');
  const nodes = rows.filter((row) => row.type === 'node');
  const standalone = cluster === undefined && nodes.length === 1;
  const failed = reading.state === 'failed';
  return {
    id: textOrNull(cluster?.id) ?? `cluster/${name}`,
    name: textOrNull(cluster?.name) ?? name,
    type: 'cluster',
    mode: failed
      ? reading.error.code === 'forbidden'
        ? 'restricted'
        : null
      : standalone
        ? 'standalone'
        : 'cluster',
    nodes: failed ? null : (coerceInt(cluster?.nodes) ?? nodes.length),
    // A node on its own has nobody to disagree with; a cluster without the flag has told nothing.
    quorate: failed ? null : standalone ? true : coerceBool(cluster?.quorate),
    version: failed ? null : (coerceInt(cluster?.version) ?? 0),
    site_id: null,
    site_slug: null,
    site_name: null,
    tenant_id: null,
    tenant_slug: null,
    tenant_name: null,
    node_list: nodes.map((row) => ({
      id: textOrNull(row.id),
      name: textOrNull(row.name),
      type: textOrNull(row.type),
      ip: textOrNull(row.ip) ?? '',
      level: textOrNull(row.level),
      local: coerceBool(row.local) ?? false,
      nodeid: coerceInt(row.nodeid) ?? 0,
      online: coerceBool(row.online) ?? false,
    })),
    error: failed ? reading.error.message : null,
  };
}

const kindsOf: Readonly<Record<string, readonly string[]>> = {
  vm: ['qemu', 'lxc', 'openvz'],
  node: ['node'],
  storage: ['storage'],
  sdn: ['sdn', 'network'],
};

/** `GET /proxmox/cluster/resources`: a map per cluster name, rows unique by id; a failed cluster contributes none. */
export async function clusterResources(
  readers: readonly ClusterReader[],
  type: string | undefined,
  clock: Clock,
): Promise<Record<string, ClusterResource[]>[]> {
  const answers = await fanOut(readers, ['resources'], clock);
  const kinds = type === undefined ? null : (kindsOf[type] ?? []);
  const byName = new Map<string, Map<unknown, ClusterResource>>();
  for (const { name, readings } of answers) {
    if (readings.resources.state !== 'read') continue;
    const rows = byName.get(name) ?? new Map<unknown, ClusterResource>();
    byName.set(name, rows);
    for (const row of readings.resources.rows) {
      if (typeof row !== 'object' || row === null) continue;
      if (kinds !== null && !kinds.includes(String(row.type))) continue;
      rows.set(row.id, toClusterResource(row));
    }
  }
  return [...byName].map(([name, rows]) => ({ [name]: [...rows.values()] }));
}

const resourceTexts = [
  'id',
  'type',
  'node',
  'name',
  'status',
  'hastate',
  'pool',
  'level',
  'storage',
  'content',
  'plugintype',
] as const;
const resourceNumbers = ['vmid', 'cpu', 'maxcpu', 'mem', 'maxmem', 'disk', 'maxdisk', 'uptime'] as const;

function toClusterResource(row: RawRow): ClusterResource {
  const texts = Object.fromEntries(resourceTexts.map((key) => [key, textOrNull(row[key])]));
  const numbers = Object.fromEntries(resourceNumbers.map((key) => [key, numberOrNull(row[key])]));
  return {
    ...row,
    ...(texts as Record<(typeof resourceTexts)[number], string | null>),
    ...(numbers as Record<(typeof resourceNumbers)[number], number | null>),
    cgroup_mode: numberOrNull(row['cgroup-mode'] ?? row.cgroup_mode),
    ...('template' in row ? { template: coerceBool(row.template) } : {}),
  };
}

/** `GET /proxmox/nodes/`: every node with its load, keyed by cluster name. */
export async function nodes(
  readers: readonly ClusterReader[],
  clock: Clock,
): Promise<Record<string, WireNode>[]> {
  const answers = await fanOut(readers, ['nodes'], clock);
  return answers.flatMap(({ name, readings }) =>
    readings.nodes.state === 'read' ? readings.nodes.rows.map((row) => ({ [name]: toWireNode(row) })) : [],
  );
}

function toWireNode(row: RawRow): WireNode {
  return {
    node: textOrNull(row.node),
    status: textOrNull(row.status),
    cpu: numberOrNull(row.cpu),
    level: textOrNull(row.level),
    maxcpu: numberOrNull(row.maxcpu),
    maxmem: numberOrNull(row.maxmem),
    mem: numberOrNull(row.mem),
    ssl_fingerprint: textOrNull(row.ssl_fingerprint),
    uptime: numberOrNull(row.uptime),
    disk: numberOrNull(row.disk),
    maxdisk: numberOrNull(row.maxdisk),
  };
}

function numberOrNull(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : null;
}
