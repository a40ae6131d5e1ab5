import type { HaEnvironment, ServiceCapacity, ServiceLoad } from '../haEnvironment.ts';
import type { ServiceConfig } from '../haRecords.ts';
import { rateByTopsis } from './topsis.ts';
import type { Scheduler, UsedNodes } from './usageModel.ts';

/** Processor cores and bytes of memory. */
export interface Load {
  readonly cpu: number;
  readonly mem: number;
}

interface Entry {
  readonly nodes: readonly string[];
  readonly isRunning: boolean;
  readonly isMoving: boolean;
  /** Full load on a node with so many cores. */
  readonly full: (cores: number) => Load;
  readonly live: Load;
}

/** What a node without figures is taken for in dynamic mode. */
const assumedCores = 24;
const assumedMemory = 131_072 * 1024 ** 2;

/**
 * Compares nodes by load. Static: by what services are configured with; dynamic: by what runs now, with services that
 * are not running yet counted as configured. Nodes are ranked by TOPSIS over mean and peak of processor and memory.
 */
export class LoadScheduler implements Scheduler {
  readonly mode: 'static' | 'dynamic';
  readonly nodes: readonly string[];
  readonly #env: HaEnvironment;
  readonly #capacity: ReadonlyMap<string, Load>;
  readonly #base: ReadonlyMap<string, Load>;
  readonly #static: Readonly<Record<string, ServiceCapacity>>;
  readonly #dynamic: Readonly<Record<string, ServiceLoad>>;
  readonly #entries = new Map<string, Entry>();

  private constructor(
    env: HaEnvironment,
    mode: 'static' | 'dynamic',
    nodes: readonly string[],
    capacity: ReadonlyMap<string, Load>,
    base: ReadonlyMap<string, Load>,
  ) {
    this.#env = env;
    this.mode = mode;
    this.nodes = nodes;
    this.#capacity = capacity;
    this.#base = base;
    this.#static = env.staticStats();
    this.#dynamic = env.dynamicStats();
  }

  /** `null` when the figures it needs are not there. */
  static create(
    env: HaEnvironment,
    mode: 'static' | 'dynamic',
    nodes: readonly string[],
    services: Readonly<Record<string, ServiceConfig>>,
  ): LoadScheduler | null {
    const capacity = new Map<string, Load>();
    for (const node of nodes) {
      const { maxcpu, maxmem } = env.capacityOf(node);
      if (mode === 'static' && (maxcpu === null || maxmem === null)) return null;
      // Cores count as whole numbers.
      capacity.set(node, { cpu: Math.trunc(maxcpu ?? assumedCores), mem: maxmem ?? assumedMemory });
    }
    const base = new Map(nodes.map((node) => [node, { cpu: 0, mem: 0 }]));
    if (mode === 'static') return new LoadScheduler(env, mode, nodes, capacity, base);
    const capacities = env.staticStats();
    const loads = env.dynamicStats();
    for (const [sid, { node }] of Object.entries(services)) {
      const load = loads[sid];
      if (capacities[sid] === undefined || load === undefined) return null;
      if (!env.isRunning(sid, node)) continue;
      if (load.cpu === undefined || load.mem === undefined) return null;
      const sum = base.get(node);
      if (sum !== undefined) base.set(node, { cpu: sum.cpu + load.cpu, mem: sum.mem + load.mem });
    }
    return new LoadScheduler(env, mode, nodes, capacity, base);
  }

  set(sid: string, { current, target }: UsedNodes, isRunning: boolean): void {
    this.#entries.delete(sid);
    if (current === null && target === null) return;
    const figures = this.#figuresOf(sid);
    if (figures === null || (current !== null && current === target)) {
      this.#env.warn();
      return;
    }
    this.#entries.set(sid, {
      nodes: [current, target].filter((node) => node !== null),
      isRunning,
      isMoving: current !== null && target !== null,
      ...figures,
    });
  }

  scores(sid: string): ReadonlyMap<string, number> {
    const figures = this.#figuresOf(sid);
    if (figures === null) {
      this.#env.err();
      return new Map(this.nodes.map((node) => [node, 0]));
    }
    const loads = this.#loadsForPlacement();
    const rows = this.nodes.map((candidate) => {
      const full = figures.full(this.#coresOf(candidate));
      return this.rowOf(new Map(loads).set(candidate, plus(loads.get(candidate), full)));
    });
    const ratings = rateByTopsis(rows);
    return new Map(this.nodes.map((node, index) => [node, -(ratings[index] ?? 0)]));
  }

  /** The four criteria of a distribution: mean and peak of processor, mean and peak of memory. */
  rowOf(loads: ReadonlyMap<string, Load>): number[] {
    const shares = this.#sharesOf(loads);
    const mean = (values: readonly number[]): number =>
      1 + Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    const cpu = shares.map(({ cpu: share }) => share);
    const mem = shares.map(({ mem: share }) => share);
    return [mean(cpu), 1 + Math.max(...cpu), mean(mem), 1 + Math.max(...mem)];
  }

  /** Loads that automatic balancing looks at. */
  loadsForBalance(): Map<string, Load> {
    return this.mode === 'static' ? this.#loadsForPlacement() : new Map(this.#base);
  }

  /** How uneven loads are: standard deviation over mean; 0 when nothing is loaded. */
  imbalanceOf(loads: ReadonlyMap<string, Load>): number {
    const values = this.#sharesOf(loads).map(({ cpu, mem }) => (cpu + mem) / 2);
    const sum = values.reduce((total, value) => total + value, 0);
    if (sum === 0) return 0;
    const mean = sum / values.length;
    const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
    return Math.sqrt(variance) / mean;
  }

  /** Live load of a service that stays on this node; `null` when it is not there, or on its way. */
  liveLoadOn(sid: string, node: string): Load | null {
    const entry = this.#entries.get(sid);
    if (entry === undefined || entry.isMoving || entry.nodes[0] !== node) return null;
    return entry.live;
  }

  #figuresOf(sid: string): Pick<Entry, 'full' | 'live'> | null {
    const { maxcpu, maxmem } = this.#static[sid] ?? {};
    if (maxcpu === undefined || maxmem === undefined) return null;
    // Without a limit a service may use every core of its node.
    const full = (cores: number): Load => ({ cpu: maxcpu === 0 ? cores : maxcpu, mem: maxmem });
    if (this.mode === 'static') return { full, live: { cpu: maxcpu, mem: maxmem } };
    const { cpu, mem } = this.#dynamic[sid] ?? {};
    return cpu === undefined || mem === undefined ? null : { full, live: { cpu, mem } };
  }

  #loadsForPlacement(): Map<string, Load> {
    const loads = new Map(this.#base);
    for (const { nodes, isRunning, full } of this.#entries.values()) {
      if (this.mode === 'dynamic' && isRunning) continue;
      for (const node of nodes) loads.set(node, plus(loads.get(node), full(this.#coresOf(node))));
    }
    return loads;
  }

  #sharesOf(loads: ReadonlyMap<string, Load>): Load[] {
    return this.nodes.map((node) => {
      const load = loads.get(node) ?? { cpu: 0, mem: 0 };
      const capacity = this.#capacity.get(node) ?? { cpu: 1, mem: 1 };
      return { cpu: load.cpu / capacity.cpu, mem: load.mem / capacity.mem };
    });
  }

  #coresOf(node: string): number {
    return this.#capacity.get(node)?.cpu ?? 0;
  }
}

export function plus(a: Load | undefined, b: Load): Load {
  return { cpu: (a?.cpu ?? 0) + b.cpu, mem: (a?.mem ?? 0) + b.mem };
}
