import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../base/clock.ts';
import { plainText } from '../base/text.ts';
import type { AccessControl, Identity } from './auth.ts';
import type { Certificate } from './certificate.ts';
import type { Fault, FaultBoard } from './faults/fault.ts';
import { brokenJson, htmlPage, wrongTypes } from './faults/spoil.ts';
import { PveError, parameterError } from './pveError.ts';
import type { RequestLog } from './requestLog.ts';
import type { RouteReply } from './routes/route.ts';
import { matchRoute } from './routes/routeTable.ts';
import { ClusterView } from './world/clusterView.ts';
import type { NodeWorld } from './world/model.ts';
import type { LiveCluster } from './world/world.ts';
import type { Params } from './writes/parameters.ts';
import { runWrite } from './writes/runWrite.ts';
import { matchWrite } from './writes/writeTable.ts';

const apiPrefix = '/api2/json';
const maxBodyBytes = 512 * 1024;
const gzipFromBytes = 1024;
const maxCacheEntries = 400;
const defaultSlowMs = 5000;

/** What the listeners of one cluster share. */
export interface ClusterServices {
  readonly cluster: LiveCluster;
  readonly access: AccessControl;
  readonly faults: FaultBoard;
  readonly requests: RequestLog;
  readonly clock: Clock;
  /** Name or address of the listeners. */
  readonly host: string;
  /** Delay of every answer. */
  readonly latencyMs: number;
  /** pveproxy delays answers of status 401 by three seconds; 0 keeps tests and demos quick. */
  readonly unauthorizedDelayMs: number;
}

interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  readonly contentType: string;
}

/** One node's API listener: what pveproxy is on a real node. */
export class NodeListener {
  readonly index: number;
  readonly node: NodeWorld;
  readonly #services: ClusterServices;
  readonly #certificate: Certificate | null;
  readonly #sockets = new Set<Socket>();
  readonly #cache = new Map<string, { revision: number; body: string }>();
  #server: Server | null = null;
  #port = 0;
  #wanted = false;
  #working: Promise<void> = Promise.resolve();

  constructor(index: number, node: NodeWorld, certificate: Certificate | null, services: ClusterServices) {
    this.index = index;
    this.node = node;
    this.#certificate = certificate;
    this.#services = services;
  }

  get url(): string {
    return `${this.#certificate === null ? 'http' : 'https'}://${this.#services.host}:${this.#port}`;
  }

  get fingerprint(): string | null {
    return this.#certificate?.fingerprint ?? null;
  }

  /** Begins to listen on a port (0 for a free one). The port stays the same ever after. */
  async start(port: number): Promise<void> {
    this.#port = port;
    this.#wanted = true;
    await this.#open();
  }

  /** Opens or closes the listener as the node's power and the faults ask for. */
  update(): Promise<void> {
    const wanted = this.node.power === 'on' && !this.#services.faults.isDown(this.index);
    if (wanted !== this.#wanted) {
      this.#wanted = wanted;
      this.#working = this.#working
        .catch(() => undefined)
        .then(() => (this.#wanted ? this.#open() : this.#close()));
    }
    return this.#working;
  }

  async close(): Promise<void> {
    this.#wanted = false;
    await this.#working.catch(() => undefined);
    await this.#close();
  }

  async #open(): Promise<void> {
    if (this.#server !== null) return;
    const handler = (request: IncomingMessage, response: ServerResponse): void =>
      this.#onRequest(request, response);
    const certificate = this.#certificate;
    const server =
      certificate === null
        ? createHttpServer(handler)
        : createHttpsServer({ key: certificate.key, cert: certificate.cert }, handler);
    server.keepAliveTimeout = 60_000;
    server.on('connection', (socket: Socket) => this.#onConnection(socket));
    server.on('clientError', (_error, socket) => socket.destroy());
    server.on('tlsClientError', () => undefined);
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        // The next update tries again.
        this.#server = null;
        this.#wanted = false;
        reject(error);
      });
      server.listen(this.#port, this.#services.host, () => {
        server.removeAllListeners('error');
        server.on('error', () => undefined);
        this.#port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  async #close(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    await closed;
  }

  #onConnection(socket: Socket): void {
    const fault = this.#services.faults.of(this.index);
    if (fault.kind === 'refuse' && fault.path === undefined) {
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
  }

  /** Sends a TCP reset. Below TLS the wire's socket is another one, found by the peer's port. */
  #reset(socket: Socket): void {
    for (const raw of this.#sockets) {
      if (raw.remotePort === socket.remotePort) raw.resetAndDestroy();
    }
    socket.destroy();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { faults, requests, clock, latencyMs } = this.#services;
    const target = new URL(request.url ?? '/', 'http://node');
    const path = target.pathname.startsWith(`${apiPrefix}/`) ? target.pathname.slice(apiPrefix.length) : null;
    const method = request.method ?? 'GET';
    const match = path === null ? null : matchRoute(method, path);
    const template =
      match?.route.template ??
      (path === null ? undefined : matchWrite(method, path)?.route.template) ??
      path ??
      target.pathname;
    requests.count(`${method} ${template}`, this.index);
    const fault = faults.hitting(this.index, path ?? target.pathname);
    if (fault?.kind === 'hang') {
      request.resume();
      return;
    }
    if (fault?.kind === 'refuse' || fault?.kind === 'down') {
      this.#reset(request.socket);
      return;
    }
    const isLost = fault?.kind === 'lostReply' && method !== 'GET';
    const delayMs = latencyMs + (fault?.delayMs ?? (fault?.kind === 'slow' ? defaultSlowMs : 0));
    void this.#answer(request, method, path, target, match, fault).then((answer) => {
      const waitMs = delayMs + (answer.status === 401 ? this.#services.unauthorizedDelayMs : 0);
      const send = (): void => {
        if (response.destroyed) return;
        requests.note({
          atMs: clock.now(),
          endpoint: this.index,
          method,
          path: `${path ?? ''}${target.search}`,
          status: isLost ? 0 : answer.status,
        });
        if (isLost) this.#reset(request.socket);
        else this.#send(request, response, answer, fault);
      };
      if (waitMs === 0) {
        send();
        return;
      }
      const timer = clock.setTimeout(send, waitMs);
      response.once('close', () => timer.dispose());
    });
  }

  async #answer(
    request: IncomingMessage,
    method: string,
    path: string | null,
    target: URL,
    match: ReturnType<typeof matchRoute>,
    fault: Fault | null,
  ): Promise<Answer> {
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
      if (method !== 'GET')
        return json(200, { data: this.#write(identity, method, path, target, request, body) });
      return json(200, this.#payload(identity, method, path, target, match, fault));
    } catch (error) {
      return this.#errorAnswer(error);
    }
  }

  /** The JSON text for a request, computed once per step of the world. */
  #payload(
    identity: Identity,
    method: string,
    path: string,
    target: URL,
    match: ReturnType<typeof matchRoute>,
    fault: Fault | null,
  ): string {
    if (match === null) throw new PveError(501, `Method '${method} ${path}' not implemented`);
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
  #write(
    identity: Identity,
    method: string,
    path: string,
    target: URL,
    request: IncomingMessage,
    body: string,
  ): unknown {
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

  #send(request: IncomingMessage, response: ServerResponse, answer: Answer, fault: Fault | null): void {
    let payload: Buffer = Buffer.from(fault?.kind === 'brokenJson' ? brokenJson(answer.body) : answer.body);
    response.setHeader('Server', 'pve-api-daemon/3.0');
    response.setHeader('Cache-Control', 'max-age=0');
    response.setHeader('Pragma', 'no-cache');
    if (payload.length > 0) response.setHeader('Content-Type', answer.contentType);
    const acceptsGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    if (acceptsGzip && payload.length > gzipFromBytes) {
      payload = gzipSync(payload, { level: 1 });
      response.setHeader('Content-Encoding', 'gzip');
    }
    response.setHeader('Content-Length', payload.length);
    response.writeHead(answer.status, answer.reason);
    if (fault?.kind === 'halfBody') {
      response.write(payload.subarray(0, Math.floor(payload.length / 2)), () => request.socket.destroy());
      return;
    }
    response.end(payload);
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
