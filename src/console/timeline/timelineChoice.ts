import type { FleetEventKind } from '../../contract/model/fleetEvent.ts';
import type { TimelineRange } from '../../contract/timelinePanel.ts';
import type { ClusterEntry, FleetModel } from '../fleetModel.ts';

/** The choice that shows every cluster. */
export const everyCluster = 'all';

/** What a page shows. */
export interface TimelineChoice {
  /** Console id of a cluster, or {@link everyCluster}. */
  readonly cluster: string;
  readonly guest: number | null;
  readonly kinds: readonly FleetEventKind[];
  readonly range: TimelineRange;
}

/** Length of a range, milliseconds. */
export const rangeMs: Readonly<Record<TimelineRange, number>> = {
  tenMinutes: 600_000,
  hour: 3_600_000,
  sixHours: 6 * 3_600_000,
  day: 24 * 3_600_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
};

/** Clusters that a choice means. */
export function chosenClusters(model: FleetModel, choice: TimelineChoice): readonly ClusterEntry[] {
  if (choice.cluster === everyCluster) return model.clusters();
  const entry = model.clusterEntry(choice.cluster);
  return entry === undefined ? [] : [entry];
}
