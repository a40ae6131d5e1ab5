import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';

/** Waits for work that goes on by itself, but not longer than the limit, milliseconds. Rejects when the work does. */
export async function withLimit(work: Promise<unknown>, clock: Clock, limitMs: number): Promise<void> {
  let timer: Disposable | null = null;
  const limit = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, limitMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    (timer as Disposable | null)?.dispose();
  }
}
