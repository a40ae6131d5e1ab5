import { Pool } from 'undici';
import type { Disposable } from '../base/lifecycle.ts';
import { redactText } from '../base/redact.ts';
import { plainText } from '../base/text.ts';
import { HttpFailure, type HttpFailureCode } from './httpFailure.ts';
import { CertificateRefused, createConnector, type TlsTrust } from './tlsConnect.ts';

export interface HttpConnectionOptions {
  /** Scheme, host and port; a path is not allowed. */
  readonly origin: string;
  readonly trust: TlsTrust;
  /** Sockets kept to this server at the most. */
  readonly maxSockets: number;
  /** Longest body that is read, bytes. */
  readonly maxBodyBytes: number;
}

export interface RawRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Over connecting, headers and body, milliseconds. */
  readonly deadlineMs: number;
}

export interface RawReply {
  readonly status: number;
  /** Reason phrase of the status line. */
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly contentType: string;
  readonly body: string;
}

export interface RawStreamHandlers {
  readonly onOpen: (reply: Omit<RawReply, 'body'>) => void;
  readonly onText: (text: string) => void;
  /** Exactly once; `null` when the server ended the stream properly. */
  readonly onEnd: (failure: HttpFailure | null) => void;
}

/**
 * HTTP towards one server, on undici's own pool: the editor patches global fetch and the https module, which would lose
 * the TLS choices made here. The only file with sockets towards servers.
 */
export class HttpConnection implements Disposable {
  readonly #pool: Pool;
  readonly #options: HttpConnectionOptions;
  readonly #secure: boolean;
  /** `host:port`. */
  readonly endpoint: string;

  constructor(options: HttpConnectionOptions) {
    const url = new URL(options.origin);
    this.#options = options;
    this.#secure = url.protocol === 'https:';
    this.endpoint = `${url.hostname}:${url.port || (this.#secure ? '443' : '80')}`;
    this.#pool = new Pool(url.origin, {
      connect: createConnector(options.trust, 30_000),
      connections: options.maxSockets,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      // Deadlines are set per request; a stream has none but its heartbeats.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Any HTTP status is a reply here; only a request without one rejects, with an {@link HttpFailure}. */
  async request(request: RawRequest): Promise<RawReply> {
    const deadline = AbortSignal.timeout(request.deadlineMs);
    try {
      const reply = await this.#pool.request({
        method: request.method,
        path: request.path,
        headers: { accept: 'application/json', ...request.headers },
        body: request.body ?? null,
        signal: deadline,
      });
      const body = await this.#readBody(reply.body);
      return { ...head(reply), body };
    } catch (error) {
      throw deadline.aborted
        ? new HttpFailure('timeout', this.endpoint, `no answer within ${seconds(request.deadlineMs)}`)
        : this.#toFailure(error);
    }
  }

  /** Opens a reply that is read piece by piece until either side ends it. Disposing ends it without `onEnd`. */
  stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    openDeadlineMs: number,
    handlers: RawStreamHandlers,
  ): Disposable {
    const abort = new AbortController();
    let ended = false;
    let timedOut = false;
    const openDeadline = setTimeout(() => {
      timedOut = true;
      abort.abort();
    }, openDeadlineMs);
    const end = (failure: HttpFailure | null): void => {
      clearTimeout(openDeadline);
      if (ended) return;
      ended = true;
      handlers.onEnd(failure);
    };
    const run = async (): Promise<void> => {
      const reply = await this.#pool.request({
        method: 'GET',
        path,
        headers: { ...headers },
        signal: abort.signal,
      });
      clearTimeout(openDeadline);
      if (!ended) handlers.onOpen(head(reply));
      const decoder = new TextDecoder();
      for await (const chunk of reply.body) {
        if (ended) return;
        handlers.onText(decoder.decode(chunk as Uint8Array, { stream: true }));
      }
    };
    run().then(
      () => end(null),
      (error: unknown) =>
        end(
          timedOut
            ? new HttpFailure('timeout', this.endpoint, `no answer within ${seconds(openDeadlineMs)}`)
            : this.#toFailure(error),
        ),
    );
    return {
      dispose() {
        ended = true;
        clearTimeout(openDeadline);
        abort.abort();
      },
    };
  }

  dispose(): void {
    void this.#pool.destroy().catch(() => undefined);
  }

  async #readBody(body: AsyncIterable<unknown> & { destroy(): unknown }): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      const bytes = chunk as Uint8Array;
      size += bytes.byteLength;
      if (size > this.#options.maxBodyBytes) {
        body.destroy();
        throw new HttpFailure(
          'bodyTooLarge',
          this.endpoint,
          `the answer is larger than ${Math.round(this.#options.maxBodyBytes / 1_048_576)} MiB`,
        );
      }
      chunks.push(bytes);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #toFailure(error: unknown): HttpFailure {
    if (error instanceof HttpFailure) return error;
    const cause = innermost(error);
    if (cause instanceof CertificateRefused) {
      const pinned = this.#options.trust.mode === 'pinned' ? this.#options.trust.fingerprint : undefined;
      return new HttpFailure(
        cause.reason === 'untrusted' ? 'tlsUntrusted' : 'tlsFingerprintMismatch',
        this.endpoint,
        cause.message,
        { certificate: cause.certificate, ...(pinned === undefined ? {} : { expectedFingerprint: pinned }) },
      );
    }
    const systemCode = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const code = systemCodes[systemCode] ?? this.#tlsCode(systemCode) ?? 'connectionReset';
    const message =
      code === 'tlsToPlainPort'
        ? 'the port does not speak TLS'
        : cause instanceof Error
          ? plainText(redactText(cause.message))
          : 'the connection failed';
    return new HttpFailure(code, this.endpoint, message, { cause: error });
  }

  /** A record that is not TLS means that the port speaks plain HTTP. */
  #tlsCode(systemCode: string): HttpFailureCode | null {
    if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(systemCode)) return 'tlsToPlainPort';
    return this.#secure && systemCode.startsWith('ERR_SSL') ? 'tlsToPlainPort' : null;
  }
}

const systemCodes: Readonly<Record<string, HttpFailureCode>> = {
  ECONNREFUSED: 'connectionRefused',
  ECONNRESET: 'connectionReset',
  EPIPE: 'connectionReset',
  UND_ERR_SOCKET: 'connectionReset',
  ENOTFOUND: 'hostNotFound',
  EAI_AGAIN: 'hostNotFound',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_ABORTED: 'cancelled',
  UND_ERR_DESTROYED: 'cancelled',
  UND_ERR_CLOSED: 'cancelled',
  ABORT_ERR: 'cancelled',
};

/** The failure at the bottom of a chain of causes; several tried addresses count as the first of them. */
function innermost(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  if (error instanceof Error && error.cause instanceof Error && !(error instanceof CertificateRefused))
    return innermost(error.cause);
  return error;
}

interface Head {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly statusText?: string;
}

function head(reply: Head): Omit<RawReply, 'body'> {
  const headers = Object.fromEntries(
    Object.entries(reply.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
  return {
    status: reply.statusCode,
    statusText: reply.statusText ?? '',
    headers,
    contentType: headers['content-type'] ?? '',
  };
}

function seconds(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}
