import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { WorldBehaviour } from './behaviour.ts';
import { buildCluster, type ClusterSpec } from './clusterSpec.ts';
import { ClusterView } from './clusterView.ts';
import { createLiveBehaviour } from './liveBehaviour.ts';
import type { ClusterWorld } from './model.ts';
import { createRandom, type Random } from './random.ts';
import { Workers } from './workers.ts';

/** A cluster together with what makes it live. */
export interface LiveCluster {
  readonly world: ClusterWorld;
  readonly behaviour: WorldBehaviour;
  /** Tasks that writes started. */
  readonly workers: Workers;
  /** Randomness of answers: the order of lists that Proxmox leaves to chance. */
  readonly random: Random;
}

export interface WorldOptions {
  readonly specs: readonly ClusterSpec[];
  readonly clock: Clock;
  readonly seed: number;
  /** Divides every delay of the behaviour. */
  readonly speed: number;
  /** No guest moves by itself. */
  readonly calm: boolean;
}

/** All clusters of a simulation, kept moving on a clock. */
export class World implements Disposable {
  readonly clusters: ReadonlyMap<string, LiveCluster>;
  /** How much faster than the wall's the world's time runs. */
  readonly speed: number;
  readonly #clock: Clock;
  readonly #stepMs: number;
  #timer: Disposable | null = null;
  /** Told after every step and every command. */
  onDidChange: (() => void) | null = null;

  constructor({ specs, clock, seed, speed, calm }: WorldOptions) {
    this.#clock = clock;
    this.speed = speed;
    const nowMs = clock.now();
    const random = createRandom(seed);
    const clusters = new Map<string, LiveCluster>();
    for (const spec of specs) {
      const ownRandom = random.fork(spec.name);
      const world = buildCluster(spec, ownRandom.fork('build'), nowMs, speed);
      const behaviour = createLiveBehaviour({
        cluster: world,
        random: ownRandom.fork('behaviour'),
        spontaneousMoves: !calm,
        speed,
        nowMs,
      });
      clusters.set(spec.name, {
        world,
        behaviour,
        workers: new Workers(world),
        random: ownRandom.fork('order'),
      });
    }
    this.clusters = clusters;
    this.#stepMs = [...clusters.values()][0]?.world.timings.stepMs ?? 1000;
    this.#schedule();
  }

  get nowMs(): number {
    return this.#clock.now();
  }

  cluster(name: string): LiveCluster {
    const cluster = this.clusters.get(name);
    if (cluster === undefined) throw new Error(`There is no cluster '${name}' in this simulation.`);
    return cluster;
  }

  /** The cluster as one of its nodes sees it now. */
  view(name: string, node: string): ClusterView {
    const { world } = this.cluster(name);
    const nodeWorld = world.nodes.get(node);
    if (nodeWorld === undefined) throw new Error(`There is no node '${node}' in ${name}.`);
    return new ClusterView(world, nodeWorld, this.#clock.now());
  }

  /** Runs a command on one cluster's behaviour and tells the listener. */
  command(name: string, run: (behaviour: WorldBehaviour, nowMs: number) => void): void {
    run(this.cluster(name).behaviour, this.#clock.now());
    this.onDidChange?.();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = null;
    this.onDidChange = null;
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimeout(() => {
      const nowMs = this.#clock.now();
      for (const { behaviour, workers } of this.clusters.values()) {
        behaviour.step(nowMs);
        workers.step(nowMs);
      }
      this.onDidChange?.();
      this.#schedule();
    }, this.#stepMs);
  }
}
