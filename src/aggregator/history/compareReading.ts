import type { Cluster } from '../../contract/model/cluster.ts';
import type { Lane, LaneMove } from './historyStore.ts';

/** A pause shorter than this is none: a restart, or a cluster that is read seldom. */
const shortestPauseMs = 60_000;

/** How many rounds must fail before reading counts as lost. */
const failuresForLost = 2;

const readingMove = {
  lane: 'reading',
  kind: 'reading',
  node: null,
  vmid: null,
  name: null,
  isSilent: false,
} as const;

/**
 * Our own sight of a cluster as events: lost when rounds fail, paused when nobody asked for longer than a short while. They
 * bound the time in which nothing is known, and say nothing about the cluster.
 *
 * @param lastGoodMs when the cluster was last read well before this round, by any aggregator.
 */
export function compareReading(
  known: Lane | undefined,
  cluster: Cluster,
  lastGoodMs: number | null,
): LaneMove[] {
  const { freshness } = cluster;
  if (freshness.error !== null) {
    if (known === undefined || known.state !== 'read') return [];
    if (freshness.consecutiveFailures < failuresForLost || freshness.lastAttemptMs === null) return [];
    return [
      {
        ...readingMove,
        state: 'lost',
        atMs: freshness.lastAttemptMs,
        afterMs: lastGoodMs,
        detail: freshness.error.code,
        ...(lastGoodMs === null ? {} : { unlessSeenAfterMs: lastGoodMs }),
      },
    ];
  }
  const readMs = freshness.lastSuccessMs;
  if (readMs === null) return [];
  const read: LaneMove = { ...readingMove, state: 'read', atMs: readMs, afterMs: lastGoodMs, detail: null };
  if (known === undefined)
    return [
      { ...read, detail: 'began' },
      { ...read, lane: 'began', isSilent: true },
    ];
  if (known.state !== 'read') return [read];
  const longestMs = Math.max(shortestPauseMs, 3 * (freshness.intervalMs ?? 0));
  if (lastGoodMs === null || readMs - lastGoodMs <= longestMs) return [];
  return [
    {
      ...readingMove,
      state: 'paused',
      atMs: lastGoodMs,
      afterMs: lastGoodMs,
      detail: null,
      unlessSeenAfterMs: lastGoodMs,
    },
    read,
  ];
}
