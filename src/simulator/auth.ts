import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { PveError } from './pveError.ts';

const ticketLifetimeMs = 2 * 3_600_000;

/** Who is calling and what that caller may see. */
export interface Identity {
  readonly user: string;
  /** Distinguishes answers that depend on privileges. */
  readonly cacheKey: string;
  /** True when the caller came with a ticket and therefore needs the CSRF header for writes. */
  readonly byTicket: boolean;
  mayUse(path: string, privilege: string): boolean;
}

/** A permission of a restricted token: privileges on a path and everything below it. */
export interface TokenPermission {
  readonly path: string;
  readonly privileges: readonly string[];
}

interface Token {
  secret: string;
  /** Null for full rights. */
  permissions: readonly TokenPermission[] | null;
}

interface Ticket {
  readonly user: string;
  readonly csrfToken: string;
  readonly issuedAtMs: number;
}

/** What `POST /access/ticket` answers. */
export interface TicketReply {
  readonly username: string;
  readonly ticket: string;
  readonly CSRFPreventionToken: string;
  readonly cap: Record<string, Record<string, 1>>;
  readonly clustername?: string;
}

/** Users, API tokens and tickets of one cluster. */
export class AccessControl {
  readonly #tokens = new Map<string, Token>();
  readonly #passwords = new Map<string, string>();
  readonly #tickets = new Map<string, Ticket>();
  readonly #signingKey = randomBytes(32);
  readonly #clusterName: string | null;

  constructor(clusterName: string | null) {
    this.#clusterName = clusterName;
  }

  /** Adds a token or gives it a new secret; answers the full text for the Authorization header. */
  setToken(
    id: string,
    permissions: readonly TokenPermission[] | null = null,
    secret: string = randomUUID(),
  ): string {
    this.#tokens.set(id, { secret, permissions });
    return `${id}=${secret}`;
  }

  /** Takes a token's validity away; false when there is none of that name. */
  revokeToken(id: string): boolean {
    return this.#tokens.delete(id);
  }

  get tokenIds(): string[] {
    return [...this.#tokens.keys()];
  }

  setPassword(user: string, password: string): void {
    this.#passwords.set(user, password);
  }

  /** Ends every ticket now, as two hours of waiting would. */
  expireTickets(): void {
    this.#tickets.clear();
  }

  /** Checks a user's password (or a still valid ticket in its place) and issues a ticket. */
  issueTicket(user: string, password: string, nowMs: number): TicketReply {
    const renewed = this.#tickets.get(password);
    const isRenewal = renewed !== undefined && renewed.user === user && this.#isFresh(renewed, nowMs);
    const expected = this.#passwords.get(user);
    if (!isRenewal && (expected === undefined || !isSame(expected, password))) {
      throw new PveError(401, 'authentication failure\n');
    }
    const stamp = Math.floor(nowMs / 1000)
      .toString(16)
      .toUpperCase();
    const ticket = `PVE:${user}:${stamp}::${randomBytes(192).toString('base64')}`;
    const csrfToken = `${stamp}:${createHmac('sha256', this.#signingKey).update(`${stamp}:${user}`).digest('base64').replaceAll('=', '')}`;
    this.#tickets.set(ticket, { user, csrfToken, issuedAtMs: nowMs });
    const all = { 'Sys.Audit': 1, 'Sys.Console': 1, 'Sys.Modify': 1 } as const;
    return {
      username: user,
      ticket,
      CSRFPreventionToken: csrfToken,
      cap: {
        dc: all,
        nodes: all,
        vms: { 'VM.Audit': 1, 'VM.Migrate': 1, 'VM.PowerMgmt': 1 },
        storage: { 'Datastore.Audit': 1 },
      },
      ...(this.#clusterName === null ? {} : { clustername: this.#clusterName }),
    };
  }

  /** Finds out who calls. Throws 401 with the reason phrase pveproxy uses. */
  authenticate(
    headers: Readonly<Record<string, string | string[] | undefined>>,
    method: string,
    nowMs: number,
  ): Identity {
    const authorization = text(headers.authorization);
    const prefix = /^PVEAPIToken[= ]/;
    if (authorization !== null && prefix.test(authorization)) {
      return this.#byToken(authorization.replace(prefix, ''));
    }
    const cookie = /(?:^|;\s*)PVEAuthCookie=([^;]*)/.exec(text(headers.cookie) ?? '')?.[1];
    if (cookie === undefined) throw unauthorized('No ticket');
    return this.#byTicket(decodeCookie(cookie), text(headers.csrfpreventiontoken), method, nowMs);
  }

  #byToken(value: string): Identity {
    const [, id, secret] = /^([^=]+)=(.+)$/.exec(value) ?? [];
    if (id === undefined || secret === undefined || !id.includes('!'))
      throw unauthorized('no tokenid specified');
    const token = this.#tokens.get(id);
    const user = id.slice(0, id.indexOf('!'));
    if (token === undefined) {
      if (!this.#passwords.has(user)) throw unauthorized(`no such user ('${user}')`);
      throw unauthorized(`no such token '${id.slice(id.indexOf('!') + 1)}' for user '${user}'`);
    }
    if (!isSame(token.secret, secret)) throw unauthorized('invalid token value!');
    const { permissions } = token;
    return {
      user: id,
      cacheKey: permissions === null ? '' : id,
      byTicket: false,
      mayUse: (path, privilege) => permissions === null || isGranted(permissions, path, privilege),
    };
  }

  #byTicket(value: string, csrfToken: string | null, method: string, nowMs: number): Identity {
    const ticket = this.#tickets.get(value);
    if (ticket === undefined || !this.#isFresh(ticket, nowMs)) {
      this.#tickets.delete(value);
      throw unauthorized('permission denied - invalid PVE ticket');
    }
    if (method !== 'GET' && (csrfToken === null || !isSame(ticket.csrfToken, csrfToken))) {
      throw unauthorized('Permission denied - invalid csrf token');
    }
    return { user: ticket.user, cacheKey: '', byTicket: true, mayUse: () => true };
  }

  #isFresh(ticket: Ticket, nowMs: number): boolean {
    return nowMs - ticket.issuedAtMs < ticketLifetimeMs;
  }
}

function unauthorized(reason: string): PveError {
  return new PveError(401, reason, { hasBody: false });
}

function isGranted(permissions: readonly TokenPermission[], path: string, privilege: string): boolean {
  return permissions.some((permission) => {
    const isBelow =
      permission.path === '/' || path === permission.path || path.startsWith(`${permission.path}/`);
    return isBelow && permission.privileges.includes(privilege);
  });
}

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function text(header: string | string[] | undefined): string | null {
  return typeof header === 'string' ? header : null;
}

function decodeCookie(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
