import type { Cluster, SectionName } from '../contract/model/cluster.ts';
import { whyNotRead } from '../ha/findings/notChecked.ts';
import type { MemberKind } from './judgement.ts';

/** Parts without which nobody can say that nothing in a cluster needs attention. */
export const judgedParts = [
  'status',
  'haStatus',
  'haResources',
  'haRules',
  'haGroups',
  'resources',
] as const satisfies SectionName[];

/** Why parts of a cluster's picture are missing or incomplete, a sentence each; empty when all were read whole. */
export function unreadParts(cluster: Cluster, parts: readonly SectionName[] = judgedParts): string[] {
  return parts.flatMap((name) => whyNotRead(name, cluster.sections[name]) ?? []);
}

/** The part that brings the rows of a kind, and what else their verdict rests on. */
const partsOf: Readonly<Record<MemberKind, { readonly own: SectionName; readonly beside?: SectionName }>> = {
  node: { own: 'status', beside: 'haStatus' },
  group: { own: 'haGroups' },
  rule: { own: 'haRules' },
  ha: { own: 'haStatus', beside: 'haResources' },
  guest: { own: 'resources' },
};

/**
 * What a failing part makes of the rows of a kind: `all` of them are memories, or `good` ones only, because bad news that
 * the other part still brings stays current.
 */
export function memoriesOf(kind: MemberKind, { sections }: Cluster): 'all' | 'good' | 'none' {
  const { own, beside } = partsOf[kind];
  if (sections[own].state === 'failed') return 'all';
  return beside !== undefined && sections[beside].state === 'failed' ? 'good' : 'none';
}
