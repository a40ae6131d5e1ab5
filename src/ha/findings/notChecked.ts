import type { Section, SectionName } from '../../contract/model/cluster.ts';
import { about, type Finding, type NotCurrent } from './finding.ts';

/** Reasons that are said one by one; more are counted. */
const reasonsSaid = 5;

/** Why nothing of a cluster can be checked. */
export const whyNotCurrent: Readonly<Record<NotCurrent, string>> = {
  noQuorum: 'The answering node has no quorum, so what it tells is a memory.',
  quorumUnknown: 'Whether the answering node has quorum is not known, so what it tells may be a memory.',
  stale: 'What is known of this cluster is too old.',
  neverRead: 'Nothing has been read here yet.',
};

const sectionWords: Readonly<Record<SectionName, string>> = {
  status: 'The list of members',
  resources: 'The list of guests',
  haStatus: 'The HA status',
  haResources: 'The list of HA resources',
  haGroups: 'The list of HA groups',
  haRules: 'The list of HA rules',
  configNodes: 'The configuration of votes',
  qdevice: 'The quorum device',
  managerStatus: 'The record of the HA manager',
};

/** Why a list cannot be relied on; `null` when it was read whole, or when having none of it is normal. */
export function whyNotRead(name: SectionName, { state, droppedRows }: Section): string | null {
  const list = sectionWords[name];
  switch (state) {
    case 'read':
      return droppedRows === 0 ? null : `${list} has entries that could not be understood.`;
    case 'movedToRules':
      return null;
    case 'notOffered':
      // Older versions have no rules, newer ones no groups.
      return name === 'haRules' || name === 'haGroups' ? null : `${list} is not offered by this server.`;
    case 'failed':
      return `${list} could not be read.`;
    case 'never':
      return `${list} has not been read yet.`;
    case 'unknown':
      return `Whether ${list.charAt(0).toLowerCase()}${list.slice(1)} was read is not known.`;
  }
}

/** The one finding for all that could not be checked. */
export function notChecked(checked: 'none' | 'some', reasons: readonly string[]): Finding {
  const more = reasons.length - reasonsSaid;
  return {
    id: 'not-checked',
    code: 'not-checked',
    severity: 'unknown',
    title: checked === 'none' ? 'Could not be checked' : 'Could not be checked in full',
    explanation: `${reasons.slice(0, reasonsSaid).join(' ')}${more > 0 ? ` And ${more} more reasons.` : ''}`,
    nextStep: 'Refresh; if it stays, read the reason in the banner of the HA page or test the connection.',
    subjects: about({}),
  };
}
