/**
 * One thing that is bad or not, with what was told of it. The first value is taken as it is found; from then on a value
 * that differs from what was told is an edge once it has stood for a while. An unreadable value is neither.
 */
export class EdgeCell {
  #told: boolean | null;
  #value: boolean | null = null;
  #isReadable = false;
  #changedMs = 0;
  #sawChange = false;
  #previousMs: number | null = null;

  /** @param told what counts as told before anything was seen; `null` takes the first value silently. */
  constructor(told: boolean | null) {
    this.#told = told;
  }

  /** When the present value was first seen. */
  get changedMs(): number {
    return this.#changedMs;
  }

  /** How long the value before the present one stood; `null` when its beginning was not seen. */
  get previousMs(): number | null {
    return this.#previousMs;
  }

  /** Says nothing any more that could differ, so that it can be forgotten. */
  get isAtRest(): boolean {
    return this.#value !== true && this.#told !== true;
  }

  observe(value: boolean | null, nowMs: number): void {
    this.#isReadable = value !== null;
    if (value === null || value === this.#value) return;
    this.#previousMs = this.#sawChange ? nowMs - this.changedMs : null;
    this.#sawChange = this.#value !== null;
    this.#value = value;
    this.#changedMs = nowMs;
    this.#told ??= value;
  }

  /** The edge that is waiting to be told, if any, and since when it stands. */
  get edge(): 'rise' | 'fall' | null {
    if (!this.#isReadable || this.#value === null || this.#value === this.#told) return null;
    return this.#value ? 'rise' : 'fall';
  }

  /** Takes the present value as told. */
  accept(): void {
    this.#told = this.#value;
  }
}
