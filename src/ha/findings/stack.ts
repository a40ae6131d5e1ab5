import { plural } from '../../base/format.ts';
import type { ClusterPicture } from '../foresight/clusterPicture.ts';
import { about, type FamilyFindings, type FindingsInput } from './finding.ts';

const none: FamilyFindings = { findings: [], unknowns: [] };

/** A cluster of two votes: losing either of them loses quorum. */
export function twoVotes({ cluster: { mode, quorum } }: ClusterPicture): FamilyFindings {
  if (mode !== 'cluster') return none;
  const { expectedVotes, device } = quorum;
  if (device.state === 'unknown')
    return { ...none, unknowns: ['Whether there is a quorum device was not told.'] };
  if (expectedVotes === null) return { ...none, unknowns: ['How many votes there are was not told.'] };
  if (device.state !== 'none' || expectedVotes !== 2) return none;
  return {
    findings: [
      {
        id: 'two-votes',
        code: 'two-votes',
        severity: 'information',
        title: 'Two votes and no quorum device',
        explanation:
          'When either node fails, quorum is lost: the other one resets itself if it runs HA resources, and nothing is started again.',
        nextStep: 'Set up a quorum device on a third machine.',
        subjects: about({}),
      },
    ],
    unknowns: [],
  };
}

/** HA that was disarmed for some work and forgotten. */
export function disarmedLong({ picture, nowMs, disarmedLimitMs }: FindingsInput): FamilyFindings {
  const { state, sinceMs } = picture.cluster.fencing;
  if (state === 'unknown') return { ...none, unknowns: ['Whether HA is armed was not told.'] };
  if (state !== 'disarmed' && state !== 'disarming') return none;
  if (sinceMs === null) return { ...none, unknowns: ['HA is disarmed, but since when was not told.'] };
  if (nowMs - sinceMs < disarmedLimitMs) return none;
  const limit = plural(Math.round(disarmedLimitMs / 60_000), 'minute');
  return {
    findings: [
      {
        id: 'disarmed-long',
        code: 'disarmed-long',
        severity: 'error',
        title: `HA is disarmed for longer than ${limit}`,
        explanation: 'Nothing is fenced or recovered: when a node dies, its guests stay down.',
        nextStep: 'Arm HA when the work is done.',
        subjects: about({}),
      },
    ],
    unknowns: [],
  };
}

/** When HA will have been disarmed for too long, on the server's clock; `null` when that is not coming or has come. */
export function disarmedDueMs({ picture, nowMs, disarmedLimitMs }: FindingsInput): number | null {
  const { state, sinceMs } = picture.cluster.fencing;
  if ((state !== 'disarmed' && state !== 'disarming') || sinceMs === null) return null;
  const dueMs = sinceMs + disarmedLimitMs;
  return dueMs > nowMs ? dueMs : null;
}
