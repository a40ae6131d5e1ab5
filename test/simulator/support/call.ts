import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Gives up without an answer. */
  readonly signal?: AbortSignal;
}

export interface CallResult {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Parsed body; fails when it is not JSON. */
  json(): { data: unknown } & Record<string, unknown>;
  /** The rows of a list answer. */
  rows(): Record<string, unknown>[];
}

/** One call on a fresh connection, without judging the certificate. */
export function call(url: string, options: CallOptions = {}): Promise<CallResult> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https') ? httpsRequest : httpRequest;
    const request = send(
      url,
      {
        method: options.method ?? 'GET',
        headers: options.headers ?? {},
        agent: false,
        rejectUnauthorized: false,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('aborted', () => reject(new Error('the answer was cut')));
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString('utf8');
          const json = (): { data: unknown } & Record<string, unknown> => JSON.parse(body);
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? '',
            headers: response.headers,
            body,
            json,
            rows: () => json().data as Record<string, unknown>[],
          });
        });
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}
