import type { Cluster, Section } from '../contract/model/cluster.ts';
import { ageOf, type ConnectionView, type DataAge, dataAge } from './freshnessStates.ts';

/**
 * How old quorum is, which need not be as old as the rest: other lists may fail while it is still told. Bad news counts
 * from whichever part was read last, because either may have brought it; good news only from the part that told it.
 */
export function quorumAge(cluster: Cluster, connection: ConnectionView, nowMs: number): DataAge {
  const { quorum, sections } = cluster;
  const times = [sections.status, sections.haStatus].flatMap((section) => toldAtMs(section) ?? []);
  if (times.length === 0) return dataAge(cluster, connection, nowMs);
  switch (quorum.state) {
    case 'notQuorate':
      return ageAt(Math.max(...times));
    case 'split':
      return ageAt(Math.max(...times, ...quorum.views.flatMap(({ atMs }) => atMs ?? [])));
    case 'quorate': {
      const { quorate } = quorum.provenance;
      if (quorate === null) return ageAt(Math.min(...times));
      return partAge(quorate.includes('/ha/') ? sections.haStatus : sections.status);
    }
    case 'standalone':
      return partAge(sections.status);
    case 'unknown':
      return dataAge(cluster, connection, nowMs);
  }

  function ageAt(readAtMs: number): DataAge {
    return ageOf(readAtMs + connection.clockOffsetMs, cluster, connection, nowMs);
  }

  function partAge(section: Section): DataAge {
    const readAtMs = toldAtMs(section);
    return readAtMs === null ? dataAge(cluster, connection, nowMs) : ageAt(readAtMs);
  }
}

/** Whether quorum was told as bad, and recently: that outranks every doubt about the rest of the picture. */
export function isBadNewsCurrent(cluster: Cluster, connection: ConnectionView, nowMs: number): boolean {
  const { state } = cluster.quorum;
  if (state !== 'notQuorate' && state !== 'split') return false;
  const age = quorumAge(cluster, connection, nowMs);
  return age === 'live' || age === 'late';
}

/** When a part last brought rows, server clock. */
function toldAtMs({ state, readAtMs }: Section): number | null {
  return state === 'read' || state === 'failed' ? readAtMs : null;
}
