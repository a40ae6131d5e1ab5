import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import * as z from 'zod';
import { serviceStates } from '../ha/haRecords.ts';
import {
  AdminError,
  type AdminRoute,
  type AdminServices,
  command,
  needCluster,
  nothing,
  post,
  route,
  type Segments,
} from './admin/adminRoute.ts';
import { scenarioRoutes } from './admin/scenarioRoutes.ts';
import { writeFaultRoutes } from './admin/writeFaultRoutes.ts';
import { faultSchema } from './faults/fault.ts';
import { requestStates, sidOf } from './world/model.ts';

const maxBodyBytes = 64 * 1024;

const permissionSchema = z.strictObject({
  path: z.string().startsWith('/'),
  privileges: z.array(z.string().min(1)).min(1),
});

const routes: readonly AdminRoute[] = [
  route('GET', '/state', (services) => state(services)),
  route('GET', '/requests', ({ clusters }) => ({
    clusters: Object.fromEntries([...clusters].map(([name, { requests }]) => [name, requests.counts])),
  })),
  post('/requests/reset', nothing, ({ clusters }) => {
    for (const { requests } of clusters.values()) requests.reset();
    return { ok: true };
  }),
  post('/clusters/{name}/fault', faultSchema, async (services, { name = '' }, fault) => {
    const cluster = needCluster(services, name);
    if (fault.endpoint !== undefined && fault.endpoint >= cluster.listeners.length) {
      throw new AdminError(400, 'The request body is not valid.', [
        `endpoint: '${name}' has ${cluster.listeners.length}`,
      ]);
    }
    cluster.faults.set(fault);
    await services.updateListeners();
    return { ok: true, faults: cluster.faults.list };
  }),
  post('/clusters/{name}/nodes/{node}/power', z.strictObject({ on: z.boolean() }), (services, at, { on }) =>
    command(services, at, (behaviour, nowMs) => behaviour.setNodePower(at.node ?? '', on, nowMs)),
  ),
  post(
    '/clusters/{name}/nodes/{node}/partition',
    z.strictObject({ isolated: z.boolean() }),
    (services, at, input) =>
      command(services, at, (behaviour, nowMs) =>
        behaviour.setNodeIsolated(at.node ?? '', input.isolated, nowMs),
      ),
  ),
  post(
    '/clusters/{name}/nodes/{node}/maintenance',
    z.strictObject({ enabled: z.boolean() }),
    (services, at, input) =>
      command(services, at, (behaviour, nowMs) =>
        behaviour.setNodeMaintenance(at.node ?? '', input.enabled, nowMs),
      ),
  ),
  post(
    '/clusters/{name}/nodes/{node}/shutdown',
    z.strictObject({ kind: z.enum(['shutdown', 'reboot']) }),
    (services, at, { kind }) =>
      command(services, at, (behaviour, nowMs) => behaviour.shutDownNode(at.node ?? '', kind, nowMs)),
  ),
  post(
    '/clusters/{name}/nodes/{node}/load',
    z.strictObject({ share: z.number().min(0).max(1) }),
    (services, at, { share }) =>
      command(services, at, (behaviour, nowMs) => behaviour.setNodeLoad(at.node ?? '', share, nowMs)),
  ),
  post(
    '/clusters/{name}/qdevice',
    z.strictObject({ state: z.enum(['none', 'connected', 'disconnected']) }),
    (services, at, input) =>
      command(services, at, (behaviour, nowMs) => behaviour.setQdevice(input.state, nowMs)),
  ),
  post(
    '/clusters/{name}/guests/{vmid}/migrate',
    z.strictObject({ target: z.string().min(1) }),
    (services, at, input) =>
      command(services, at, (behaviour, nowMs) =>
        behaviour.migrateGuest(Number(at.vmid), input.target, nowMs),
      ),
  ),
  post(
    '/clusters/{name}/ha/disarm',
    z.strictObject({ mode: z.enum(['freeze', 'ignore']) }),
    (services, at, input) => command(services, at, (behaviour, nowMs) => behaviour.disarm(input.mode, nowMs)),
  ),
  post('/clusters/{name}/ha/arm', nothing, (services, at) =>
    command(services, at, (behaviour, nowMs) => behaviour.arm(nowMs)),
  ),
  post(
    '/clusters/{name}/ha/{sid}',
    z.strictObject({ state: z.enum(requestStates).optional(), crmState: z.enum(serviceStates).optional() }),
    (services, at, input) =>
      command(services, at, (behaviour, nowMs) =>
        behaviour.setHaResource(
          at.sid ?? '',
          {
            ...(input.state === undefined ? {} : { state: input.state }),
            ...(input.crmState === undefined ? {} : { crmState: input.crmState }),
          },
          nowMs,
        ),
      ),
  ),
  post(
    '/clusters/{name}/tokens',
    z.discriminatedUnion('action', [
      z.strictObject({
        action: z.literal('set'),
        id: z.string().regex(/^[^\s!=@]+@[^\s!=]+![^\s!=]+$/, 'must look like user@realm!name'),
        /** Absent or null: full rights. */
        permissions: z.array(permissionSchema).nullish(),
      }),
      z.strictObject({ action: z.literal('revoke'), id: z.string() }),
      z.strictObject({ action: z.literal('expireTickets') }),
    ]),
    (services, { name = '' }, input) => {
      const { access } = needCluster(services, name);
      if (input.action === 'set')
        return { ok: true, token: access.setToken(input.id, input.permissions ?? null) };
      if (input.action === 'expireTickets') {
        access.expireTickets();
        return { ok: true };
      }
      if (!access.revokeToken(input.id)) throw new AdminError(404, `'${name}' has no token '${input.id}'.`);
      return { ok: true };
    },
  ),
  ...writeFaultRoutes,
  ...scenarioRoutes,
];

/** A summary of everything, for a person or a test that wants to look at the truth behind the answers. */
function state({ world, clusters }: AdminServices): unknown {
  return {
    nowMs: world.nowMs,
    clusters: [...world.clusters].map(([name, { world: cluster }]) => ({
      name,
      version: cluster.release.version,
      standalone: cluster.standalone,
      quorate: cluster.quorate,
      qdevice: cluster.qdevice,
      revision: cluster.revision,
      master: cluster.store.managerStatus?.master_node ?? null,
      faults: clusters.get(name)?.faults.list,
      taskFaults: world.cluster(name).workers.faults.list,
      tokens: clusters.get(name)?.access.tokenIds,
      endpoints: clusters
        .get(name)
        ?.listeners.map((listener) => ({ url: listener.url, node: listener.node.name })),
      nodes: [...cluster.nodes.values()].map((node) => ({
        name: node.name,
        power: node.power,
        isolated: node.isolated,
        member: node.member,
        guests: cluster.guestsByNode.get(node.name)?.size ?? 0,
      })),
      ha: [...cluster.store.resources.values()].map((resource) => ({
        sid: resource.sid,
        wanted: resource.state ?? null,
        crmState: cluster.store.managerStatus?.service_status[resource.sid]?.state ?? null,
        node: cluster.store.managerStatus?.service_status[resource.sid]?.node ?? null,
      })),
      guests: [...cluster.guests.values()].map((guest) => ({
        vmid: guest.vmid,
        sid: sidOf(guest),
        name: guest.name,
        node: cluster.store.guestNodes.get(guest.vmid),
        status: guest.status,
      })),
    })),
  };
}

/** The listener through which a person or a test interferes with the simulation. Plain HTTP on the loopback address. */
export class AdminServer {
  readonly #services: AdminServices;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor(services: AdminServices) {
    this.#services = services;
    this.#server = createServer((request, response) => {
      void this.#handle(request, response);
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let status = 200;
    let body: unknown;
    try {
      body = await this.#run(request);
    } catch (error) {
      status = error instanceof AdminError ? error.status : 500;
      const issues = error instanceof AdminError && error.issues.length > 0 ? { issues: error.issues } : {};
      body = { error: error instanceof AdminError ? error.message : 'internal error', ...issues };
    }
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  async #run(request: IncomingMessage): Promise<unknown> {
    const given = Buffer.from(request.headers.authorization ?? '');
    const expected = Buffer.from(`Bearer ${this.#services.token}`);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new AdminError(401, 'The admin routes need their bearer token, which the ready line tells.');
    }
    const path = new URL(request.url ?? '/', 'http://admin').pathname;
    const parts = path
      .split('/')
      .slice(1)
      .map((part) => decodeURIComponent(part));
    const found = routes.find((candidate) => segmentsOf(candidate, request.method, parts) !== null);
    if (found === undefined) throw new AdminError(404, `There is no admin route ${request.method} ${path}.`);
    const text = await readText(request);
    let body: unknown;
    if (text !== '') {
      try {
        body = JSON.parse(text);
      } catch {
        throw new AdminError(400, 'The request body is not JSON.');
      }
    }
    return found.run(this.#services, segmentsOf(found, request.method, parts) ?? {}, body);
  }
}

function segmentsOf(
  candidate: AdminRoute,
  method: string | undefined,
  parts: readonly string[],
): Segments | null {
  if (candidate.method !== method || candidate.segments.length !== parts.length) return null;
  const values: Record<string, string> = {};
  for (const [index, segment] of candidate.segments.entries()) {
    const part = parts[index] ?? '';
    if (segment.startsWith('{')) values[segment.slice(1, -1)] = part;
    else if (segment !== part) return null;
  }
  return values;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new AdminError(413, 'The request body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
