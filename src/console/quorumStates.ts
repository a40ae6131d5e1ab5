import type { Cluster, Quorum } from '../contract/model/cluster.ts';
import type { StateView, Tone } from '../contract/stateView.ts';
import { lastKnownState, stateView } from './states.ts';

/** "can lose 2", "can lose none", or that the margin was not told. */
export function marginText(margin: number | null): string {
  if (margin === null) return 'margin not told';
  return margin <= 0 ? 'can lose none' : `can lose ${margin}`;
}

/** "3/5", with what is missing left out; empty when no vote is known. */
export function votesText(quorum: Quorum): string {
  const { votes, expectedVotes } = quorum;
  if (votes === null) return '';
  return expectedVotes === null ? `${votes} votes` : `${votes}/${expectedVotes}`;
}

/** "≈ 3 of 5, need 3" for tables; "unknown" when no vote is known. */
export function voteFigures(quorum: Quorum): string {
  const { votes, expectedVotes, neededVotes, approximate } = quorum;
  if (votes === null) return 'unknown';
  const of = expectedVotes === null ? '' : ` of ${expectedVotes}`;
  const need = neededVotes === null ? '' : `, need ${neededVotes}`;
  return `${approximate ? '≈ ' : ''}${votes}${of}${need}`;
}

/**
 * Quorum in words. Only the reported flag decides between quorate and not; votes are worked out beside it (≈) and can
 * narrow the verdict but never make it good.
 */
export function quorumState(
  quorum: Quorum,
  cluster: { readonly freshness: Pick<Cluster['freshness'], 'lastSuccessMs' | 'consecutiveFailures'> },
): StateView {
  switch (quorum.state) {
    case 'quorate':
      return quorateState(quorum);
    case 'notQuorate':
      return stateView(
        join('no quorum', votesText(quorum)),
        'fail',
        'error',
        `${whoAnswers(quorum)} sees no majority: no changes are possible, nodes with active HA reset after about 60 s, and the rows below are memories.`,
        'Restore network or power to a majority.',
      );
    case 'split':
      return stateView(
        'split view',
        'fail',
        'error',
        'Nodes contradict each other, so the network is probably cut in two; the quorate side is shown.',
        'Compare the views; check the cluster network.',
      );
    case 'standalone':
      return stateView('standalone', 'off', 'server', 'One node, no votes to count.');
    case 'unknown':
      return cluster.freshness.lastSuccessMs === null && cluster.freshness.consecutiveFailures === 0
        ? stateView(
            'not read yet',
            'off',
            'circle-large-outline',
            'Nothing has been read here yet.',
            'Test Connection',
          )
        : stateView(
            'quorum unknown',
            'unknown',
            'question',
            'Nobody has told us; it may be fine or an outage.',
            'Test the connection; ask another node.',
          );
  }
}

function quorateState(quorum: Quorum): StateView {
  const { margin, votes, expectedVotes } = quorum;
  const figures = join('quorate', votesText(quorum));
  const label = `${quorum.approximate && votes !== null ? '≈ ' : ''}${figures} · ${marginText(margin)}`;
  if (margin === null) {
    return stateView(
      label,
      'calm',
      'info',
      'A majority of votes is present; how many more may go is not told.',
    );
  }
  if (margin >= 1) {
    return stateView(
      label,
      'ok',
      'pass',
      `A majority of votes is present; ${margin === 1 ? 'one more' : `${margin} more`} may go and the cluster still works.`,
    );
  }
  if (margin < 0) {
    return stateView(
      label,
      'warn',
      'warning',
      'Proxmox reports a majority although fewer votes are counted than needed; the expected votes may have been lowered by hand.',
      'Compare with "pvecm status" on a node.',
    );
  }
  if (votes !== null && votes === expectedVotes) {
    return stateView(
      label,
      'calm',
      'info',
      'Everything is here, but a cluster this small survives no loss.',
      'Think about a quorum device.',
    );
  }
  return stateView(
    label,
    'warn',
    'warning',
    'One more lost vote makes the cluster read-only and resets nodes that run HA guests.',
    'Bring a missing node or the device back before touching anything else.',
  );
}

/** Quorum as it was told last: "last quorate 3/3". Never good, because it may be over. */
export function lastQuorumState(
  quorum: Quorum,
  cluster: { readonly freshness: Pick<Cluster['freshness'], 'lastSuccessMs' | 'consecutiveFailures'> },
): StateView {
  // Figures without any successful read prove nothing.
  if (cluster.freshness.lastSuccessMs === null) return quorumState({ ...quorum, state: 'unknown' }, cluster);
  const state = quorumState(quorum, cluster);
  if (state.tone === 'unknown') return state;
  const was = {
    quorate: join('last quorate', votesText(quorum)),
    notQuorate: join('last without quorum', votesText(quorum)),
    split: 'last split view',
    standalone: 'standalone, last read long ago',
    unknown: state.label,
  }[quorum.state];
  return { ...lastKnownState(state), label: was };
}

/** The quorum device. `unknown` is not `none`: a server that does not tell may well have one. */
export function quorumDeviceState(quorum: Quorum): StateView {
  switch (quorum.device.state) {
    case 'connected':
      return stateView('device voting', 'calm', 'plug', 'Its vote is counted.');
    case 'notConnected':
      return stateView(
        'device lost',
        quorum.margin !== null && quorum.margin <= 0 ? 'fail' : 'warn',
        'debug-disconnect',
        "The device's votes are missing; with an odd node count that means no node may fail.",
        'Check the QNetd host.',
      );
    case 'none':
      return stateView('no device', 'off', 'dash', 'There is none.');
    case 'unknown':
      return stateView('device unknown', 'unknown', 'question', 'This server does not tell.');
  }
}

/** Badge of the cluster's mode: Cluster green, Standalone blue, Undefined grey. */
export function modeBadge(mode: Cluster['mode']): { readonly label: string; readonly tone: Tone } {
  switch (mode) {
    case 'cluster':
      return { label: 'Cluster', tone: 'ok' };
    case 'standalone':
      return { label: 'Standalone', tone: 'busy' };
    case 'undefined':
    case 'unknown':
      return { label: 'Undefined', tone: 'off' };
  }
}

function whoAnswers(quorum: Quorum): string {
  return quorum.answeringNode === null
    ? 'The answering node'
    : `The answering node (${quorum.answeringNode})`;
}

function join(word: string, figures: string): string {
  return figures === '' ? word : `${word} ${figures}`;
}
