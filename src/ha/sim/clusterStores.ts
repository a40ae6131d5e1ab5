import { plainCopy } from '../../base/plainCopy.ts';
import { ClusterLocks } from '../clusterLocks.ts';
import { RoundFailure, type ServiceCapacity, type ServiceLoad, SimulationAbort } from '../haEnvironment.ts';
import type { LrmRecord, ManagerRecord, ServiceConfig } from '../haRecords.ts';
import { isOn, type Section } from '../rules/sections.ts';
import { Watchdogs } from '../watchdogs.ts';
import type { RawServiceConfig, Scenario } from './scenario.ts';

const defaultCapacity = { maxcpu: 4, maxmem: 4096 * 1024 * 1024 };
const defaultLoad = { cpu: 2, mem: 2048 * 1024 * 1024 };

/** What the cluster filesystem holds: seen by every node at once. Reading gives copies. */
export class ClusterStores {
  readonly queue: string[] = [];
  readonly locks = new ClusterLocks();
  hasAnyLrmWritten = false;
  readonly staticStats: Record<string, { maxcpu?: number; maxmem?: number }>;
  readonly dynamicStats: Record<string, { cpu?: number; mem?: number }>;
  readonly #services: Record<string, RawServiceConfig>;
  readonly #lrms = new Map<string, LrmRecord>();
  readonly #watchdogs = new Watchdogs();
  #manager: ManagerRecord;
  #rules: readonly Section[];
  #groups: readonly Section[];

  constructor(scenario: Scenario) {
    this.#manager = plainCopy(scenario.manager);
    this.#services = plainCopy(scenario.services) as Record<string, RawServiceConfig>;
    this.#rules = scenario.rules;
    this.#groups = scenario.groups;
    this.staticStats = plainCopy(
      scenario.staticStats ?? forAll<ServiceCapacity>(Object.keys(this.#services), defaultCapacity),
    );
    this.dynamicStats = plainCopy(
      scenario.dynamicStats ?? forAll<ServiceLoad>(Object.keys(this.staticStats), defaultLoad),
    );
  }

  get manager(): ManagerRecord {
    return plainCopy(this.#manager);
  }

  set manager(record: ManagerRecord) {
    this.#manager = plainCopy(record);
  }

  lrm(node: string): LrmRecord {
    return plainCopy(this.#lrms.get(node) ?? { results: {} });
  }

  writeLrm(node: string, record: LrmRecord): void {
    this.hasAnyLrmWritten = true;
    this.#lrms.set(node, plainCopy(record));
  }

  get rules(): Section[] {
    return plainCopy([...this.#rules]);
  }

  set rules(sections: readonly Section[]) {
    this.#rules = plainCopy([...sections]);
  }

  get groups(): Section[] {
    return plainCopy([...this.#groups]);
  }

  dropGroups(): void {
    this.#groups = [];
  }

  /** Configuration of all services with Proxmox's defaults filled in. */
  get services(): Record<string, ServiceConfig> {
    return Object.fromEntries(Object.entries(this.#services).map(([sid, raw]) => [sid, configOf(sid, raw)]));
  }

  rawService(sid: string): RawServiceConfig | undefined {
    return Object.hasOwn(this.#services, sid) ? this.#services[sid] : undefined;
  }

  setService(sid: string, config: RawServiceConfig): void {
    this.#services[sid] = config;
  }

  deleteService(sid: string): void {
    delete this.#services[sid];
    delete this.staticStats[sid];
  }

  nodeOf(sid: string): string | null {
    const node = this.#services[sid]?.node;
    return node === undefined ? null : String(node);
  }

  /** @throws RoundFailure when the service is not where it is said to be. */
  moveService(sid: string, from: string, to: string): void {
    const raw = this.#services[sid];
    if (raw === undefined || String(raw.node) !== from) throw new RoundFailure(`${sid} is not on ${from}`);
    raw.node = to;
  }

  openWatchdog(node: string, nowS: number): number {
    return this.#watchdogs.open(node, nowS);
  }

  refreshWatchdog(id: number, nowS: number): void {
    if (!this.#watchdogs.refresh(id, nowS))
      throw new SimulationAbort('a watchdog that ran out was refreshed');
  }

  closeWatchdog(id: number): void {
    if (!this.#watchdogs.close(id)) throw new SimulationAbort('a watchdog that ran out was closed');
  }

  dropWatchdogs(node: string): void {
    this.#watchdogs.drop(node);
  }

  expireWatchdogs(node: string, nowS: number): boolean {
    return this.#watchdogs.expire(node, nowS);
  }
}

function forAll<T>(sids: readonly string[], value: T): Record<string, T> {
  return Object.fromEntries(sids.map((sid) => [sid, value]));
}

function configOf(sid: string, raw: RawServiceConfig): ServiceConfig {
  const text = (name: string): string | null => {
    const value = raw[name];
    return value === undefined || value === '' ? null : String(value);
  };
  // What is no number is no limit that anybody set, so Proxmox's default of one stands.
  const limit = (name: string): number => {
    const value = Number(text(name) ?? 1);
    return Number.isFinite(value) ? value : 1;
  };
  const state = text('state') ?? 'disabled';
  return {
    type: sid.split(':')[0] ?? '',
    node: text('node') ?? '',
    state: state === 'enabled' ? 'started' : state,
    group: text('group'),
    failback: text('failback') === null || isOn(text('failback') ?? undefined),
    maxRestart: limit('max_restart'),
    maxRelocate: limit('max_relocate'),
    lock: text('lock'),
  };
}
