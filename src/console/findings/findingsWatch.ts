import type { Clock } from '../../base/clock.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import { restSignature } from '../../ha/findings/atRest.ts';
import { restNeededMs } from '../../ha/findings/bestNode.ts';
import { findFindings } from '../../ha/findings/findFindings.ts';
import type { FindingsInput } from '../../ha/findings/finding.ts';
import { disarmedDueMs } from '../../ha/findings/stack.ts';
import type { FleetModel, ModelChange } from '../fleetModel.ts';
import { pictureOf } from '../foresight/pictureOf.ts';
import { memberKinds } from '../judgement.ts';
import { relevantFields } from './relevantFields.ts';

/** How long news are gathered before a cluster is looked at, milliseconds. */
const settleMs = 2_000;

/** What is remembered of a cluster between two looks. */
interface Memory {
  /** Signature of the cluster at rest, and since when (console clock) it is the same. */
  rest: { readonly signature: string; readonly sinceMs: number } | null;
  due: Disposable | null;
  /** Runs out when time alone makes a finding of what is there. */
  again: Disposable | null;
  seenAs: ReturnType<FleetModel['lastKnown']>;
  /** Its records were noted, so that news can be told from what was there. */
  isNoted: boolean;
}

/** Looks for faults in every cluster: soon after something changed on which they depend, and when time makes one. */
export class FindingsWatch implements Disposable {
  readonly #model: FleetModel;
  readonly #clock: Clock;
  readonly #disarmedLimitMs: () => number;
  readonly #memories = new Map<string, Memory>();
  readonly #seen = new Map<string, { readonly clusterId: string; readonly fields: string }>();
  readonly #looked = new Emitter<string>();
  readonly #subscription: Disposable;

  /** Id of a cluster that was looked at, whatever was found. */
  readonly onDidLook: Event<string> = this.#looked.event;

  /** @param disarmedLimitMs asked at every look, because it is a setting. */
  constructor(model: FleetModel, clock: Clock, disarmedLimitMs: () => number) {
    this.#model = model;
    this.#clock = clock;
    this.#disarmedLimitMs = disarmedLimitMs;
    this.#subscription = model.onDidChange((change) => this.#take(change));
    this.lookAtAll();
  }

  /** Looks at every cluster again, as when a setting changed. */
  lookAtAll(): void {
    for (const { id } of this.#model.clusters()) this.#settle(id, settleMs);
  }

  dispose(): void {
    this.#subscription.dispose();
    for (const clusterId of [...this.#memories.keys()]) this.#forget(clusterId);
    this.#looked.dispose();
  }

  #take({ changed, removed }: ModelChange): void {
    const clusters = new Set<string>();
    for (const id of removed) {
      const seen = this.#seen.get(id);
      if (seen === undefined) continue;
      this.#seen.delete(id);
      clusters.add(seen.clusterId);
    }
    for (const id of changed) {
      const clusterId = this.#model.clusterIdOf(id);
      if (clusterId !== undefined && this.#note(id, clusterId)) clusters.add(clusterId);
    }
    // What was a fact a moment ago is a memory now, or the other way round: that is told at once.
    for (const { id } of this.#model.clusters())
      if (this.#memories.has(id) && this.#memories.get(id)?.seenAs !== this.#model.lastKnown(id))
        this.#settle(id, 0);
    for (const id of clusters) this.#settle(id, settleMs);
  }

  /** Whether a record reads differently from when it was last noted. */
  #note(id: string, clusterId: string): boolean {
    const fields = relevantFields(this.#model, id);
    if (fields === null || this.#seen.get(id)?.fields === fields) return false;
    this.#seen.set(id, { clusterId, fields });
    return true;
  }

  #settle(clusterId: string, delayMs: number): void {
    if (this.#model.clusterEntry(clusterId) === undefined) {
      this.#forget(clusterId);
      return;
    }
    const memory = this.#memories.get(clusterId) ?? {
      rest: null,
      due: null,
      again: null,
      seenAs: null,
      isNoted: false,
    };
    this.#memories.set(clusterId, memory);
    if (memory.due !== null && delayMs > 0) return;
    memory.due?.dispose();
    memory.due = this.#clock.setTimeout(() => {
      memory.due = null;
      this.#look(clusterId, memory);
    }, delayMs);
  }

  #look(clusterId: string, memory: Memory): void {
    const picture = pictureOf(this.#model, clusterId);
    const entry = this.#model.clusterEntry(clusterId);
    if (picture === null || entry === undefined) {
      this.#forget(clusterId);
      return;
    }
    if (!memory.isNoted) {
      memory.isNoted = true;
      const { ids } = this.#model.index(clusterId);
      for (const id of [clusterId, ...memberKinds.flatMap((kind) => [...ids[kind]])])
        this.#note(id, clusterId);
    }
    const notCurrent = this.#model.lastKnown(clusterId);
    const nowMs = this.#clock.now();
    const offsetMs = this.#model.clockOffsetMs(entry.connection.id);
    const signature = notCurrent === null ? restSignature(picture) : null;
    if (signature !== memory.rest?.signature)
      memory.rest = signature === null ? null : { signature, sinceMs: nowMs };
    memory.seenAs = notCurrent;
    const input: FindingsInput = {
      picture,
      notCurrent,
      nowMs: nowMs - offsetMs,
      atRestSinceMs: memory.rest === null ? null : memory.rest.sinceMs - offsetMs,
      disarmedLimitMs: this.#disarmedLimitMs(),
    };
    this.#model.setFindings(clusterId, findFindings(input));
    this.#lookAgain(clusterId, memory, input);
    this.#looked.fire(clusterId);
  }

  #lookAgain(clusterId: string, memory: Memory, input: FindingsInput): void {
    memory.again?.dispose();
    memory.again = null;
    const restedMs = input.atRestSinceMs === null ? null : input.atRestSinceMs + restNeededMs;
    const due = [disarmedDueMs(input), restedMs].filter((atMs) => atMs !== null && atMs > input.nowMs);
    const [first] = due.filter((atMs) => atMs !== null).sort((a, b) => a - b);
    if (first === undefined) return;
    memory.again = this.#clock.setTimeout(() => this.#look(clusterId, memory), first - input.nowMs);
  }

  #forget(clusterId: string): void {
    const memory = this.#memories.get(clusterId);
    memory?.due?.dispose();
    memory?.again?.dispose();
    this.#memories.delete(clusterId);
    for (const [id, seen] of [...this.#seen]) if (seen.clusterId === clusterId) this.#seen.delete(id);
  }
}
