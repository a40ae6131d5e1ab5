import { type HaEnvironment, RoundFailure } from '../haEnvironment.ts';
import type {
  JobResult,
  LrmMode,
  ManagerRecord,
  ServiceConfig,
  ServiceRecord,
  ServiceState,
} from '../haRecords.ts';
import type { PlacementInput, PlacementPreference } from '../placement.ts';
import { selectNode } from '../placement.ts';
import type { CompiledRules } from '../rules/compileRules.ts';
import type { UsageModel } from '../usage/usageModel.ts';

/** Settings of the scheduler. */
export interface SchedulerSettings {
  readonly mode: string;
  readonly rebalanceOnStart: boolean;
  readonly autoRebalance: boolean;
  readonly threshold: number;
  readonly method: string;
  readonly holdDuration: number;
  readonly margin: number;
}

/** What a change of state sets beside the state. */
export interface ChangeParameters {
  readonly node?: string | undefined;
  readonly target?: string | undefined;
  readonly timeout?: string;
}

/** How long a node must be out of sight before its services are fenced, seconds. */
const offlineS = 60;

/** What the manager knows during one round: its record, what the nodes told, configuration, rules and usage. */
export class Round {
  readonly env: HaEnvironment;
  readonly record: ManagerRecord;
  readonly settings: SchedulerSettings;
  /** Modes of the local managers that the record knew at the beginning. */
  readonly modes: ReadonlyMap<string, LrmMode>;
  readonly results: ReadonlyMap<string, JobResult>;
  readonly services: Record<string, ServiceConfig>;
  readonly usage: UsageModel;
  rules: CompiledRules;
  readonly #lastSeen: Map<string, number>;
  readonly #newUid: () => string;

  constructor(options: {
    readonly env: HaEnvironment;
    readonly record: ManagerRecord;
    readonly settings: SchedulerSettings;
    readonly modes: ReadonlyMap<string, LrmMode>;
    readonly results: ReadonlyMap<string, JobResult>;
    readonly services: Record<string, ServiceConfig>;
    readonly usage: UsageModel;
    readonly rules: CompiledRules;
    readonly lastSeen: Map<string, number>;
    readonly newUid: () => string;
  }) {
    this.env = options.env;
    this.record = options.record;
    this.settings = options.settings;
    this.modes = options.modes;
    this.results = options.results;
    this.services = options.services;
    this.usage = options.usage;
    this.rules = options.rules;
    this.#lastSeen = options.lastSeen;
    this.#newUid = options.newUid;
  }

  get records(): Record<string, ServiceRecord> {
    return this.record.service_status;
  }

  /** Record of a service that somebody named: `constructor` and the like are no services. */
  recordOf(sid: string | undefined): ServiceRecord | undefined {
    return sid !== undefined && Object.hasOwn(this.records, sid) ? this.records[sid] : undefined;
  }

  view(node: string | undefined): string {
    return (node === undefined ? undefined : this.record.node_status[node]) ?? 'unknown';
  }

  isOffline(node: string | undefined): boolean {
    return isOfflineFor(this.record, this.#lastSeen, node ?? '', this.env.now(), offlineS);
  }

  /**
   * Changes the state of a service: everything but node, failed nodes and maintenance node is dropped, the parameters
   * are set, the usage follows and a new uid makes older results void.
   *
   * @throws RoundFailure for a change to the present state.
   */
  change(sid: string, state: ServiceState, parameters: ChangeParameters = {}): void {
    const before = this.records[sid];
    if (before === undefined || before.state === state) throw new RoundFailure(`${sid} is ${state} already`);
    const next: ServiceRecord = { state, uid: this.#newUid() };
    if (before.node !== undefined) next.node = before.node;
    if (before.failed_nodes !== undefined) next.failed_nodes = before.failed_nodes;
    if (before.maintenance_node !== undefined) next.maintenance_node = before.maintenance_node;
    const told: Record<string, string> = {};
    for (const name of ['node', 'target', 'timeout'] as const) {
      if (!(name in parameters)) continue;
      const value = parameters[name];
      told[name] = value ?? '';
      if (value !== undefined) next[name] = value;
    }
    this.records[sid] = next;
    this.usage.setRecord(sid, next);
    this.env.emit('service-state', { sid, from: before.state, to: state, ...told });
  }

  renewUid(record: ServiceRecord): void {
    record.uid = this.#newUid();
  }

  select(sid: string, record: ServiceRecord, preference: PlacementPreference): string | null {
    return selectNode(this.placement(sid, record), preference);
  }

  placement(sid: string, record: ServiceRecord): PlacementInput {
    const { usage, rules, records } = this;
    return { sid, record, config: this.services[sid] ?? { failback: true }, rules, usage, records };
  }
}

/** Whether a node has been out of sight for some seconds. The first look only notes the time. */
export function isOfflineFor(
  record: ManagerRecord,
  lastSeen: Map<string, number>,
  node: string,
  nowS: number,
  seconds: number,
): boolean {
  if (record.node_status[node] === 'online') return false;
  const seen = lastSeen.get(node);
  if (seen === undefined) {
    lastSeen.set(node, nowS);
    return false;
  }
  return nowS - seen >= seconds;
}
