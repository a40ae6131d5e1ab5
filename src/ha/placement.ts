import { byCodeUnit, type ServiceConfig, type ServiceRecord } from './haRecords.ts';
import type { CompiledRules } from './rules/compileRules.ts';
import type { UsageModel } from './usage/usageModel.ts';

/** What a placement is made for: to stay if possible, for the best node, or for another than those that failed. */
export type PlacementPreference = 'none' | 'best-score' | 'try-next';

export interface PlacementInput {
  readonly sid: string;
  readonly record: ServiceRecord;
  readonly config: Pick<ServiceConfig, 'failback'>;
  readonly rules: CompiledRules;
  readonly usage: UsageModel;
  readonly records: Readonly<Record<string, ServiceRecord>>;
}

/** Nodes a service may use now, and those of them it should. */
export interface NodeChoice {
  readonly allowed: readonly string[];
  readonly preferred: readonly string[];
}

/** Nodes by the node affinity of a service: allowed are all online ones of its rule, preferred the best class present. */
export function nodeChoice(sid: string, rules: CompiledRules, online: readonly string[]): NodeChoice {
  const priorities = rules.nodes.get(sid);
  if (priorities === undefined) return { allowed: online, preferred: online };
  const allowed = online.filter((node) => priorities.has(node));
  const best = Math.max(...allowed.map((node) => priorities.get(node) ?? 0));
  return { allowed, preferred: allowed.filter((node) => priorities.get(node) === best) };
}

/** Where others are that a service must be near to, with their number, and where those are that it must not meet. */
export interface AffinityNodes {
  readonly together: ReadonlyMap<string, number>;
  readonly separate: ReadonlySet<string>;
}

/** Nodes where services are that must be near, with their number, and where those are that must not. */
export function affinityNodes({ sid, rules, usage, records }: PlacementInput): AffinityNodes {
  const together = new Map<string, number>();
  for (const other of rules.together.get(sid) ?? []) {
    if (records[other] === undefined) continue;
    const { current, target } = usage.used(other);
    const node = target ?? current;
    if (node !== null) together.set(node, (together.get(node) ?? 0) + 1);
  }
  const separate = new Set<string>();
  for (const other of rules.apart.get(sid) ?? []) {
    if (records[other] === undefined) continue;
    const { current, target } = usage.used(other);
    for (const node of [current, target]) if (node !== null) separate.add(node);
  }
  return { together, separate };
}

/** Nodes of the best class that nothing rules out, and of those near to others only the one with most of them. */
export function candidateNodes(
  { preferred }: NodeChoice,
  { together, separate }: AffinityNodes,
  failed: readonly string[],
): readonly string[] {
  const nodes = preferred.filter((node) => !separate.has(node) && !failed.includes(node));
  const near = nodes.filter((node) => together.has(node));
  if (near.length === 0) return nodes;
  const most = Math.max(...near.map((node) => together.get(node) ?? 0));
  return near.filter((node) => together.get(node) === most).slice(0, 1);
}

/**
 * The node for a service; `null` when none will do. Node affinity decides first and by its best class only, then nodes
 * that failed, then services to keep apart, then services to keep together, and among what is left the score.
 */
export function selectNode(input: PlacementInput, preference: PlacementPreference): string | null {
  const { sid, record, config, rules, usage } = input;
  const choice = nodeChoice(sid, rules, usage.nodes);
  if (choice.preferred.length === 0) return null;
  const affinity = affinityNodes(input);
  const { together, separate } = affinity;
  const present = record.node ?? null;

  if (preference === 'none' && !config.failback && present !== null && choice.allowed.includes(present))
    if (together.has(present) || !separate.has(present)) return present;

  const nodes = candidateNodes(
    choice,
    affinity,
    preference === 'try-next' ? (record.failed_nodes ?? []) : [],
  );
  const home = record.maintenance_node;
  if (home !== undefined && nodes.includes(home)) return home;
  if (preference === 'none' && present !== null && nodes.includes(present)) return present;
  if (nodes.length === 0) return null;

  const scores = usage.scheduler.scores(sid);
  const sorted = [...nodes].sort((a, b) => (scores.get(a) ?? 0) - (scores.get(b) ?? 0) || byCodeUnit(a, b));
  const at = present === null ? -1 : sorted.indexOf(present);
  if (preference === 'try-next' && at >= 0 && at < sorted.length - 1) return sorted[at + 1] ?? null;
  return sorted[0] ?? null;
}
