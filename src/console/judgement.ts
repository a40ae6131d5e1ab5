import type { Guest } from '../contract/model/guest.ts';
import type { DrainProgress } from '../contract/model/maintenance.ts';
import type { ClusterNode } from '../contract/model/node.ts';
import type { HaGroup, HaResource, HaRule } from '../contract/model/placement.ts';
import { type StateView, type Tone, toneRank, tones } from '../contract/stateView.ts';
import { isInMaintenance } from '../ha/foresight/maintenanceState.ts';
import { guestBucket, guestState, lockState } from './guestStates.ts';
import { haResourceState, isResourceTimed, resourceBucket } from './haResourceStates.ts';
import { type LrmFacts, lrmState } from './haStackStates.ts';
import { isNodeLost, isUnseenByHa, nodeState } from './nodeStates.ts';
import { groupState, type PlacedMember, ruleState, ruleViolations } from './placementStates.ts';
import { isProblemTone, stateView, worstState } from './states.ts';

/** Kinds of records that belong to a cluster. */
export type MemberKind = 'node' | 'group' | 'rule' | 'ha' | 'guest';
export const memberKinds = ['node', 'group', 'rule', 'ha', 'guest'] as const satisfies MemberKind[];

/**
 * What a record says by itself, as if its cluster were quorate and fresh. Whether it may be shown like that is the
 * cluster context's business.
 */
export interface Judgement {
  readonly state: StateView;
  /** Word under which roll-ups count it; `null` when it needs no mention. */
  readonly bucket: string | null;
  /** The verdict can change with time alone. */
  readonly timed: boolean;
  /** A guest's run state in words, without what else its verdict holds, such as a lock; guests only. */
  readonly runState?: string;
}

export interface NodeJudgementFacts extends LrmFacts {
  readonly resources: number;
  readonly busy: number | null;
  /** False where the server tells of no LRM at all; elsewhere a missing one is a gap. */
  readonly lrmIsTold: boolean;
  readonly drain: DrainProgress | null;
}

export function judgeNode(node: ClusterNode, facts: NodeJudgementFacts): Judgement {
  const own = nodeState(node, facts);
  // A lost or leaving node's LRM is silent for the same reason; only on a member does it tell something of its own.
  const state = isNodeLost(node) === false && own.tone === 'calm' ? worstWithLrm(node, own, facts) : own;
  return { state, bucket: nodeBucket(node, state), timed: false };
}

function worstWithLrm(node: ClusterNode, own: StateView, facts: NodeJudgementFacts): StateView {
  if (node.lrm === null) return facts.haUsed && facts.lrmIsTold ? withoutLrmReport : own;
  return worstState(own, lrmState(node.lrm, facts));
}

const withoutLrmReport = stateView(
  'online, no LRM report',
  'unknown',
  'question',
  'Member of the quorate part, but whether it runs and guards HA guests is not told.',
  'Check pve-ha-lrm on this node.',
);

function nodeBucket(node: ClusterNode, state: StateView): string | null {
  if (node.haState === 'fence') return 'being fenced';
  if (isUnseenByHa(node)) return 'not seen by HA yet';
  if (state.tone === 'held') return 'in maintenance';
  if (isInMaintenance(node) === true && node.online === true) return 'drain stuck';
  if (isNodeLost(node) === true) return node.haState === 'gone' ? 'removed' : 'lost';
  return state.tone === 'calm' || state.tone === 'off' ? null : (state.label.split(' · ')[0] ?? null);
}

export function judgeResource(resource: HaResource, nowMs: number, clockOffsetMs: number): Judgement {
  const state = haResourceState(resource, { nowMs, clockOffsetMs });
  return { state, bucket: resourceBucket(resource, state), timed: isResourceTimed(resource) };
}

export function judgeGuest(guest: Guest, nodeLost: boolean): Judgement {
  const run = guestState(guest, { nodeLost });
  const lock = lockState(guest.lock);
  const state = lock === null ? run : worstState(run, lock);
  return { state, bucket: guestBucket(run), timed: false, runState: run.label };
}

export function judgeRule(rule: HaRule, members: readonly PlacedMember[]): Judgement {
  const state = ruleState(rule, ruleViolations(rule, members));
  const bucket = isProblemTone(state.tone) ? (state.label.split(',')[0] ?? null) : null;
  return { state, bucket: state.tone === 'unknown' ? 'unknown' : bucket, timed: false };
}

export function judgeGroup(group: HaGroup, movedToRule: boolean): Judgement {
  return { state: groupState(group, movedToRule), bucket: null, timed: false };
}

/** Counts over the records of one kind in one cluster, kept up record by record. */
export class Tally {
  #total = 0;
  readonly #tones: Record<Tone, number> = {
    fail: 0,
    unknown: 0,
    warn: 0,
    held: 0,
    busy: 0,
    ok: 0,
    calm: 0,
    off: 0,
  };
  readonly #buckets = new Map<string, { tone: Tone; count: number }>();

  get total(): number {
    return this.#total;
  }

  count(tone: Tone): number {
    return this.#tones[tone];
  }

  /** The tone with the highest rank among the records; calm when there are none. */
  get worst(): Tone {
    let worst: Tone = 'calm';
    for (const tone of tones) if (this.#tones[tone] > 0 && toneRank[tone] > toneRank[worst]) worst = tone;
    return worst;
  }

  /** Words with their counts, worst first. */
  get buckets(): readonly { readonly word: string; readonly tone: Tone; readonly count: number }[] {
    return [...this.#buckets]
      .map(([word, { tone, count }]) => ({ word, tone, count }))
      .sort((a, b) => toneRank[b.tone] - toneRank[a.tone] || b.count - a.count || (a.word < b.word ? -1 : 1));
  }

  add(judgement: Judgement): void {
    this.#move(judgement, 1);
  }

  remove(judgement: Judgement): void {
    this.#move(judgement, -1);
  }

  #move({ state, bucket }: Judgement, by: 1 | -1): void {
    this.#total += by;
    this.#tones[state.tone] += by;
    if (bucket === null) return;
    const known = this.#buckets.get(bucket);
    const count = (known?.count ?? 0) + by;
    if (count <= 0) this.#buckets.delete(bucket);
    else this.#buckets.set(bucket, { tone: state.tone, count });
  }
}
