import type { DisposableStore } from '../base/lifecycle.ts';
import { compareNatural } from '../base/text.ts';
import type { FleetConnection } from '../client/connection.ts';
import type { Cluster, ClusterEndpoint } from '../contract/model/cluster.ts';
import type { FleetRecord, FleetRecords } from '../contract/model/fleet.ts';
import type { FleetListName } from '../contract/model/fleetLists.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { ClusterNode } from '../contract/model/node.ts';
import type { HaGroup, HaResource, HaRule } from '../contract/model/placement.ts';
import { parseConsoleId, type RecordKind, toConsoleId } from './fleetIds.ts';
import { listOfKind } from './recordLinks.ts';

/** How a connection came about; the demo is marked on every screen. */
export type ConnectionKind = 'demo' | 'proxmox' | 'aggregator';

/** One server of the connection list, as the console sees it. */
export interface ModelConnection {
  /** Matches `/^[a-z0-9-]+$/`. */
  readonly id: string;
  readonly name: string;
  readonly kind: ConnectionKind;
  readonly connection: FleetConnection;
  /** How the way to the server is secured; `null` where there is none to secure (built-in aggregator, demo). */
  readonly tls: ClusterEndpoint['tls'] | null;
}

/** A cluster with the connection it came over. */
export interface ClusterEntry {
  readonly id: string;
  readonly record: Cluster;
  readonly connection: ModelConnection;
}

/** A connection with what is kept of it. */
export interface OpenedConnection {
  entry: ModelConnection;
  readonly subscriptions: DisposableStore;
  clockOffsetMs: number;
}

/** The records of all connections under ids that carry the connection. They stay in their stores; nothing is copied. */
export class ConnectedRecords {
  protected readonly opened = new Map<string, OpenedConnection>();
  #order: readonly ClusterEntry[] | null = null;

  get connections(): readonly ModelConnection[] {
    return [...this.opened.values()].map(({ entry }) => entry);
  }

  connection(connectionId: string): ModelConnection | undefined {
    return this.opened.get(connectionId)?.entry;
  }

  /** All clusters by name, then id. */
  clusters(): readonly ClusterEntry[] {
    this.#order ??= this.#listClusters();
    return this.#order;
  }

  clustersOf(connectionId: string): readonly ClusterEntry[] {
    return this.clusters().filter(({ connection }) => connection.id === connectionId);
  }

  clusterEntry(clusterId: string): ClusterEntry | undefined {
    const record = this.cluster(clusterId);
    const parsed = parseConsoleId(clusterId);
    const connection = parsed === null ? undefined : this.connection(parsed.connectionId);
    return record === undefined || connection === undefined
      ? undefined
      : { id: clusterId, record, connection };
  }

  cluster(id: string): Cluster | undefined {
    return this.#record(id, 'cluster', 'clusters');
  }

  node(id: string): ClusterNode | undefined {
    return this.#record(id, 'node', 'nodes');
  }

  group(id: string): HaGroup | undefined {
    return this.#record(id, 'group', 'groups');
  }

  rule(id: string): HaRule | undefined {
    return this.#record(id, 'rule', 'rules');
  }

  resource(id: string): HaResource | undefined {
    return this.#record(id, 'ha', 'resources');
  }

  guest(id: string): Guest | undefined {
    return this.#record(id, 'guest', 'guests');
  }

  /** Any record by console id. */
  record(id: string): FleetRecord | undefined {
    const parsed = parseConsoleId(id);
    const list = parsed === null ? undefined : listOfKind[parsed.kind];
    if (parsed === null || list === undefined) return undefined;
    return this.opened.get(parsed.connectionId)?.entry.connection.store.list(list).get(parsed.recordId);
  }

  /** Id of a node by its name; the node need not exist. */
  nodeId(clusterId: string, name: string): string {
    return `node:${clusterId.slice('cluster:'.length)}/${name}`;
  }

  resourceId(clusterId: string, sid: string): string {
    return `ha:${clusterId.slice('cluster:'.length)}/${sid}`;
  }

  guestId(clusterId: string, vmid: number): string {
    return `guest:${clusterId.slice('cluster:'.length)}/${vmid}`;
  }

  clockOffsetMs(connectionId: string): number {
    return this.opened.get(connectionId)?.clockOffsetMs ?? 0;
  }

  /** A server's time on the console's clock. */
  toConsoleTime(connectionId: string, serverMs: number): number {
    return serverMs + this.clockOffsetMs(connectionId);
  }

  #record<List extends FleetListName>(
    id: string,
    kind: RecordKind,
    list: List,
  ): FleetRecords[List][number] | undefined {
    const parsed = parseConsoleId(id);
    if (parsed === null || parsed.kind !== kind) return undefined;
    return this.opened.get(parsed.connectionId)?.entry.connection.store.list(list).get(parsed.recordId);
  }

  #listClusters(): ClusterEntry[] {
    return [...this.opened.values()]
      .flatMap(({ entry }) =>
        [...entry.connection.store.list('clusters').values()].map((record) => ({
          id: toConsoleId(entry.id, record.id),
          record,
          connection: entry,
        })),
      )
      .sort((a, b) => compareNatural(a.record.name, b.record.name) || (a.id < b.id ? -1 : 1));
  }

  protected clusterIdsOf(connectionId: string): string[] {
    const clusters = this.opened.get(connectionId)?.entry.connection.store.list('clusters');
    return [...(clusters?.keys() ?? [])].map((id) => toConsoleId(connectionId, id));
  }

  /** To be called when clusters may have come, gone or been renamed. */
  protected forgetOrder(): void {
    this.#order = null;
  }
}
