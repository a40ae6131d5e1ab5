import { formatAge } from '../base/format.ts';

/** A moment that is due after something that happened, told by how far away it is. */
export interface CountdownMark {
  /** "fence", "earliest recovery". */
  readonly what: string;
  /** Epoch milliseconds on the host's clock. */
  readonly atMs: number;
  /** `latest`: it was not seen when the clock began to run, so it may be due earlier; `about`: rounds of the manager. */
  readonly certainty: 'about' | 'latest' | 'exact';
  /** "fencing is due": said once the moment has come, for as long as nothing shows that it happened. */
  readonly due: string;
}

const hedges = { exact: '', about: 'about ', latest: 'at most ' } as const;

/** "fence in 18 s", "earliest recovery in about 1m 18s", "fence in at most 18 s", "fencing is due". Never negative. */
export function countdownText(mark: CountdownMark, nowMs: number): string {
  const leftMs = mark.atMs - nowMs;
  if (leftMs <= 0) return mark.due;
  // A part of a second that is left is a second, so that nothing reads "0 s" before it is due.
  return `${mark.what} in ${hedges[mark.certainty]}${formatAge(Math.ceil(leftMs / 1000) * 1000)}`;
}

/** The next mark that is not due yet, else the last one; `undefined` only without any. */
export function nextMark(marks: readonly CountdownMark[], nowMs: number): CountdownMark | undefined {
  return marks.find(({ atMs }) => atMs > nowMs) ?? marks.at(-1);
}
