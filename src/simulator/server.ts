import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Certificate } from './certificate.ts';
import type { Fault, FaultBoard } from './faults/fault.ts';
import { brokenJson } from './faults/spoil.ts';
import { type Answer, type ApiServices, NodeApi } from './nodeApi.ts';
import type { RequestLog } from './requestLog.ts';
import { matchRoute } from './routes/routeTable.ts';
import type { NodeWorld } from './world/model.ts';
import { matchWrite } from './writes/writeTable.ts';

const apiPrefix = '/api2/json';
const gzipFromBytes = 1024;
const defaultSlowMs = 5000;

/** What the listeners of one cluster share. */
export interface ClusterServices extends ApiServices {
  readonly faults: FaultBoard;
  readonly requests: RequestLog;
  /** Name or address of the listeners. */
  readonly host: string;
  /** Delay of every answer. */
  readonly latencyMs: number;
  /** pveproxy delays answers of status 401 by three seconds; 0 keeps tests and demos quick. */
  readonly unauthorizedDelayMs: number;
}

/** One node's API listener: what pveproxy is on a real node. */
export class NodeListener {
  readonly index: number;
  readonly node: NodeWorld;
  readonly #services: ClusterServices;
  readonly #certificate: Certificate | null;
  readonly #api: NodeApi;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;
  #wanted = false;
  #working: Promise<void> = Promise.resolve();

  constructor(index: number, node: NodeWorld, certificate: Certificate | null, services: ClusterServices) {
    this.index = index;
    this.node = node;
    this.#certificate = certificate;
    this.#services = services;
    this.#api = new NodeApi(node, services);
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
    const known = path === null ? null : (matchRoute(method, path) ?? matchWrite(method, path));
    const template = known?.route.template ?? path ?? target.pathname;
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
    void this.#api.answer({ request, method, path, target, fault }).then((answer) => {
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
