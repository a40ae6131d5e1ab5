import type { IncomingMessage } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { plainText } from '../base/text.ts';
import type { AccessControl, Identity } from './auth.ts';
import type { Fault } from './faults/fault.ts';
import { htmlPage, wrongTypes } from './faults/spoil.ts';
import { PveError, parameterError } from './pveError.ts';
import type { RouteReply } from './routes/route.ts';
import { matchRoute } from './routes/routeTable.ts';
import { ClusterView } from './world/clusterView.ts';
import type { NodeWorld } from './world/model.ts';
import type { LiveCluster } from './world/world.ts';
import type { Params } from './writes/parameters.ts';
import { runWrite } from './writes/runWrite.ts';
import { matchWrite } from './writes/writeTable.ts';

const maxBodyBytes = 512 * 1024;
const maxCacheEntries = 400;

/** What answering needs of a cluster. */
export interface ApiServices {
  readonly cluster: LiveCluster;
  readonly access: AccessControl;
  readonly clock: Clock;
}

/** A call as it reached a node. */
export interface ApiCall {
  readonly request: IncomingMessage;
  readonly method: string;
  /** Below `/api2/json`; null for anything else. */
  readonly path: string | null;
  readonly target: URL;
  /** The fault that hits it. */
  readonly fault: Fault | null;
}

/** What goes back over the wire. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  readonly contentType: string;
}

/** Answers as one node: what pvedaemon is on a real one. */
export class NodeApi {
  readonly node: NodeWorld;
  readonly #services: ApiServices;
  readonly #cache = new Map<string, { revision: number; body: string }>();

  constructor(node: NodeWorld, services: ApiServices) {
    this.node = node;
    this.#services = services;
  }

  /** Answers a call; never rejects. */
  async answer(call: ApiCall): Promise<Answer> {
    const { request, method, path, target, fault } = call;
    if (fault?.kind === 'html')
      return { status: 200, reason: 'OK', body: htmlPage, contentType: 'text/html; charset=utf-8' };
    try {
      const body = method === 'GET' ? '' : await readBody(request);
      if (fault?.kind === '500') throw new PveError(500, 'got timeout\n');
      if (fault?.kind === '401') throw new PveError(401, 'authentication failure', { hasBody: false });
      if (path === null) throw new PveError(404, `no such file '${target.pathname}'`, { hasBody: false });
      if (path === '/access/ticket' && method === 'POST')
        return json(200, { data: this.#issueTicket(request, body) });
      const identity = this.#services.access.authenticate(
        request.headers,
        method,
        this.#services.clock.now(),
      );
      if (method !== 'GET') return json(200, { data: this.#write(identity, path, call, body) });
      return json(200, this.#payload(identity, path, call));
    } catch (error) {
      return this.#errorAnswer(error);
    }
  }

  /** The JSON text for a request, computed once per step of the world. */
  #payload(identity: Identity, path: string, { target, fault }: ApiCall): string {
    const match = matchRoute('GET', path);
    if (match === null) throw new PveError(501, `Method 'GET ${path}' not implemented`);
    const { route, parameters } = match;
    const view = this.#viewFor(parameters.node);
    if (route.privilege !== undefined) {
      const privilegePath = route.privilege[0].replace(
        /\{(\w+)\}/g,
        (_all, name: string) => parameters[name] ?? '',
      );
      if (!identity.mayUse(privilegePath, route.privilege[1])) {
        throw new PveError(403, `Permission check failed (${privilegePath}, ${route.privilege[1]})\n`);
      }
    }
    const compute = (): RouteReply =>
      route.handle({
        view,
        parameters,
        query: target.searchParams,
        random: this.#services.cluster.random,
        user: identity.user,
        mayUse: identity.mayUse,
      });
    if (fault?.kind === 'wrongTypes') return JSON.stringify({ data: wrongTypes(compute().data) });
    const key = `${identity.cacheKey} ${target.pathname}${target.search}`;
    const { revision } = view.cluster;
    const cached = this.#cache.get(key);
    if (cached?.revision === revision) return cached.body;
    const { data, total } = compute();
    const body = JSON.stringify(total === undefined ? { data } : { data, total });
    if (this.#cache.size >= maxCacheEntries) this.#cache.clear();
    this.#cache.set(key, { revision, body });
    return body;
  }

  /** Does a write and answers with its `data`. */
  #write(identity: Identity, path: string, { method, target, request }: ApiCall, body: string): unknown {
    const match = matchWrite(method, path);
    if (match === null) {
      if (isGuestOrHaPath(path) && !this.#view().quorate) {
        throw new PveError(500, 'cluster not ready - no quorum?\n');
      }
      throw new PveError(501, `Method '${method} ${path}' not implemented`);
    }
    const given: Params =
      method === 'DELETE'
        ? Object.fromEntries(target.searchParams)
        : readFields(request.headers['content-type'], body);
    const { cluster } = this.#services;
    return runWrite({ match, view: this.#viewFor(match.parameters.node), live: cluster, identity, given });
  }

  #view(): ClusterView {
    return new ClusterView(this.#services.cluster.world, this.node, this.#services.clock.now());
  }

  /** Calls for another node are passed on to it, which fails when it cannot be reached. */
  #viewFor(name: string | undefined): ClusterView {
    const view = this.#view();
    if (name === undefined || name === this.node.name || name === 'localhost') return view;
    const node = view.cluster.nodes.get(name);
    if (node === undefined) {
      throw new PveError(
        500,
        `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known\n`,
      );
    }
    if (node.power !== 'on') throw new PveError(595, 'No route to host', { hasBody: false });
    if (node.isolated !== this.node.isolated || node.isolated) {
      throw new PveError(596, 'Connection timed out', { hasBody: false });
    }
    return view.from(node);
  }

  #issueTicket(request: IncomingMessage, body: string): unknown {
    const fields = readFields(request.headers['content-type'], body);
    const missing = ['username', 'password'].filter((name) => fields[name] === undefined);
    if (missing.length > 0) {
      throw parameterError(
        Object.fromEntries(missing.map((name) => [name, 'property is missing and it is not optional'])),
      );
    }
    let username = fields.username ?? '';
    if (!username.includes('@') && fields.realm !== undefined) username = `${username}@${fields.realm}`;
    if (!/^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+$/.test(username)) {
      throw parameterError({ username: 'invalid format - value does not look like a valid user name' });
    }
    return this.#services.access.issueTicket(username, fields.password ?? '', this.#services.clock.now());
  }

  #errorAnswer(error: unknown): Answer {
    const pveError = error instanceof PveError ? error : new PveError(500, 'internal error\n');
    const reason = plainText(pveError.message.replace(/\n$/, '')).replace(/[^\x20-\x7e\xa0-\xff]/g, '?');
    if (!pveError.hasBody) {
      return { status: pveError.status, reason, body: '', contentType: 'text/plain' };
    }
    const body: Record<string, unknown> = { data: null };
    if (pveError.errors !== null) body.errors = pveError.errors;
    if (this.#services.cluster.world.release.messageInBody) body.message = pveError.message;
    return { ...json(pveError.status, body), reason };
  }
}

function json(status: number, body: unknown): Answer {
  return {
    status,
    reason: 'OK',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    contentType: 'application/json;charset=UTF-8',
  };
}

function isGuestOrHaPath(path: string): boolean {
  return path.startsWith('/cluster/ha/') || /^\/nodes\/[^/]+\/(qemu|lxc)(\/|$)/.test(path);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new PveError(501, 'for data too large', { hasBody: false });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Parameters of a write: form encoded or JSON, as Proxmox takes both. */
function readFields(contentType: string | undefined, body: string): Record<string, string> {
  if (contentType?.startsWith('application/json') === true) {
    try {
      const parsed: unknown = JSON.parse(body);
      if (parsed === null || typeof parsed !== 'object') return {};
      return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, String(value)]));
    } catch {
      throw new PveError(400, 'Bad Request', { hasBody: false });
    }
  }
  return Object.fromEntries(new URLSearchParams(body));
}
