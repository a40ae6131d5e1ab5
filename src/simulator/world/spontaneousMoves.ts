import { type ClusterWorld, sidOf } from './model.ts';
import type { Random } from './random.ts';

/** Has a guest moved every few minutes, as people do, while the cluster is whole. */
export class SpontaneousMoves {
  readonly #cluster: ClusterWorld;
  readonly #random: Random;
  #nextAtMs: number;

  constructor(cluster: ClusterWorld, random: Random, nowMs: number) {
    this.#cluster = cluster;
    this.#random = random;
    this.#nextAtMs = nowMs + this.#delayMs();
  }

  /** The move that is due now: of a guest that no rule binds, so that nobody moves it back. */
  next(
    nowMs: number,
    isBusy: (vmid: number) => boolean,
  ): { readonly vmid: number; readonly target: string } | null {
    const { store, nodes, guests, quorate } = this.#cluster;
    if (!quorate || nowMs < this.#nextAtMs) return null;
    this.#nextAtMs = nowMs + this.#delayMs();
    if ([...nodes.values()].some(({ member }) => !member)) return null;
    if (Object.values(store.managerStatus?.node_status ?? {}).some((view) => view !== 'online')) return null;
    const bound = new Set([...store.rules.values()].flatMap(({ resources }) => resources));
    const movable = [...guests.values()].filter((guest) => {
      const sid = sidOf(guest);
      if (guest.status !== 'running' || guest.lock !== null || isBusy(guest.vmid)) return false;
      const resource = store.resources.get(sid);
      if (resource === undefined) return guest.type === 'qemu';
      const state = store.managerStatus?.service_status[sid]?.state;
      return state === 'started' && resource.group === undefined && !bound.has(sid);
    });
    if (movable.length === 0) return null;
    const { vmid } = this.#random.pick(movable);
    const targets = [...nodes.keys()].filter((name) => name !== store.guestNodes.get(vmid));
    return { vmid, target: this.#random.pick(targets) };
  }

  #delayMs(): number {
    return this.#cluster.timings.migrationMaxMs * (4 + this.#random.next() * 8);
  }
}
