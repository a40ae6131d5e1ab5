import {
  type Datacenter,
  type HaEnvironment,
  RoundFailure,
  SimulationAbort,
  StoreFailure,
} from '../haEnvironment.ts';
import type { HaEventFields } from '../haEvent.ts';
import type { LrmRecord, ManagerRecord, ServiceConfig } from '../haRecords.ts';
import type { Section } from '../rules/sections.ts';
import type { ClusterStores } from './clusterStores.ts';
import type { SimulatedServices } from './simulatedServices.ts';

/** A node of the simulation as its daemons live on it. */
export interface SimulatedNode {
  readonly name: string;
  power: boolean;
  network: boolean;
  maxcpu: number | null;
  maxmem: number | null;
  version: string | null;
  /** The cluster filesystem cannot be read or written here. */
  cannotReadWrite: boolean;
  /** The cluster filesystem brings no news here. */
  cannotUpdate: boolean;
}

/** The whole of the simulation, as far as a daemon touches it. */
export interface SimulatedCluster {
  readonly nodes: ReadonlyMap<string, SimulatedNode>;
  readonly stores: ClusterStores;
  readonly services: SimulatedServices;
  readonly datacenter: Datacenter;
  /** Hardware clock, seconds. */
  readonly nowS: number;
  emit(timeS: number, source: string, event: string, fields?: HaEventFields): void;
}

/** Most seconds that the waiting of one iteration may add up to, and what each thing is worth. */
const mostSleepS = 300;
const sleepS = { action: 2, lock: 1, refusedLock: 11, idle: 5 };

/** What one daemon of one node sees of the simulated cluster. */
export class DaemonEnvironment implements HaEnvironment {
  readonly node: string;
  readonly #cluster: SimulatedCluster;
  readonly #own: SimulatedNode;
  readonly #source: string;
  readonly #clock: () => number;
  #sleptS = 0;

  constructor(cluster: SimulatedCluster, own: SimulatedNode, daemon: 'crm' | 'lrm', clock: () => number) {
    this.node = own.name;
    this.#cluster = cluster;
    this.#own = own;
    this.#source = `${own.name}/${daemon}`;
    this.#clock = clock;
  }

  /** Begins an iteration: waiting is counted anew. */
  begin(): void {
    this.#sleptS = sleepS.idle;
  }

  now(): number {
    return this.#clock();
  }

  emit(event: string, fields: HaEventFields = {}): void {
    this.#cluster.emit(this.now(), this.#source, event, fields);
  }

  err(): void {
    this.emit('err');
  }

  warn(): void {
    this.emit('warn');
  }

  onlineNodes(): ReadonlyMap<string, boolean> {
    const isQuorate = isClusterQuorate(this.#cluster.nodes);
    return new Map([...this.#cluster.nodes].map(([name, node]) => [name, isQuorate && isOnline(node)]));
  }

  isQuorate(): boolean {
    return isOnline(this.#own) && isClusterQuorate(this.#cluster.nodes);
  }

  isClusterUpdated(): boolean {
    return !this.#own.cannotUpdate;
  }

  readManager(): ManagerRecord {
    return this.#stores.manager;
  }

  writeManager(record: ManagerRecord): void {
    this.#stores.manager = record;
  }

  readLrm(node: string): LrmRecord {
    return this.#stores.lrm(node);
  }

  writeLrm(record: LrmRecord): void {
    this.#stores.writeLrm(this.node, record);
  }

  readServices(): Record<string, ServiceConfig> {
    return this.#stores.services;
  }

  setServiceState(sid: string, state: string): void {
    this.#change(sid, 'state', state);
  }

  setServiceFailback(sid: string, failback: boolean): void {
    this.#change(sid, 'failback', failback ? 1 : 0);
  }

  removeServiceGroup(sid: string): void {
    this.#change(sid, 'group', null);
  }

  removeServiceLock(sid: string): void {
    this.#change(sid, 'lock', null);
  }

  moveService(sid: string, from: string, to: string): void {
    this.#stores.moveService(sid, from, to);
  }

  readRules(): Section[] {
    return this.#stores.rules;
  }

  writeRules(rules: readonly Section[]): void {
    this.#stores.rules = [...rules];
  }

  readGroups(): Section[] {
    return this.#stores.groups;
  }

  dropGroups(): void {
    this.#stores.dropGroups();
  }

  takeQueue(): string[] {
    return this.#stores.queue.splice(0);
  }

  hasQueued(): boolean {
    return this.#cluster.stores.queue.length > 0;
  }

  datacenter(): Datacenter {
    return this.#cluster.datacenter;
  }

  nodeVersion(node: string): string | null {
    return this.#cluster.nodes.get(node)?.version ?? null;
  }

  capacityOf(node: string) {
    const { maxcpu = null, maxmem = null } = this.#cluster.nodes.get(node) ?? {};
    return { maxcpu, maxmem };
  }

  staticStats() {
    return this.#cluster.stores.staticStats;
  }

  dynamicStats() {
    return this.#cluster.stores.dynamicStats;
  }

  isRunning(sid: string, node: string): boolean {
    return this.#cluster.services.isRunning(sid, node);
  }

  acquire(lock: string): boolean {
    const outcome = this.isQuorate()
      ? this.#cluster.stores.locks.acquire(lock, this.node, this.now())
      : 'refused';
    this.#sleep(outcome === 'refused' ? sleepS.refusedLock : sleepS.lock);
    if (outcome === 'taken') this.emit('lock', { lock });
    return outcome !== 'refused';
  }

  release(lock: string): void {
    if (this.isQuorate()) this.#cluster.stores.locks.release(lock, this.node, this.now());
  }

  openWatchdog(): number {
    return this.#cluster.stores.openWatchdog(this.node, this.#cluster.nowS);
  }

  refreshWatchdog(id: number): void {
    this.#cluster.stores.refreshWatchdog(id, this.#cluster.nowS);
  }

  closeWatchdog(id: number): void {
    this.#cluster.stores.closeWatchdog(id);
  }

  startService(sid: string): void {
    this.#sleep(sleepS.action);
    this.#cluster.services.start(sid, this);
  }

  stopService(sid: string): void {
    this.#sleep(sleepS.action);
    this.#cluster.services.stop(sid, this);
  }

  transferService(sid: string, target: string, mode: 'migrate' | 'relocate'): boolean {
    this.#sleep(sleepS.action);
    return this.#cluster.services.transfer(sid, target, mode, this);
  }

  /** Here everything is done at once. */
  isUnderWay(): boolean {
    return false;
  }

  get #stores(): ClusterStores {
    if (this.#own.cannotReadWrite) throw new StoreFailure('the cluster filesystem does not answer');
    return this.#cluster.stores;
  }

  #change(sid: string, name: string, value: string | number | null): void {
    const raw = this.#cluster.stores.rawService(sid);
    if (raw === undefined) throw new RoundFailure(`${sid} is not configured`);
    if (value === null) delete raw[name];
    else raw[name] = value;
  }

  #sleep(seconds: number): void {
    this.#sleptS += seconds;
    if (this.#sleptS > mostSleepS) throw new SimulationAbort('an iteration takes too long');
  }
}

export function isOnline({ power, network }: SimulatedNode): boolean {
  return power && network;
}

export function isClusterQuorate(nodes: ReadonlyMap<string, SimulatedNode>): boolean {
  const online = [...nodes.values()].filter(isOnline).length;
  return online > Math.floor(nodes.size / 2);
}
