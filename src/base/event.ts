import { type Disposable, toDisposable } from './lifecycle.ts';

/** Subscribes a listener and returns the handle that ends the subscription. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** Source of one kind of event. A listener that throws does not keep the others from being told. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #onListenerError: (error: unknown) => void;

  /** @param onListenerError receives what a listener threw; rethrown on a later turn when absent. */
  constructor(onListenerError?: (error: unknown) => void) {
    this.#onListenerError =
      onListenerError ??
      ((error) => {
        queueMicrotaskOrThrow(error);
      });
  }

  readonly event: Event<T> = (listener) => {
    this.#listeners.add(listener);
    return toDisposable(() => this.#listeners.delete(listener));
  };

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

function queueMicrotaskOrThrow(error: unknown): void {
  void Promise.resolve().then(() => {
    throw error;
  });
}
