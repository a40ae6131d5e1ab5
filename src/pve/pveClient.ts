import type { Clock } from '../base/clock.ts';
import type { Disposable } from '../base/lifecycle.ts';
import { redactText } from '../base/redact.ts';
import { plainText } from '../base/text.ts';
import { htmlTitle, looksLikeHtml } from '../http/html.ts';
import { HttpConnection, type RawReply, type RawRequest } from '../http/httpConnection.ts';
import { HttpFailure, type HttpFailureCode } from '../http/httpFailure.ts';
import type { TlsTrust } from '../http/tlsConnect.ts';

/** How we log in: an API token (sent with every call), or a user's password (exchanged for a ticket). */
export type PveCredential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: string };

export interface PveClientOptions {
  readonly origin: string;
  readonly trust: TlsTrust;
  readonly credential: PveCredential;
  readonly clock: Clock;
  /** Deadline of one call, milliseconds. */
  readonly deadlineMs: number;
}

/** Reads Proxmox; made for one endpoint. */
export interface PveReader extends Disposable {
  /** `host:port`. */
  readonly endpoint: string;
  /** The `data` of a GET below `/api2/json`. Rejects with {@link HttpFailure}. */
  get(path: string): Promise<unknown>;
}

/** Parameters of a write, in the order they are sent. */
export type PveParams = Readonly<Record<string, string | number>>;

/** Changes Proxmox; made for one endpoint. */
export interface PveWriter extends PveReader {
  /**
   * The `data` of a POST or PUT. Rejects with {@link HttpFailure}; whether Proxmox may have done it all the same tells
   * `mayHaveHappened`. A refused ticket is renewed once; nothing else is ever sent twice.
   */
  write(method: 'POST' | 'PUT', path: string, params: PveParams): Promise<unknown>;
}

/**
 * Name of the method that sends a DELETE. A symbol, so that nobody calls it who did not import it: a name in text could be
 * written, computed or inherited anywhere, and a test could not find every way to say it.
 */
export const sendDestroy: unique symbol = Symbol('sendDestroy');

/** Can destroy guests; handed to the two modules that may, and to nobody else. */
export interface PveDestroyer {
  /** The `data` of a DELETE, see {@link PveWriter.write}. */
  [sendDestroy](path: string): Promise<unknown>;
}

/** Everything we do at one endpoint. */
export interface PveEndpoint extends PveWriter, PveDestroyer {}

const apiBase = '/api2/json';

/** Tickets live two hours; a new one is fetched well before that. */
const ticketLifeMs = 100 * 60_000;

/**
 * How long a refused password is not tried again: a wrong one, tried over and over, locks accounts in a directory and gets
 * addresses banned. Tokens have no such lock.
 */
const refusalStandsMs = 10 * 60_000;

const maxBodyBytes = 64 * 1_048_576;

interface Ticket {
  readonly value: string;
  readonly csrfToken: string;
  readonly untilMs: number;
}

/** Client for the API of one Proxmox node. */
export class PveClient implements PveEndpoint {
  readonly #http: HttpConnection;
  readonly #options: PveClientOptions;
  #ticket: Ticket | null = null;
  #login: Promise<Ticket> | null = null;
  #refusal: { readonly failure: HttpFailure; readonly untilMs: number } | null = null;

  constructor(options: PveClientOptions) {
    this.#options = options;
    this.#http = new HttpConnection({
      origin: options.origin,
      trust: options.trust,
      maxSockets: 8,
      maxBodyBytes,
    });
  }

  get endpoint(): string {
    return this.#http.endpoint;
  }

  get(path: string): Promise<unknown> {
    return this.#call('GET', path);
  }

  write(method: 'POST' | 'PUT', path: string, params: PveParams): Promise<unknown> {
    const texts = Object.entries(params).map(([name, value]): [string, string] => [name, String(value)]);
    return this.#call(method, path, new URLSearchParams(texts).toString());
  }

  [sendDestroy](path: string): Promise<unknown> {
    return this.#call('DELETE', path);
  }

  dispose(): void {
    this.#http.dispose();
  }

  async #call(method: RawRequest['method'], path: string, body?: string): Promise<unknown> {
    const ticket = this.#ticket;
    try {
      return await this.#callOnce(method, path, body);
    } catch (error) {
      if (!(error instanceof HttpFailure) || error.code !== 'unauthorized' || ticket === null) throw error;
      // A ticket may end early (restart, clock); one fresh login is tried, never more, so nothing locks the account.
      // Calls that failed together share the one login. A write that was refused this way was not done.
      if (this.#ticket === ticket) this.#ticket = null;
      return this.#callOnce(method, path, body);
    }
  }

  async #callOnce(method: RawRequest['method'], path: string, body: string | undefined): Promise<unknown> {
    const headers = await this.#authHeaders(method);
    const reply = await this.#http.request({
      method,
      path: `${apiBase}${path}`,
      headers:
        body === undefined ? headers : { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      ...(body === undefined ? {} : { body }),
      deadlineMs: this.#options.deadlineMs,
    });
    return this.#data(reply);
  }

  async #authHeaders(method: RawRequest['method']): Promise<Record<string, string>> {
    const { credential } = this.#options;
    if (credential.kind === 'token') return { authorization: `PVEAPIToken=${credential.token}` };
    const ticket = await this.#currentTicket(credential);
    const cookie = { cookie: `PVEAuthCookie=${encodeURIComponent(ticket.value)}` };
    // Proxmox asks writes that come with a ticket for this token as well.
    return method === 'GET' ? cookie : { ...cookie, csrfpreventiontoken: ticket.csrfToken };
  }

  #currentTicket(credential: Extract<PveCredential, { kind: 'password' }>): Promise<Ticket> {
    if (this.#ticket !== null && this.#ticket.untilMs > this.#options.clock.now())
      return Promise.resolve(this.#ticket);
    const refusal = this.#standingRefusal();
    if (refusal !== null) return Promise.reject(refusal);
    this.#login ??= this.#logIn(credential).finally(() => {
      this.#login = null;
    });
    return this.#login;
  }

  async #logIn(credential: Extract<PveCredential, { kind: 'password' }>): Promise<Ticket> {
    const reply = await this.#http.request({
      method: 'POST',
      path: `${apiBase}/access/ticket`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        username: credential.username,
        password: credential.password,
      }).toString(),
      deadlineMs: this.#options.deadlineMs,
    });
    try {
      const ticket = {
        ...this.#ticketOf(this.#data(reply)),
        untilMs: this.#options.clock.now() + ticketLifeMs,
      };
      this.#refusal = null;
      this.#ticket = ticket;
      return ticket;
    } catch (error) {
      if (error instanceof HttpFailure && error.code === 'unauthorized')
        this.#refusal = { failure: error, untilMs: this.#options.clock.now() + refusalStandsMs };
      throw error;
    }
  }

  #ticketOf(data: unknown): Omit<Ticket, 'untilMs'> {
    const fields: Readonly<Record<string, unknown>> =
      typeof data === 'object' && data !== null ? { ...data } : {};
    // With a second factor Proxmox gives half a ticket, which every call refuses.
    if (fields.NeedTFA === 1 || fields.NeedTFA === true || fields.NeedTFA === '1')
      throw new HttpFailure(
        'unauthorized',
        this.endpoint,
        'the account asks for a second factor, which only a person can give; use an API token',
      );
    if (typeof fields.ticket !== 'string' || fields.ticket === '')
      throw new HttpFailure('unexpectedShape', this.endpoint, 'the login gave no ticket');
    const csrfToken = typeof fields.CSRFPreventionToken === 'string' ? fields.CSRFPreventionToken : '';
    return { value: fields.ticket, csrfToken };
  }

  /** The refusal of our password while it stands, with the time that is left. */
  #standingRefusal(): HttpFailure | null {
    if (this.#refusal === null) return null;
    const leftMs = this.#refusal.untilMs - this.#options.clock.now();
    if (leftMs <= 0) return null;
    const { failure } = this.#refusal;
    return new HttpFailure('unauthorized', this.endpoint, failure.message, {
      ...(failure.httpStatus === null ? {} : { httpStatus: failure.httpStatus }),
      retryAfterS: Math.ceil(leftMs / 1000),
    });
  }

  #data(reply: RawReply): unknown {
    // pveproxy answers plain HTTP on its port by pointing to the same port with TLS.
    if (isMoveToTls(reply, this.#options.origin))
      throw new HttpFailure('plainToTlsPort', this.endpoint, 'the port expects HTTPS', {
        httpStatus: reply.status,
      });
    if (reply.status >= 300 && reply.status < 400)
      throw new HttpFailure('redirected', this.endpoint, `redirected to another address (${reply.status})`);
    const body = parseJson(reply.body);
    if (reply.status !== 200) throw this.#errorReply(reply, body);
    if (body === undefined) {
      if (looksLikeHtml(reply.contentType, reply.body))
        throw new HttpFailure(
          'htmlInsteadOfJson',
          this.endpoint,
          `got a web page${quoted(htmlTitle(reply.body))} instead of data`,
        );
      throw new HttpFailure('invalidJson', this.endpoint, 'the answer is not valid JSON');
    }
    if (typeof body !== 'object' || body === null || !('data' in body))
      throw new HttpFailure('unexpectedShape', this.endpoint, 'the answer has no data field');
    return body.data;
  }

  #errorReply(reply: RawReply, body: unknown): HttpFailure {
    const code = statusCode(reply);
    return new HttpFailure(code, this.endpoint, errorText(reply, body), { httpStatus: reply.status });
  }
}

function statusCode(reply: RawReply): HttpFailureCode {
  if (reply.status === 401) return 'unauthorized';
  if (reply.status === 403) return 'forbidden';
  // pveproxy's own codes for "the node that should answer cannot be reached".
  if (reply.status >= 595 && reply.status <= 599) return 'nodeUnreachable';
  if (reply.status === 400 && /plain HTTP request was sent to HTTPS port/i.test(reply.body))
    return 'plainToTlsPort';
  return 'httpError';
}

/**
 * Proxmox's reason: the body's `message` (API server 5.2 and newer), its `errors` by field, or the reason phrase of the
 * status line, which older servers use alone.
 */
function errorText(reply: RawReply, body: unknown): string {
  const fields: Readonly<Record<string, unknown>> =
    typeof body === 'object' && body !== null ? { ...body } : {};
  const message = typeof fields.message === 'string' ? fields.message.trim() : '';
  const text = message !== '' ? message : reply.statusText.trim();
  const parts = [text === '' ? `HTTP ${reply.status}` : text, ...fieldErrors(fields.errors)];
  return plainText(redactText(parts.join(' ')));
}

/** `field: reason` for every field that Proxmox found wrong. */
function fieldErrors(errors: unknown): string[] {
  if (typeof errors !== 'object' || errors === null || Array.isArray(errors)) return [];
  return Object.entries(errors).flatMap(([field, reason]) =>
    typeof reason === 'string' ? [`${field}: ${reason.trim()}`] : [],
  );
}

/** A redirect from plain HTTP to HTTPS on the same port. */
function isMoveToTls(reply: RawReply, origin: string): boolean {
  const from = new URL(origin);
  const { location } = reply.headers;
  if (from.protocol !== 'http:' || location === undefined || !URL.canParse(location)) return false;
  const to = new URL(location);
  return reply.status >= 300 && reply.status < 400 && to.protocol === 'https:' && to.port === from.port;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function quoted(text: string | null): string {
  return text === null ? '' : ` ("${text}")`;
}

/**
 * PVE 9 answers every groups call with HTTP 500 and this text once its groups became rules, and also when there never was
 * a group (HA states, groups and rules).
 */
export function saysMigratedToRules(failure: HttpFailure): boolean {
  return failure.httpStatus === 500 && /migrated to rules/i.test(failure.message);
}

/** PVE 8 and older answer 501 for a path they do not have, such as the rules. */
export function saysNotImplemented(failure: HttpFailure): boolean {
  return failure.httpStatus === 501;
}
