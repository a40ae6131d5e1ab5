import type { Cluster } from '../../src/contract/model/cluster.ts';
import { sectionNames } from '../../src/contract/model/cluster.ts';
import { emptyRecords, type FleetRecords, type FleetSnapshot } from '../../src/contract/model/fleet.ts';
import type { FleetError, FleetErrorCode } from '../../src/contract/model/fleetError.ts';
import type { Guest } from '../../src/contract/model/guest.ts';
import type { ClusterNode } from '../../src/contract/model/node.ts';
import type { HaResource, HaRule } from '../../src/contract/model/placement.ts';

/** A moment that all builders agree on. */
export const builtAtMs = Date.UTC(2026, 0, 1);

export function aCluster(changes: Partial<Cluster> = {}): Cluster {
  const key = changes.key ?? 'prod';
  return {
    id: `cluster:${key}`,
    key,
    name: key,
    mode: 'cluster',
    pveVersion: '9.2.6',
    pveMajor: 9,
    configVersion: 3,
    freshness: {
      lastSuccessMs: builtAtMs,
      lastAttemptMs: builtAtMs,
      consecutiveFailures: 0,
      intervalMs: 5_000,
      error: null,
    },
    sections: Object.fromEntries(
      sectionNames.map((name) => [name, { state: 'read', readAtMs: builtAtMs, error: null, droppedRows: 0 }]),
    ) as Cluster['sections'],
    quorum: aQuorum(),
    master: {
      node: 'pve1',
      state: 'active',
      scheduler: 'basic',
      timestampS: builtAtMs / 1000,
      rawStatus: null,
    },
    fencing: { state: 'armed', resourceMode: null, rawStatus: null, sinceMs: null },
    placementModel: 'rules',
    endpoints: [],
    duplicateOf: null,
    ...changes,
  };
}

export function aQuorum(changes: Partial<Cluster['quorum']> = {}): Cluster['quorum'] {
  return {
    state: 'quorate',
    votes: 3,
    expectedVotes: 3,
    neededVotes: 2,
    margin: 1,
    approximate: true,
    device: { state: 'none', votes: 0, algorithm: null, host: null, rawState: null },
    answeringNode: 'pve1',
    provenance: { quorate: '/cluster/ha/status/current', expectedVotes: null, votes: null, device: null },
    views: [],
    ...changes,
  };
}

export function aNode(name: string, changes: Partial<ClusterNode> = {}): ClusterNode {
  const cluster = changes.cluster ?? 'prod';
  return {
    id: `node:${cluster}/${name}`,
    cluster,
    name,
    nodeId: 1,
    ip: null,
    online: true,
    local: false,
    status: 'online',
    haState: 'online',
    lrm: { state: 'active', watchdog: 'active', timestampS: builtAtMs / 1000, rawStatus: null },
    cpuRatio: 0.1,
    maxCpu: 8,
    memoryBytes: 1,
    maxMemoryBytes: 4,
    diskBytes: null,
    maxDiskBytes: null,
    uptimeS: 100,
    votes: 1,
    level: null,
    sslFingerprint: null,
    lostSinceMs: null,
    ...changes,
  };
}

export function aResource(vmid: number, changes: Partial<HaResource> = {}): HaResource {
  const cluster = changes.cluster ?? 'prod';
  const sid = `vm:${vmid}`;
  return {
    id: `ha:${cluster}/${sid}`,
    cluster,
    sid,
    kind: 'vm',
    vmid,
    name: `guest-${vmid}`,
    requestState: 'started',
    crmState: 'started',
    state: 'started',
    rawStatus: null,
    node: 'pve1',
    group: null,
    maxRestart: 1,
    maxRelocate: 1,
    failback: true,
    comment: null,
    configured: true,
    stateSinceMs: builtAtMs,
    ...changes,
  };
}

export function aGuest(vmid: number, changes: Partial<Guest> = {}): Guest {
  const cluster = changes.cluster ?? 'prod';
  return {
    id: `guest:${cluster}/${vmid}`,
    cluster,
    vmid,
    kind: 'qemu',
    name: `guest-${vmid}`,
    node: 'pve1',
    status: 'running',
    haManaged: 'notManaged',
    haState: null,
    template: false,
    lock: null,
    tags: [],
    pool: null,
    cpuRatio: 0.1,
    maxCpu: 2,
    memoryBytes: 1,
    maxMemoryBytes: 2,
    maxDiskBytes: 3,
    ...changes,
  };
}

export function aRule(name: string, changes: Partial<HaRule> = {}): HaRule {
  const cluster = changes.cluster ?? 'prod';
  return {
    id: `rule:${cluster}/${name}`,
    cluster,
    name,
    kind: 'nodeAffinity',
    rawType: 'node-affinity',
    affinity: 'positive',
    nodes: [{ name: 'pve1', priority: 0 }],
    resources: ['vm:100'],
    strict: false,
    disabled: false,
    comment: null,
    order: 1,
    errors: {},
    fromGroup: null,
    digest: null,
    ...changes,
  };
}

export function aFleetError(code: FleetErrorCode, message = 'cause'): FleetError {
  return {
    code,
    message,
    httpStatus: null,
    endpoint: 'pve1.example.net:8006',
    sinceMs: builtAtMs,
    retryAfterS: null,
    certificate: null,
    expectedFingerprint: null,
  };
}

/** A snapshot of these records; the first of its run. */
export function aSnapshot(records: Partial<FleetRecords>, seq = 1): FleetSnapshot {
  return {
    schemaVersion: 1,
    epoch: 'run',
    seq,
    serverTimeMs: builtAtMs,
    aggregatorVersion: '0.1.0',
    ...emptyRecords(),
    ...records,
  };
}
