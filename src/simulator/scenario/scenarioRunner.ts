import { WorldCommandError } from '../world/behaviour.ts';
import type { ClusterWorld } from '../world/model.ts';
import type { World } from '../world/world.ts';
import type { ScenarioId, Wait } from './scenario.ts';
import { scenarios } from './scenarios.ts';

/** What plays, or played last. */
export interface ScenarioState {
  readonly id: ScenarioId;
  readonly cluster: string;
  /** What was said so far, the newest last. */
  readonly said: readonly { readonly atMs: number; readonly text: string }[];
  readonly isOver: boolean;
}

interface Playing {
  readonly id: ScenarioId;
  readonly cluster: string;
  readonly course: Generator<Wait, void, void>;
  readonly said: { atMs: number; text: string }[];
  wait: Wait | null;
  waitSinceMs: number;
  isOver: boolean;
}

/** Plays one scenario at a time on a world, step by step with it. */
export class ScenarioRunner {
  readonly #world: World;
  #playing: Playing | null = null;
  #isStepping = false;

  constructor(world: World) {
    this.#world = world;
  }

  get state(): ScenarioState | null {
    if (this.#playing === null) return null;
    const { id, cluster, said, isOver } = this.#playing;
    return { id, cluster, said, isOver };
  }

  /**
   * Begins a scenario on a cluster, or on the first one that has what it needs.
   *
   * @throws WorldCommandError when another one plays or no cluster fits.
   */
  start(id: ScenarioId, clusterName?: string): void {
    if (this.#playing?.isOver === false)
      throw new WorldCommandError(`The scenario '${this.#playing.id}' still plays. Stop it first.`);
    const scenario = scenarios.find((known) => known.id === id);
    if (scenario === undefined) throw new WorldCommandError(`There is no scenario '${id}'.`);
    const cluster = this.#clusters(clusterName).find((known) => scenario.fits(known));
    if (cluster === undefined)
      throw new WorldCommandError(
        `${clusterName === undefined ? 'No cluster here' : `'${clusterName}'`} has what '${id}' needs.`,
      );
    const said: Playing['said'] = [];
    const course = scenario.play({
      cluster,
      say: (text) => void said.push({ atMs: this.#world.nowMs, text }),
      do: (act) => this.#world.command(cluster.name, act),
    });
    this.#playing = {
      id,
      cluster: cluster.name,
      course,
      said,
      wait: null,
      waitSinceMs: this.#world.nowMs,
      isOver: false,
    };
    this.step();
  }

  /** Ends what plays; it puts back what it changed. */
  stop(): void {
    const playing = this.#playing;
    if (playing === null || playing.isOver) return;
    playing.isOver = true;
    this.#isStepping = true;
    try {
      playing.course.return();
    } finally {
      this.#isStepping = false;
    }
  }

  /** Goes on as far as the world has come. */
  step(): void {
    const playing = this.#playing;
    // What a scenario does tells the world's listener, which comes back here.
    if (playing === null || playing.isOver || this.#isStepping) return;
    this.#isStepping = true;
    try {
      while (!playing.isOver && this.#isDone(playing)) {
        const next = playing.course.next();
        playing.isOver = next.done === true;
        playing.wait = next.done === true ? null : next.value;
        playing.waitSinceMs = this.#world.nowMs;
      }
    } finally {
      this.#isStepping = false;
    }
  }

  #isDone({ wait, waitSinceMs }: Playing): boolean {
    if (wait === null) return true;
    const passedS = ((this.#world.nowMs - waitSinceMs) / 1000) * this.#world.speed;
    return wait.kind === 'time' ? passedS >= wait.seconds : wait.isSo() || passedS >= wait.atMostSeconds;
  }

  /** Larger clusters first: they show more. */
  #clusters(name: string | undefined): ClusterWorld[] {
    return [...this.#world.clusters.values()]
      .map(({ world }) => world)
      .filter((world) => name === undefined || world.name === name)
      .sort((a, b) => b.nodes.size - a.nodes.size);
  }
}
