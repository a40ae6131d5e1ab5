import type { PlacementPart } from '../../contract/placementPanel.ts';
import type { FleetModel, ModelChange } from '../fleetModel.ts';
import { pictureOf } from './pictureOf.ts';
import { placementPart } from './placementPart.ts';

/** The explanation of one resource's place, kept while nothing changes that decides about it. */
export class PlacementMemory {
  readonly #model: FleetModel;
  #known: {
    readonly clusterId: string;
    readonly sid: string;
    readonly basis: string;
    readonly part: PlacementPart;
  } | null = null;

  constructor(model: FleetModel) {
    this.#model = model;
  }

  /** `null` when the console does not know the cluster. */
  explain(clusterId: string, sid: string): PlacementPart | null {
    if (this.#known?.sid === sid && this.#known.clusterId === clusterId) return this.#known.part;
    const picture = pictureOf(this.#model, clusterId);
    if (picture === null) return null;
    const part = placementPart(picture, sid);
    this.#known = { clusterId, sid, basis: basisOf(this.#model, clusterId), part };
    return part;
  }

  /**
   * Forgets what a change may have made wrong: any node, rule or resource of the cluster may decide where a guest belongs;
   * load of guests does not.
   *
   * @returns whether something was forgotten.
   */
  forget({ changed, removed, contexts }: ModelChange): boolean {
    if (this.#known === null) return false;
    const { clusterId, basis } = this.#known;
    const isTouched =
      contexts.has(clusterId) ||
      basis !== basisOf(this.#model, clusterId) ||
      [...changed].some(
        (id) => /^(node|ha|group|rule):/.test(id) && this.#model.clusterIdOf(id) === clusterId,
      ) ||
      // What is gone has no cluster any more.
      [...removed].some((id) => /^(node|ha|group|rule):/.test(id));
    if (isTouched) this.#known = null;
    return isTouched;
  }
}

/** What of the cluster itself decides about placement; its record changes with every guest. */
function basisOf(model: FleetModel, clusterId: string): string {
  const cluster = model.cluster(clusterId);
  return JSON.stringify([
    cluster?.mode,
    cluster?.quorum.state,
    cluster?.fencing.state,
    cluster?.master.scheduler,
    cluster?.freshness.consecutiveFailures,
    Object.values(cluster?.sections ?? {}).map(({ state }) => state),
  ]);
}
