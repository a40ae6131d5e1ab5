import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { WhatIf } from '../../contract/model/whatIf.ts';
import { untoldInputs } from '../../ha/foresight/missingInputs.ts';
import { whatIf } from '../../ha/foresight/whatIf.ts';
import type { FleetModel } from '../fleetModel.ts';
import { drainsOf } from './drains.ts';
import { pictureOf } from './pictureOf.ts';
import { nodesToLose, survivalState } from './survival.ts';

/** How long a cluster must be quiet before it is looked at, so that a burst of news is one look; milliseconds. */
const settleMs = 2_000;

/**
 * Foresees for every cluster what the loss of each node would mean, one node at a time beside everything else, and how far
 * the drains have got that go on.
 */
export class SurvivalWatch implements Disposable {
  readonly #model: FleetModel;
  readonly #clock: Clock;
  readonly #due = new Map<string, Disposable>();
  readonly #subscription: Disposable;
  #isDisposed = false;

  constructor(model: FleetModel, clock: Clock) {
    this.#model = model;
    this.#clock = clock;
    this.#subscription = model.onDidChange(({ changed, removed }) => {
      // Load of nodes and guests changes all the time and moves nothing; what decides is looked at again.
      const clusters = new Set(
        [...changed, ...removed]
          .filter((id) => /^(cluster|node|ha|group|rule):/.test(id))
          .map((id) => model.clusterIdOf(id) ?? null),
      );
      for (const id of clusters) if (id !== null) this.#settle(id);
    });
    for (const { id } of model.clusters()) this.#settle(id);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#subscription.dispose();
    for (const timer of this.#due.values()) timer.dispose();
  }

  /** Looks once the cluster was quiet for a moment; one that never is, is looked at all the same. */
  #settle(clusterId: string): void {
    if (this.#due.has(clusterId)) return;
    this.#due.set(
      clusterId,
      this.#clock.setTimeout(() => {
        this.#due.delete(clusterId);
        this.#look(clusterId, []);
      }, settleMs),
    );
  }

  /** One node per turn, so that nothing else waits for a large cluster. */
  #look(clusterId: string, soFar: readonly WhatIf[]): void {
    if (this.#isDisposed) return;
    const picture = pictureOf(this.#model, clusterId);
    if (picture === null) return;
    if (soFar.length === 0) this.#model.setDrains(clusterId, drainsOf(picture));
    if (picture.cluster.mode !== 'cluster') {
      this.#model.setSurvival(clusterId, null);
      return;
    }
    const node = nodesToLose(picture)[soFar.length];
    if (node === undefined) {
      this.#model.setSurvival(clusterId, survivalState(soFar, untoldInputs(picture)));
      return;
    }
    const told = [...soFar, whatIf(picture, [node])];
    this.#clock.setTimeout(() => this.#look(clusterId, told), 0);
  }
}
