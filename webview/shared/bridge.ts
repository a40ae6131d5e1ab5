/** What a page keeps over a reload: which object it is about, and layout, never data. */
export interface PageMemory {
  readonly about: string;
  readonly layout: Readonly<Record<string, unknown>>;
}

export interface Bridge<FromPage> {
  send(message: FromPage): void;
  remember(memory: PageMemory): void;
  recall(): PageMemory | null;
}

/**
 * Connects a page with its host. `handlers` has one entry per message type, so a missing one is a compile error; a
 * message of another form or type is ignored.
 */
export function connect<ToPage extends { readonly type: string }, FromPage extends { readonly type: string }>(
  handlers: {
    readonly [Type in ToPage['type']]: (message: Extract<ToPage, { readonly type: Type }>) => void;
  },
): Bridge<FromPage> {
  const host = acquireVsCodeApi<PageMemory>();
  const byType: Readonly<Record<string, ((message: never) => void) | undefined>> = handlers;
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const message = event.data;
    if (typeof message !== 'object' || message === null || !('type' in message)) return;
    if (typeof message.type !== 'string' || !Object.hasOwn(byType, message.type)) return;
    byType[message.type]?.(message as never);
  });
  return {
    send: (message) => host.postMessage(message),
    remember: (memory) => {
      host.setState(memory);
    },
    recall() {
      const state: unknown = host.getState();
      if (typeof state !== 'object' || state === null || !('about' in state) || !('layout' in state))
        return null;
      if (typeof state.about !== 'string' || typeof state.layout !== 'object' || state.layout === null)
        return null;
      return { about: state.about, layout: { ...state.layout } };
    },
  };
}
