import type { LrmRecord, ManagerRecord } from '../../ha/haRecords.ts';
import type { Release } from './release.ts';
import type { TaskStore } from './tasks.ts';
import type { VolumeStore } from './volumes.ts';

/** Wanted state of an HA resource. */
export const requestStates = ['started', 'stopped', 'disabled', 'ignored', 'enabled'] as const;
export type RequestState = (typeof requestStates)[number];

export type DisarmMode = 'freeze' | 'ignore';

/** The manager status file, with its own key names; `timestamp` in seconds of the wall's clock. */
export interface ManagerStatus extends Omit<ManagerRecord, 'node_request'> {
  master_node: string;
  timestamp: number;
  /** Absent when nothing is asked of any node. */
  node_request?: ManagerRecord['node_request'];
}

/** The status file of one node's local resource manager, with its own key names; `timestamp` in seconds. */
export type LrmStatus = Required<LrmRecord>;

/** A section of the HA resources file: only what is set. */
export interface HaResource {
  readonly sid: string;
  state?: RequestState;
  max_restart?: number;
  max_relocate?: number;
  group?: string;
  failback?: 0 | 1;
  comment?: string;
}

/** A section of the HA groups file (PVE 8). */
export interface HaGroup {
  readonly group: string;
  /** Node name to priority; priority 0 is not written out. */
  readonly nodes: ReadonlyMap<string, number>;
  readonly restricted?: 1;
  readonly nofailback?: 1;
  readonly comment?: string;
}

/** A section of the HA rules file (PVE 9). */
export type HaRule =
  | {
      readonly type: 'node-affinity';
      readonly rule: string;
      readonly resources: readonly string[];
      readonly nodes: ReadonlyMap<string, number>;
      readonly strict?: 1;
      readonly disable?: 1;
      readonly comment?: string;
    }
  | {
      readonly type: 'resource-affinity';
      readonly rule: string;
      readonly resources: readonly string[];
      readonly affinity: 'positive' | 'negative';
      readonly disable?: 1;
      readonly comment?: string;
    };

/** What the cluster file system holds and therefore what a cut-off node keeps seeing unchanged. */
export interface ClusterStore {
  /** Absent until HA was used once. */
  managerStatus: ManagerStatus | null;
  /** By node name. */
  lrmStatus: Map<string, LrmStatus>;
  /** In file order. */
  resources: Map<string, HaResource>;
  groups: Map<string, HaGroup>;
  rules: Map<string, HaRule>;
  /** Where each guest's configuration lies. */
  guestNodes: Map<number, string>;
}

export type NodePower = 'on' | 'off' | 'booting';

/** One machine of a cluster. */
export interface NodeWorld {
  readonly name: string;
  /** 0 on a standalone node. */
  readonly nodeId: number;
  readonly ip: string;
  readonly votes: number;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly rootBytes: number;
  readonly cpuModel: string;
  readonly loadKey: number;
  power: NodePower;
  /** Cut off from the other nodes, running or not. */
  isolated: boolean;
  /** Member of the main partition, as the membership service has noticed. */
  member: boolean;
  /** When contact with the main partition was lost; null while there is contact. */
  lostAtMs: number | null;
  /** When the present boot began. */
  bootedAtMs: number;
  /** When a booting node will be up. */
  readyAtMs: number;
  /** What the node last saw of the cluster file system; null while it is in the main partition. */
  frozen: ClusterStore | null;
  /** CPU share 0..1, refreshed with the node's statistics. */
  cpu: number;
  usedMemoryBytes: number;
  usedRootBytes: number;
  /** When the node refreshes its statistics next. */
  nextStatsAtMs: number;
  /** SHA-256 of the certificate in colon form. */
  fingerprint: string;
}

export type GuestType = 'qemu' | 'lxc';

/** One virtual machine or container. */
export interface GuestWorld {
  readonly vmid: number;
  readonly type: GuestType;
  /** The configuration file: what is in force now. Lock and template flag are kept apart. */
  readonly config: Map<string, string>;
  /** Changes that wait for the guest's next start; null for a key that goes away. */
  readonly pending: Map<string, string | null>;
  // What lists show of the configuration; refreshFacts keeps it in line.
  name: string;
  tags: readonly string[];
  pool: string | null;
  template: boolean;
  protected: boolean;
  cores: number;
  memoryBytes: number;
  diskBytes: number;
  onboot: boolean;
  description: string | null;
  osType: string;
  /** Share of its cores the guest uses on average. */
  busyness: number;
  readonly loadKey: number;
  readonly createdAtMs: number;
  lock: string | null;
  /** QEMU run state or container state. */
  status: string;
  startedAtMs: number | null;
  pid: number;
  cpu: number;
  usedMemoryBytes: number;
  usedDiskBytes: number;
  netInBytes: number;
  netOutBytes: number;
  diskReadBytes: number;
  diskWriteBytes: number;
}

export interface StorageWorld {
  readonly storage: string;
  readonly type: string;
  readonly content: string;
  readonly shared: boolean;
  readonly totalBytes: number;
  /** Used part by node name; a shared storage has one entry under the empty name. */
  readonly usedBytes: Map<string, number>;
  /** Further keys of the storage configuration (path, pool, server …). */
  readonly configuration: Readonly<Record<string, string | number>>;
}

export type QdeviceState = 'none' | 'connected' | 'disconnected';

/** Delays of the behaviour in milliseconds of wall time; all real delays divided by the speed. */
export interface Timings {
  readonly stepMs: number;
  readonly membershipMs: number;
  readonly bootMs: number;
  readonly guestStartMs: number;
  readonly guestStopMs: number;
  readonly migrationMinMs: number;
  readonly migrationMaxMs: number;
  /** Making the configuration and the empty volumes of a guest. */
  readonly guestCreateMs: number;
  readonly guestDestroyMs: number;
  /** Copying of volumes. */
  readonly copyMsPerGib: number;
  readonly statsMs: number;
  /** Age at which an LRM or master timestamp reads as dead. */
  readonly staleMs: number;
  /** Age at which broadcast statistics are forgotten. */
  readonly statsExpiryMs: number;
}

/** Timings of a real cluster divided by `speed`. */
export function timingsFor(speed: number): Timings {
  const scaled = (ms: number): number => ms / speed;
  return {
    stepMs: Math.max(20, scaled(1000)),
    membershipMs: scaled(3000),
    bootMs: scaled(40_000),
    guestStartMs: scaled(4000),
    guestStopMs: scaled(5000),
    migrationMinMs: scaled(15_000),
    migrationMaxMs: scaled(30_000),
    guestCreateMs: scaled(3000),
    guestDestroyMs: scaled(3000),
    copyMsPerGib: scaled(700),
    statsMs: scaled(10_000),
    // Timestamps are whole seconds, so that a shorter age could not be told.
    staleMs: Math.max(1500, scaled(30_000)),
    statsExpiryMs: scaled(300_000),
  };
}

/** Everything there is to know about one simulated cluster. */
export interface ClusterWorld {
  readonly name: string;
  readonly release: Release;
  /** A single node outside any cluster. */
  readonly standalone: boolean;
  /** Version counter of the corosync configuration. */
  readonly configVersion: number;
  /** What the nodes' local time is ahead of UTC; texts use local time, timestamps do not. */
  readonly utcOffsetMinutes: number;
  /** Cluster resource scheduler: `basic`, `static` or `dynamic`. */
  readonly scheduler: 'basic' | 'static' | 'dynamic';
  readonly timings: Timings;
  readonly nodes: Map<string, NodeWorld>;
  readonly guests: Map<number, GuestWorld>;
  readonly storages: readonly StorageWorld[];
  readonly volumes: VolumeStore;
  readonly pools: ReadonlyMap<string, string>;
  /** Index over the live store's guest locations; {@link moveGuest} keeps both. */
  readonly guestsByNode: Map<string, Set<GuestWorld>>;
  readonly tasks: TaskStore;
  readonly store: ClusterStore;
  qdevice: QdeviceState;
  /** The main partition has quorum. */
  quorate: boolean;
  /** Raised with every step; answers are computed once per revision. */
  revision: number;
}

/** `vm:101` for a VM, `ct:201` for a container. */
export function sidOf(guest: Pick<GuestWorld, 'type' | 'vmid'>): string {
  return `${guest.type === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`;
}

/** The guest a service id names, if it exists. */
export function guestOfSid(cluster: ClusterWorld, sid: string): GuestWorld | undefined {
  const guest = cluster.guests.get(Number(sid.slice(sid.indexOf(':') + 1)));
  return guest !== undefined && sidOf(guest) === sid ? guest : undefined;
}

/** Copy of the cluster file system's content, for a node that loses contact. */
export function copyStore(store: ClusterStore): ClusterStore {
  return {
    managerStatus: structuredClone(store.managerStatus),
    lrmStatus: structuredClone(store.lrmStatus),
    resources: structuredClone(store.resources),
    groups: new Map(store.groups),
    rules: new Map(store.rules),
    guestNodes: new Map(store.guestNodes),
  };
}

/** Moves a guest's configuration to a node. */
export function moveGuest(cluster: ClusterWorld, guest: GuestWorld, node: string): void {
  const from = cluster.store.guestNodes.get(guest.vmid);
  if (from !== undefined) {
    cluster.guestsByNode.get(from)?.delete(guest);
    cluster.volumes.moveGuest(guest.vmid, from, node);
  }
  cluster.store.guestNodes.set(guest.vmid, node);
  let guests = cluster.guestsByNode.get(node);
  if (guests === undefined) {
    guests = new Set();
    cluster.guestsByNode.set(node, guests);
  }
  guests.add(guest);
}
