import { ClusterCollector, type RoundResult } from '../../../../src/aggregator/collect/clusterCollector.ts';
import { PveClusterReader } from '../../../../src/aggregator/collect/clusterReader.ts';
import { EndpointSet } from '../../../../src/aggregator/collect/endpointSet.ts';
import type { Cluster, Section, SectionName } from '../../../../src/contract/model/cluster.ts';
import type { FleetRecords } from '../../../../src/contract/model/fleet.ts';
import { HttpFailure } from '../../../../src/http/httpFailure.ts';
import { type PveEndpoint, sendDestroy } from '../../../../src/pve/pveClient.ts';
import { FakeClock } from '../../../support/fakeClock.ts';

/** Data of a reply, a failure, or a promise that the test settles when it likes. */
type Answer = unknown;

export const never = new Promise<never>(() => undefined);

/** What a healthy cluster of three nodes answers, by path. Each call makes new lists, which a test may change. */
export function healthyLists(name = 'c1', members: readonly string[] = ['n1', 'n2', 'n3']) {
  const nowS = Math.floor(new FakeClock().now() / 1000);
  return {
    '/version': { version: '9.2.1' } as Answer,
    '/cluster/status': [
      { type: 'cluster', id: 'cluster', name, nodes: members.length, version: 5, quorate: 1 },
      ...members.map((node, index) => ({
        type: 'node',
        id: `node/${node}`,
        name: node,
        nodeid: index + 1,
        ip: `10.0.0.${index + 1}`,
        local: index === 0 ? 1 : 0,
        online: 1,
        level: '',
      })),
    ] as Answer,
    '/cluster/resources': [
      ...members.map((node) => ({
        type: 'node',
        id: `node/${node}`,
        node,
        status: 'online',
        hastate: 'online',
      })),
      {
        type: 'qemu',
        id: 'qemu/100',
        vmid: 100,
        node: members[0],
        status: 'running',
        name: 'a',
        hastate: 'started',
      },
      { type: 'qemu', id: 'qemu/101', vmid: 101, node: members[0], status: 'running', name: 'b' },
    ] as Answer,
    '/cluster/ha/status/current': [
      { id: 'quorum', type: 'quorum', node: members[0], status: 'OK', quorate: 1 },
      {
        id: 'master',
        type: 'master',
        node: members[0],
        status: `${members[0]} (active, Thu Jan  1 00:00:00 2026)`,
        timestamp: nowS,
      },
      { id: 'fencing', type: 'fencing', status: 'armed', 'armed-state': 'armed' },
      ...members.map((node) => ({
        id: `lrm:${node}`,
        type: 'lrm',
        node,
        status: `${node} (active, Thu Jan  1 00:00:00 2026)`,
        timestamp: nowS,
      })),
      {
        id: 'service:vm:100',
        type: 'service',
        sid: 'vm:100',
        node: members[0],
        state: 'started',
        crm_state: 'started',
        request_state: 'started',
        status: `vm:100 (${members[0]}, started)`,
      },
    ] as Answer,
    '/cluster/ha/resources': [{ sid: 'vm:100', type: 'vm', state: 'started', digest: 'x' }] as Answer,
    '/cluster/ha/groups': new HttpFailure(
      'httpError',
      'n1:8006',
      'cannot index groups: ha groups have been migrated to rules',
      { httpStatus: 500 },
    ) as Answer,
    '/cluster/ha/rules': [
      { rule: 'r1', type: 'node-affinity', nodes: members[0], resources: 'vm:100', strict: 1 },
    ] as Answer,
    '/cluster/config/nodes': members.map((node, index) => ({
      node,
      nodeid: String(index + 1),
      quorum_votes: '1',
    })) as Answer,
    '/cluster/config/qdevice': {} as Answer,
    '/cluster/ha/status/manager_status': {} as Answer,
    '/nodes': members.map((node) => ({ node, status: 'online' })) as Answer,
    '/cluster/tasks': [] as Answer,
  };
}

export type ListPath = keyof ReturnType<typeof healthyLists>;

/** One address of a cluster; its answers are what the test puts into `lists`. */
export class FakeProxmox implements PveEndpoint {
  readonly endpoint: string;
  readonly calls: string[] = [];
  lists: ReturnType<typeof healthyLists>;
  /** Stands for every call while set, as for an address that nobody answers at. */
  dead: HttpFailure | null = null;

  constructor(lists = healthyLists(), endpoint = 'n1:8006') {
    this.lists = lists;
    this.endpoint = endpoint;
  }

  async get(path: string): Promise<unknown> {
    this.calls.push(path);
    if (this.dead !== null) throw this.dead;
    const answer = await this.lists[path as ListPath];
    if (answer instanceof Error) throw answer;
    return answer;
  }

  write(): Promise<unknown> {
    return Promise.reject(new Error('reading writes nothing'));
  }

  [sendDestroy](): Promise<unknown> {
    return Promise.reject(new Error('reading destroys nothing'));
  }

  dispose(): void {
    // Holds no socket.
  }
}

export function readerOver(
  endpoints: readonly FakeProxmox[],
  clock = new FakeClock(),
  key = 'x',
): PveClusterReader {
  const addresses = endpoints.map((_, index) => ({
    endpointId: index + 1,
    host: `h${index + 1}`,
    port: 8006,
  }));
  const slots = endpoints.map((reader, index) => ({
    endpointId: index + 1,
    url: `https://h${index + 1}:8006`,
    tls: 'verified' as const,
    reader,
  }));
  return new PveClusterReader({ key, addresses, endpoints: new EndpointSet(slots, clock), clock });
}

/** The collector of one cluster, round by round. */
export class CollectedCluster {
  readonly clock = new FakeClock();
  readonly proxmox: FakeProxmox;
  readonly collector: ClusterCollector;

  constructor(...endpoints: readonly FakeProxmox[]) {
    const all = endpoints.length === 0 ? [new FakeProxmox()] : endpoints;
    this.proxmox = all[0] as FakeProxmox;
    this.collector = new ClusterCollector(readerOver(all, this.clock), this.clock, () => 2_000);
  }

  get lists(): ReturnType<typeof healthyLists> {
    return this.proxmox.lists;
  }

  /** One round, two seconds after the one before. */
  async round(): Promise<RoundResult> {
    await this.clock.advance(2_000);
    return this.collector.round();
  }

  get records(): FleetRecords {
    return this.collector.records;
  }

  get cluster(): Cluster {
    const [cluster] = this.records.clusters;
    if (cluster === undefined) throw new Error('a collector has a cluster record from the start');
    return cluster;
  }

  section(name: SectionName): Section {
    return this.cluster.sections[name];
  }
}

/** The rows of a list that a test is about to change. */
export function rowsOf(list: unknown): Record<string, unknown>[] {
  return list as Record<string, unknown>[];
}

export function failure(
  code: ConstructorParameters<typeof HttpFailure>[0],
  message = 'as the test wants',
  httpStatus?: number,
): HttpFailure {
  return new HttpFailure(code, 'n1:8006', message, httpStatus === undefined ? {} : { httpStatus });
}
