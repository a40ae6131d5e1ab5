import { plural } from '../../base/format.ts';
import type { Guest } from '../../contract/model/guest.ts';
import type { ClusterPicture } from '../foresight/clusterPicture.ts';
import { about, type FamilyFindings } from './finding.ts';
import { saidAll } from './findingText.ts';

/** Running guests that nobody restarts when their node dies, on clusters that use HA for others. */
export function unmanagedGuests(picture: ClusterPicture): FamilyFindings {
  const none: FamilyFindings = { findings: [], unknowns: [] };
  const usesHa = picture.resources.some(
    ({ configured, requestState }) => configured !== false && requestState !== 'ignored',
  );
  if (!usesHa) return none;
  const running = picture.guests.filter(({ status, template }) => status === 'running' && !template);
  const untold = running.filter(({ haManaged }) => haManaged === 'unknown').length;
  const unknowns =
    untold === 0 ? [] : [`Whether HA manages ${plural(untold, 'running guest')} is not known.`];
  const guests = running
    .filter(({ haManaged }) => haManaged === 'notManaged')
    .sort((a, b) => a.vmid - b.vmid);
  if (guests.length === 0) return { ...none, unknowns };
  const sids = guests.map(guestSid);
  const isOne = guests.length === 1;
  return {
    findings: [
      {
        id: 'unmanaged-guests',
        code: 'unmanaged-guests',
        severity: 'information',
        title: isOne
          ? `${saidAll(sids)} runs and is not HA-managed`
          : `${guests.length} running guests are not HA-managed`,
        explanation: `${isOne ? 'It stays' : `${saidAll(sids)} stay`} down when ${isOne ? 'its' : 'their'} node dies, until somebody starts ${isOne ? 'it' : 'them'}.`,
        nextStep: 'Add to HA what has to come back by itself.',
        subjects: about({
          sids,
          nodes: [...new Set(guests.flatMap(({ node }) => (node === null ? [] : [node])))].sort(),
        }),
      },
    ],
    unknowns,
  };
}

/** What a guest would be called as an HA resource. */
export function guestSid({ kind, vmid }: Pick<Guest, 'kind' | 'vmid'>): string {
  return `${kind === 'lxc' ? 'ct' : 'vm'}:${vmid}`;
}
