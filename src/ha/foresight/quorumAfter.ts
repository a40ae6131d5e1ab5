import type { WhatIf } from '../../contract/model/whatIf.ts';
import type { ClusterPicture } from './clusterPicture.ts';

/**
 * Votes that are left when nodes die, by what the cluster reported. Needed votes stay what they are: corosync does not
 * lower them when nodes leave. Any vote that was not told makes the answer unknown.
 */
export function quorumAfter(picture: ClusterPicture, gone: ReadonlySet<string>): WhatIf['quorum'] {
  const { quorum, mode } = picture.cluster;
  const { votes, neededVotes } = quorum;
  const unknown = { votesBefore: votes, votesAfter: null, neededVotes, holds: null };
  if (mode !== 'cluster') return unknown;
  if (quorum.state === 'notQuorate')
    return { votesBefore: votes, votesAfter: null, neededVotes, holds: false };
  if (quorum.state !== 'quorate' || votes === null || neededVotes === null) return unknown;
  let lost = 0;
  for (const node of picture.nodes) {
    if (!gone.has(node.name)) continue;
    if (node.online === null || (node.online && node.votes === null)) return unknown;
    if (node.online) lost += node.votes ?? 0;
  }
  const after = votes - lost;
  return { votesBefore: votes, votesAfter: after, neededVotes, holds: after >= neededVotes };
}
