export interface DeltaRingLimits {
  readonly maxCount: number;
  readonly maxBytes: number;
}

interface Entry {
  readonly seq: number;
  readonly frame: Buffer;
}

/** The latest deltas as frames, in sequence without gaps, bounded by count and bytes. */
export class DeltaRing {
  readonly #limits: DeltaRingLimits;
  #entries: Entry[] = [];
  #bytes = 0;

  constructor(limits: DeltaRingLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#entries.length;
  }

  /** Adds the delta that leads to `seq`. A jump in the numbers forgets what came before. */
  push(seq: number, frame: Buffer): void {
    const last = this.#entries.at(-1);
    if (last !== undefined && last.seq + 1 !== seq) this.clear();
    this.#entries.push({ seq, frame });
    this.#bytes += frame.length;
    let surplus = 0;
    while (
      this.#entries.length - surplus > this.#limits.maxCount ||
      (this.#bytes > this.#limits.maxBytes && this.#entries.length - surplus > 1)
    ) {
      this.#bytes -= this.#entries[surplus]?.frame.length ?? 0;
      surplus += 1;
    }
    if (surplus > 0) this.#entries = this.#entries.slice(surplus);
  }

  /** The delta that leads to `seq`, `undefined` when it is no longer (or not yet) here. */
  at(seq: number): Buffer | undefined {
    const first = this.#entries[0];
    return first === undefined ? undefined : this.#entries[seq - first.seq]?.frame;
  }

  /** True when every delta after `fromSeq` up to `toSeq` is here. */
  covers(fromSeq: number, toSeq: number): boolean {
    if (fromSeq === toSeq) return true;
    return fromSeq < toSeq && this.at(fromSeq + 1) !== undefined && this.at(toSeq) !== undefined;
  }

  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
  }
}
