import { plainCopy } from '../../../base/plainCopy.ts';
import type { ClusterLocks } from '../../../ha/clusterLocks.ts';
import {
  type Datacenter,
  type HaEnvironment,
  type NodeCapacity,
  RoundFailure,
  type ServiceCapacity,
  type ServiceLoad,
  StoreFailure,
} from '../../../ha/haEnvironment.ts';
import type { HaEventFields } from '../../../ha/haEvent.ts';
import {
  type LrmRecord,
  type ManagerRecord,
  newManagerRecord,
  type ServiceConfig,
} from '../../../ha/haRecords.ts';
import type { Section } from '../../../ha/rules/sections.ts';
import type { Watchdogs } from '../../../ha/watchdogs.ts';
import type { GuestJobs } from '../guestJobs.ts';
import { stopGuest } from '../guestJobs.ts';
import {
  type ClusterStore,
  type ClusterWorld,
  guestOfSid,
  type HaResource,
  type HaRule,
  moveGuest,
  type NodeWorld,
  requestStates,
} from '../model.ts';
import { ruleOfSection, sectionOfGroup, sectionOfRule } from './configSections.ts';

/** What the daemons of all nodes of a cluster share. */
export interface HaHost {
  readonly cluster: ClusterWorld;
  readonly jobs: GuestJobs;
  readonly locks: ClusterLocks;
  readonly watchdogs: Watchdogs;
  /** Orders that wait for the manager. */
  readonly queue: string[];
  /** Wall time, milliseconds. */
  readonly nowMs: number;
  /** Time of the HA stack, seconds: runs faster than the wall's by the world's speed. */
  readonly nowS: number;
  log(source: string, event: string, fields: HaEventFields): void;
}

/**
 * What one HA daemon of one node sees of a simulated cluster. A node that was cut off reads what it last saw of the
 * cluster filesystem and can write nothing there.
 */
export class NodeEnvironment implements HaEnvironment {
  readonly node: string;
  readonly #host: HaHost;
  readonly #own: NodeWorld;
  readonly #source: string;

  constructor(host: HaHost, own: NodeWorld, daemon: 'crm' | 'lrm') {
    this.node = own.name;
    this.#host = host;
    this.#own = own;
    this.#source = `${own.name}/${daemon}`;
  }

  now(): number {
    return Math.floor(this.#host.nowS);
  }

  emit(event: string, fields: HaEventFields = {}): void {
    this.#host.log(this.#source, event, fields);
  }

  err(): void {
    this.emit('err');
  }

  warn(): void {
    this.emit('warn');
  }

  onlineNodes(): ReadonlyMap<string, boolean> {
    const isQuorate = this.isQuorate();
    return new Map([...this.#cluster.nodes.values()].map(({ name, member }) => [name, isQuorate && member]));
  }

  isQuorate(): boolean {
    return this.#cluster.standalone || (this.#own.member && this.#cluster.quorate);
  }

  isClusterUpdated(): boolean {
    return true;
  }

  readManager(): ManagerRecord {
    return { ...newManagerRecord(), ...this.#seen.managerStatus };
  }

  writeManager(record: ManagerRecord): void {
    const { node_request: requests, ...rest } = plainCopy(record);
    this.#writable.managerStatus = {
      ...rest,
      ...(Object.keys(requests).length === 0 ? {} : { node_request: requests }),
      master_node: this.node,
      timestamp: this.#wallSeconds,
    };
  }

  readLrm(node: string): LrmRecord {
    return this.#seen.lrmStatus.get(node) ?? { results: {} };
  }

  writeLrm(record: LrmRecord): void {
    this.#writable.lrmStatus.set(this.node, {
      state: 'wait_for_agent_lock',
      mode: 'active',
      ...plainCopy(record),
      timestamp: this.#wallSeconds,
    });
  }

  /** A resource whose guest does not exist is not among them, as with Proxmox. */
  readServices(): Record<string, ServiceConfig> {
    const store = this.#seen;
    const services: Record<string, ServiceConfig> = {};
    for (const [sid, resource] of store.resources) {
      const guest = guestOfSid(this.#cluster, sid);
      const node = guest === undefined ? undefined : store.guestNodes.get(guest.vmid);
      if (guest === undefined || node === undefined) continue;
      const state = resource.state ?? 'started';
      services[sid] = {
        type: sid.slice(0, sid.indexOf(':')),
        node,
        state: state === 'enabled' ? 'started' : state,
        group: resource.group ?? null,
        failback: resource.failback !== 0,
        maxRestart: resource.max_restart ?? 1,
        maxRelocate: resource.max_relocate ?? 1,
        lock: guest.lock,
      };
    }
    return services;
  }

  setServiceState(sid: string, state: string): void {
    const known = requestStates.find((word) => word === state);
    if (known === undefined) throw new RoundFailure(`${state} is no state to ask for`);
    this.#resource(sid).state = known;
  }

  setServiceFailback(sid: string, failback: boolean): void {
    this.#resource(sid).failback = failback ? 1 : 0;
  }

  removeServiceGroup(sid: string): void {
    delete this.#resource(sid).group;
  }

  removeServiceLock(sid: string): void {
    const guest = guestOfSid(this.#cluster, sid);
    if (guest !== undefined) guest.lock = null;
  }

  /** Takes a guest over from a node that is surely off, so it does not run any more. */
  moveService(sid: string, from: string, to: string): void {
    const store = this.#writable;
    const guest = guestOfSid(this.#cluster, sid);
    if (guest === undefined || store.guestNodes.get(guest.vmid) !== from)
      throw new RoundFailure(`${sid} is not on ${from}`);
    stopGuest(guest);
    moveGuest(this.#cluster, guest, to);
  }

  readRules(): Section[] {
    return [...this.#seen.rules.values()].map(sectionOfRule);
  }

  writeRules(sections: readonly Section[]): void {
    const { rules } = this.#writable;
    rules.clear();
    for (const rule of sections.map(ruleOfSection).filter((rule): rule is HaRule => rule !== null))
      rules.set(rule.rule, rule);
  }

  readGroups(): Section[] {
    return [...this.#seen.groups.values()].map(sectionOfGroup);
  }

  dropGroups(): void {
    this.#writable.groups.clear();
  }

  takeQueue(): string[] {
    return this.#host.queue.splice(0);
  }

  hasQueued(): boolean {
    return this.#host.queue.length > 0;
  }

  datacenter(): Datacenter {
    return { crs: { ha: this.#cluster.scheduler }, shutdownPolicy: null };
  }

  nodeVersion(): string {
    return this.#cluster.release.version;
  }

  capacityOf(node: string): NodeCapacity {
    const { cores = null, memoryBytes = null } = this.#cluster.nodes.get(node) ?? {};
    return { maxcpu: cores, maxmem: memoryBytes };
  }

  staticStats(): Record<string, ServiceCapacity> {
    return this.#ofServices(({ cores, memoryBytes }) => ({ maxcpu: cores, maxmem: memoryBytes }));
  }

  dynamicStats(): Record<string, ServiceLoad> {
    return this.#ofServices(({ cpu, cores, usedMemoryBytes }) => ({
      cpu: cpu * cores,
      mem: usedMemoryBytes,
    }));
  }

  isRunning(sid: string, node: string): boolean {
    const guest = guestOfSid(this.#cluster, sid);
    return (
      guest !== undefined && guest.startedAtMs !== null && this.#seen.guestNodes.get(guest.vmid) === node
    );
  }

  acquire(lock: string): boolean {
    if (!this.isQuorate()) return false;
    const { locks, nowS } = this.#host;
    const outcome = locks.acquire(lock, this.node, nowS);
    if (outcome === 'taken') this.emit('lock', { lock });
    return outcome !== 'refused';
  }

  release(lock: string): void {
    const { locks, nowS } = this.#host;
    if (this.isQuorate()) locks.release(lock, this.node, nowS);
  }

  openWatchdog(): number {
    return this.#host.watchdogs.open(this.node, this.#host.nowS);
  }

  refreshWatchdog(id: number): void {
    this.#host.watchdogs.refresh(id, this.#host.nowS);
  }

  closeWatchdog(id: number): void {
    this.#host.watchdogs.close(id);
  }

  startService(sid: string): void {
    this.#begin(sid, (guest) => this.#host.jobs.start(guest, this.#host.nowMs));
  }

  stopService(sid: string): void {
    this.#begin(sid, (guest) => this.#host.jobs.stop(guest, this.#host.nowMs));
  }

  /** Running machines move live; everything else is stopped, moved, and started by the local manager there. */
  transferService(sid: string, target: string, mode: 'migrate' | 'relocate'): boolean {
    return this.#begin(sid, (guest) => {
      const isLive = mode === 'migrate' && guest.type === 'qemu' && guest.startedAtMs !== null;
      this.#host.jobs.move(isLive ? 'migrate' : 'relocate', guest, target, this.#host.nowMs);
    });
  }

  isUnderWay(sid: string): boolean {
    const guest = guestOfSid(this.#cluster, sid);
    return guest !== undefined && this.#host.jobs.isBusy(guest.vmid);
  }

  get #cluster(): ClusterWorld {
    return this.#host.cluster;
  }

  get #wallSeconds(): number {
    return Math.floor(this.#host.nowMs / 1000);
  }

  get #seen(): ClusterStore {
    return this.#own.frozen ?? this.#cluster.store;
  }

  get #writable(): ClusterStore {
    if (!this.isQuorate()) throw new StoreFailure('the cluster filesystem takes no changes without quorum');
    return this.#cluster.store;
  }

  #resource(sid: string): HaResource {
    const resource = this.#writable.resources.get(sid);
    if (resource === undefined) throw new RoundFailure(`${sid} is not configured`);
    return resource;
  }

  #ofServices<T>(figures: (guest: NonNullable<ReturnType<typeof guestOfSid>>) => T): Record<string, T> {
    return Object.fromEntries(
      [...this.#seen.resources.keys()].flatMap((sid) => {
        const guest = guestOfSid(this.#cluster, sid);
        return guest === undefined ? [] : [[sid, figures(guest)]];
      }),
    );
  }

  /** A locked guest refuses; one that something is done to already is waited for. */
  #begin(sid: string, action: (guest: NonNullable<ReturnType<typeof guestOfSid>>) => void): boolean {
    const guest = guestOfSid(this.#cluster, sid);
    if (guest === undefined) return false;
    if (this.#host.jobs.isBusy(guest.vmid)) return true;
    if (guest.lock !== null) {
      this.err();
      return false;
    }
    action(guest);
    return true;
  }
}
