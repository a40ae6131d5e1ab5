import type { Clock } from '../base/clock.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { Disposable } from '../base/lifecycle.ts';
import { type ModelChange, type MutableChange, merge, newChange } from './modelChange.ts';

const batchMs = 250;

/** Tells changes twice: as they happen, and gathered for everything that draws. */
export class ChangeEvents implements Disposable {
  readonly #clock: Clock;
  readonly #now = new Emitter<ModelChange>();
  readonly #batched = new Emitter<ModelChange>();
  #pending: MutableChange | null = null;
  #batchTimer: Disposable | null = null;

  /** As it happens, for those who must not miss an edge. */
  readonly now: Event<ModelChange> = this.#now.event;
  /** At most one event per 250 ms. */
  readonly batched: Event<ModelChange> = this.#batched.event;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tells a change unless it holds nothing. */
  publish(change: MutableChange): void {
    if (
      !change.ticked &&
      change.changed.size + change.removed.size + change.connections.size + change.contexts.size === 0
    )
      return;
    this.#now.fire(change);
    this.#pending = merge(this.#pending ?? newChange(), change);
    this.#batchTimer ??= this.#clock.setTimeout(() => this.#flush(), batchMs);
  }

  dispose(): void {
    this.#batchTimer?.dispose();
    this.#now.dispose();
    this.#batched.dispose();
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = null;
    this.#batchTimer = null;
    if (pending !== null) this.#batched.fire(pending);
  }
}
