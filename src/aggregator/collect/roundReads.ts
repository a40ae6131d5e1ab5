import type { SectionName } from '../../contract/model/cluster.ts';
import type { Reading } from '../collector.ts';

/** Lists that tell quorum. A round waits for them and for nothing else without limit. */
export const headSections = ['status', 'haStatus'] as const satisfies SectionName[];

type Answers = Partial<Record<SectionName, Reading>>;

/** The calls of one round, all sent at once, whose answers are taken as they come. */
export class RoundReads {
  /** Resolves when everything that tells quorum was answered. */
  readonly head: Promise<unknown>;
  /** Resolves when everything was answered. */
  readonly all: Promise<unknown>;
  readonly #open: Set<SectionName>;
  #answers: Answers = {};
  #onLate: ((name: SectionName) => void) | null = null;

  /** @param read never rejects. */
  constructor(names: readonly SectionName[], read: (name: SectionName) => Promise<Reading>) {
    this.#open = new Set(names);
    const reads = names.map(async (name) => {
      const answer = await read(name);
      this.#open.delete(name);
      this.#answers[name] = answer;
      this.#onLate?.(name);
    });
    const isHead = (name: SectionName): boolean => headSections.some((head) => head === name);
    this.head = Promise.all(reads.filter((_, index) => isHead(names[index] as SectionName)));
    this.all = Promise.all(reads);
  }

  /** Lists that were not answered yet. */
  get open(): ReadonlySet<SectionName> {
    return this.#open;
  }

  /** Answers that came so far. */
  get answers(): Readonly<Answers> {
    return this.#answers;
  }

  /** Answers that came since they were last taken. */
  take(): Answers {
    const answers = this.#answers;
    this.#answers = {};
    return answers;
  }

  /** Calls back for every answer from now on. */
  onLate(callback: (name: SectionName) => void): void {
    this.#onLate = callback;
  }
}
