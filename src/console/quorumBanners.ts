import type { Banner } from '../contract/panels.ts';
import { banner, connectionButton, refreshButton } from './bannerParts.ts';
import type { ClusterContext } from './clusterContext.ts';
import type { ClusterEntry } from './fleetModel.ts';
import { nameText } from './rowWords.ts';

/** Quorum that is lost, unknown, or seen differently from different nodes. */
export function quorumBanners(entry: ClusterEntry, context: ClusterContext): Banner[] {
  const isOld = context.lastKnown === 'stale' || context.lastKnown === 'neverRead';
  if (isOld && !context.badQuorumIsCurrent) return [];
  const { state, views } = entry.record.quorum;
  const name = nameText(entry.record.name);
  const { quorum } = context;
  if (state === 'notQuorate') {
    return [
      banner(entry, 'noQuorum', 'fail', 'error', `${name}: ${quorum.label}.`, {
        why: `${quorum.explanation} Actions are off.`,
        next: quorum.nextStep,
        buttons: [refreshButton],
      }),
    ];
  }
  if (state === 'split') {
    const told = views
      .map(({ node, endpoint, quorate }) => `${nameText(node ?? endpoint)}: ${viewWord(quorate)}`)
      .join(', ');
    return [
      banner(entry, 'split', 'fail', 'error', `${name}: split view.`, {
        why: `${quorum.explanation}${told === '' ? '' : ` ${told}.`}`,
        next: quorum.nextStep,
        buttons: [refreshButton],
      }),
    ];
  }
  if (state === 'unknown') {
    return [
      banner(entry, 'quorumUnknown', 'unknown', 'question', `${name}: quorum unknown.`, {
        why: quorum.explanation,
        next: quorum.nextStep,
        buttons: [connectionButton('Test Connection', entry.connection, 'test')],
      }),
    ];
  }
  return [];
}

function viewWord(quorate: boolean | null): string {
  return quorate === null ? 'not told' : quorate ? 'quorate' : 'no quorum';
}
