import type {
  Cluster,
  ClusterEndpoint,
  HaFencing,
  HaMaster,
  QuorumView,
} from '../../contract/model/cluster.ts';
import type { FleetRecords } from '../../contract/model/fleet.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import type { Guest } from '../../contract/model/guest.ts';
import type { ClusterNode, Lrm } from '../../contract/model/node.ts';
import type { HaGroup, HaResource, HaRule } from '../../contract/model/placement.ts';
import type { PveGuestRow } from '../../pve/clusterResources.ts';
import { clusterBadge, isStandalone, nameInStatus } from '../../pve/clusterStatus.ts';
import { parsePrioritizedNodes, splitList } from '../../pve/haConfig.ts';
import {
  lrmWord,
  masterWord,
  type PveHaStatusRow,
  parseHaStatusText,
  schedulerOf,
} from '../../pve/haStatus.ts';
import { type ClusterParts, configVersion } from './clusterParts.ts';
import { computeQuorum, type QuorumInput } from './quorum.ts';
import { steady } from './rounding.ts';

/** What a cluster's records are made from beside its parts. */
export interface BuildContext {
  readonly key: string;
  readonly nowMs: number;
  readonly pveVersion: string | null;
  readonly views: readonly QuorumView[];
  readonly endpoints: readonly ClusterEndpoint[];
  readonly freshness: {
    readonly lastSuccessMs: number | null;
    readonly lastAttemptMs: number | null;
    readonly consecutiveFailures: number;
    readonly intervalMs: number | null;
    readonly error: FleetError | null;
  };
  /** Key of the configured cluster that this one turned out to be as well. */
  readonly duplicateOf: string | null;
}

/** Records of one cluster; lists of a {@link FleetRecords} with this cluster only. */
export function buildRecords(
  parts: ClusterParts,
  context: BuildContext,
  previous: FleetRecords,
): FleetRecords {
  const nodes = uniqueById(buildNodes(parts, context, previous));
  const resources = buildResources(parts, context, previous);
  return {
    clusters: [buildCluster(parts, context, nodes, previous.clusters[0])],
    nodes,
    groups: uniqueById(buildGroups(parts, context.key)),
    rules: uniqueById(buildRules(parts, context.key)),
    resources,
    guests: uniqueById(buildGuests(parts, context, resources, previous)),
  };
}

/** An id told twice would come and go with every comparison; the first row counts. */
function uniqueById<T extends { readonly id: string }>(records: T[]): T[] {
  const seen = new Set<string>();
  return records.filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** What quorum is judged by; `null` before the status was read. A cluster of one node has a quorum like any other. */
function quorumMode(parts: ClusterParts): QuorumInput['mode'] {
  if (parts.status === null) return null;
  return isStandalone(parts.status, parts.sections.status.droppedRows) ? 'standalone' : 'cluster';
}

/** Whether a part is a memory while another one was read. */
function isOutlived(parts: ClusterParts, part: 'status' | 'haStatus', other: 'status' | 'haStatus'): boolean {
  return parts.sections[part].state === 'failed' && parts.sections[other].state === 'read';
}

/** The flags of both sources; the one that is a memory does not count beside one that was told. */
function quorumFlags(parts: ClusterParts): Pick<QuorumInput, 'statusQuorate' | 'haQuorate'> {
  const statusQuorate = parts.status?.find((row) => row.type === 'cluster')?.quorate ?? null;
  const row = haRow(parts, 'quorum');
  // Where the flag is missing the row's text may still bring the bad news; good news it is not trusted with.
  const haQuorate = row?.quorate ?? (/^no quorum/i.test(row?.status ?? '') ? false : null);
  const isStatusOld = haQuorate !== null && isOutlived(parts, 'status', 'haStatus');
  const isHaOld = statusQuorate !== null && isOutlived(parts, 'haStatus', 'status');
  return { statusQuorate: isStatusOld ? null : statusQuorate, haQuorate: isHaOld ? null : haQuorate };
}

/** Whether the votes that were read are those in force: each change of the configuration has a new version. */
function isConfigCurrent(parts: ClusterParts): boolean {
  return configVersion(parts.status) === parts.configNodesVersion;
}

/** Members with votes and membership; `null` when the read configuration lacks a member, and so its vote. */
function quorumMembers(parts: ClusterParts): QuorumInput['members'] {
  if (parts.configNodes === null || parts.status === null) return null;
  // Quorum is told now, but by the HA status alone: who is online is a memory, and so would be the margin.
  if (isOutlived(parts, 'status', 'haStatus')) return null;
  if (parts.sections.configNodes.droppedRows > 0 || !isConfigCurrent(parts)) return null;
  const online = new Map(
    parts.status.filter((row) => row.type === 'node').map((row) => [row.name, row.online]),
  );
  const configured = new Set(parts.configNodes.map((member) => member.name));
  if ([...online.keys()].some((name) => !configured.has(name))) return null;
  return parts.configNodes.map((member) => ({
    votes: member.votes,
    online: online.get(member.name) ?? null,
  }));
}

/** The quorum device as told last; not told while it alone cannot be read, because its vote may have gone since. */
function quorumDevice(parts: ClusterParts): QuorumInput['device'] {
  const { qdevice, status } = parts.sections;
  return qdevice.state === 'failed' && status.state === 'read' ? null : parts.qdevice;
}

function haRow(parts: ClusterParts, type: string): PveHaStatusRow | undefined {
  return parts.haStatus?.find((row) => row.type === type);
}

function buildCluster(
  parts: ClusterParts,
  context: BuildContext,
  nodes: readonly ClusterNode[],
  previous: Cluster | undefined,
): Cluster {
  const statusRows = parts.status ?? [];
  const statusDropped = parts.sections.status.droppedRows;
  const statusRow = statusRows.find((row) => row.type === 'cluster');
  const quorumRow = haRow(parts, 'quorum');
  const major = context.pveVersion === null ? null : Number.parseInt(context.pveVersion, 10);
  return {
    id: `cluster:${context.key}`,
    key: context.key,
    name: nameInStatus(statusRows, statusDropped) ?? context.key,
    mode: clusterBadge(statusRows, statusDropped),
    pveVersion: context.pveVersion,
    pveMajor: major === null || Number.isNaN(major) ? null : major,
    configVersion: statusRow?.version ?? null,
    freshness: context.freshness,
    sections: parts.sections,
    quorum: computeQuorum({
      mode: quorumMode(parts),
      ...quorumFlags(parts),
      answeringNode: quorumRow?.node ?? nodes.find((node) => node.local === true)?.name ?? null,
      members: quorumMembers(parts),
      device: quorumDevice(parts),
      views: context.views,
    }),
    master: buildMaster(parts),
    fencing: buildFencing(parts, context, previous?.fencing),
    placementModel: placementModel(parts),
    endpoints: [...context.endpoints],
    duplicateOf: context.duplicateOf,
  };
}

/** Whether a row that is not there can be said to be absent: Proxmox always tells quorum, and nothing was left out. */
function isHaStatusWhole(parts: ClusterParts): boolean {
  return parts.sections.haStatus.droppedRows === 0 && haRow(parts, 'quorum') !== undefined;
}

function buildMaster(parts: ClusterParts): HaMaster {
  const row = haRow(parts, 'master');
  if (row === undefined) {
    const state = isHaStatusWhole(parts) ? 'never' : 'unknown';
    return { node: null, state, scheduler: 'unknown', timestampS: null, rawStatus: null };
  }
  const text = parseHaStatusText(row.status ?? '');
  return {
    node: row.node,
    state: masterWord(text),
    scheduler: schedulerOf(text),
    timestampS: row.timestamp,
    rawStatus: row.status,
  };
}

const fencingStates = ['armed', 'standby', 'disarming', 'disarmed'] as const;

function buildFencing(
  parts: ClusterParts,
  context: BuildContext,
  previous: HaFencing | undefined,
): HaFencing {
  const row = haRow(parts, 'fencing');
  if (row === undefined) {
    const state = isHaStatusWhole(parts) ? 'notOffered' : 'unknown';
    return { state, resourceMode: null, rawStatus: null, sinceMs: null };
  }
  const state = fencingStates.find((word) => word === row['armed-state']) ?? 'unknown';
  const mode = row.resource_mode;
  const switchedOff = state === 'disarming' || state === 'disarmed';
  const wasOff = previous?.state === 'disarming' || previous?.state === 'disarmed';
  return {
    state,
    resourceMode: mode === null ? null : mode === 'freeze' || mode === 'ignore' ? mode : 'unknown',
    rawStatus: row.status,
    sinceMs: switchedOff ? (wasOff ? (previous?.sinceMs ?? context.nowMs) : context.nowMs) : null,
  };
}

function placementModel(parts: ClusterParts): Cluster['placementModel'] {
  const groups = parts.sections.haGroups.state;
  const rules = parts.sections.haRules.state;
  const hasGroups = groups === 'read' || (groups === 'failed' && (parts.haGroups?.length ?? 0) > 0);
  const hasRules = rules === 'read' || (rules === 'failed' && (parts.haRules?.length ?? 0) > 0);
  if (hasGroups && hasRules) return 'both';
  if (hasGroups) return 'groups';
  if (hasRules) return 'rules';
  return groups === 'never' || groups === 'failed' || rules === 'never' || rules === 'failed'
    ? 'unknown'
    : 'none';
}

function buildNodes(parts: ClusterParts, context: BuildContext, previous: FleetRecords): ClusterNode[] {
  const before = new Map(previous.nodes.map((node) => [node.name, node]));
  const figures = new Map(parts.nodeRows?.map((row) => [row.node, row]));
  const votes = new Map(
    (isConfigCurrent(parts) ? (parts.configNodes ?? []) : []).map((row) => [
      row.name,
      row.votes === 'unreadable' ? null : row.votes,
    ]),
  );
  // A map, because a node may be called like a property that every object has.
  const managerNodes = new Map(Object.entries(parts.managerNodes ?? {}));
  const members = (parts.status ?? []).filter((row) => row.type === 'node' && row.name !== null);
  return members.map((member): ClusterNode => {
    const name = member.name ?? '';
    const row = figures.get(name);
    const known = before.get(name);
    return {
      id: `node:${context.key}/${name}`,
      cluster: context.key,
      name,
      nodeId: member.nodeid,
      ip: member.ip,
      online: member.online,
      local: member.local,
      status: row?.status ?? null,
      haState: row?.hastate ?? managerNodes.get(name) ?? null,
      lrm: buildLrm(parts, name),
      cpuRatio: steady(row?.cpu ?? null, known?.cpuRatio, 0.01),
      maxCpu: row?.maxcpu ?? null,
      memoryBytes: steady(row?.mem ?? null, known?.memoryBytes, (row?.maxmem ?? 0) / 100),
      maxMemoryBytes: row?.maxmem ?? null,
      diskBytes: row?.disk ?? null,
      maxDiskBytes: row?.maxdisk ?? null,
      uptimeS: row?.uptime ?? null,
      votes: votes.get(name) ?? null,
      level: member.level ?? row?.level ?? null,
      sslFingerprint: row?.ssl_fingerprint ?? null,
      lostSinceMs: member.online === false ? (known?.lostSinceMs ?? context.nowMs) : null,
      lastOnlineMs: member.online === false ? lastOnlineMs(known, previous) : null,
    };
  });
}

/** The read before the one that missed it; a node that was never seen online may be gone for any time. */
function lastOnlineMs(known: ClusterNode | undefined, previous: FleetRecords): number | null {
  if (known?.online !== true) return known?.lastOnlineMs ?? null;
  return previous.clusters[0]?.sections.status.readAtMs ?? null;
}

function buildLrm(parts: ClusterParts, node: string): Lrm | null {
  const row = parts.haStatus?.find((candidate) => candidate.type === 'lrm' && candidate.node === node);
  if (row === undefined) return null;
  const text = parseHaStatusText(row.status ?? '');
  const { watchdog } = text ?? { watchdog: null };
  return {
    state: lrmWord(text),
    watchdog:
      watchdog === null || watchdog === 'active' || watchdog === 'standby' || watchdog === 'released'
        ? watchdog
        : 'unknown',
    timestampS: row.timestamp,
    rawStatus: row.status,
  };
}

function buildGroups(parts: ClusterParts, key: string): HaGroup[] {
  return (parts.haGroups ?? []).map((group) => ({
    id: `group:${key}/${group.group}`,
    cluster: key,
    name: group.group,
    nodes: parsePrioritizedNodes(group.nodes),
    restricted: group.restricted ?? false,
    nofailback: group.nofailback ?? false,
    comment: group.comment,
    digest: group.digest,
  }));
}

/** Stands among the conflicts of a rule, because neither "in force" nor "switched off" may be said of it. */
const switchUnreadable = 'could not be read: whether the rule is in force is not known';

function buildRules(parts: ClusterParts, key: string): HaRule[] {
  const groups = new Set(parts.haGroups?.map((group) => group.group));
  return (parts.haRules ?? []).map((rule) => {
    const kind =
      rule.type === 'node-affinity'
        ? 'nodeAffinity'
        : rule.type === 'resource-affinity'
          ? 'resourceAffinity'
          : 'unknown';
    const group = /^ha-group-(.+)$/.exec(rule.rule)?.[1];
    return {
      id: `rule:${key}/${rule.rule}`,
      cluster: key,
      name: rule.rule,
      kind,
      rawType: rule.type,
      affinity: ruleAffinity(rule.affinity, kind),
      nodes: parsePrioritizedNodes(rule.nodes),
      resources: splitList(rule.resources),
      strict: rule.strict ?? (kind === 'nodeAffinity' && group === undefined ? false : null),
      disabled: rule.disable ?? false,
      comment: rule.comment,
      order: rule.order,
      errors: rule.disable === null ? { ...rule.errors, disable: [switchUnreadable] } : rule.errors,
      fromGroup: group !== undefined && groups.has(group) ? group : null,
      digest: rule.digest,
    };
  });
}

/** A node rule without the word means "prefer"; with `negative` (PVE 9.2.6) it means "avoid". */
function ruleAffinity(word: string | null, kind: HaRule['kind']): HaRule['affinity'] {
  if (word === 'positive' || word === 'negative') return word;
  return word === null && kind === 'nodeAffinity' ? 'positive' : 'unknown';
}

function buildResources(parts: ClusterParts, context: BuildContext, previous: FleetRecords): HaResource[] {
  const before = new Map(previous.resources.map((resource) => [resource.sid, resource]));
  const names = new Map(parts.guests?.map((guest) => [guest.vmid, guest.name]));
  const configs = new Map(parts.haResources?.map((config) => [config.sid, config]));
  const rows = new Map<string, PveHaStatusRow>();
  for (const row of parts.haStatus ?? [])
    if (row.type === 'service' && row.sid !== null) rows.set(row.sid, row);
  const sids = new Set([...rows.keys(), ...configs.keys()]);
  return [...sids].map((sid): HaResource => {
    const row = rows.get(sid);
    const config = configs.get(sid);
    const known = before.get(sid);
    const [kindWord = '', number = ''] = sid.split(':');
    const vmid = /^\d+$/.test(number) ? Number(number) : null;
    const state = row?.state ?? null;
    return {
      id: `ha:${context.key}/${sid}`,
      cluster: context.key,
      sid,
      kind: kindWord === 'vm' || kindWord === 'ct' ? kindWord : 'unknown',
      vmid,
      name: vmid === null ? null : (names.get(vmid) ?? known?.name ?? null),
      // Defaults of the configuration (HA states, resource configuration) hold only where the entry was read.
      requestState: row?.request_state ?? (config === undefined ? null : (config.state ?? 'started')),
      crmState: row?.crm_state ?? null,
      state,
      rawStatus: row?.status ?? null,
      node: row?.node === '---' ? null : (row?.node ?? null),
      group: row?.group ?? config?.group ?? null,
      maxRestart: row?.max_restart ?? (config === undefined ? null : (config.max_restart ?? 1)),
      maxRelocate: row?.max_relocate ?? (config === undefined ? null : (config.max_relocate ?? 1)),
      failback: row?.failback ?? config?.failback ?? null,
      comment: row?.comment ?? config?.comment ?? null,
      target: parts.managerServices?.[sid]?.target ?? null,
      maintenanceNode: parts.managerServices?.[sid]?.maintenance_node ?? null,
      configured: parts.haResources === null ? null : config !== undefined,
      stateSinceMs: known !== undefined && known.state === state ? known.stateSinceMs : context.nowMs,
    };
  });
}

function buildGuests(
  parts: ClusterParts,
  context: BuildContext,
  resources: readonly HaResource[],
  previous: FleetRecords,
): Guest[] {
  const before = new Map(previous.guests.map((guest) => [guest.vmid, guest]));
  const managed = new Set(resources.map((resource) => resource.vmid));
  // A row that could not be read may be this guest's.
  const { haResources } = parts.sections;
  const configRead = haResources.state === 'read' && haResources.droppedRows === 0;
  return (parts.guests ?? []).map((row): Guest => {
    const known = before.get(row.vmid);
    return {
      id: `guest:${context.key}/${row.vmid}`,
      cluster: context.key,
      vmid: row.vmid,
      kind: row.type,
      name: row.name ?? (row.status === 'unknown' ? (known?.name ?? null) : null),
      node: row.node,
      status: row.status,
      haManaged:
        managed.has(row.vmid) || row.hasHaState === true ? 'managed' : configRead ? 'notManaged' : 'unknown',
      haState: row.hastate,
      template: row.template ?? false,
      lock: row.lock,
      tags: splitTags(row.tags),
      pool: row.pool,
      ...load(row, known),
    };
  });
}

function load(
  row: PveGuestRow,
  known: Guest | undefined,
): Pick<Guest, 'cpuRatio' | 'maxCpu' | 'memoryBytes' | 'maxMemoryBytes' | 'maxDiskBytes'> {
  return {
    cpuRatio: steady(row.cpu, known?.cpuRatio, 0.01),
    maxCpu: row.maxcpu,
    memoryBytes: steady(row.mem, known?.memoryBytes, (row.maxmem ?? 0) / 100),
    maxMemoryBytes: row.maxmem,
    maxDiskBytes: row.maxdisk,
  };
}

function splitTags(tags: string | null): string[] {
  return (tags ?? '').split(/[;,\s]+/).filter((tag) => tag !== '');
}
