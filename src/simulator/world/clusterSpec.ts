import type { JobResult } from '../../ha/haRecords.ts';
import { buildGuest, type GuestSpec } from './guestSpec.ts';
import { newUid } from './ha/uid.ts';
import { refreshNode } from './load.ts';
import {
  type ClusterWorld,
  guestOfSid,
  type HaGroup,
  type HaRule,
  moveGuest,
  type NodeWorld,
  sidOf,
  timingsFor,
} from './model.ts';
import { hashText, type Random } from './random.ts';
import { type ReleaseName, releaseOf } from './release.ts';
import { addFiles, buildStorage, type StorageSpec, settleUsage } from './storageSpec.ts';
import { TaskStore } from './tasks.ts';
import { VolumeStore } from './volumes.ts';

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

/** Builds a cluster that has been running for a while, with its HA stack settled. */
export function buildCluster(spec: ClusterSpec, random: Random, nowMs: number, speed: number): ClusterWorld {
  const nodes = new Map<string, NodeWorld>();
  for (const [index, nodeSpec] of spec.nodes.entries()) {
    nodes.set(nodeSpec.name, buildNode(spec, nodeSpec, index, random, nowMs, speed));
  }
  const storages = spec.storages.map((storage) => buildStorage(storage, spec.nodes, random));
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
    storages,
    volumes: new VolumeStore(storages),
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
    const guest = buildGuest(guestSpec, cluster, random, nowMs);
    cluster.guests.set(guest.vmid, guest);
    moveGuest(cluster, guest, guestSpec.node);
    if (guestSpec.ha !== undefined)
      cluster.store.resources.set(sidOf(guest), { sid: sidOf(guest), ...guestSpec.ha });
  }
  addFiles(cluster, spec.storages, nowMs);
  settleUsage(cluster);
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
    frozen: null,
    cpu: 0,
    usedMemoryBytes: 0,
    usedRootBytes: 0,
    nextStatsAtMs: nowMs + ((index * 1300) % 10_000) / speed,
    fingerprint: Array.from({ length: 32 }, () => random.hex(2).toUpperCase()).join(':'),
  };
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
  const results = new Map<string, Record<string, JobResult>>();
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
