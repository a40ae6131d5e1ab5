/** Lock of the node that is master. */
export const managerLock = 'ha_manager_lock';

/** Lock that a node's local manager holds while services are active on it; the master takes it to prove the node dead. */
export function agentLock(node: string): string {
  return `ha_agent_${node}_lock`;
}

/** How long a lock of the cluster filesystem lasts without being renewed, seconds. */
const lockLifeS = 120;

/** Locks of the cluster filesystem: each has one holder, who keeps it by renewing it. Times are seconds of any clock. */
export class ClusterLocks {
  readonly #locks = new Map<string, { readonly holder: string; timeS: number }>();

  /** Takes or renews a lock: `taken` when it was free or had run out. */
  acquire(name: string, holder: string, nowS: number): 'taken' | 'renewed' | 'refused' {
    const lock = this.#locks.get(name);
    if (lock !== undefined && nowS - lock.timeS <= lockLifeS) {
      if (lock.holder !== holder) return 'refused';
      lock.timeS = nowS;
      return 'renewed';
    }
    this.#locks.set(name, { holder, timeS: nowS });
    return 'taken';
  }

  release(name: string, holder: string, nowS: number): void {
    const lock = this.#locks.get(name);
    if (lock?.holder === holder && nowS - lock.timeS <= lockLifeS) this.#locks.delete(name);
  }
}
