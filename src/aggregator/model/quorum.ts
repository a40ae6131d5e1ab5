import type { Quorum, QuorumView } from '../../contract/model/cluster.ts';

export interface QuorumInput {
  /** `null` before `/cluster/status` was read. */
  readonly mode: 'cluster' | 'standalone' | null;
  /** Flag of the cluster row of `/cluster/status`. */
  readonly statusQuorate: boolean | null;
  /** Flag of the quorum row of `/cluster/ha/status/current`. */
  readonly haQuorate: boolean | null;
  readonly answeringNode: string | null;
  /** Members with their corosync votes; `null` when the configuration could not be read. */
  readonly members:
    | readonly { readonly votes: number | 'unreadable'; readonly online: boolean | null }[]
    | null;
  /** `null` when it could not be read; `present: false` when there is none. */
  readonly device: {
    readonly present: boolean;
    readonly state: string | null;
    readonly algorithm: string | null;
    readonly host: string | null;
  } | null;
  readonly views: readonly QuorumView[];
}

/**
 * Quorum from what was reported (HA states, quorum arithmetic). The flag decides the state and is never inferred; votes
 * are worked out beside it and stay `null` as soon as one input is missing. A flag of either source that says "not
 * quorate" wins, because the two are read moments apart and the bad news is the one to show.
 */
export function computeQuorum(input: QuorumInput): Quorum {
  const device = deviceOf(input);
  const votes = countVotes(input, device);
  return {
    state: stateOf(input),
    ...votes,
    approximate: true,
    device,
    answeringNode: input.answeringNode,
    provenance: {
      quorate:
        input.haQuorate !== null
          ? '/cluster/ha/status/current'
          : input.statusQuorate !== null
            ? '/cluster/status'
            : null,
      expectedVotes: votes.expectedVotes === null ? null : '/cluster/config/nodes',
      votes: votes.votes === null ? null : '/cluster/config/nodes and /cluster/status',
      device: device.state === 'unknown' ? null : '/cluster/config/qdevice',
    },
    views: [...input.views],
  };
}

function stateOf(input: QuorumInput): Quorum['state'] {
  if (input.mode === null) return 'unknown';
  if (input.mode === 'standalone') return 'standalone';
  const answers = new Set(input.views.map((view) => view.quorate).filter((quorate) => quorate !== null));
  if (answers.size > 1) return 'split';
  const flags = [input.haQuorate, input.statusQuorate];
  if (flags.includes(false)) return 'notQuorate';
  return flags.includes(true) ? 'quorate' : 'unknown';
}

function deviceOf(input: QuorumInput): Quorum['device'] {
  const { device } = input;
  if (device === null) return { state: 'unknown', votes: null, algorithm: null, host: null, rawState: null };
  if (!device.present) return { state: 'none', votes: 0, algorithm: null, host: null, rawState: null };
  return {
    state:
      device.state === null
        ? 'unknown'
        : /^connected$/i.test(device.state.trim())
          ? 'connected'
          : 'notConnected',
    votes: deviceVotes(device.algorithm, input.members?.length ?? null),
    algorithm: device.algorithm,
    host: device.host,
    rawState: device.state,
  };
}

/**
 * Fifty-fifty split gives one vote; last man standing, forced on odd node counts, gives one less than the nodes. Any other
 * algorithm gives nobody knows how many.
 */
function deviceVotes(algorithm: string | null, nodeCount: number | null): number | null {
  if (algorithm === null) return null;
  if (/fifty|ffsplit/i.test(algorithm)) return 1;
  return /last man\b|lms/i.test(algorithm) && nodeCount !== null ? nodeCount - 1 : null;
}

type Votes = Pick<Quorum, 'votes' | 'expectedVotes' | 'neededVotes' | 'margin'>;

function countVotes(input: QuorumInput, device: Quorum['device']): Votes {
  const untold: Votes = { votes: null, expectedVotes: null, neededVotes: null, margin: null };
  const { members } = input;
  if (input.mode !== 'cluster' || members === null || members.length === 0) return untold;
  if (device.state === 'unknown' || device.votes === null) return untold;
  const counted = members.flatMap(({ votes, online }) => (votes === 'unreadable' ? [] : [{ votes, online }]));
  if (counted.length < members.length) return untold;
  const expectedVotes = counted.reduce((sum, member) => sum + member.votes, 0) + device.votes;
  const neededVotes = Math.floor(expectedVotes / 2) + 1;
  if (counted.some((member) => member.online === null)) return { ...untold, expectedVotes, neededVotes };
  const present = counted
    .filter((member) => member.online === true)
    .reduce((sum, member) => sum + member.votes, 0);
  const votes = present + (device.state === 'connected' ? device.votes : 0);
  return { votes, expectedVotes, neededVotes, margin: votes - neededVotes };
}
