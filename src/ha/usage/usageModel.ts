import type { HaEnvironment } from '../haEnvironment.ts';
import { byCodeUnit, type ServiceConfig, type ServiceRecord, sortedKeys } from '../haRecords.ts';
import { BasicScheduler } from './basicScheduler.ts';
import { LoadScheduler } from './loadScheduler.ts';

/** Where a service uses a node: where it is, and where it is going. */
export interface UsedNodes {
  readonly current: string | null;
  readonly target: string | null;
}

/** How nodes are compared. */
export interface Scheduler {
  readonly mode: 'basic' | 'static' | 'dynamic';
  /** Takes or replaces the share of a service; `null` nodes: it uses none. */
  set(sid: string, used: UsedNodes, isRunning: boolean): void;
  /** Score of every node for a service to be placed; lower is better. */
  scores(sid: string): ReadonlyMap<string, number>;
}

/** Who uses which node, for one round of the manager. */
export class UsageModel {
  /** Nodes that may be used: those in view `online`, in order. */
  readonly nodes: readonly string[];
  readonly scheduler: Scheduler;
  readonly #used = new Map<string, UsedNodes>();

  constructor(nodes: readonly string[], scheduler: Scheduler) {
    this.nodes = nodes;
    this.scheduler = scheduler;
  }

  /** Takes the share of a service by its record. */
  setRecord(sid: string, record: ServiceRecord): void {
    const used = this.#within(nodesUsed(record.state, record.node ?? null, record.target ?? null));
    const isRunning = record.state === 'started' ? record.running === 1 : used.current !== null;
    this.#set(sid, used, isRunning);
  }

  /** Takes the share of a configured service that has no record yet. */
  setConfigured(sid: string, config: ServiceConfig): void {
    const used = this.#within(nodesUsed(config.state, config.node, null));
    this.#set(sid, used, config.state === 'started');
  }

  used(sid: string): UsedNodes {
    return this.#used.get(sid) ?? { current: null, target: null };
  }

  #set(sid: string, used: UsedNodes, isRunning: boolean): void {
    this.#used.set(sid, used);
    this.scheduler.set(sid, used, isRunning);
  }

  #within({ current, target }: UsedNodes): UsedNodes {
    return {
      current: current !== null && this.nodes.includes(current) ? current : null,
      target: target !== null && this.nodes.includes(target) ? target : null,
    };
  }
}

/** Nodes that a service in a state uses, whether or not they can be used. */
function nodesUsed(state: string, node: string | null, target: string | null): UsedNodes {
  switch (state) {
    case 'started':
    case 'request_stop':
    case 'fence':
    case 'freeze':
    case 'error':
    case 'recovery':
      return { current: node, target: null };
    case 'migrate':
    case 'relocate':
      return { current: node, target };
    case 'request_start_balance':
      return { current: null, target };
    default:
      return { current: null, target: null };
  }
}

/** The model of a round: records first, then configured services that have none. */
export function buildUsage(
  env: HaEnvironment,
  mode: string,
  online: readonly string[],
  records: Readonly<Record<string, ServiceRecord>>,
  services: Readonly<Record<string, ServiceConfig>>,
): UsageModel {
  const nodes = [...online].sort(byCodeUnit);
  const model = new UsageModel(nodes, chooseScheduler(env, mode, nodes, services));
  for (const sid of sortedKeys(records)) {
    const record = records[sid];
    if (record !== undefined) model.setRecord(sid, record);
  }
  for (const sid of sortedKeys(services)) {
    const config = services[sid];
    if (config !== undefined && records[sid] === undefined) model.setConfigured(sid, config);
  }
  return model;
}

/** Counting services needs nothing; when the figures for more are missing, one warning and counting it is. */
function chooseScheduler(
  env: HaEnvironment,
  mode: string,
  nodes: readonly string[],
  services: Readonly<Record<string, ServiceConfig>>,
): Scheduler {
  if (mode === 'basic') return new BasicScheduler(nodes);
  if (mode === 'static' || mode === 'dynamic') {
    const scheduler = LoadScheduler.create(env, mode, nodes, services);
    if (scheduler !== null) return scheduler;
  }
  env.warn();
  return new BasicScheduler(nodes);
}
