import { plural } from '../../base/format.ts';
import type { HaResource } from '../../contract/model/placement.ts';
import type { ClusterPicture } from '../foresight/clusterPicture.ts';
import type { FamilyFindings } from './finding.ts';

/** A running resource whose place HA answers for. */
export interface Resting {
  readonly resource: HaResource;
  readonly node: string;
}

/** Resources that run and stay where they are, and those that are just being worked on. */
export interface RestingPicture {
  readonly resting: readonly Resting[];
  readonly moving: ReadonlySet<string>;
  readonly unknowns: FamilyFindings['unknowns'];
}

/** Verbose states in which the manager has nothing in hand (HA states). */
const settledStates = new Set([
  'started',
  'stopped',
  'disabled',
  'ignored',
  'ignore',
  'error',
  'freeze',
  'not found',
]);

/** Whether the manager has something in hand with a resource, as far as its row says. */
export function isInMotion({ state, configured }: HaResource): boolean {
  return configured !== false && state !== null && !settledStates.has(state);
}

/** What must stay the same for a cluster to be at rest: its online nodes, and that nothing moves; `null` if something does. */
export function restSignature({ nodes, resources }: ClusterPicture): string | null {
  if (resources.some(isInMotion)) return null;
  return JSON.stringify(nodes.map(({ name, online, haState }) => [name, online, haState]).sort());
}

/**
 * Sorts resources by whether their place can be judged. Stopped ones break no rule, ignored ones are nobody's, and of one
 * on a node that does not answer, or between two nodes, the place is not known.
 */
export function restingPicture({ nodes, resources, guests }: ClusterPicture): RestingPicture {
  const online = new Set(nodes.filter((node) => node.online === true).map(({ name }) => name));
  const guestOf = new Map(guests.map((guest) => [guest.vmid, guest]));
  const resting: Resting[] = [];
  const moving = new Set<string>();
  let untold = 0;
  let unwatched = 0;
  for (const resource of resources) {
    const { sid, state, node, vmid, configured, requestState } = resource;
    if (configured === false || requestState === 'ignored' || state === 'not found') continue;
    if (state === null) untold += 1;
    else if (state === 'ignore') unwatched += 1;
    else if (isInMotion(resource)) moving.add(sid);
    else {
      const guest = vmid === null ? undefined : guestOf.get(vmid);
      const runs =
        state === 'started' || ((state === 'error' || state === 'freeze') && guest?.status === 'running');
      if (!runs) continue;
      if (node === null) untold += 1;
      else if (guest !== undefined && guest.node !== node) moving.add(sid);
      else if (online.has(node)) resting.push({ resource, node });
    }
  }
  return {
    resting,
    moving,
    unknowns: [
      ...(untold === 0 ? [] : [`State or node of ${plural(untold, 'HA resource')} was not told.`]),
      ...(unwatched === 0
        ? []
        : ['HA is disarmed and ignores its resources, so where they should run is not compared.']),
      ...(nodes.some((node) => node.online === null) ? ['Not every node told whether it is online.'] : []),
    ],
  };
}
