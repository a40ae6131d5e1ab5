import { Emitter } from '../../src/base/event.ts';
import { type Disposable, toDisposable } from '../../src/base/lifecycle.ts';
import type { ConnectionState, FleetConnection, ServerCapabilities } from '../../src/client/connection.ts';
import { FleetStore } from '../../src/client/fleetStore.ts';
import type { EventsQuery } from '../../src/client/timelineClient.ts';
import type {
  Cluster,
  HaFencing,
  HaMaster,
  Quorum,
  Section,
  SectionName,
} from '../../src/contract/model/cluster.ts';
import {
  emptyRecords,
  type FleetDelta,
  type FleetRecords,
  type FleetSnapshot,
} from '../../src/contract/model/fleet.ts';
import type { FleetError } from '../../src/contract/model/fleetError.ts';
import type { FleetEvent, FleetEvents } from '../../src/contract/model/fleetEvent.ts';
import type { Guest } from '../../src/contract/model/guest.ts';
import type { GuestDetail } from '../../src/contract/model/guestDetail.ts';
import type { ClusterNode, Lrm } from '../../src/contract/model/node.ts';
import type { HaGroup, HaResource, HaRule } from '../../src/contract/model/placement.ts';
import { sectionNames } from '../../src/contract/model/sectionNames.ts';
import { fleetSchemaVersion } from '../../src/contract/version.ts';

/** The moment at which built records were read; the fake clock starts here as well. */
export const builtAtMs = Date.UTC(2026, 0, 1);

export function buildQuorum(over: Partial<Quorum> = {}): Quorum {
  return {
    state: 'quorate',
    votes: 3,
    expectedVotes: 3,
    neededVotes: 2,
    margin: 1,
    approximate: true,
    device: { state: 'none', votes: null, algorithm: null, host: null, rawState: null },
    answeringNode: 'pve1',
    provenance: {
      quorate: '/cluster/status',
      expectedVotes: '/cluster/config/nodes',
      votes: '/cluster/status',
      device: '/cluster/config/qdevice',
    },
    views: [],
    ...over,
  };
}

export function buildMaster(over: Partial<HaMaster> = {}): HaMaster {
  return {
    node: 'pve1',
    state: 'active',
    scheduler: 'basic',
    timestampS: builtAtMs / 1000,
    rawStatus: 'pve1 (active, Thu Jan  1 00:00:00 2026)',
    ...over,
  };
}

export function buildFencing(over: Partial<HaFencing> = {}): HaFencing {
  return {
    state: 'armed',
    resourceMode: null,
    rawStatus: 'armed (CRM watchdog active)',
    sinceMs: null,
    ...over,
  };
}

export function buildSection(over: Partial<Section> = {}): Section {
  return { state: 'read', readAtMs: builtAtMs, error: null, droppedRows: 0, ...over };
}

export interface ClusterOverrides extends Partial<Omit<Cluster, 'freshness' | 'sections' | 'quorum'>> {
  readonly freshness?: Partial<Cluster['freshness']>;
  readonly sections?: Partial<Record<SectionName, Partial<Section>>>;
  readonly quorum?: Partial<Quorum>;
}

/** A cluster of three nodes on Proxmox VE 9 that is quorate, fresh and armed. */
export function buildCluster(key = 'prod', over: ClusterOverrides = {}): Cluster {
  const { freshness, sections, quorum, ...rest } = over;
  return {
    id: `cluster:${key}`,
    key,
    name: key,
    mode: 'cluster',
    pveVersion: '9.1.4',
    pveMajor: 9,
    configVersion: 3,
    freshness: {
      lastSuccessMs: builtAtMs,
      lastAttemptMs: builtAtMs,
      consecutiveFailures: 0,
      intervalMs: 5_000,
      error: null,
      ...freshness,
    },
    sections: Object.fromEntries(
      sectionNames.map((name) => [
        name,
        buildSection({
          readAtMs: freshness?.lastSuccessMs === undefined ? builtAtMs : freshness.lastSuccessMs,
          ...(name === 'haGroups' && sections?.haGroups === undefined
            ? { state: 'movedToRules' }
            : sections?.[name]),
        }),
      ]),
    ) as Record<SectionName, Section>,
    quorum: buildQuorum(quorum),
    master: buildMaster(),
    fencing: buildFencing(),
    placementModel: 'rules',
    endpoints: [
      {
        endpointId: 1,
        url: 'https://10.0.0.11:8006',
        node: 'pve1',
        state: 'answering',
        tls: 'pinned',
        error: null,
      },
    ],
    duplicateOf: null,
    ...rest,
  };
}

export function buildLrm(over: Partial<Lrm> = {}): Lrm {
  return {
    state: 'active',
    watchdog: 'active',
    timestampS: builtAtMs / 1000,
    rawStatus: 'pve1 (active, watchdog active, Thu Jan  1 00:00:00 2026)',
    ...over,
  };
}

export function buildNode(name = 'pve1', over: Partial<ClusterNode> = {}): ClusterNode {
  const cluster = over.cluster ?? 'prod';
  return {
    id: `node:${cluster}/${name}`,
    cluster,
    name,
    nodeId: 1,
    ip: '10.0.0.11',
    online: true,
    local: name === 'pve1',
    status: 'online',
    haState: 'online',
    lrm: buildLrm(),
    cpuRatio: 0.34,
    maxCpu: 16,
    memoryBytes: 61 * 2 ** 30,
    maxMemoryBytes: 100 * 2 ** 30,
    diskBytes: null,
    maxDiskBytes: null,
    uptimeS: 86_400,
    votes: 1,
    level: '',
    sslFingerprint: null,
    lostSinceMs: null,
    lastOnlineMs: null,
    ...over,
  };
}

/** A node that membership reports as gone since `lostSinceMs`. */
export function buildLostNode(
  name: string,
  lostSinceMs: number,
  over: Partial<ClusterNode> = {},
): ClusterNode {
  return buildNode(name, {
    online: false,
    status: 'offline',
    haState: 'unknown',
    lostSinceMs,
    lastOnlineMs: lostSinceMs - 5_000,
    cpuRatio: null,
    memoryBytes: null,
    ...over,
  });
}

export function buildResource(vmid = 101, over: Partial<HaResource> = {}): HaResource {
  const cluster = over.cluster ?? 'prod';
  const kind = over.kind ?? 'vm';
  const sid = `${kind}:${vmid}`;
  return {
    id: `ha:${cluster}/${sid}`,
    cluster,
    sid,
    kind,
    vmid,
    name: `guest-${vmid}`,
    requestState: 'started',
    crmState: 'started',
    state: 'started',
    rawStatus: `${sid} (pve1, started)`,
    node: 'pve1',
    group: null,
    maxRestart: 1,
    maxRelocate: 1,
    failback: true,
    comment: null,
    target: null,
    maintenanceNode: null,
    configured: true,
    stateSinceMs: builtAtMs,
    ...over,
  };
}

export function buildGuest(vmid = 101, over: Partial<Guest> = {}): Guest {
  const cluster = over.cluster ?? 'prod';
  return {
    id: `guest:${cluster}/${vmid}`,
    cluster,
    vmid,
    kind: 'qemu',
    name: `guest-${vmid}`,
    node: 'pve1',
    status: 'running',
    haManaged: 'managed',
    haState: 'started',
    template: false,
    lock: null,
    tags: [],
    pool: null,
    cpuRatio: 0.05,
    maxCpu: 4,
    memoryBytes: 2 ** 30,
    maxMemoryBytes: 4 * 2 ** 30,
    maxDiskBytes: 32 * 2 ** 30,
    ...over,
  };
}

export function buildRule(name = 'db-apart', over: Partial<HaRule> = {}): HaRule {
  const cluster = over.cluster ?? 'prod';
  return {
    id: `rule:${cluster}/${name}`,
    cluster,
    name,
    kind: 'resourceAffinity',
    rawType: 'resource-affinity',
    affinity: 'negative',
    nodes: [],
    resources: ['vm:101', 'vm:102'],
    strict: true,
    disabled: false,
    comment: null,
    order: 1,
    errors: {},
    fromGroup: null,
    digest: null,
    ...over,
  };
}

/** A strict rule that allows its resources only these nodes, none of them better than another. */
export function buildNodeRule(name: string, nodes: readonly string[], resources: string[]): HaRule {
  return buildRule(name, {
    kind: 'nodeAffinity',
    rawType: 'node-affinity',
    affinity: 'positive',
    nodes: nodes.map((node) => ({ name: node, priority: 0 })),
    resources,
  });
}

export function buildGroup(name = 'db', over: Partial<HaGroup> = {}): HaGroup {
  const cluster = over.cluster ?? 'prod';
  return {
    id: `group:${cluster}/${name}`,
    cluster,
    name,
    nodes: [
      { name: 'pve1', priority: 2 },
      { name: 'pve2', priority: 1 },
    ],
    restricted: false,
    nofailback: false,
    comment: null,
    digest: null,
    ...over,
  };
}

export function buildError(over: Partial<FleetError> = {}): FleetError {
  return {
    code: 'timeout',
    message: 'no answer within 5 s',
    httpStatus: null,
    endpoint: '10.0.0.11:8006',
    sinceMs: builtAtMs,
    retryAfterS: null,
    certificate: null,
    expectedFingerprint: null,
    ...over,
  };
}

export function buildDetail(over: Partial<GuestDetail> = {}): GuestDetail {
  return {
    serverTimeMs: builtAtMs,
    cluster: 'prod',
    vmid: 101,
    guest: buildGuest(101),
    resource: buildResource(101),
    haError: null,
    rules: [],
    config: { name: 'guest-101', cores: '4', memory: '4096', scsi0: 'local-lvm:vm-101-disk-0,size=32G' },
    configError: null,
    status: {
      status: 'running',
      uptimeS: 3600,
      cpuRatio: 0.05,
      maxCpu: 4,
      memoryBytes: 2 ** 30,
      maxMemoryBytes: 4 * 2 ** 30,
      maxDiskBytes: 32 * 2 ** 30,
    },
    statusError: null,
    tasks: [],
    tasksError: null,
    load: [],
    loadTimeframe: 'hour',
    loadError: null,
    ...over,
  };
}

/** An event of `prod`: a node that left the membership. */
export function buildEvent(over: Partial<FleetEvent> = {}): FleetEvent {
  const subject = over.subject ?? 'node:pve3';
  const atMs = over.atMs ?? builtAtMs;
  return {
    id: `prod/${subject}#${atMs}`,
    cluster: 'prod',
    kind: 'node',
    subject,
    vmid: null,
    name: null,
    atMs,
    afterMs: atMs - 5_000,
    endMs: null,
    from: 'online',
    fromNode: 'pve3',
    to: 'offline',
    node: 'pve3',
    detail: null,
    user: null,
    ...over,
  };
}

export function buildEvents(events: readonly FleetEvent[], over: Partial<FleetEvents> = {}): FleetEvents {
  return {
    serverTimeMs: builtAtMs,
    kept: 'store',
    retentionDays: 30,
    maxRows: 200_000,
    recorded: [{ cluster: 'prod', sinceMs: builtAtMs - 7 * 86_400_000 }],
    notice: null,
    events: [...events],
    next: null,
    ...over,
  };
}

/** A small healthy cluster: three nodes, two HA resources, three guests of which one is not in HA, one rule. */
export function buildFleet(key = 'prod', over: ClusterOverrides = {}): FleetRecords {
  const inCluster = { cluster: key };
  return {
    ...emptyRecords(),
    clusters: [buildCluster(key, over)],
    nodes: ['pve1', 'pve2', 'pve3'].map((name) => buildNode(name, inCluster)),
    resources: [buildResource(101, inCluster), buildResource(102, { ...inCluster, node: 'pve2' })],
    guests: [
      buildGuest(101, inCluster),
      buildGuest(102, { ...inCluster, node: 'pve2' }),
      buildGuest(103, { ...inCluster, haManaged: 'notManaged', haState: null }),
    ],
    rules: [buildRule('db-apart', inCluster)],
  };
}

/** Lists of several fleets put together. */
export function joinFleets(...fleets: readonly FleetRecords[]): FleetRecords {
  return {
    clusters: fleets.flatMap(({ clusters }) => clusters),
    nodes: fleets.flatMap(({ nodes }) => nodes),
    groups: fleets.flatMap(({ groups }) => groups),
    rules: fleets.flatMap(({ rules }) => rules),
    resources: fleets.flatMap(({ resources }) => resources),
    guests: fleets.flatMap(({ guests }) => guests),
  };
}

export function buildSnapshot(
  records: Partial<FleetRecords>,
  over: Partial<FleetSnapshot> = {},
): FleetSnapshot {
  return {
    ...emptyRecords(),
    ...records,
    schemaVersion: fleetSchemaVersion,
    epoch: 'test',
    seq: 1,
    serverTimeMs: builtAtMs,
    aggregatorVersion: '0.1.0',
    ...over,
  };
}

export function buildDelta(
  seq: number,
  upserted: Partial<FleetRecords>,
  removed: string[] = [],
  over: Partial<FleetDelta> = {},
): FleetDelta {
  return {
    schemaVersion: fleetSchemaVersion,
    epoch: 'test',
    seq,
    serverTimeMs: builtAtMs,
    upserted: { ...emptyRecords(), ...upserted },
    removed,
    ...over,
  };
}

/** A connection whose store and state a test sets by hand. */
export class FakeConnection implements FleetConnection {
  readonly store = new FleetStore();
  readonly #stateChanged = new Emitter<ConnectionState>();
  readonly onDidChangeState = this.#stateChanged.event;
  capabilities: ServerCapabilities | null = { version: '0.1.0', fleet: true, ha: true };
  state: ConnectionState = { kind: 'live', via: 'stream', intervalMs: 5_000 };
  watchers = 0;
  refreshes = 0;
  detail: () => Promise<GuestDetail> = async () => buildDetail();
  timeline: (query: EventsQuery) => Promise<FleetEvents> = async () => buildEvents([]);
  #seq = 1;

  constructor(records: Partial<FleetRecords> | null = null) {
    if (records !== null) this.show(records);
  }

  /** Replaces the picture, as a snapshot read at `nowMs` by a server with the same clock. */
  show(records: Partial<FleetRecords>, nowMs = builtAtMs): void {
    this.#seq += 1;
    this.store.applySnapshot(buildSnapshot(records, { seq: this.#seq, serverTimeMs: nowMs }), nowMs);
  }

  /** Changes single records, as a delta. */
  change(upserted: Partial<FleetRecords>, removed: string[] = [], nowMs = builtAtMs): void {
    this.#seq += 1;
    this.store.applyDelta(buildDelta(this.#seq, upserted, removed, { serverTimeMs: nowMs }), nowMs);
  }

  setState(state: ConnectionState): void {
    this.state = state;
    this.#stateChanged.fire(state);
  }

  watch(): Disposable {
    this.watchers += 1;
    return toDisposable(() => {
      this.watchers -= 1;
    });
  }

  reconnect(): void {
    this.refreshes += 1;
  }

  async refresh(): Promise<void> {
    this.refreshes += 1;
  }

  guestDetail(): Promise<GuestDetail> {
    return this.detail();
  }

  events(query: EventsQuery): Promise<FleetEvents> {
    return this.timeline(query);
  }

  exportEvents(): Promise<string> {
    return Promise.resolve('[]');
  }

  dispose(): void {
    this.#stateChanged.dispose();
  }
}
