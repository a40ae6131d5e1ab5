import type { ClusterView } from '../world/clusterView.ts';
import { guestLoadAt } from '../world/load.ts';
import type { GuestWorld } from '../world/model.ts';

export const timeframes = ['hour', 'day', 'week', 'month', 'year'] as const;
export type Timeframe = (typeof timeframes)[number];

/** Seconds per point and number of points of the round robin archives. */
const archives: Readonly<
  Record<'old' | 'new', Readonly<Record<Timeframe, readonly [seconds: number, points: number]>>>
> = {
  old: { hour: [60, 70], day: [1800, 70], week: [10_800, 70], month: [43_200, 70], year: [604_800, 70] },
  new: { hour: [60, 60], day: [60, 1440], week: [1800, 336], month: [1800, 1440], year: [21_600, 1460] },
};

/**
 * Series of a guest. The points come from the same function as the present values. Points from before the guest was
 * made, and all but sizes while it did not run, carry nothing but their time.
 */
export function guestSeries(
  guest: GuestWorld,
  timeframe: Timeframe,
  view: ClusterView,
): Record<string, number>[] {
  const [seconds, points] = archives[view.cluster.release.memhost ? 'new' : 'old'][timeframe];
  const lastBucket = Math.floor(view.nowMs / 1000 / seconds) * seconds;
  const rows: Record<string, number>[] = [];
  for (let index = points - 1; index >= 0; index -= 1) {
    const time = lastBucket - index * seconds;
    rows.push(pointAt(guest, time, view));
  }
  return rows;
}

function pointAt(guest: GuestWorld, time: number, view: ClusterView): Record<string, number> {
  const timeMs = time * 1000;
  if (timeMs < guest.createdAtMs) return { time };
  const point: Record<string, number> = {
    time,
    maxcpu: guest.cores,
    maxmem: guest.memoryBytes,
    maxdisk: guest.diskBytes,
    disk: guest.usedDiskBytes,
  };
  const ran = guest.startedAtMs !== null && timeMs >= guest.startedAtMs - 59_000;
  const load = ran ? guestLoadAt(guest, timeMs) : null;
  point.cpu = load?.cpu ?? 0;
  point.mem = load?.memoryBytes ?? 0;
  point.netin = load?.netInBytesPerSecond ?? 0;
  point.netout = load?.netOutBytesPerSecond ?? 0;
  point.diskread = load?.diskReadBytesPerSecond ?? 0;
  point.diskwrite = load?.diskWriteBytesPerSecond ?? 0;
  if (view.cluster.release.memhost) {
    point.memhost = load === null ? 0 : Math.floor(load.memoryBytes * 1.04) + 180_000_000;
    for (const key of [
      'pressurecpusome',
      'pressurecpufull',
      'pressureiosome',
      'pressureiofull',
      'pressurememorysome',
      'pressurememoryfull',
    ]) {
      point[key] = 0;
    }
  }
  return point;
}
