import { everyCluster } from '../../../console/timeline/timelineChoice.ts';
import type { Services } from '../../services.ts';
import type { TimelineFeature } from '../../timeline/timelineFeature.ts';
import { knownRecordId } from '../knownRecord.ts';
import { pickClusterId } from '../pickRow.ts';

/** Opens the timeline of the cluster or guest that it was called on, of all clusters for `all`, or of a picked cluster. */
export async function openTimeline(
  { model }: Services,
  feature: TimelineFeature,
  argument: unknown,
): Promise<void> {
  if (argument === everyCluster) {
    (await feature.load()).open(null, null);
    return;
  }
  const clusterId = await pickClusterId(model, argument, 'Timeline of which cluster?');
  if (clusterId === undefined) return;
  const id = knownRecordId(model, argument);
  const vmid = id === null ? null : (model.guest(id)?.vmid ?? model.resource(id)?.vmid ?? null);
  (await feature.load()).open(clusterId, vmid);
}
