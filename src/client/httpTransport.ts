import type { Clock } from '../base/clock.ts';
import type { Disposable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { apiKeyHeader } from '../contract/routes.ts';
import { HttpConnection } from '../http/httpConnection.ts';
import { HttpFailure } from '../http/httpFailure.ts';
import { normalizeFingerprint, type TlsTrust } from '../http/tlsConnect.ts';
import { ClientError, fleetError, replyFailure, toFleetError } from './clientError.ts';
import type { HttpClient, HttpReply, HttpRequest, StreamHandlers } from './httpClient.ts';

export interface HttpTransportOptions {
  /** `http://host:port` or `https://host:port`. */
  readonly baseUrl: string;
  /** Asked anew for every request, so that a changed key is used at once. */
  readonly apiKey: () => Promise<string>;
  readonly tls: {
    readonly verify: boolean;
    readonly fingerprint: string | null;
    readonly caPem: string | null;
  };
  readonly clock: Clock;
  readonly logger: Logger;
}

const maxBodyBytes = 64 * 1_048_576;
const streamOpenDeadlineMs = 10_000;

/** HTTP towards one aggregator. Loaded with the first connection, because the network library is large. */
export function createHttpTransport(options: HttpTransportOptions): HttpClient {
  const http = new HttpConnection({
    origin: options.baseUrl,
    trust: trustOf(options.tls),
    maxSockets: 6,
    maxBodyBytes,
  });
  const secure = options.baseUrl.startsWith('https:');
  let requestNumber = 0;

  /** A reset on plain HTTP may be a TLS port that does not understand us; asked once, without the key. */
  const explain = async (error: unknown): Promise<ClientError> => {
    const failure = toFleetError(error);
    if (secure || failure.code !== 'connectionReset') return new ClientError(failure);
    return new ClientError(
      (await speaksTls(options.baseUrl))
        ? { ...failure, code: 'plainToTlsPort', message: 'the port expects HTTPS' }
        : failure,
    );
  };

  return {
    async request(request) {
      const id = (++requestNumber).toString(36);
      const startedMs = options.clock.now();
      const log = (outcome: string): void =>
        options.logger.debug(
          `#${id} ${request.method} ${http.endpoint}${request.path} ${outcome} ${options.clock.now() - startedMs} ms`,
        );
      try {
        const apiKey = await options.apiKey();
        const reply = await http.request({
          method: request.method,
          path: withQuery(request),
          headers: {
            [apiKeyHeader]: apiKey,
            ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(request.body === undefined ? {} : { body: request.body }),
          deadlineMs: request.deadlineMs,
        });
        log(`${reply.status} ${reply.body.length} B`);
        return reply;
      } catch (error) {
        const explained = await explain(error);
        log(explained.fleetError.code);
        throw explained;
      }
    },
    stream: (path, headers, handlers) => openStream(http, options, path, headers, handlers, explain),
    dispose: () => http.dispose(),
  };
}

function openStream(
  http: HttpConnection,
  options: HttpTransportOptions,
  path: string,
  headers: Readonly<Record<string, string>>,
  handlers: StreamHandlers,
  explain: (error: unknown) => Promise<ClientError>,
): Disposable {
  let inner: Disposable | null = null;
  let disposed = false;
  let errorReply: Omit<HttpReply, 'body'> | null = null;
  let errorBody = '';
  const end = (error: ClientError | null): void => {
    if (disposed) return;
    disposed = true;
    options.logger.debug(
      `${http.endpoint}${path} stream ended${error === null ? '' : `: ${error.fleetError.code}`}`,
    );
    handlers.onEnd(error);
  };
  const open = (apiKey: string): void => {
    if (disposed) return;
    inner = http.stream(
      path,
      { accept: 'text/event-stream', [apiKeyHeader]: apiKey, ...headers },
      streamOpenDeadlineMs,
      {
        onOpen(reply) {
          if (reply.status !== 200) errorReply = reply;
          else if (!reply.contentType.startsWith('text/event-stream'))
            end(
              new ClientError(
                fleetError('unexpectedShape', 'the server sent no event stream', { endpoint: http.endpoint }),
              ),
            );
          else handlers.onOpen();
        },
        onText(text) {
          if (errorReply === null) handlers.onText(text);
          else if (errorBody.length < 10_000) errorBody += text;
        },
        onEnd(failure) {
          if (errorReply !== null) {
            const error = replyFailure({ ...errorReply, body: errorBody }, http.endpoint);
            end(error === null ? null : new ClientError(error));
          } else if (failure === null) end(null);
          else void explain(failure).then(end);
        },
      },
    );
  };
  options.apiKey().then(open, (error: unknown) => end(new ClientError(toFleetError(error))));
  return {
    dispose() {
      disposed = true;
      inner?.dispose();
    },
  };
}

/** A pin wins over the other choices: it is the strictest. */
function trustOf(tls: HttpTransportOptions['tls']): TlsTrust {
  if (tls.fingerprint !== null) return { mode: 'pinned', fingerprint: normalizeFingerprint(tls.fingerprint) };
  if (!tls.verify) return { mode: 'notVerified' };
  return tls.caPem === null ? { mode: 'verified' } : { mode: 'customCa', caPem: tls.caPem };
}

function withQuery(request: HttpRequest): string {
  const query = new URLSearchParams(request.query).toString();
  return query === '' ? request.path : `${request.path}?${query}`;
}

/** Whether a TLS handshake works on the port. Nothing but the handshake is sent. */
async function speaksTls(baseUrl: string): Promise<boolean> {
  const probe = new HttpConnection({
    origin: baseUrl.replace(/^http:/, 'https:'),
    // Nothing is trusted, so the handshake ends right after the certificate was seen.
    trust: { mode: 'pinned', fingerprint: '' },
    maxSockets: 1,
    maxBodyBytes: 0,
  });
  try {
    await probe.request({ method: 'GET', path: '/', headers: {}, deadlineMs: 3_000 });
    return false;
  } catch (error) {
    return error instanceof HttpFailure && error.code === 'tlsFingerprintMismatch';
  } finally {
    probe.dispose();
  }
}
