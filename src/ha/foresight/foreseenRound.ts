import { byCodeUnit, type ServiceConfig, type ServiceRecord } from '../haRecords.ts';
import { type PlacementInput, type PlacementPreference, selectNode } from '../placement.ts';
import { type CompiledRules, compileRules } from '../rules/compileRules.ts';
import { BasicScheduler } from '../usage/basicScheduler.ts';
import { UsageModel } from '../usage/usageModel.ts';
import { type ClusterPicture, configOf, recordOf, sectionsOf } from './clusterPicture.ts';

/** Nodes that the manager may place on, as far as told; one whose view was not told counts as usable. */
export function usableNodes({ nodes }: ClusterPicture, without: ReadonlySet<string> = new Set()): string[] {
  return nodes
    .filter(
      ({ name, online, haState }) =>
        online === true && !without.has(name) && (haState === 'online' || haState === null),
    )
    .map(({ name }) => name)
    .sort(byCodeUnit);
}

/** What the manager would know in a round on the usable nodes: records, rules and usage, ready for its own placement. */
export class ForeseenRound {
  readonly usable: readonly string[];
  readonly records: Readonly<Record<string, ServiceRecord>>;
  readonly configs: Readonly<Record<string, ServiceConfig>>;
  readonly rules: CompiledRules;
  readonly usage: UsageModel;
  readonly #records: Record<string, ServiceRecord> = {};
  readonly #groups: ClusterPicture['groups'];

  constructor(picture: ClusterPicture, usable: readonly string[]) {
    const configs: Record<string, ServiceConfig> = {};
    for (const resource of picture.resources) {
      configs[resource.sid] = configOf(resource);
      const record = recordOf(resource);
      if (record !== null) this.#records[resource.sid] = record;
    }
    const sections = sectionsOf(picture);
    this.usable = usable;
    this.records = this.#records;
    this.configs = configs;
    this.#groups = picture.groups;
    this.rules = compileRules(
      sections.rules,
      sections.groups,
      configs,
      picture.nodes.map(({ name }) => name),
    );
    this.usage = new UsageModel(usable, new BasicScheduler(usable));
    for (const [sid, record] of Object.entries(this.#records)) this.usage.setRecord(sid, record);
  }

  /** Takes over the new record of a service, and what it uses with it. */
  set(sid: string, record: ServiceRecord): void {
    this.#records[sid] = record;
    this.usage.setRecord(sid, record);
  }

  /** Whether nothing draws a service to a node: it stays where it is, as most do, and placement need not be asked. */
  isUnbound(sid: string): boolean {
    const { nodes, together, apart } = this.rules;
    const home = this.#records[sid]?.maintenance_node;
    return home === undefined && !nodes.has(sid) && !together.has(sid) && !apart.has(sid);
  }

  /** The node for a service; `null` when none will do or nothing is known of it. */
  select(sid: string, preference: PlacementPreference): string | null {
    const input = this.placement(sid);
    return input === null ? null : selectNode(input, preference);
  }

  placement(sid: string): PlacementInput | null {
    const record = this.#records[sid];
    if (record === undefined) return null;
    const { rules, usage, records } = this;
    return { sid, record, config: { failback: this.failbackOf(sid) }, rules, usage, records };
  }

  /** Whether a service goes back to a better node by itself; its group decides where it has one. */
  failbackOf(sid: string): boolean {
    const config = this.configs[sid];
    if (config === undefined) return true;
    const group = this.#groups.find(({ name }) => name === config.group);
    return group === undefined ? config.failback : !group.nofailback;
  }
}
