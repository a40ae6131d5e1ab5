import { plural } from '../base/format.ts';
import { compareNatural } from '../base/text.ts';
import type { StateView, Tone } from '../contract/stateView.ts';
import { toneRank } from '../contract/stateView.ts';
import type { ClusterContext } from './clusterContext.ts';
import type { ClusterIndex } from './clusterIndex.ts';
import type { FleetModel } from './fleetModel.ts';
import { isUnseenByHa } from './nodeStates.ts';
import { nameText, rollUpIcon } from './rowWords.ts';
import { isProblemTone, stateText, worstState } from './states.ts';
import { unreadParts } from './unreadParts.ts';

/** Something of a cluster that asks for attention, in a few words. */
export interface Trouble {
  readonly text: string;
  readonly tone: Tone;
  /** What it is about; rules and guests outside HA are no matter of quorum and failover. */
  readonly about: 'stack' | 'node' | 'ha' | 'rule' | 'guest';
  /** Words tick with time. */
  readonly ticks: boolean;
}

/** Everything at warn or fail beside quorum itself, worst first; nothing while the rows cannot be judged. */
export function clusterTroubles(
  model: FleetModel,
  context: ClusterContext,
  clusterId: string,
  nowMs: number,
): Trouble[] {
  if (context.lastKnown !== null) return [];
  const index = model.index(clusterId);
  const troubles: Trouble[] = [
    ...stackTrouble('HA ', context.fencing, nowMs),
    ...stackTrouble('', context.master, nowMs),
    ...stackTrouble('', context.device, nowMs),
    ...nodeTroubles(model, index, nowMs),
    ...bucketTroubles(index, 'ha', (word) => (word === 'error' ? 'in error' : word)),
    ...bucketTroubles(index, 'rule', (word, count) => `${count === 1 ? 'rule' : 'rules'} ${word}`),
    ...bucketTroubles(index, 'guest', (word) => word),
  ];
  return troubles.sort((a, b) => toneRank[b.tone] - toneRank[a.tone]);
}

/** Troubles that bear on whether HA works: what the status bar may show in place of the margin. */
export function failoverTroubles(
  model: FleetModel,
  context: ClusterContext,
  clusterId: string,
  nowMs: number,
): Trouble[] {
  return clusterTroubles(model, context, clusterId, nowMs).filter(
    ({ about }) => about !== 'rule' && about !== 'guest',
  );
}

function stackTrouble(prefix: string, state: StateView, nowMs: number): Trouble[] {
  if (!isProblemTone(state.tone)) return [];
  const [text = ''] = stateText(state, nowMs).split(' · ');
  return [{ text: `${prefix}${text}`, tone: state.tone, about: 'stack', ticks: state.sinceMs !== null }];
}

function nodeTroubles(model: FleetModel, index: ClusterIndex, nowMs: number): Trouble[] {
  const all = [...index.problems].filter((id) => id.startsWith('node:')).sort(compareNatural);
  const unseen = all.filter((id) => isUnseen(model, id));
  // A node that is on its way back says nothing beside one that is lost.
  const problems = unseen.length < all.length ? all.filter((id) => !unseen.includes(id)) : all;
  const [first] = problems;
  if (first === undefined) return [];
  const state = model.judgement(first)?.state;
  const name = model.node(first)?.name;
  if (state === undefined || name === undefined) return [];
  if (problems === all && unseen.length > 0) {
    const who = all.length === 1 ? nameText(name) : plural(all.length, 'node');
    return [{ text: `${who} not seen by HA yet`, tone: state.tone, about: 'node', ticks: false }];
  }
  if (problems.length > 1) {
    const worst = problems.reduce<StateView>(
      (known, id) => worstState(known, model.judgement(id)?.state ?? known),
      state,
    );
    return [
      {
        text: `${plural(problems.length, 'node')} lost or failing`,
        tone: worst.tone,
        about: 'node',
        ticks: false,
      },
    ];
  }
  const [text = ''] = stateText(state, nowMs, 'stopwatch').split(' · ');
  return [
    { text: `${nameText(name)} ${text}`, tone: state.tone, about: 'node', ticks: state.sinceMs !== null },
  ];
}

function isUnseen(model: FleetModel, nodeId: string): boolean {
  const node = model.node(nodeId);
  return node !== undefined && isUnseenByHa(node);
}

function bucketTroubles(
  index: ClusterIndex,
  kind: 'ha' | 'rule' | 'guest',
  say: (word: string, count: number) => string,
): Trouble[] {
  return index.tallies[kind].buckets
    .filter(({ tone }) => isProblemTone(tone))
    .map(({ word, tone, count }) => ({
      text: `${count} ${say(word, count)}`,
      tone,
      about: kind,
      ticks: false,
    }));
}

/** One tone and icon for the whole cluster: its own states, and its members from warn upwards. */
export function clusterState(model: FleetModel, context: ClusterContext, clusterId: string): StateView {
  const own = worstState(freshnessIfNoteworthy(context), context.quorum);
  if (context.lastKnown !== null) return own;
  const withStack = worstState(
    own,
    ...[context.fencing, context.master, context.device].filter(({ tone }) => isProblemTone(tone)),
  );
  const [unread] = unreadParts(context.cluster, haParts);
  if (unread !== undefined && toneRank.unknown > toneRank[withStack.tone]) {
    return {
      ...withStack,
      tone: 'unknown',
      icon: 'question',
      explanation: `${withStack.explanation} ${unread}`,
      nextStep: 'Refresh; read the reason in the banner.',
    };
  }
  const tone = memberTone(model.index(clusterId));
  const icon = rollUpIcon(tone);
  if (icon === null || toneRank[tone] <= toneRank[withStack.tone]) return withStack;
  return {
    ...withStack,
    tone,
    icon,
    explanation:
      tone === 'unknown'
        ? `${withStack.explanation} The state of some of its objects cannot be judged.`
        : `${withStack.explanation} Some of its objects need attention.`,
    nextStep: tone === 'unknown' ? 'Look for the rows marked unknown.' : 'Look under "Needs attention".',
  };
}

/** Parts that a cluster's own verdict rests on; a guest that could not be read is told on its branch. */
const haParts = ['status', 'haStatus', 'haResources', 'haRules', 'haGroups'] as const;

function freshnessIfNoteworthy(context: ClusterContext): StateView {
  const { freshness } = context;
  return isProblemTone(freshness.tone) || freshness.tone === 'unknown' ? freshness : context.quorum;
}

/** Worst tone among members. A guest's unknown run state is told on its row and by its node, not by the cluster. */
export function memberTone(index: ClusterIndex): Tone {
  const { node, ha, rule, guest } = index.tallies;
  const guestTone: Tone = guest.count('fail') > 0 ? 'fail' : guest.count('warn') > 0 ? 'warn' : 'calm';
  return [node.worst, ha.worst, rule.worst, guestTone].reduce((worst, tone) =>
    toneRank[tone] > toneRank[worst] ? tone : worst,
  );
}
