import type { Clock } from './clock.ts';

/**
 * Shares one running call, and its result for a short time afterwards, between all who ask for the same key. A failure
 * is shared by those who waited for it and then forgotten.
 */
export class SingleFlight<T> {
  readonly #running = new Map<string, Promise<T>>();
  readonly #kept = new Map<string, { readonly value: T; readonly untilMs: number }>();
  readonly #clock: Clock;
  readonly #keepMs: number;

  constructor(clock: Clock, keepMs: number) {
    this.#clock = clock;
    this.#keepMs = keepMs;
  }

  run(key: string, load: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.untilMs > this.#clock.now()) return Promise.resolve(kept.value);
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const started = load()
      .then((value) => {
        if (this.#keepMs > 0) this.#kept.set(key, { value, untilMs: this.#clock.now() + this.#keepMs });
        return value;
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  /** Forgets a kept result, so that the next call loads afresh; a call that is under way is still shared. */
  forget(key: string): void {
    this.#kept.delete(key);
  }
}
