import type { ReadDiff } from '../../../contract/intent/diff.ts';
import type { PlanFinding } from '../../../contract/intent/plan.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import type { PveParams } from '../../../pve/pveClient.ts';
import { guestChanges } from '../guest/guestChanges.ts';
import { wantedDisks } from '../guest/guestParams.ts';
import { needsGuestOff } from '../guest/offlineKeys.ts';
import { guestPath } from '../intentCluster.ts';
import type { ClusterFacts, GuestFacts } from '../probe/clusterFacts.ts';
import type { ClusterProbe } from '../probe/clusterProbe.ts';
import { cloudInitFindings } from './cloudInitFindings.ts';
import { newDiskFindings } from './diskFindings.ts';
import { blocked, warning } from './findings.ts';
import { haConsequencesOfUpdate } from './haConsequences.ts';
import { nodeFindings } from './nodeFindings.ts';
import type { PlanLedgers } from './prepareCreate.ts';
import { type PreparedChange, refused } from './preparedChange.ts';

/** The guest that a change names, or why it is not the one that was planned for. */
export function findGuest(
  diff: ReadDiff,
  facts: ClusterFacts,
): { readonly guest: GuestFacts; readonly node: string } | PlanFinding {
  const { vmid, node } = diff.payload;
  const guest = facts.guests.get(vmid);
  if (guest === undefined)
    return blocked(
      'guest_missing',
      `There is no guest ${vmid}. It may be gone, or the token may not see it.`,
      'vmid',
    );
  if (guest.kind !== diff.kind)
    return blocked(
      'guest_kind',
      `Guest ${vmid} is ${guest.kind === 'lxc' ? 'a container' : 'a virtual machine'}.`,
      'kind',
    );
  if (guest.node !== node)
    return blocked(
      'toctou_mismatch',
      `Guest ${vmid} is on ${guest.node ?? 'unknown'}, not on ${node}. Plan again with its present node.`,
      'node',
    );
  return { guest, node };
}

/** Checks a change of a guest and prepares its call. A running guest is never stopped for it. */
export async function prepareUpdate(
  diff: ReadDiff,
  probe: ClusterProbe,
  ledgers: PlanLedgers,
  warnPlainPassword: boolean,
): Promise<PreparedChange> {
  const facts = await probe.facts();
  const { kind, payload } = diff;
  const found = findGuest(diff, facts);
  if (!('guest' in found)) return refused([found], found.code, null, payload.node);
  const { guest, node } = found;
  const findings = nodeFindings(facts, node, false);
  let config: Awaited<ReturnType<ClusterProbe['guestConfig']>>;
  try {
    config = await probe.guestConfig(node, kind, payload.vmid);
  } catch (error) {
    const why = error instanceof HttpFailure ? error.message : 'unexpected failure';
    return refused(
      [
        ...findings,
        blocked('guest_unreadable', `The configuration of ${payload.vmid} cannot be read: ${why}.`),
      ],
      'unreadable',
      guest.name,
      node,
    );
  }
  const lock = config.values.lock ?? guest.lock;
  if (lock !== null && lock !== undefined)
    findings.push(
      blocked(
        'guest_locked',
        `Guest ${payload.vmid} is locked (${lock}). Wait for what holds it, then plan again.`,
      ),
    );
  if (guest.template)
    findings.push(
      warning('guest_is_template', `Guest ${payload.vmid} is a template; clones made later get the change.`),
    );
  findings.push(...cloudInitFindings(kind, payload, warnPlainPassword));
  const { changes, params, cleared, findings: deviceFindings } = guestChanges(diff, config.values);
  findings.push(...deviceFindings);
  const context = { probe, facts, storage: ledgers.storage };
  for (const disk of wantedDisks(kind, payload))
    if (config.values[disk.key] === undefined) findings.push(...(await newDiskFindings(diff, disk, context)));
  const isOff = guest.status === 'stopped';
  // A guest that runs has its memory already, and takes another amount only when it is off.
  const memory = changes.find(({ key }) => key === 'memory')?.after ?? null;
  if (isOff && memory !== null) findings.push(...ledgers.memory.add(facts, node, Number(memory)));
  if (!isOff) {
    const keys = changes.map(({ key }) => key).filter((key) => needsGuestOff(kind, key));
    if (keys.length > 0)
      findings.push(
        blocked(
          'update_requires_vm_stop',
          `${keys.join(', ')} can be changed only while the guest is off, and it is ${guest.status ?? 'in an unknown state'}. Nothing is stopped here: stop it, then plan again.`,
        ),
      );
  }
  const ha = haConsequencesOfUpdate(kind, payload.vmid, facts.ha);
  if (ha === null) findings.push(warning('ha_unknown', 'Whether the guest is HA-managed was not told.'));
  const digest: PveParams = config.digest === null ? {} : { digest: config.digest };
  return {
    findings,
    changes,
    ha: ha ?? [],
    calls:
      changes.length === 0
        ? []
        : // With the digest Proxmox refuses the change when somebody else was faster.
          [
            {
              method: 'PUT',
              path: `${guestPath(node, kind, payload.vmid)}/config`,
              params: { ...params, ...digest },
              ...(cleared.length === 0 ? {} : { cleared }),
            },
          ],
    isNoChange: changes.length === 0 && !findings.some(({ verdict }) => verdict === 'blocked'),
    name: config.values.name ?? config.values.hostname ?? guest.name,
    node,
    seen: JSON.stringify({ config: config.digest ?? config.values, off: isOff, lock: lock ?? null, node }),
  };
}
