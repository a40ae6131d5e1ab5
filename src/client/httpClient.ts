import type { Disposable } from '../base/lifecycle.ts';

/** A request to the aggregator. Paths are relative to the connection's base URL. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
  /** Deadline over connecting, headers and body, milliseconds. */
  readonly deadlineMs: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly contentType: string;
  readonly body: string;
}

/** What a stream reader tells. `onEnd` comes exactly once, with the error that ended it or `null`. */
export interface StreamHandlers {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  readonly onEnd: (error: unknown) => void;
}

/**
 * HTTP towards one aggregator: base URL, key header and TLS choices are already in it. Failures reject with a
 * `ClientError`. The only implementation with a network is `httpTransport.ts`.
 */
export interface HttpClient extends Disposable {
  request(request: HttpRequest): Promise<HttpReply>;
  /** Opens a server-sent event stream; a non-200 reply ends it with a `ClientError`. */
  stream(path: string, headers: Readonly<Record<string, string>>, handlers: StreamHandlers): Disposable;
}
