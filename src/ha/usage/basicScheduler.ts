import type { Scheduler, UsedNodes } from './usageModel.ts';

/** Counts services: the node with the fewest is the best. */
export class BasicScheduler implements Scheduler {
  readonly mode = 'basic';
  readonly #services: ReadonlyMap<string, Set<string>>;

  constructor(nodes: readonly string[]) {
    this.#services = new Map(nodes.map((node) => [node, new Set()]));
  }

  set(sid: string, { current, target }: UsedNodes): void {
    for (const [node, services] of this.#services) {
      if (node === current || node === target) services.add(sid);
      else services.delete(sid);
    }
  }

  scores(): ReadonlyMap<string, number> {
    return new Map([...this.#services].map(([node, services]) => [node, services.size]));
  }
}
