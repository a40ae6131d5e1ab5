import type { Clock } from '../base/clock.ts';
import { Emitter, type Event } from '../base/event.ts';
import { type Disposable, DisposableStore } from '../base/lifecycle.ts';
import { compareNatural } from '../base/text.ts';
import type { FleetConnection } from '../client/connection.ts';
import type { MemberListName } from '../client/fleetStore.ts';
import type { Cluster } from '../contract/model/cluster.ts';
import type { FleetRecord, FleetRecords } from '../contract/model/fleet.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { ClusterNode } from '../contract/model/node.ts';
import type { HaResource, HaRule } from '../contract/model/placement.ts';
import type { StateView } from '../contract/stateView.ts';
import {
  freshnessState,
  guestState,
  haNeverUsed,
  haResourceState,
  lrmState,
  nodeState,
  quorumState,
} from './states.ts';

/** A connection as the console shows it. */
export interface ModelConnection {
  /** Lower-case letters, digits and dashes. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'demo' | 'proxmox' | 'aggregator';
  /** How the server itself is reached; `local` for one that runs on this machine. */
  readonly security: 'local' | 'verified' | 'pinned' | 'notVerified' | 'plain';
  readonly connection: FleetConnection;
}

/** What changed, by console id. */
export interface ModelChange {
  /** Records that are new, changed or gone. */
  readonly ids: ReadonlySet<string>;
  /** Connections came, went or changed their state. */
  readonly connections: boolean;
}

/** A console id taken apart. */
export interface ConsoleId {
  readonly connectionId: string;
  /** Id of the record in the connection's store. */
  readonly recordId: string;
}

/** `node:prod/pve1` of connection `demo` is `node:demo.prod/pve1`: cluster keys repeat over connections. */
export function toConsoleId(connectionId: string, recordId: string): string {
  const colon = recordId.indexOf(':');
  return `${recordId.slice(0, colon + 1)}${connectionId}.${recordId.slice(colon + 1)}`;
}

/** `null` for ids that are not of records. */
export function parseConsoleId(id: string): ConsoleId | null {
  const match = /^(cluster|node|group|rule|ha|guest):([a-z0-9-]+)\.([\s\S]+)$/.exec(id);
  if (match === null) return null;
  const [, kind = '', connectionId = '', rest = ''] = match;
  return { connectionId, recordId: `${kind}:${rest}` };
}

/** A cluster with what its states are judged by. */
export interface ClusterView {
  /** Console id. */
  readonly id: string;
  readonly connection: ModelConnection;
  readonly cluster: Cluster;
  readonly freshness: StateView;
  readonly quorum: StateView;
  /** False when rows are memories: no quorum, or the data is old. */
  readonly trusted: boolean;
}

/** The pictures of all connections as one. Holds no data of its own: the stores do. */
export class FleetModel implements Disposable {
  readonly #clock: Clock;
  readonly #changed = new Emitter<ModelChange>();
  readonly #subscriptions = new Map<string, DisposableStore>();
  #connections: readonly ModelConnection[] = [];
  #watched = false;
  #watches: Disposable[] = [];

  /** Fired at once with every change of a store or a connection. */
  readonly onDidChange: Event<ModelChange> = this.#changed.event;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get connections(): readonly ModelConnection[] {
    return this.#connections;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Replaces the list of connections; the caller owns them. */
  setConnections(connections: readonly ModelConnection[]): void {
    this.#release();
    this.#connections = connections;
    for (const entry of connections) {
      const owned = new DisposableStore();
      this.#subscriptions.set(entry.id, owned);
      owned.add(
        entry.connection.store.onDidChange(({ changed, removed }) => {
          const ids = new Set<string>();
          for (const id of changed) ids.add(toConsoleId(entry.id, id));
          for (const id of removed) ids.add(toConsoleId(entry.id, id));
          this.#changed.fire({ ids, connections: false });
        }),
      );
      owned.add(
        entry.connection.onDidChangeState(() => this.#changed.fire({ ids: new Set(), connections: true })),
      );
    }
    if (this.#watched) this.#watchAll();
    this.#changed.fire({ ids: new Set(), connections: true });
  }

  /** Keeps data flowing on all connections while true. */
  setWatched(watched: boolean): void {
    if (this.#watched === watched) return;
    this.#watched = watched;
    if (watched) this.#watchAll();
    else for (const watch of this.#watches.splice(0)) watch.dispose();
  }

  connection(id: string): ModelConnection | undefined {
    return this.#connections.find((entry) => entry.id === id);
  }

  /** All clusters, by name, then by connection. */
  clusters(): ClusterView[] {
    return this.#connections
      .flatMap((entry) =>
        [...entry.connection.store.list('clusters').values()].map((cluster) => this.#view(entry, cluster)),
      )
      .sort(
        (a, b) =>
          compareNatural(a.cluster.name, b.cluster.name) ||
          compareNatural(a.connection.name, b.connection.name),
      );
  }

  /** The cluster with this console id. */
  clusterView(id: string): ClusterView | undefined {
    const parsed = parseConsoleId(id);
    const entry = parsed === null ? undefined : this.connection(parsed.connectionId);
    const cluster = entry?.connection.store.list('clusters').get(parsed?.recordId ?? '');
    return entry === undefined || cluster === undefined ? undefined : this.#view(entry, cluster);
  }

  /** The cluster that any record belongs to. */
  clusterOf(id: string): ClusterView | undefined {
    const parsed = parseConsoleId(id);
    if (parsed === null) return undefined;
    const colon = parsed.recordId.indexOf(':');
    const slash = parsed.recordId.indexOf('/');
    const key = parsed.recordId.slice(colon + 1, slash === -1 ? undefined : slash);
    return this.clusterView(toConsoleId(parsed.connectionId, `cluster:${key}`));
  }

  record(id: string): FleetRecord | undefined {
    const parsed = parseConsoleId(id);
    return parsed === null
      ? undefined
      : this.connection(parsed.connectionId)?.connection.store.get(parsed.recordId);
  }

  /** Records of one kind in a cluster, in no particular order. */
  members<List extends MemberListName>(view: ClusterView, list: List): FleetRecords[List][number][] {
    const { store } = view.connection.connection;
    const records = store.list(list);
    const found: FleetRecords[List][number][] = [];
    for (const id of store.idsOf(view.cluster.key, list)) {
      const record = records.get(id);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  member<List extends MemberListName>(
    view: ClusterView,
    list: List,
    recordId: string,
  ): FleetRecords[List][number] | undefined {
    return view.connection.connection.store.list(list).get(recordId);
  }

  nodeOf(view: ClusterView, name: string | null): ClusterNode | undefined {
    return name === null ? undefined : this.member(view, 'nodes', `node:${view.cluster.key}/${name}`);
  }

  guestOf(view: ClusterView, vmid: number | null): Guest | undefined {
    return vmid === null ? undefined : this.member(view, 'guests', `guest:${view.cluster.key}/${vmid}`);
  }

  resourceOf(view: ClusterView, guest: Guest): HaResource | undefined {
    const kind = guest.kind === 'lxc' ? 'ct' : 'vm';
    return this.member(view, 'resources', `ha:${view.cluster.key}/${kind}:${guest.vmid}`);
  }

  rulesOf(view: ClusterView, sid: string): HaRule[] {
    return this.members(view, 'rules').filter((rule) => rule.resources.includes(sid));
  }

  /** HA resources per node name. */
  haCounts(view: ClusterView): Map<string, number> {
    const counts = new Map<string, number>();
    for (const resource of this.members(view, 'resources'))
      if (resource.node !== null) counts.set(resource.node, (counts.get(resource.node) ?? 0) + 1);
    return counts;
  }

  /** Guests per node name, templates left out. */
  guestCounts(view: ClusterView): Map<string, number> {
    const counts = new Map<string, number>();
    for (const guest of this.members(view, 'guests'))
      if (guest.node !== null && !guest.template) counts.set(guest.node, (counts.get(guest.node) ?? 0) + 1);
    return counts;
  }

  /** A server time on the console's clock. */
  localMs(view: ClusterView, serverMs: number | null): number | null {
    return serverMs === null ? null : serverMs + view.connection.connection.store.clockOffsetMs;
  }

  nodeStateOf(view: ClusterView, node: ClusterNode, haCount: number): StateView {
    return nodeState(node, haCount, view.trusted, this.localMs(view, node.lostSinceMs));
  }

  /** State of a node's LRM; a cluster that never used HA has none to report. */
  lrmStateOf(view: ClusterView, node: ClusterNode): StateView {
    if (node.lrm === null && view.cluster.master.state === 'never') return haNeverUsed;
    return lrmState(node.lrm, view.trusted, this.now());
  }

  resourceStateOf(view: ClusterView, resource: HaResource): StateView {
    return haResourceState(resource, view.trusted, this.localMs(view, resource.stateSinceMs), this.now());
  }

  guestStateOf(view: ClusterView, guest: Guest): StateView {
    return guestState(guest, this.nodeOf(view, guest.node)?.online !== false, view.trusted);
  }

  dispose(): void {
    this.#release();
    this.#changed.dispose();
  }

  #view(connection: ModelConnection, cluster: Cluster): ClusterView {
    const { store, state } = connection.connection;
    const offset = store.clockOffsetMs;
    const last = cluster.freshness.lastSuccessMs;
    const freshness = freshnessState(
      last === null ? null : last + offset,
      cluster.freshness.consecutiveFailures,
      cluster.freshness.intervalMs ?? (state.kind === 'live' ? state.intervalMs : null),
      state.kind === 'live',
      this.now(),
    );
    const current = freshness.tone !== 'unknown';
    const reported = quorumState(cluster.quorum, cluster.mode);
    const quorum: StateView =
      current || cluster.mode === 'undefined'
        ? reported
        : {
            ...reported,
            label: `last ${reported.label}`,
            tone: 'unknown',
            icon: 'history',
            explanation: 'This is a memory: nobody can tell the present state.',
          };
    const quorate =
      cluster.quorum.state === 'quorate' ||
      cluster.quorum.state === 'standalone' ||
      cluster.quorum.state === 'split';
    return {
      id: toConsoleId(connection.id, cluster.id),
      connection,
      cluster,
      freshness,
      quorum,
      trusted: current && quorate,
    };
  }

  #watchAll(): void {
    const before = this.#watches.splice(0);
    this.#watches = this.#connections.map((entry) => entry.connection.watch());
    for (const watch of before) watch.dispose();
  }

  #release(): void {
    for (const owned of this.#subscriptions.values()) owned.dispose();
    this.#subscriptions.clear();
    for (const watch of this.#watches.splice(0)) watch.dispose();
  }
}
