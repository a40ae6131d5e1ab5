import { compareNatural } from '../../base/text.ts';
import type { ClusterNode } from '../../contract/model/node.ts';
import type { JudgedNode } from '../../contract/model/placementExplanation.ts';
import {
  type AffinityNodes,
  affinityNodes,
  candidateNodes,
  type NodeChoice,
  nodeChoice,
} from '../placement.ts';
import type { ClusterPicture } from './clusterPicture.ts';
import type { ConsideredSource } from './consideredRules.ts';
import type { ForeseenRound } from './foreseenRound.ts';
import { isInMaintenance } from './maintenanceState.ts';

/** What placement makes of the usable nodes for one service. */
export interface Narrowed {
  readonly choice: NodeChoice;
  readonly affinity: AffinityNodes;
  readonly candidates: readonly string[];
}

/** Allowed nodes, those that affinity rules out or draws to, and what is left. */
export function narrow(round: ForeseenRound, sid: string): Narrowed | null {
  const input = round.placement(sid);
  if (input === null) return null;
  const choice = nodeChoice(sid, round.rules, round.usable);
  const affinity = affinityNodes(input);
  return { choice, affinity, candidates: candidateNodes(choice, affinity, []) };
}

/** Every node of the cluster with what placement makes of it for one service, and why. */
export function judgeNodes(
  picture: ClusterPicture,
  round: ForeseenRound,
  sid: string,
  narrowed: Narrowed,
  sources: readonly ConsideredSource[],
): JudgedNode[] {
  const current = round.records[sid]?.node ?? null;
  const counts = round.usage.scheduler.scores(sid);
  const ordered = [...picture.nodes].sort((a, b) => compareNatural(a.name, b.name));
  return ordered.map((node): JudgedNode => {
    const head = {
      node: node.name,
      isCurrent: node.name === current,
      priority: round.rules.nodes.get(sid)?.get(node.name) ?? null,
      resources: counts.get(node.name) ?? null,
    };
    const unusable = whyUnusable(node);
    if (unusable !== null) return { ...head, ...unusable };
    return { ...head, ...judge(node.name, round, sid, narrowed, sources) };
  });
}

type Judged = Pick<JudgedNode, 'verdict' | 'why'>;

function whyUnusable(node: ClusterNode): Judged | null {
  const isMaintained = isInMaintenance(node);
  if (node.online === null) return { verdict: 'unknown', why: 'Whether it is online was not told.' };
  if (!node.online)
    return {
      verdict: 'excluded',
      why: isMaintained === true ? 'It is in maintenance and switched off.' : 'It is not online.',
    };
  if (node.haState === 'maintenance') return { verdict: 'excluded', why: 'It is in maintenance.' };
  if (node.haState !== null && node.haState !== 'online')
    return { verdict: 'excluded', why: `HA does not use it: the manager calls it ${node.haState}.` };
  return null;
}

function judge(
  node: string,
  round: ForeseenRound,
  sid: string,
  { choice, affinity, candidates }: Narrowed,
  sources: readonly ConsideredSource[],
): Judged {
  if (!choice.allowed.includes(node)) {
    const source = nodeSource(sources);
    return {
      verdict: 'excluded',
      why:
        source === undefined
          ? 'Its rules do not allow it.'
          : `${titleOf(source)} ${source.shown.text.replace(/^It /, '')}`,
    };
  }
  if (affinity.separate.has(node)) {
    const others = [...(round.rules.apart.get(sid) ?? [])].filter((other) => usesNode(round, other, node));
    return {
      verdict: 'excluded',
      why: `${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} there, and ${apartName(sources)} keeps them apart.`,
    };
  }
  if (!choice.preferred.includes(node)) {
    const source = nodeSource(sources);
    const own = round.rules.nodes.get(sid)?.get(node) ?? null;
    const who = source === undefined ? 'Its rule' : titleOf(source);
    const better = choice.preferred.join(', ');
    return {
      verdict: 'lower',
      why:
        own === null || own < 0
          ? `${who} prefers ${better}.`
          : `${who} gives it priority ${own}, and ${better} a higher one.`,
    };
  }
  if (!candidates.includes(node)) {
    const near = candidates[0] ?? '';
    const others = [...(round.rules.together.get(sid) ?? [])].filter((other) => usesNode(round, other, near));
    return {
      verdict: 'lower',
      why: `It is kept together with ${others.join(', ')} on ${near}.`,
    };
  }
  return { verdict: 'candidate', why: 'It may run there.' };
}

/** The rule or group that says on which nodes a resource may be. */
export function nodeSource(sources: readonly ConsideredSource[]): ConsideredSource | undefined {
  return sources.find(
    ({ shown, rule, group }) =>
      shown.effect !== 'ignored' && (group !== null || rule?.kind === 'nodeAffinity'),
  );
}

/** "Rule db-home". */
export function titleOf({ shown }: ConsideredSource): string {
  return `${shown.kind === 'group' ? 'Group' : 'Rule'} ${shown.name}`;
}

function apartName(sources: readonly ConsideredSource[]): string {
  const source = sources.find(
    ({ shown, rule }) =>
      shown.effect !== 'ignored' && rule?.kind === 'resourceAffinity' && rule.affinity === 'negative',
  );
  return source === undefined ? 'a rule' : `rule ${source.shown.name}`;
}

function usesNode(round: ForeseenRound, sid: string, node: string): boolean {
  const { current, target } = round.usage.used(sid);
  return current === node || target === node;
}
