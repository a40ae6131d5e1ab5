import type { ReadDiff } from '../../../contract/intent/diff.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import { identityOf } from '../deletion/guestSnapshot.ts';
import type { ClusterProbe } from '../probe/clusterProbe.ts';
import { blocked, warning } from './findings.ts';
import { haConsequencesOfDeletion } from './haConsequences.ts';
import { nodeFindings } from './nodeFindings.ts';
import { type PreparedChange, refused } from './preparedChange.ts';
import { findGuest } from './prepareUpdate.ts';

/**
 * Checks a deletion. It prepares no call: applying it files a request, and nothing here destroys.
 *
 * @param openRequest number of the request that already asks for this guest, if there is one
 */
export async function prepareDelete(
  diff: ReadDiff,
  probe: ClusterProbe,
  openRequest: number | null,
): Promise<PreparedChange> {
  const facts = await probe.facts();
  const found = findGuest(diff, facts);
  if (!('guest' in found)) return refused([found], found.code, null, diff.payload.node);
  const { guest, node } = found;
  const { vmid } = diff.payload;
  let config: Awaited<ReturnType<ClusterProbe['guestConfig']>>;
  try {
    config = await probe.guestConfig(node, diff.kind, vmid);
  } catch (error) {
    const why = error instanceof HttpFailure ? error.message : 'unexpected failure';
    return refused(
      [
        ...nodeFindings(facts, node, false),
        blocked('guest_unreadable', `The configuration of ${vmid} cannot be read: ${why}.`),
      ],
      'unreadable',
      guest.name,
      node,
    );
  }
  const findings = [
    ...nodeFindings(facts, node, false),
    openRequest === null
      ? warning(
          'delete_routed_to_deletion_request',
          'Applying this asks for the deletion; a second person decides.',
        )
      : warning('deletion_already_requested', `Deletion request ${openRequest} already asks for this.`),
  ];
  if (config.values.protection === '1')
    findings.push(
      blocked(
        'guest_protected',
        `Guest ${vmid} is protected against removal in Proxmox. Take the protection off there first.`,
      ),
    );
  if (guest.template)
    findings.push(warning('guest_is_template', `Guest ${vmid} is a template; linked clones need it.`));
  if (guest.status !== 'stopped')
    findings.push(
      warning(
        'guest_not_stopped',
        `Guest ${vmid} is ${guest.status ?? 'in an unknown state'}; it has to be stopped before the request can be executed.`,
      ),
    );
  if (guest.lock !== null)
    findings.push(
      warning(
        'guest_locked',
        `Guest ${vmid} is locked (${guest.lock}); it cannot be destroyed before that ends.`,
      ),
    );
  const ha = haConsequencesOfDeletion(diff.kind, vmid, facts.ha);
  if (ha === null)
    findings.push(
      blocked('ha_unknown', 'What this does to HA was not told. Plan again when HA can be read.'),
    );
  return {
    findings,
    changes: [{ key: 'guest', before: `${guest.name ?? vmid} on ${node}`, after: null }],
    ha: ha ?? [],
    calls: [],
    isNoChange: openRequest !== null,
    name: guest.name,
    node,
    seen: JSON.stringify({
      node,
      name: guest.name,
      kind: guest.kind,
      // A number can be given to another guest of the same name.
      identity: identityOf(diff.kind, config.values),
      ha: ha?.map(({ id, effect }) => [id, effect]) ?? null,
    }),
  };
}
