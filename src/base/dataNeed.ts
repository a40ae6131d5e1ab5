import type { Disposable } from './lifecycle.ts';

/** A need for data that comes and goes with what shows it: held while something is on screen, let go when it is hidden. */
export class DataNeed implements Disposable {
  readonly #take: () => Disposable;
  #held: Disposable | null = null;
  #disposed = false;

  /** @param take Announces the need to where data comes from; disposing what it returns ends the need. */
  constructor(take: () => Disposable) {
    this.#take = take;
  }

  set(isNeeded: boolean): void {
    if (isNeeded && this.#held === null && !this.#disposed) this.#held = this.#take();
    if (!isNeeded) this.#release();
  }

  dispose(): void {
    this.#disposed = true;
    this.#release();
  }

  #release(): void {
    this.#held?.dispose();
    this.#held = null;
  }
}
