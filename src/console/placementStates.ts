import { plainText } from '../base/text.ts';
import type { HaGroup, HaRule, PrioritizedNode } from '../contract/model/placement.ts';
import type { StateView } from '../contract/stateView.ts';
import { stateView } from './states.ts';

/** An HA rule, with how reality breaks it right now (see {@link ruleViolations}). */
export function ruleState(rule: HaRule, violations: readonly string[] = []): StateView {
  if (rule.disabled) return stateView('disabled', 'off', 'circle-slash', 'Switched off.');
  const conflicts = Object.values(rule.errors).flat();
  if (conflicts.length > 0 || Object.keys(rule.errors).length > 0) {
    const text = conflicts.map((conflict) => plainText(conflict, 200)).join(' ');
    return stateView(
      'infeasible, not applied',
      'warn',
      'warning',
      `The rules contradict each other or the cluster, so HA leaves this one out.${text === '' ? '' : ` Proxmox says: "${plainText(text, 300)}"`}`,
      'Read the conflict text.',
    );
  }
  if (violations.length > 0) {
    return stateView(
      'violated',
      'warn',
      'warning',
      `Reality differs: ${violations.slice(0, 3).join('; ')}${violations.length > 3 ? `; ${violations.length - 3} more` : ''}.`,
      'Compare the rule with where its members run.',
    );
  }
  if (rule.fromGroup !== null) {
    return stateView(
      `from group ${plainText(rule.fromGroup, 60)}`,
      'calm',
      'references',
      'Same limit as the group, shown once during the move to rules.',
    );
  }
  if (rule.kind === 'unknown' || rule.affinity === 'unknown') {
    return stateView(
      'kind not known',
      'unknown',
      'question',
      'This console does not know this kind of rule yet.',
      'Look in Proxmox.',
    );
  }
  if (rule.conflictsTold === false) {
    return stateView(
      'not told whether in force',
      'unknown',
      'question',
      'This server does not tell which rules contradict each other, and HA leaves those out.',
      'Look in Proxmox, or update the server.',
    );
  }
  return stateView('in force', 'calm', 'law', 'Applied.');
}

/** An HA group. */
export function groupState(group: HaGroup, movedToRule: boolean): StateView {
  return movedToRule
    ? stateView(
        'in force · also a rule',
        'calm',
        'references',
        'Groups are moving to rules on this cluster; the same limit is listed as a rule.',
      )
    : stateView(
        'in force',
        'calm',
        'layers',
        group.restricted ? 'Applied: only its nodes are allowed.' : 'Applied: its nodes are preferred.',
      );
}

/** What a rule asks for: "keep apart", "prefer pve1 then pve2", "must avoid pve4". */
export function ruleWords(rule: HaRule): string {
  if (rule.kind === 'resourceAffinity') {
    if (rule.affinity === 'unknown') return rawType(rule);
    return rule.affinity === 'negative' ? 'keep apart' : 'keep together';
  }
  if (rule.kind !== 'nodeAffinity' || rule.affinity === 'unknown') return rawType(rule);
  if (rule.affinity === 'negative')
    return `${rule.strict === true ? 'must avoid' : 'avoid'} ${nodeOrder(rule.nodes)}`;
  return rule.strict === true ? `only ${nodeOrder(rule.nodes)}` : `prefer ${nodeOrder(rule.nodes)}`;
}

function rawType(rule: HaRule): string {
  return rule.rawType === null ? 'kind not told' : plainText(rule.rawType, 60);
}

/** Nodes by falling priority: equals joined by a comma, steps by "then". */
export function nodeOrder(nodes: readonly PrioritizedNode[]): string {
  if (nodes.length === 0) return 'no node';
  const steps = new Map<number, string[]>();
  for (const { name, priority } of nodes) {
    const step = steps.get(priority ?? 0) ?? [];
    step.push(plainText(name, 60));
    steps.set(priority ?? 0, step);
  }
  return [...steps]
    .sort(([a], [b]) => b - a)
    .map(([, names]) => names.sort().join(', '))
    .join(' then ');
}

/** A member of a rule and where the CRM has it; `node` is `null` when that is not told. */
export interface PlacedMember {
  readonly sid: string;
  readonly node: string | null;
  /** Only running members can break a rule. */
  readonly started: boolean;
}

/**
 * How the present placement breaks a rule. Non-strict node rules are wishes and cannot be broken; members whose place is
 * not told are left out.
 */
export function ruleViolations(rule: HaRule, members: readonly PlacedMember[]): string[] {
  if (rule.disabled || Object.keys(rule.errors).length > 0) return [];
  const placed = members.flatMap(({ sid, node, started }) =>
    started && node !== null ? [{ sid, node }] : [],
  );
  if (rule.kind === 'nodeAffinity') {
    if (rule.strict !== true || rule.affinity === 'unknown') return [];
    const named = new Set(rule.nodes.map((node) => node.name));
    return placed
      .filter(({ node }) => named.has(node) === (rule.affinity === 'negative'))
      .map(({ sid, node }) => `${sid} is on ${plainText(node, 60)}`);
  }
  if (rule.kind !== 'resourceAffinity') return [];
  const byNode = new Map<string, string[]>();
  for (const { sid, node } of placed) byNode.set(node, [...(byNode.get(node) ?? []), sid]);
  if (rule.affinity === 'positive') {
    return byNode.size < 2
      ? []
      : [[...byNode].map(([node, sids]) => `${listed(sids)} on ${plainText(node, 60)}`).join(', ')];
  }
  if (rule.affinity === 'negative') {
    return [...byNode]
      .filter(([, sids]) => sids.length > 1)
      .map(([node, sids]) => `${listed(sids)} are together on ${plainText(node, 60)}`);
  }
  return [];
}

function listed(sids: readonly string[]): string {
  return sids.length <= 4 ? sids.join(' and ') : `${sids.slice(0, 3).join(', ')} and ${sids.length - 3} more`;
}
