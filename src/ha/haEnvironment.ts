import type { HaEventFields } from './haEvent.ts';
import type { LrmRecord, ManagerRecord, ServiceConfig } from './haRecords.ts';
import type { Section } from './rules/sections.ts';

/** The cluster filesystem could not be read or written. */
export class StoreFailure extends Error {}

/** A round of the manager met something it cannot go on with; the rest of the round is abandoned. */
export class RoundFailure extends Error {}

/** The daemon did something that no daemon may; the simulation cannot go on. */
export class SimulationAbort extends Error {}

/** Settings of the cluster as `datacenter.cfg` holds them. */
export interface Datacenter {
  readonly crs: Readonly<Record<string, string | number>>;
  readonly shutdownPolicy: string | null;
}

/** Capacity of a node as far as known. */
export interface NodeCapacity {
  readonly maxcpu: number | null;
  readonly maxmem: number | null;
}

export interface ServiceCapacity {
  readonly maxcpu?: number;
  readonly maxmem?: number;
}

export interface ServiceLoad {
  readonly cpu?: number;
  readonly mem?: number;
}

/** What one daemon sees and does; every node has its own, because sight, clock and stores differ from node to node. */
export interface HaEnvironment {
  readonly node: string;
  /** The daemon's clock, whole seconds. */
  now(): number;
  emit(event: string, fields?: HaEventFields): void;
  /** An error, or a warning, that is no event of its own. */
  err(): void;
  warn(): void;

  /** Every node of the cluster and whether it is online, as the quorate part sees it. */
  onlineNodes(): ReadonlyMap<string, boolean>;
  isQuorate(): boolean;
  /** Whether the cluster filesystem brought news lately. */
  isClusterUpdated(): boolean;

  /**
   * The record as it is; whoever changes it works on a copy.
   *
   * @throws StoreFailure, as every reading and writing below.
   */
  readManager(): ManagerRecord;
  writeManager(record: ManagerRecord): void;
  readLrm(node: string): LrmRecord;
  writeLrm(record: LrmRecord): void;
  readServices(): Record<string, ServiceConfig>;
  /** Works even while the record cannot be read. */
  setServiceState(sid: string, state: string): void;
  setServiceFailback(sid: string, failback: boolean): void;
  removeServiceGroup(sid: string): void;
  removeServiceLock(sid: string): void;
  /** Changes the configured node. @throws RoundFailure when it is not `from` any more. */
  moveService(sid: string, from: string, to: string): void;
  readRules(): Section[];
  writeRules(rules: readonly Section[]): void;
  readGroups(): Section[];
  dropGroups(): void;
  takeQueue(): string[];
  hasQueued(): boolean;
  datacenter(): Datacenter;
  nodeVersion(node: string): string | null;

  capacityOf(node: string): NodeCapacity;
  staticStats(): Readonly<Record<string, ServiceCapacity>>;
  dynamicStats(): Readonly<Record<string, ServiceLoad>>;
  isRunning(sid: string, node: string): boolean;

  /** Takes or renews a lock. */
  acquire(lock: string): boolean;
  release(lock: string): void;
  openWatchdog(): number;
  refreshWatchdog(id: number): void;
  closeWatchdog(id: number): void;

  /** Simulated services of this node. `startService` and the others tell nothing; whether it worked is seen afterwards. */
  startService(sid: string): void;
  stopService(sid: string): void;
  /** False when the move could not even begin. */
  transferService(sid: string, target: string, mode: 'migrate' | 'relocate'): boolean;
  /** Whether what was begun on a service takes its time and goes on. */
  isUnderWay(sid: string): boolean;
}
