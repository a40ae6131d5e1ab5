import { newUid } from './haManager.ts';
import { refreshGuest, refreshNode } from './load.ts';
import {
  type ClusterWorld,
  type GuestType,
  type GuestWorld,
  guestOfSid,
  type HaGroup,
  type HaResource,
  type HaRule,
  moveGuest,
  type NodeWorld,
  type StorageWorld,
  sidOf,
  timingsFor,
} from './model.ts';
import { hashText, type Random } from './random.ts';
import { type ReleaseName, releaseOf } from './release.ts';
import { TaskStore } from './tasks.ts';

const gib = 1024 ** 3;
const hourMs = 3_600_000;

/** Description of one node to build. */
export interface NodeSpec {
  readonly name: string;
  readonly ip: string;
  readonly cores?: number;
  readonly memoryGib?: number;
  readonly cpuModel?: string;
  readonly votes?: number;
}

/** Description of one guest to build; what is absent gets a sensible value. */
export interface GuestSpec {
  readonly vmid: number;
  readonly type?: GuestType;
  readonly name: string;
  readonly node: string;
  readonly cores?: number;
  readonly memoryGib?: number;
  readonly diskGib?: number;
  readonly storage?: string;
  readonly tags?: readonly string[];
  readonly pool?: string;
  readonly template?: boolean;
  /** `running` when absent. */
  readonly status?: string;
  readonly lock?: string;
  readonly onboot?: boolean;
  readonly description?: string;
  readonly osType?: string;
  readonly busyness?: number;
  /** Configuration as HA resource; absent for a guest without HA. */
  readonly ha?: Omit<HaResource, 'sid'>;
}

/** Description of one cluster to build. */
export interface ClusterSpec {
  readonly name: string;
  readonly release: ReleaseName;
  readonly standalone?: boolean;
  readonly configVersion?: number;
  readonly utcOffsetMinutes?: number;
  readonly scheduler?: ClusterWorld['scheduler'];
  /** Name of the node that is master at the beginning; the first one when absent. */
  readonly master?: string;
  readonly nodes: readonly NodeSpec[];
  readonly guests: readonly GuestSpec[];
  readonly pools?: Readonly<Record<string, string>>;
  readonly storages: readonly StorageSpec[];
  readonly groups?: readonly HaGroup[];
  readonly rules?: readonly HaRule[];
}

export interface StorageSpec {
  readonly storage: string;
  readonly type: string;
  readonly content: string;
  readonly shared?: boolean;
  readonly totalGib: number;
  readonly configuration: Readonly<Record<string, string | number>>;
}

/** Builds a cluster that has been running for a while, with its HA stack settled. */
export function buildCluster(spec: ClusterSpec, random: Random, nowMs: number, speed: number): ClusterWorld {
  const nodes = new Map<string, NodeWorld>();
  for (const [index, nodeSpec] of spec.nodes.entries()) {
    nodes.set(nodeSpec.name, buildNode(spec, nodeSpec, index, random, nowMs, speed));
  }
  const cluster: ClusterWorld = {
    name: spec.name,
    release: releaseOf(spec.release),
    standalone: spec.standalone === true,
    configVersion: spec.configVersion ?? spec.nodes.length,
    utcOffsetMinutes: spec.utcOffsetMinutes ?? 0,
    scheduler: spec.scheduler ?? 'basic',
    timings: timingsFor(speed),
    nodes,
    guests: new Map(),
    guestsByNode: new Map(spec.nodes.map((node) => [node.name, new Set()])),
    storages: spec.storages.map((storage) => buildStorage(storage, spec.nodes, random)),
    pools: new Map(Object.entries(spec.pools ?? {})),
    tasks: new TaskStore(random.fork('tasks')),
    store: {
      managerStatus: null,
      lrmStatus: new Map(),
      resources: new Map(),
      groups: new Map((spec.groups ?? []).map((group) => [group.group, group])),
      rules: new Map((spec.rules ?? []).map((rule) => [rule.rule, rule])),
      guestNodes: new Map(),
    },
    qdevice: 'none',
    quorate: true,
    revision: 1,
  };
  for (const guestSpec of spec.guests) {
    const guest = buildGuest(guestSpec, random, nowMs);
    cluster.guests.set(guest.vmid, guest);
    moveGuest(cluster, guest, guestSpec.node);
    if (guestSpec.ha !== undefined)
      cluster.store.resources.set(sidOf(guest), { sid: sidOf(guest), ...guestSpec.ha });
  }
  for (const node of nodes.values()) refreshNode(node, cluster.guestsByNode.get(node.name) ?? [], nowMs);
  settleHa(cluster, spec.master ?? spec.nodes[0]?.name ?? '', random, nowMs);
  addPastTasks(cluster, random, nowMs);
  return cluster;
}

function buildNode(
  spec: ClusterSpec,
  node: NodeSpec,
  index: number,
  random: Random,
  nowMs: number,
  speed: number,
): NodeWorld {
  return {
    name: node.name,
    nodeId: spec.standalone === true ? 0 : index + 1,
    ip: node.ip,
    votes: node.votes ?? 1,
    cores: node.cores ?? 16,
    memoryBytes: (node.memoryGib ?? 64) * gib,
    rootBytes: 100_861_726_720,
    cpuModel: node.cpuModel ?? 'AMD EPYC 7313P 16-Core Processor',
    loadKey: hashText(`${spec.name}/${node.name}`),
    power: 'on',
    isolated: false,
    member: true,
    lostAtMs: null,
    bootedAtMs: nowMs - random.between(40, 2400) * hourMs,
    readyAtMs: 0,
    quorumLostAtMs: null,
    frozen: null,
    cpu: 0,
    usedMemoryBytes: 0,
    usedRootBytes: 0,
    nextStatsAtMs: nowMs + ((index * 1300) % 10_000) / speed,
    fingerprint: Array.from({ length: 32 }, () => random.hex(2).toUpperCase()).join(':'),
  };
}

function buildStorage(spec: StorageSpec, nodes: readonly NodeSpec[], random: Random): StorageWorld {
  const totalBytes = spec.totalGib * gib;
  const names = spec.shared === true ? [''] : nodes.map((node) => node.name);
  return {
    storage: spec.storage,
    type: spec.type,
    content: spec.content,
    shared: spec.shared === true,
    totalBytes,
    usedBytes: new Map(names.map((name) => [name, Math.floor(totalBytes * (0.15 + 0.6 * random.next()))])),
    configuration: spec.configuration,
  };
}

function buildGuest(spec: GuestSpec, random: Random, nowMs: number): GuestWorld {
  const type = spec.type ?? 'qemu';
  const status = spec.template === true ? 'stopped' : (spec.status ?? 'running');
  const runs = status !== 'stopped';
  const startedAtMs = runs ? nowMs - random.between(1, 900) * hourMs - random.between(0, 3599) * 1000 : null;
  const diskBytes = (spec.diskGib ?? (type === 'qemu' ? 32 : 8)) * gib;
  const guest: GuestWorld = {
    vmid: spec.vmid,
    type,
    name: spec.name,
    tags: spec.tags ?? [],
    pool: spec.pool ?? null,
    template: spec.template === true,
    cores: spec.cores ?? 2,
    memoryBytes: (spec.memoryGib ?? 4) * gib,
    diskBytes,
    storage: spec.storage ?? 'local-zfs',
    onboot: spec.onboot ?? runs,
    description: spec.description ?? null,
    osType: spec.osType ?? (type === 'qemu' ? 'l26' : 'debian'),
    busyness: spec.busyness ?? 0.05 + 0.3 * random.next(),
    loadKey: random.between(1, 0x7ffffff0),
    createdAtMs: nowMs - random.between(1000, 20_000) * hourMs,
    lock: spec.lock ?? null,
    status,
    startedAtMs,
    pid: runs ? random.between(1500, 3_900_000) : 0,
    cpu: 0,
    usedMemoryBytes: 0,
    usedDiskBytes: type === 'lxc' && runs ? Math.floor(diskBytes * (0.1 + 0.5 * random.next())) : 0,
    netInBytes: 0,
    netOutBytes: 0,
    diskReadBytes: 0,
    diskWriteBytes: 0,
  };
  refreshGuest(guest, nowMs, startedAtMs === null ? 0 : nowMs - startedAtMs);
  return guest;
}

/** Puts the HA stack into the state it reaches after some quiet minutes. */
function settleHa(cluster: ClusterWorld, master: string, random: Random, nowMs: number): void {
  const { store } = cluster;
  if (store.resources.size === 0) return;
  const seconds = Math.floor(nowMs / 1000);
  const busyNodes = new Set<string>();
  store.managerStatus = {
    master_node: master,
    timestamp: seconds,
    node_status: Object.fromEntries([...cluster.nodes.keys()].map((name) => [name, 'online' as const])),
    service_status: {},
  };
  const results = new Map<string, Record<string, { sid: string; state: string; exit_code: number }>>();
  for (const [sid, resource] of store.resources) {
    const guest = guestOfSid(cluster, sid);
    if (guest === undefined || resource.state === 'ignored') continue;
    const node = store.guestNodes.get(guest.vmid) ?? master;
    const uid = newUid(random);
    if (resource.state === 'stopped' || resource.state === 'disabled') {
      store.managerStatus.service_status[sid] = { state: 'stopped', node, uid };
      continue;
    }
    store.managerStatus.service_status[sid] = { state: 'started', node, uid, running: 1 };
    busyNodes.add(node);
    const ofNode = results.get(node) ?? {};
    ofNode[uid] = { sid, state: 'started', exit_code: 0 };
    results.set(node, ofNode);
  }
  for (const node of cluster.nodes.values()) {
    store.lrmStatus.set(node.name, {
      state: busyNodes.has(node.name) ? 'active' : 'wait_for_agent_lock',
      mode: 'active',
      timestamp: seconds - (node.nodeId % 8),
      results: results.get(node.name) ?? {},
    });
  }
}

/** What a shop did in the last day: backups, updates, a start. */
function addPastTasks(cluster: ClusterWorld, random: Random, nowMs: number): void {
  for (const node of cluster.nodes.values()) {
    const guests = [...(cluster.guestsByNode.get(node.name) ?? [])]
      .filter((guest) => !guest.template)
      .slice(0, 6);
    const kinds: [type: string, id: string, ageHours: number, seconds: number][] = [
      ['aptupdate', '', 20, 7],
      ['vzdump', '', 9, 1640],
      ...guests.map((guest, index): [string, string, number, number] => [
        guest.type === 'qemu' ? 'qmstart' : 'vzstart',
        String(guest.vmid),
        8 - index,
        3,
      ]),
    ];
    for (const [type, id, ageHours, seconds] of kinds) {
      const startMs = nowMs - ageHours * hourMs - random.between(0, 1800) * 1000;
      const task = cluster.tasks.start(node.name, type, id, startMs);
      cluster.tasks.finish(
        task,
        startMs + seconds * 1000,
        type === 'vzdump' && random.next() < 0.3 ? 'WARNINGS: 1' : 'OK',
      );
    }
  }
}
