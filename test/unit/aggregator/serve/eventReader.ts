import http from 'node:http';
import type { Socket } from 'node:net';

export interface ReceivedEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A client of the fleet stream over a real socket. */
export class EventReader {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly events: ReceivedEvent[] = [];
  /** Reconnection time the server told, milliseconds. */
  retryMs: number | null = null;
  body = '';
  readonly socket: Socket;
  readonly ended: Promise<void>;
  readonly #response: http.IncomingMessage;
  readonly #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];
  #rest = '';

  private constructor(response: http.IncomingMessage) {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    this.socket = response.socket;
    this.ended = new Promise((resolve) => response.once('close', resolve));
    response.on('error', () => undefined);
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#take(chunk));
  }

  static open(url: string, key: string, headers: Record<string, string> = {}): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      const request = http.get(`${url}/fleet/stream`, {
        agent: false,
        headers: { 'x-proxbox-api-key': key, ...headers },
      });
      request.once('response', (response) => resolve(new EventReader(response)));
      request.on('error', reject);
    });
  }

  /** Resolves once `count` events came. */
  async received(count: number): Promise<readonly ReceivedEvent[]> {
    await this.until(() => this.events.length >= count);
    return this.events;
  }

  /** Resolves once the condition holds after some event. */
  until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isMet, resolve }));
  }

  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  close(): void {
    this.#response.destroy();
  }

  #take(chunk: string): void {
    this.body += chunk;
    // An event may be megabytes long, and searching it again with every chunk would take long.
    const isEndInside = chunk.includes('\n\n') || (chunk.startsWith('\n') && this.#rest.endsWith('\n'));
    this.#rest += chunk;
    if (!isEndInside) return;
    for (let end = this.#rest.indexOf('\n\n'); end >= 0; end = this.#rest.indexOf('\n\n')) {
      const block = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 2);
      const field = (name: string): string | undefined =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const retry = field('retry');
      if (retry !== undefined) this.retryMs = Number(retry);
      const data = field('data');
      if (data !== undefined)
        this.events.push({ id: field('id'), event: field('event'), data: JSON.parse(data) });
    }
    for (const waiter of this.#waiting.filter(({ isMet }) => isMet())) {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      waiter.resolve();
    }
  }
}
