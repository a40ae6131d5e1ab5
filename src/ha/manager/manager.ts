import { plainCopy } from '../../base/plainCopy.ts';
import type { HaEnvironment } from '../haEnvironment.ts';
import {
  byCodeUnit,
  type JobResult,
  type LrmMode,
  type ManagerRecord,
  type ServiceConfig,
  sortedKeys,
} from '../haRecords.ts';
import { type CompiledRules, compileRules } from '../rules/compileRules.ts';
import { buildUsage } from '../usage/usageModel.ts';
import { Balancing } from './balancing.ts';
import { processQueue } from './commandQueue.ts';
import { disarmStep } from './disarming.ts';
import { applyGroupFailback, GroupMigration } from './groupMigration.ts';
import { Round, type SchedulerSettings } from './managerState.ts';
import { updateNodeViews } from './nodeViews.ts';
import { runPasses } from './servicePasses.ts';

/**
 * The HA manager, held by the node that is master. It works on its own copy of the cluster's record, read when it is made
 * and written at the end of each round.
 */
export class Manager {
  /** Every local manager let go: the master need not guard itself any more. */
  isFullyDisarmed = false;
  readonly #env: HaEnvironment;
  readonly #record: ManagerRecord;
  readonly #lastSeen = new Map<string, number>();
  readonly #groups = new GroupMigration();
  readonly #balancing = new Balancing();
  readonly #newUid: () => string;
  #compiled: { readonly text: string; readonly rules: CompiledRules } | null = null;

  constructor(env: HaEnvironment, newUid: () => string) {
    this.#env = env;
    this.#newUid = newUid;
    const { node_status, service_status, node_request, disarm } = plainCopy(env.readManager());
    this.#record = {
      master_node: env.node,
      node_status,
      service_status,
      node_request,
      ...(disarm === undefined ? {} : { disarm }),
    };
    const { mode } = schedulerSettings(env);
    if (mode !== 'basic') env.emit('scheduler', { mode });
  }

  /** One round. What it throws abandons the rest of the round; nothing is written then. */
  round(): void {
    const env = this.#env;
    const record = this.#record;
    const online = env.onlineNodes();
    const isOtherNodeSet =
      sortedKeys(record.node_status).join(' ') !== [...online.keys()].sort(byCodeUnit).join(' ');
    const { modes, results } = this.#readLocalManagers();
    updateNodeViews(env, record, online, modes, this.#lastSeen);
    const own = record.node_status[env.node];
    if (own !== 'online' && own !== 'maintenance') return;
    const settings = schedulerSettings(env);
    this.#groups.step(env, record);
    const services = env.readServices();
    if (record.disarm === undefined) this.#updateServices(services);
    const usable = Object.keys(record.node_status).filter((node) => record.node_status[node] === 'online');
    const usage = buildUsage(env, settings.mode, usable, record.service_status, services);
    const rules = this.#rules(services, isOtherNodeSet);
    const round = new Round({
      env,
      record,
      settings,
      modes,
      results,
      services,
      usage,
      rules,
      lastSeen: this.#lastSeen,
      newUid: this.#newUid,
    });
    processQueue(round);
    let only: readonly string[] | null = null;
    if (record.disarm === undefined) this.#balancing.step(round);
    else {
      const step = disarmStep(round);
      if (step.kind === 'unknown') return;
      if (step.kind === 'resting') {
        this.isFullyDisarmed = record.disarm?.state === 'disarmed';
        this.#write();
        return;
      }
      only = step.sids;
    }
    this.isFullyDisarmed = false;
    runPasses(round, only);
    this.#write();
  }

  #write(): void {
    this.#record.timestamp = this.#env.now();
    this.#env.writeManager(this.#record);
  }

  #readLocalManagers(): {
    readonly modes: ReadonlyMap<string, LrmMode>;
    readonly results: ReadonlyMap<string, JobResult>;
  } {
    const modes = new Map<string, LrmMode>();
    const results = new Map<string, JobResult>();
    for (const node of sortedKeys(this.#record.node_status)) {
      const lrm = this.#env.readLrm(node);
      modes.set(node, lrm.mode ?? 'active');
      for (const [uid, result] of Object.entries(lrm.results))
        if (!results.has(uid)) results.set(uid, result);
    }
    return { modes, results };
  }

  /** Takes over new services and lets those go that nobody wants managed any more. */
  #updateServices(services: Readonly<Record<string, ServiceConfig>>): void {
    const records = this.#record.service_status;
    for (const sid of sortedKeys(services)) {
      const config = services[sid];
      if (config === undefined || records[sid] !== undefined || config.state === 'ignored') continue;
      records[sid] = {
        state: config.state === 'started' ? 'request_start' : 'request_stop',
        node: config.node,
        uid: this.#newUid(),
      };
      this.#env.emit('service-added', { sid, node: config.node });
    }
    for (const sid of Object.keys(records)) {
      const config = services[sid];
      if (config === undefined || config.state === 'ignored') delete records[sid];
    }
  }

  /** Compiled rules; a change of services alone does not make them anew. */
  #rules(services: Readonly<Record<string, ServiceConfig>>, isOtherNodeSet: boolean): CompiledRules {
    const sections = this.#env.readRules();
    const groups = this.#env.readGroups();
    applyGroupFailback(services, groups);
    const text = JSON.stringify([sections, groups]);
    if (this.#compiled === null || isOtherNodeSet || this.#compiled.text !== text)
      this.#compiled = {
        text,
        rules: compileRules(sections, groups, services, sortedKeys(this.#record.node_status)),
      };
    return this.#compiled.rules;
  }
}

/** Settings of the scheduler from `datacenter.cfg`, with Proxmox's defaults. */
export function schedulerSettings(env: HaEnvironment): SchedulerSettings {
  const { crs } = env.datacenter();
  const number = (name: string, otherwise: number): number => {
    const value = Number(crs[name] ?? otherwise);
    return Number.isFinite(value) ? value : otherwise;
  };
  return {
    mode: String(crs.ha ?? 'basic'),
    rebalanceOnStart: number('ha-rebalance-on-start', 0) !== 0,
    autoRebalance: number('ha-auto-rebalance', 0) !== 0,
    threshold: number('ha-auto-rebalance-threshold', 0.3),
    method: String(crs['ha-auto-rebalance-method'] ?? 'bruteforce'),
    holdDuration: number('ha-auto-rebalance-hold-duration', 3),
    margin: number('ha-auto-rebalance-margin', 0.1),
  };
}
