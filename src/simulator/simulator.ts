import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.ts';
import type { AdminCluster } from './admin/adminRoute.ts';
import { AdminServer } from './admin.ts';
import { AccessControl } from './auth.ts';
import { createCertificate } from './certificate.ts';
import { FaultBoard } from './faults/fault.ts';
import { RequestLog } from './requestLog.ts';
import type { ScenarioId } from './scenario/scenario.ts';
import { ScenarioRunner } from './scenario/scenarioRunner.ts';
import { type ClusterServices, NodeListener } from './server.ts';
import type { ClusterSpec } from './world/clusterSpec.ts';
import { defaultClusterSpecs } from './world/defaultWorld.ts';
import type { ReleaseName } from './world/release.ts';
import { sizedClusterSpecs } from './world/sizedWorld.ts';
import { World } from './world/world.ts';

/** Name of the API token every cluster starts with. */
const tokenId = 'root@pam!console';
const userName = 'root@pam';
const loopback = '127.0.0.1';

/** How to play. Everything has a sensible value when absent. */
export interface SimulatorOptions {
  /** Port of the first cluster's first listener; the others follow, the admin listener after them. 0: free ports. */
  readonly port?: number;
  /** Port of the admin listener; after the clusters, or a free one, when absent. */
  readonly adminPort?: number;
  /** Name or address to listen on and to be certified for, instead of 127.0.0.1. The admin listener stays on loopback. */
  readonly host?: string;
  /** How many clusters, or their names. With the default world: which part of it. */
  readonly clusters?: number | readonly string[];
  /** Nodes per cluster of a sized world. Any of the three sizes makes the world a sized one. */
  readonly nodes?: number;
  /** Guests per cluster of a sized world. */
  readonly guests?: number;
  /** HA resources per cluster of a sized world. */
  readonly ha?: number;
  /** Releases of a sized world's clusters, in turn. */
  readonly releases?: readonly ReleaseName[];
  /** Clusters built from these descriptions instead. */
  readonly specs?: readonly ClusterSpec[];
  /** Adds guests with names that break careless clients. */
  readonly hostileNames?: boolean;
  /** Delay of every answer. */
  readonly latencyMs?: number;
  /** Delay of answers with status 401; pveproxy itself waits 3000. */
  readonly unauthorizedDelayMs?: number;
  readonly seed?: number;
  /** Divides every delay of the world's behaviour: fencing after 60 s happens after 60 s / speed. */
  readonly speed?: number;
  /** No guest moves by itself. */
  readonly calm?: boolean;
  /** Played from the beginning on, on the largest cluster that has what it needs. */
  readonly scenario?: ScenarioId;
  /** Plain HTTP instead of HTTPS. */
  readonly http?: boolean;
  /** API listeners per cluster, each answering as another node. */
  readonly listenersPerCluster?: number;
  readonly clock?: Clock;
}

/** One API listener. */
export interface SimulatedEndpoint {
  readonly url: string;
  readonly node: string;
  /** SHA-256 of its certificate in colon form; null over plain HTTP. */
  readonly fingerprint: string | null;
}

/** How to reach one cluster. */
export interface SimulatedCluster {
  readonly name: string;
  /** Base URL of the first listener, without `/api2/json`. */
  readonly url: string;
  /** Full text after `PVEAPIToken=`. */
  readonly token: string;
  readonly fingerprint: string | null;
  readonly endpoints: readonly SimulatedEndpoint[];
  /** For `POST /access/ticket`. */
  readonly username: string;
  readonly password: string;
  /** Point release. */
  readonly version: ReleaseName;
  readonly nodes: readonly string[];
}

/** A running simulation. */
export interface Simulator {
  readonly clusters: readonly SimulatedCluster[];
  readonly admin: { readonly url: string; readonly token: string };
  /** The world itself, for tests that look behind the answers or command it without HTTP. */
  readonly world: World;
  /** Requests so far, by cluster name. */
  readonly requests: ReadonlyMap<string, RequestLog>;
  /** Faults in force, by cluster name; call {@link updateListeners} after setting `down`. */
  readonly faults: ReadonlyMap<string, FaultBoard>;
  /** Resolves once every listener is open or closed as power and faults ask for. */
  updateListeners(): Promise<void>;
  /** Ends everything at once; open connections are cut. */
  close(): Promise<void>;
}

/** Starts the look-alikes and resolves when all of them listen. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const clock = options.clock ?? systemClock;
  const world = new World({
    specs: specsFor(options),
    clock,
    seed: options.seed ?? 1,
    speed: options.speed ?? 1,
    calm: options.calm ?? false,
  });
  const parts = new Map<string, AdminCluster & { readonly token: string; readonly password: string }>();
  const listeners: NodeListener[] = [];
  const updateListeners = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.update()));
  };
  const adminToken = randomBytes(24).toString('base64url');
  const scenario = new ScenarioRunner(world);
  const admin = new AdminServer({ world, clusters: parts, scenario, token: adminToken, updateListeners });
  try {
    for (const [name, cluster] of world.clusters) {
      const access = new AccessControl(cluster.world.standalone ? null : name);
      const password = randomBytes(12).toString('base64url');
      access.setPassword(userName, password);
      const token = access.setToken(tokenId);
      const services: ClusterServices = {
        cluster,
        access,
        faults: new FaultBoard(),
        requests: new RequestLog(),
        clock,
        host: options.host ?? loopback,
        latencyMs: options.latencyMs ?? 0,
        unauthorizedDelayMs: options.unauthorizedDelayMs ?? 0,
      };
      const nodes = [...cluster.world.nodes.values()].slice(0, options.listenersPerCluster ?? 1);
      const own: NodeListener[] = [];
      for (const [index, node] of nodes.entries()) {
        const certificate = options.http === true ? null : await createCertificate(node.name, services.host);
        if (certificate !== null) node.fingerprint = certificate.fingerprint;
        own.push(new NodeListener(index, node, certificate, services));
      }
      parts.set(name, { ...services, listeners: own, token, password });
      listeners.push(...own);
    }
    await listen([...parts.values()], admin, options);
    if (options.scenario !== undefined) scenario.start(options.scenario);
    world.onDidChange = () => {
      scenario.step();
      // A listener whose port was taken meanwhile stays closed and is tried again with the next step.
      updateListeners().catch(() => undefined);
    };
    return {
      clusters: [...parts].map(([name, { listeners: own, token, password }]) => {
        const { world: cluster } = world.cluster(name);
        const endpoints = own.map((listener) => ({
          url: listener.url,
          node: listener.node.name,
          fingerprint: listener.fingerprint,
        }));
        return {
          name,
          url: endpoints[0]?.url ?? '',
          token,
          fingerprint: endpoints[0]?.fingerprint ?? null,
          endpoints,
          username: userName,
          password,
          version: cluster.release.name,
          nodes: [...cluster.nodes.keys()],
        };
      }),
      admin: { url: admin.url, token: adminToken },
      world,
      requests: new Map([...parts].map(([name, part]) => [name, part.requests])),
      faults: new Map([...parts].map(([name, part]) => [name, part.faults])),
      updateListeners,
      async close() {
        world.dispose();
        await Promise.all([admin.close(), ...listeners.map((listener) => listener.close())]);
      },
    };
  } catch (error) {
    world.dispose();
    await Promise.allSettled([admin.close(), ...listeners.map((listener) => listener.close())]);
    throw error;
  }
}

/** First listeners of all clusters, then the admin listener, then further listeners. */
async function listen(
  parts: readonly { readonly listeners: readonly NodeListener[] }[],
  admin: AdminServer,
  options: SimulatorOptions,
): Promise<void> {
  const first = options.port ?? 0;
  let next = first;
  const take = (): number => (first === 0 ? 0 : next++);
  for (const { listeners } of parts) await listeners[0]?.start(take());
  await admin.start(options.adminPort ?? take());
  for (const { listeners } of parts) {
    for (const listener of listeners.slice(1)) await listener.start(take());
  }
}

function specsFor(options: SimulatorOptions): readonly ClusterSpec[] {
  if (options.specs !== undefined) return options.specs;
  const { clusters } = options;
  const isSized = options.nodes !== undefined || options.guests !== undefined || options.ha !== undefined;
  const defaults = defaultClusterSpecs(options.hostileNames ?? false);
  if (!isSized) {
    if (clusters === undefined) return defaults;
    if (typeof clusters === 'number' && clusters <= defaults.length) return defaults.slice(0, clusters);
    if (
      typeof clusters === 'object' &&
      clusters.every((name) => defaults.some((spec) => spec.name === name))
    ) {
      return defaults.filter((spec) => clusters.includes(spec.name));
    }
  }
  const count = typeof clusters === 'number' ? clusters : 1;
  const clusterNames =
    typeof clusters === 'object'
      ? clusters
      : Array.from({ length: count }, (_, at) => `cluster-${String(at + 1).padStart(2, '0')}`);
  const guests = options.guests ?? 20;
  return sizedClusterSpecs({
    clusterNames,
    nodes: options.nodes ?? 3,
    guests,
    ha: Math.min(options.ha ?? 5, guests),
    releases: options.releases ?? ['9.2', '8.4'],
  });
}
