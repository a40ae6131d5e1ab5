import type { Disposable } from '../../base/lifecycle.ts';
import type { HttpClient, HttpReply, HttpRequest, StreamHandlers } from '../../client/httpClient.ts';
import type { EmbeddedAggregator } from '../aggregatorHost.ts';

interface Running {
  readonly server: EmbeddedAggregator;
  readonly client: HttpClient;
}

/**
 * An {@link HttpClient} whose server is a child process: started with the first request, started again with the next one
 * after it ended. The connection above sees an ended child as a broken stream and comes back by its own backoff.
 */
export class EmbeddedClient implements HttpClient {
  readonly #start: () => Promise<EmbeddedAggregator>;
  readonly #connect: (server: EmbeddedAggregator) => Promise<HttpClient>;
  #running: Promise<Running> | null = null;
  #disposed = false;

  constructor(
    start: () => Promise<EmbeddedAggregator>,
    connect: (server: EmbeddedAggregator) => Promise<HttpClient>,
  ) {
    this.#start = start;
    this.#connect = connect;
  }

  /** The server while it runs; `null` before the first request and after it ended. */
  async server(): Promise<EmbeddedAggregator | null> {
    return (await this.#running?.catch(() => null))?.server ?? null;
  }

  async request(request: HttpRequest): Promise<HttpReply> {
    return (await this.#ensureRunning()).client.request(request);
  }

  stream(path: string, headers: Readonly<Record<string, string>>, handlers: StreamHandlers): Disposable {
    let inner: Disposable | null = null;
    let ended = false;
    this.#ensureRunning().then(
      ({ client }) => {
        if (!ended) inner = client.stream(path, headers, handlers);
      },
      (error: unknown) => {
        if (!ended) handlers.onEnd(error);
      },
    );
    return {
      dispose() {
        ended = true;
        inner?.dispose();
      },
    };
  }

  /** Ends the server; the next request starts another. */
  restart(): void {
    const running = this.#running;
    this.#running = null;
    void running?.then(
      ({ server, client }) => {
        client.dispose();
        server.dispose();
      },
      () => undefined,
    );
  }

  dispose(): void {
    this.#disposed = true;
    this.restart();
  }

  #ensureRunning(): Promise<Running> {
    if (this.#disposed) return Promise.reject(new Error('this connection was closed'));
    if (this.#running !== null) return this.#running;
    const running = this.#startNow();
    const forget = (): void => {
      if (this.#running === running) this.#running = null;
    };
    running.then(({ server }) => server.ended.then(forget), forget);
    this.#running = running;
    return running;
  }

  async #startNow(): Promise<Running> {
    const server = await this.#start();
    try {
      const client = await this.#connect(server);
      void server.ended.then(() => {
        client.dispose();
        server.dispose();
      });
      return { server, client };
    } catch (error) {
      server.dispose();
      throw error;
    }
  }
}
