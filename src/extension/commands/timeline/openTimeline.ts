import type { Services } from '../../services.ts';
import type { TimelineFeature } from '../../timeline/timelineFeature.ts';
import { knownRecordId } from '../knownRecord.ts';
import { pickClusterId } from '../pickRow.ts';

/** Opens the timeline of the cluster or guest that it was called on, or of a picked cluster. */
export async function openTimeline(
  { model }: Services,
  feature: TimelineFeature,
  argument: unknown,
): Promise<void> {
  const clusterId = await pickClusterId(model, argument, 'Timeline of which cluster?');
  if (clusterId === undefined) return;
  const id = knownRecordId(model, argument);
  const vmid = id === null ? null : (model.guest(id)?.vmid ?? model.resource(id)?.vmid ?? null);
  (await feature.load()).open(clusterId, vmid);
}
