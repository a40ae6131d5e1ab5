import type { Clock } from '../../base/clock.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { IntentRun, RunItem } from '../../contract/intent/run.ts';
import type { IntentPort } from './intentPort.ts';
import type { RunPicture } from './runSection.ts';

export interface RunFollowerOptions {
  readonly uuid: string;
  /** Name of the cluster. */
  readonly cluster: string;
  readonly port: IntentPort;
  readonly clock: Clock;
  /** What to add to the server's time, milliseconds. */
  readonly clockOffsetMs: number;
  readonly first: IntentRun | null;
}

/** Pauses between tries to reach a server that does not answer, milliseconds; the last one repeats. */
const retryPausesMs = [1_000, 3_000, 10_000];

/**
 * Follows a run by its events until its end. Losing contact changes nothing of the run: the last picture stays with the
 * reason, and it is tried again until it is there or nobody looks any more.
 */
export class RunFollower implements Disposable {
  readonly #options: RunFollowerOptions;
  readonly #changed = new Emitter<void>();
  #run: IntentRun | null;
  #trouble: string | null = null;
  #cancelling = false;
  #following: Disposable | null = null;
  #retry: Disposable | null = null;
  #tries = 0;
  #disposed = false;

  readonly onDidChange: Event<void> = this.#changed.event;

  constructor(options: RunFollowerOptions) {
    this.#options = options;
    this.#run = options.first;
    if (options.first?.state !== 'done') this.#follow();
  }

  get uuid(): string {
    return this.#options.uuid;
  }

  get isOver(): boolean {
    return this.#run?.state === 'done';
  }

  get run(): IntentRun | null {
    return this.#run;
  }

  picture(): RunPicture {
    const { uuid, cluster, clockOffsetMs } = this.#options;
    return {
      uuid,
      run: this.#run,
      trouble: this.#trouble,
      cancelling: this.#cancelling && !this.isOver,
      cluster,
      clockOffsetMs,
    };
  }

  /** Resolves with the run's end, or with what is known when following stops. */
  ended(): Promise<IntentRun | null> {
    if (this.isOver || this.#disposed) return Promise.resolve(this.#run);
    return new Promise((resolve) => {
      const subscription = this.onDidChange(() => {
        if (!this.isOver && !this.#disposed) return;
        subscription.dispose();
        resolve(this.#run);
      });
    });
  }

  /** Asks the server to leave out what has not begun. Items under way go on; nothing is undone. */
  async cancelRest(): Promise<void> {
    if (this.isOver || this.#cancelling) return;
    this.#cancelling = true;
    this.#changed.fire();
    try {
      this.#take(await this.#options.port.cancelRun(this.uuid));
    } catch (error) {
      this.#cancelling = false;
      this.#changed.fire();
      throw error;
    }
  }

  dispose(): void {
    this.#disposed = true;
    this.#following?.dispose();
    this.#retry?.dispose();
    this.#changed.fire();
    this.#changed.dispose();
  }

  #follow(): void {
    if (this.#disposed || this.isOver) return;
    const { port, uuid, clock } = this.#options;
    this.#following?.dispose();
    this.#following = port.followRun(uuid, {
      onRun: (run) => this.#take(run),
      onItem: (item) => this.#takeItem(item),
      onEnd: (trouble) => {
        if (this.#disposed || this.isOver) return;
        this.#trouble = trouble ?? 'The server ended the events before the end of the run.';
        this.#changed.fire();
        const pauseMs = retryPausesMs[Math.min(this.#tries, retryPausesMs.length - 1)] ?? 10_000;
        this.#tries += 1;
        this.#retry = clock.setTimeout(() => this.#follow(), pauseMs);
      },
    });
  }

  #take(run: IntentRun): void {
    if (this.#disposed || (this.isOver && run.state !== 'done')) return;
    this.#run = run;
    this.#settle();
  }

  #takeItem(item: RunItem): void {
    if (this.#disposed || this.#run === null) return;
    const known = this.#run.results.some(({ index }) => index === item.index);
    const results = known
      ? this.#run.results.map((old) => (old.index === item.index ? item : old))
      : [...this.#run.results, item];
    this.#run = { ...this.#run, results };
    this.#settle();
  }

  #settle(): void {
    this.#trouble = null;
    this.#tries = 0;
    if (this.isOver) {
      this.#following?.dispose();
      this.#following = null;
      this.#retry?.dispose();
    }
    this.#changed.fire();
  }
}
