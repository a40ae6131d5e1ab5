import type { HaConsequence } from '../../../contract/intent/plan.ts';
import { splitList } from '../../../pve/haConfig.ts';
import type { HaFacts } from '../probe/clusterFacts.ts';

/** HA name of a guest: `vm:105`, `ct:201`. */
export function haSid(kind: 'qemu' | 'lxc', vmid: number): string {
  return `${kind === 'lxc' ? 'ct' : 'vm'}:${vmid}`;
}

/**
 * What leaves HA with a guest. Proxmox takes the HA entry and the guest's place in rules along when it destroys with
 * `purge`; a rule that keeps no resource goes as a whole, and a resource affinity rule needs two.
 *
 * @returns `null` when HA's configuration could not be read
 */
export function haConsequencesOfDeletion(
  kind: 'qemu' | 'lxc',
  vmid: number,
  ha: HaFacts,
): HaConsequence[] | null {
  if (ha.resources === null || ha.rules === null) return null;
  const sid = haSid(kind, vmid);
  const entry = ha.resources.find((resource) => resource.sid === sid || resource.sid === String(vmid));
  const consequences: HaConsequence[] = [];
  if (entry !== undefined)
    consequences.push({
      subject: 'resource',
      id: sid,
      effect: 'removed',
      message: `${sid} leaves HA with the guest.`,
    });
  if (entry?.group !== null && entry?.group !== undefined)
    consequences.push({
      subject: 'group',
      id: entry.group,
      effect: 'unchanged',
      message: `Group ${entry.group} stays and loses ${sid} as a member.`,
    });
  for (const rule of ha.rules) {
    const members = splitList(rule.resources);
    if (!members.includes(sid)) continue;
    const left = members.length - 1;
    const needed = rule.type === 'resource-affinity' ? 2 : 1;
    consequences.push(
      left === 0
        ? {
            subject: 'rule',
            id: rule.rule,
            effect: 'removed',
            message: `Rule ${rule.rule} loses its only resource and is deleted with it.`,
          }
        : {
            subject: 'rule',
            id: rule.rule,
            effect: 'changed',
            message:
              left < needed
                ? `Rule ${rule.rule} keeps ${left} resource and no longer does anything.`
                : `Rule ${rule.rule} keeps ${left} of ${members.length} resources.`,
          },
    );
  }
  return consequences;
}

/** What stands in HA for a guest that is changed: nothing of it changes, which is worth saying for a managed guest. */
export function haConsequencesOfUpdate(
  kind: 'qemu' | 'lxc',
  vmid: number,
  ha: HaFacts,
): HaConsequence[] | null {
  if (ha.resources === null) return null;
  const sid = haSid(kind, vmid);
  return ha.resources.some((resource) => resource.sid === sid)
    ? [{ subject: 'resource', id: sid, effect: 'unchanged', message: `${sid} stays in HA as it is.` }]
    : [];
}
