import type { Disposable } from '../../src/base/lifecycle.ts';

/** A message of a catalogue: its type names it. */
export interface Message {
  readonly type: string;
}

/**
 * How a page takes the messages of its catalogue: one entry per type, so that a type without a handler does not compile.
 * `isWhole` looks at the fields that drawing depends on; a message that does not pass is ignored, as is an unknown type.
 */
export type Incoming<In extends Message> = {
  readonly [Type in In['type']]: {
    readonly isWhole: (message: Readonly<Record<string, unknown>>) => boolean;
    readonly handle: (message: Extract<In, { readonly type: Type }>) => void;
  };
};

/** The page's end of the wire to the extension host. */
export interface HostLink<Out extends Message> extends Disposable {
  post(message: Out): void;
  /** What the page saved before it was reloaded; unchecked, see `pageState.ts`. */
  savedState(): unknown;
  saveState(state: unknown): void;
}

/** Connects the page to its host. A page may do this once, because the editor hands out its API once. */
export function connectHost<In extends Message, Out extends Message>(incoming: Incoming<In>): HostLink<Out> {
  const api = acquireVsCodeApi<unknown>();
  const onMessage = (event: MessageEvent<unknown>): void => {
    if (!isRecord(event.data)) return;
    const { type } = event.data;
    if (!isKnownType(incoming, type)) return;
    const entry = incoming[type];
    if (!entry.isWhole(event.data)) return;
    entry.handle(event.data as unknown as Extract<In, { readonly type: In['type'] }>);
  };
  window.addEventListener('message', onMessage);
  return {
    post: (message) => api.postMessage(message),
    savedState: () => api.getState(),
    saveState: (state) => {
      api.setState(state);
    },
    dispose: () => window.removeEventListener('message', onMessage),
  };
}

function isKnownType<In extends Message>(incoming: Incoming<In>, type: unknown): type is In['type'] {
  return typeof type === 'string' && Object.hasOwn(incoming, type);
}

/** Whether a value has fields to look at. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
