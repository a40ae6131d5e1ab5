import { plainText } from '../../base/text.ts';
import type { PlanReply } from '../../contract/intent/plan.ts';
import type { Quorum } from '../../contract/model/cluster.ts';
import type { LastKnownReason } from '../clusterContext.ts';
import { voteFigures } from '../quorumStates.ts';
import type { PlanStanding } from './planStates.ts';
import { changesOf, countsOf } from './planWords.ts';

/** Everything that decides whether a plan may be applied. */
export interface GateFacts {
  readonly plan: PlanReply | null;
  readonly standing: PlanStanding;
  /** Workspace trust of the window. */
  readonly trusted: boolean;
  /** Whether the console knows the cluster at all. */
  readonly clusterKnown: boolean;
  /** Why what the console shows of the cluster is a memory. */
  readonly lastKnown: LastKnownReason;
  /** Quorum as the console reads it; `null` while the cluster is not known. */
  readonly quorum: Quorum | null;
  readonly running: boolean;
}

/** Why Apply is off: short for the button, whole for the error of a command. */
export interface ApplyRefusal {
  readonly short: string;
  /** What is the case and what to do next. */
  readonly sentence: string;
}

const nothingChanged = 'Nothing was changed.';

/** Reasons why the plan may not be applied now, the first to deal with first. Empty: it may. */
export function applyRefusals(facts: GateFacts): ApplyRefusal[] {
  const { plan, standing } = facts;
  const refusals: ApplyRefusal[] = [];
  const refuse = (short: string, sentence: string): void => {
    if (!refusals.some((known) => known.short === short)) refusals.push({ short, sentence });
  };
  if (!facts.trusted)
    refuse(
      'restricted mode',
      `This window is in restricted mode. ${nothingChanged} Trust the folder, then plan.`,
    );
  if (facts.running)
    refuse('a run goes on', 'A run of this document goes on. Wait for its end, then plan again.');
  const stands = standingRefusal(standing);
  if (stands !== null) refuse(stands.short, stands.sentence);
  if (plan === null) return refusals;
  const counts = countsOf(plan.verdicts);
  if (counts.blocked > 0)
    refuse(
      `${counts.blocked} blocked`,
      `${counts.blocked === 1 ? 'One change is' : `${counts.blocked} changes are`} blocked. ${nothingChanged} Correct the document and plan again.`,
    );
  if (counts.unknown > 0)
    refuse(
      'not readable',
      `The server's word on ${counts.unknown === 1 ? 'one change' : `${counts.unknown} changes`} is not known to this console. ${nothingChanged} Update the console.`,
    );
  if (plan.quorum.quorate === false || facts.lastKnown === 'noQuorum')
    refuse(
      'no quorum',
      `The cluster has no quorum${lackingVotes(facts.quorum)}. ${nothingChanged} Plan again once it is quorate.`,
    );
  for (const blocker of plan.blockers)
    refuse(blockerWord(blocker.code), `${plainText(blocker.message)} ${nothingChanged}`);
  if (!facts.clusterKnown)
    refuse('cluster not connected', `The console has no connection to this cluster now. ${nothingChanged}`);
  else if (facts.lastKnown === 'stale' || facts.lastKnown === 'neverRead')
    refuse('stale', `What is known of the cluster is old. ${nothingChanged} Refresh, then plan again.`);
  else if (facts.lastKnown === 'quorumUnknown')
    refuse(
      'quorum unknown',
      `Nobody told whether the cluster is quorate. ${nothingChanged} Refresh, then plan again.`,
    );
  if (plan.quorum.quorate === null && refusals.every(({ short }) => short !== 'no quorum'))
    refuse(
      'quorum unknown',
      `The server did not tell whether the cluster is quorate. ${nothingChanged} Refresh, then plan again.`,
    );
  if (plan.plan_hash === null)
    refuse(
      'plan without name',
      `The server did not name this plan, so it cannot be bound to it. ${nothingChanged}`,
    );
  if (refusals.length === 0 && changesOf(counts) === 0)
    refuse('nothing to change', 'Everything is as the document wants it already.');
  if (refusals.length === 0 && !plan.permitted)
    refuse(
      'not permitted',
      `The server does not permit this plan. ${nothingChanged} Read its rows, then plan again.`,
    );
  return refusals;
}

/** The votes that the console itself reads, while it sees no quorum either. */
function lackingVotes(quorum: Quorum | null): string {
  return quorum?.state !== 'notQuorate' || quorum.votes === null ? '' : ` (votes ${voteFigures(quorum)})`;
}

/** What the plan's own standing says against applying it; `null` while it is ready. */
function standingRefusal(standing: PlanStanding): ApplyRefusal | null {
  const words = (short: string, sentence: string): ApplyRefusal => ({ short, sentence });
  switch (standing.kind) {
    case 'none':
      return words('not planned', `There is no plan yet. ${nothingChanged} Plan first.`);
    case 'planning':
      return words('planning', 'The plan is being made. Wait for it.');
    case 'failed':
      return words('not planned', `${standing.message} ${nothingChanged}`);
    case 'unreadable':
      return words(
        'document has faults',
        `The document has faults, so this plan is from an earlier version. ${nothingChanged} Correct it and plan again.`,
      );
    case 'documentChanged':
      return words(
        'document changed',
        `The document changed since this plan was made. ${nothingChanged} Plan again.`,
      );
    case 'moved':
      return words('state moved', `${standing.what} ${nothingChanged} Plan again.`);
    case 'expired':
      return words('expired', `The plan has ended. ${nothingChanged} Plan again.`);
    case 'applied':
      return words('applied already', 'This plan was applied. Plan again for what is left.');
    case 'ready':
      return null;
  }
}

/** Short word of a blocker; the sentence beside it is the server's. */
function blockerWord(code: string): string {
  if (/quor/.test(code)) return 'no quorum';
  if (/write/.test(code)) return 'writes off';
  return plainText(code.replaceAll('_', ' '), 40);
}
