import { plainText } from '../../base/text.ts';
import type { PlanVerdict } from '../../contract/intent/plan.ts';
import type { FleetModel } from '../fleetModel.ts';

/** What the console sees of the guests of a plan, by VMID; `null` for a guest that is not there. */
export type SeenGuests = ReadonlyMap<number, SeenGuest | null>;

interface SeenGuest {
  readonly node: string | null;
  readonly name: string | null;
  readonly status: string | null;
  readonly lock: string | null;
}

/** The guests of a plan as they are now. */
export function seenGuests(
  model: FleetModel,
  clusterId: string,
  verdicts: readonly PlanVerdict[],
): SeenGuests {
  return new Map(
    verdicts.flatMap(({ vmid }): [number, SeenGuest | null][] => {
      if (vmid === null) return [];
      const guest = model.guest(model.guestId(clusterId, vmid));
      return [
        [
          vmid,
          guest === undefined
            ? null
            : { node: guest.node, name: guest.name, status: guest.status, lock: guest.lock },
        ],
      ];
    }),
  );
}

/**
 * What moved between two looks, as a sentence; `null` when nothing did. The server checks more than this before it applies
 * anything; this only spares somebody a confirmation that would be refused.
 */
export function movedSince(before: SeenGuests, now: SeenGuests): string | null {
  for (const [vmid, was] of before) {
    const is = now.get(vmid) ?? null;
    if (was === null && is === null) continue;
    if (was === null) return `A guest ${vmid} has come up since this plan was made.`;
    if (is === null) return `Guest ${vmid} is gone since this plan was made.`;
    const fields = ['node', 'status', 'name', 'lock'] as const;
    const changed = fields.find((field) => was[field] !== is[field]);
    if (changed !== undefined)
      return `Guest ${vmid} changed since this plan was made: ${changed} was ${word(was[changed])}, is ${word(is[changed])}.`;
  }
  return null;
}

function word(value: string | null): string {
  return value === null ? 'not told' : plainText(value, 60);
}
