/** How long a watchdog waits for its daemon before it resets the node, seconds. */
const watchdogLifeS = 60;

/** Watchdogs of all nodes: a daemon that cannot renew its lock does not refresh its own, and the node is reset. */
export class Watchdogs {
  readonly #open = new Map<number, { readonly node: string; timeS: number }>();
  #count = 0;

  /** Answers with the id by which it is refreshed and closed. */
  open(node: string, nowS: number): number {
    this.#count += 1;
    this.#open.set(this.#count, { node, timeS: nowS });
    return this.#count;
  }

  /** False when it ran out before. */
  refresh(id: number, nowS: number): boolean {
    const watchdog = this.#open.get(id);
    if (watchdog === undefined) return false;
    watchdog.timeS = nowS;
    return true;
  }

  /** False when it ran out before. */
  close(id: number): boolean {
    return this.#open.delete(id);
  }

  /** A node without power has none. */
  drop(node: string): void {
    for (const [id, watchdog] of this.#open) if (watchdog.node === node) this.#open.delete(id);
  }

  /** Removes the watchdogs of a node that ran out; true when there was one. */
  expire(node: string, nowS: number): boolean {
    let isExpired = false;
    for (const [id, watchdog] of this.#open) {
      if (watchdog.node !== node || nowS - watchdog.timeS <= watchdogLifeS) continue;
      this.#open.delete(id);
      isExpired = true;
    }
    return isExpired;
  }
}
