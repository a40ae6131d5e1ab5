import { plainCopy } from '../../base/plainCopy.ts';
import { RoundFailure, type ServiceCapacity, type ServiceLoad, SimulationAbort } from '../haEnvironment.ts';
import type { LrmRecord, ManagerRecord, ServiceConfig } from '../haRecords.ts';
import { isOn, type Section } from '../rules/sections.ts';
import type { RawServiceConfig, Scenario } from './scenario.ts';

/** How long a lock or a watchdog lasts without being renewed, seconds. */
const lockLifeS = 120;
const watchdogLifeS = 60;

const defaultCapacity = { maxcpu: 4, maxmem: 4096 * 1024 * 1024 };
const defaultLoad = { cpu: 2, mem: 2048 * 1024 * 1024 };

/** What the cluster filesystem holds: seen by every node at once. Reading gives copies. */
export class ClusterStores {
  readonly queue: string[] = [];
  hasAnyLrmWritten = false;
  readonly staticStats: Record<string, { maxcpu?: number; maxmem?: number }>;
  readonly dynamicStats: Record<string, { cpu?: number; mem?: number }>;
  readonly #services: Record<string, RawServiceConfig>;
  readonly #lrms = new Map<string, LrmRecord>();
  readonly #locks = new Map<string, { readonly holder: string; timeS: number }>();
  readonly #watchdogs = new Map<number, { readonly node: string; timeS: number }>();
  #manager: ManagerRecord;
  #rules: readonly Section[];
  #groups: readonly Section[];
  #watchdogCount = 0;

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

  /** Takes or renews a lock: `taken` when it was free or had run out. */
  acquire(name: string, holder: string, nowS: number): 'taken' | 'renewed' | 'refused' {
    const lock = this.#locks.get(name);
    if (lock !== undefined && nowS - lock.timeS <= lockLifeS) {
      if (lock.holder !== holder) return 'refused';
      lock.timeS = nowS;
      return 'renewed';
    }
    this.#locks.set(name, { holder, timeS: nowS });
    return 'taken';
  }

  release(name: string, holder: string, nowS: number): void {
    const lock = this.#locks.get(name);
    if (lock?.holder === holder && nowS - lock.timeS <= lockLifeS) this.#locks.delete(name);
  }

  openWatchdog(node: string, nowS: number): number {
    this.#watchdogCount += 1;
    this.#watchdogs.set(this.#watchdogCount, { node, timeS: nowS });
    return this.#watchdogCount;
  }

  refreshWatchdog(id: number, nowS: number): void {
    const watchdog = this.#watchdogs.get(id);
    if (watchdog === undefined) throw new SimulationAbort('a watchdog that ran out was refreshed');
    watchdog.timeS = nowS;
  }

  closeWatchdog(id: number): void {
    if (!this.#watchdogs.delete(id)) throw new SimulationAbort('a watchdog that ran out was closed');
  }

  dropWatchdogs(node: string): void {
    for (const [id, watchdog] of this.#watchdogs) if (watchdog.node === node) this.#watchdogs.delete(id);
  }

  /** Removes the watchdogs of a node that ran out; true when there was one. */
  expireWatchdogs(node: string, nowS: number): boolean {
    let isExpired = false;
    for (const [id, watchdog] of this.#watchdogs) {
      if (watchdog.node !== node || nowS - watchdog.timeS <= watchdogLifeS) continue;
      this.#watchdogs.delete(id);
      isExpired = true;
    }
    return isExpired;
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
