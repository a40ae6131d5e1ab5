import { plural } from '../base/format.ts';
import type { Card, CardGroup, Fact } from '../contract/panels.ts';
import { type StateView, toneRank } from '../contract/stateView.ts';
import type { ClusterContext } from './clusterContext.ts';
import { clusterDisplayName } from './clusterNames.ts';
import { clusterTroubles } from './clusterTrouble.ts';
import type { ClusterEntry, FleetModel } from './fleetModel.ts';
import { tlsState } from './freshnessStates.ts';
import type { MemberKind, Tally } from './judgement.ts';
import { memberKinds } from './judgement.ts';
import { modeBadge, voteFigures } from './quorumStates.ts';
import { nameText, toneIcons } from './rowWords.ts';
import { stateView } from './states.ts';
import { unreadParts } from './unreadParts.ts';

/** The cards of one cluster: itself, quorum, manager, HA stack, and what needs attention. */
export function cardGroup(
  model: FleetModel,
  entry: ClusterEntry,
  context: ClusterContext,
  nowMs: number,
): CardGroup {
  return {
    clusterId: entry.id,
    name: clusterDisplayName(model, entry),
    mode: modeBadge(entry.record.mode),
    cards: [
      clusterCard(model, entry, context),
      quorumCard(context, model.survival(entry.id)),
      managerCard(context),
      stackCard(model, entry, context),
      attentionCard(model, entry, context, nowMs),
    ],
  };
}

function clusterCard(model: FleetModel, entry: ClusterEntry, context: ClusterContext): Card {
  const { record, connection } = entry;
  const answering = record.endpoints.find(({ state }) => state === 'answering');
  const transport = connection.tls ?? answering?.tls ?? null;
  return {
    id: 'cluster',
    title: 'Cluster',
    state: context.freshness,
    facts: [
      fact('Proxmox VE', record.pveVersion),
      { label: 'Nodes', value: tallyText(model.index(entry.id).tallies.node, context) },
      fact('Connection', nameText(connection.name)),
      transport === null || transport === 'unknown'
        ? fact('Transport', null)
        : { label: 'Transport', value: tlsState(transport).label, state: tlsState(transport) },
      ...(answering === undefined
        ? []
        : [{ label: 'Answered by', value: nameText(answering.node ?? answering.url) }]),
    ],
  };
}

function quorumCard(context: ClusterContext, survival: StateView | undefined): Card {
  const { quorum } = context.cluster;
  if (quorum.state === 'standalone')
    return { id: 'quorum', title: 'Quorum', state: context.quorum, facts: [] };
  return {
    id: 'quorum',
    title: 'Quorum',
    state: context.quorum,
    facts: [
      {
        label: 'Votes',
        value: voteFigures(quorum),
        ...(quorum.approximate && quorum.votes !== null
          ? { hint: 'Worked out from configuration and membership; Proxmox reports no votes.' }
          : {}),
      },
      { label: 'Quorum device', value: context.device.label, state: context.device },
      ...(survival === undefined
        ? []
        : [{ label: 'Any one node may fail', value: survival.label, state: survival }]),
      {
        label: 'Seen by',
        value: quorum.answeringNode === null ? 'not told' : nameText(quorum.answeringNode),
      },
      ...quorum.views
        .filter(() => quorum.state === 'split')
        .map(({ node, endpoint, quorate }) => ({
          label: `View of ${nameText(node ?? endpoint)}`,
          value: quorate === null ? 'not told' : quorate ? 'quorate' : 'no quorum',
        })),
    ],
  };
}

/** How HA compares nodes, in words. */
export const schedulerWords = {
  basic: 'by count of HA resources',
  static: 'by static load',
  dynamic: 'by dynamic load',
  unknown: 'not told',
} as const;

function managerCard(context: ClusterContext): Card {
  const { master } = context.cluster;
  const used = master.state === 'active' || master.state === 'silent' || master.state === 'clockDrift';
  return {
    id: 'manager',
    title: 'Manager',
    state: context.master,
    facts: used
      ? [fact('Node', master.node), { label: 'Placement', value: schedulerWords[master.scheduler] }]
      : [],
  };
}

function stackCard(model: FleetModel, entry: ClusterEntry, context: ClusterContext): Card {
  const { tallies } = model.index(entry.id);
  const { sections } = entry.record;
  const count = (kind: MemberKind, section: keyof typeof sections): string => {
    const { state, droppedRows } = sections[section];
    const { total } = tallies[kind];
    if (total === 0 && state !== 'read') return state === 'notOffered' ? 'not offered' : 'not told';
    if (total === 0 && droppedRows > 0) return 'not told';
    if (state === 'failed') return `${total}, last known`;
    return `${tallyText(tallies[kind], context)}${droppedRows > 0 ? ` · ${droppedRows} not understood` : ''}`;
  };
  const facts: Fact[] = [{ label: 'HA resources', value: count('ha', 'haResources') }];
  const { placementModel } = entry.record;
  if (placementModel !== 'rules') {
    if (placementModel === 'groups' || placementModel === 'both')
      facts.push({ label: 'Groups', value: count('group', 'haGroups') });
  }
  if (placementModel !== 'groups') facts.push({ label: 'Rules', value: count('rule', 'haRules') });
  return { id: 'stack', title: 'HA stack', state: context.fencing, facts };
}

function attentionCard(model: FleetModel, entry: ClusterEntry, context: ClusterContext, nowMs: number): Card {
  const title = 'Needs attention';
  const index = model.index(entry.id);
  if (context.lastKnown !== null) {
    const was = index.problems.size;
    return {
      id: 'attention',
      title,
      state: stateView(
        'cannot be judged',
        'unknown',
        'question',
        'The rows are last known, so nothing here can be called good.',
      ),
      facts: was === 0 ? [] : [{ label: 'When last known', value: plural(was, 'problem') }],
    };
  }
  const troubles = clusterTroubles(model, context, entry.id, nowMs);
  const unknown = memberKinds.reduce((sum, kind) => sum + index.tallies[kind].count('unknown'), 0);
  const unread = unreadParts(context.cluster);
  const [worst] = troubles;
  if (worst !== undefined) {
    return {
      id: 'attention',
      title,
      state: stateView(
        plural(index.problems.size || troubles.length, 'problem'),
        worst.tone,
        toneIcons[worst.tone],
        [troubles.map(({ text }) => text).join(', '), ...unread].join('. '),
      ),
      facts: troubles.slice(0, 4).map(({ text }) => ({ label: '', value: text })),
    };
  }
  if (unread.length > 0) {
    return {
      id: 'attention',
      title,
      state: stateView('not known', 'unknown', 'question', unread.join(' '), 'Refresh'),
      facts: unread.slice(0, 4).map((text) => ({ label: '', value: text })),
    };
  }
  if (unknown > 0) {
    return {
      id: 'attention',
      title,
      state: stateView(`${unknown} unknown`, 'unknown', 'question', 'Some states cannot be judged.'),
      facts: [],
    };
  }
  const good =
    context.quorum.tone === 'ok' || context.quorum.tone === 'off' || context.quorum.tone === 'calm';
  return {
    id: 'attention',
    title,
    state: good
      ? stateView('nothing', 'ok', 'pass', 'No node, HA resource, rule or guest needs attention.')
      : stateView('quorum', context.quorum.tone, context.quorum.icon, context.quorum.explanation),
    facts: [],
  };
}

/** "48 · 1 error · 2 moving"; only the total while the rows are memories. */
export function tallyText(tally: Tally, context: ClusterContext): string {
  if (context.lastKnown !== null) return `${tally.total}, last known`;
  const mentioned = tally.buckets
    .filter(({ tone }) => toneRank[tone] >= toneRank.busy)
    .slice(0, 3)
    .map(({ word, count }) => `${count} ${word}`);
  return [String(tally.total), ...mentioned].join(' · ');
}

function fact(label: string, value: string | null): Fact {
  return { label, value: value === null ? 'not told' : nameText(value) };
}

/** The worst of several freshness states, for the chip of a page over all clusters. */
export function worstFreshness(states: readonly StateView[]): StateView {
  const [first, ...rest] = states;
  if (first === undefined)
    return stateView('never read', 'unknown', 'circle-large-outline', 'Nothing has been read here yet.');
  return rest.reduce((worst, state) => {
    const byTone = toneRank[state.tone] - toneRank[worst.tone];
    if (byTone !== 0) return byTone > 0 ? state : worst;
    return (state.sinceMs ?? Number.POSITIVE_INFINITY) < (worst.sinceMs ?? Number.POSITIVE_INFINITY)
      ? state
      : worst;
  }, first);
}
