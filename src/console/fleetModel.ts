import type { Clock } from '../base/clock.ts';
import type { Event } from '../base/event.ts';
import { type Disposable, DisposableStore } from '../base/lifecycle.ts';
import { compareNatural } from '../base/text.ts';
import type { StoreChange } from '../client/fleetStore.ts';
import { fleetListNames } from '../contract/model/fleetLists.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { DrainProgress } from '../contract/model/maintenance.ts';
import type { HaRule } from '../contract/model/placement.ts';
import type { StateView } from '../contract/stateView.ts';
import type { Finding } from '../ha/findings/finding.ts';
import { ChangeEvents } from './changeEvents.ts';
import {
  type ClusterContext,
  clusterContext,
  contextSignature,
  type LastKnownReason,
} from './clusterContext.ts';
import { ClusterIndex } from './clusterIndex.ts';
import {
  type ClusterEntry,
  ConnectedRecords,
  type ModelConnection,
  type OpenedConnection,
} from './connectedRecords.ts';
import { parseConsoleId, toConsoleId } from './fleetIds.ts';
import { type Survival, unknownSurvivalBadge } from './foresight/survival.ts';
import type { Judgement, MemberKind } from './judgement.ts';
import { type ModelChange, type MutableChange, newChange } from './modelChange.ts';
import { isNodeLost } from './nodeStates.ts';
import { linkOf } from './recordLinks.ts';
import { isProblemTone, lastKnownState } from './states.ts';
import { Touched } from './touchedRecords.ts';
import { memoriesOf } from './unreadParts.ts';
import { verdictOn, verdictOnNode } from './verdicts.ts';

export type { ClusterEntry, ConnectionKind, ModelConnection } from './connectedRecords.ts';
export { parseConsoleId, recordIdOfRow, toConsoleId } from './fleetIds.ts';
export type { ModelChange } from './modelChange.ts';

/** What is remembered of a node's loss, because the cluster's rows forget it. */
export interface NodeLoss {
  /** When the console first saw it lost. */
  readonly seenMs: number;
  /** It was the manager's node then. */
  readonly wasMaster: boolean;
}

const tickMs = 5_000;
/** Latency makes the clock offset of every message differ a little; ages must not jitter with it. */
const offsetToleranceMs = 1_000;

/** Everything known over all connections, with joins, counts and verdicts that are kept up by what changed. */
export class FleetModel extends ConnectedRecords implements Disposable {
  readonly #clock: Clock;
  readonly #indexes = new Map<string, ClusterIndex>();
  readonly #clusterOf = new Map<string, string>();
  readonly #lostNodes = new Map<string, NodeLoss>();
  readonly #lastKnown = new Map<string, LastKnownReason>();
  readonly #signatures = new Map<string, string>();
  readonly #events: ChangeEvents;
  readonly #drains = new Map<string, DrainProgress>();
  readonly #survival = new Map<string, Survival>();
  readonly #findings = new Map<
    string,
    { readonly told: readonly Finding[]; readonly asOf: LastKnownReason }
  >();
  #tickTimer: Disposable | null = null;
  #disposed = false;

  /** At most one event per 250 ms, for everything that draws. */
  readonly onDidChange: Event<ModelChange>;
  /** As it happens, for those who must not miss an edge. */
  readonly onDidChangeNow: Event<ModelChange>;

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
    this.#events = new ChangeEvents(clock);
    this.onDidChange = this.#events.batched;
    this.onDidChangeNow = this.#events.now;
  }

  dispose(): void {
    this.#disposed = true;
    this.#tickTimer?.dispose();
    for (const { subscriptions } of this.opened.values()) subscriptions.dispose();
    this.opened.clear();
    this.#events.dispose();
  }

  /** Replaces the list: unknown ids are added, missing ones go with all their rows, others keep their data. */
  setConnections(list: readonly ModelConnection[]): void {
    const wanted = new Map(list.map((entry) => [entry.id, entry]));
    const change = newChange();
    for (const [id, opened] of [...this.opened]) {
      if (wanted.get(id)?.connection !== opened.entry.connection) this.#remove(opened, change);
    }
    for (const entry of list) {
      const opened = this.opened.get(entry.id);
      if (opened === undefined) this.#add(entry, change);
      else if (opened.entry.name !== entry.name || opened.entry.tls !== entry.tls) {
        opened.entry = entry;
        change.connections.add(entry.id);
        for (const id of this.clusterIdsOf(entry.id)) change.contexts.add(id);
      }
    }
    this.forgetOrder();
    this.#events.publish(change);
    this.#runTicks();
  }

  /** Console id of the cluster that a record or cluster id belongs to. */
  clusterIdOf(id: string): string | undefined {
    return id.startsWith('cluster:') ? id : this.#clusterOf.get(id);
  }

  /** Joins and counts of a cluster. */
  index(clusterId: string): ClusterIndex {
    return this.#indexes.get(clusterId) ?? emptyIndex;
  }

  /** The cluster's own states as of `nowMs`. */
  context(clusterId: string, nowMs: number = this.#clock.now()): ClusterContext | undefined {
    const entry = this.clusterEntry(clusterId);
    return entry === undefined ? undefined : this.#contextOf(entry, nowMs);
  }

  /** Why the rows of a cluster are memories, as of the last change or tick. */
  lastKnown(clusterId: string): LastKnownReason {
    return this.#lastKnown.get(clusterId) ?? null;
  }

  /** Whether the cluster goes on when any one node fails; `undefined` before that was worked out, or for a lone node. */
  survival(clusterId: string): Survival | undefined {
    const state = this.#survival.get(clusterId);
    if (state === undefined) return undefined;
    return this.lastKnown(clusterId) === null
      ? state
      : { ...lastKnownState(state), badge: unknownSurvivalBadge };
  }

  /** Notes what was foreseen; `null` when there is nothing to foresee. */
  setSurvival(clusterId: string, state: Survival | null): void {
    if (this.clusterEntry(clusterId) === undefined) return;
    const before = this.#survival.get(clusterId);
    const isSame = (['label', 'explanation', 'badge'] as const).every(
      (key) => before?.[key] === state?.[key],
    );
    if (isSame) return;
    if (state === null) this.#survival.delete(clusterId);
    else this.#survival.set(clusterId, state);
    const change = newChange();
    change.contexts.add(clusterId);
    this.#events.publish(change);
  }

  /** How far the drain of a node in maintenance has got; `undefined` for others and before that was worked out. */
  drain(nodeId: string): DrainProgress | undefined {
    return this.#drains.get(nodeId);
  }

  /** Notes the drains that go on in a cluster, by the name of their node. */
  setDrains(clusterId: string, drains: ReadonlyMap<string, DrainProgress>): void {
    const touched = new Touched();
    for (const id of this.index(clusterId).ids.node) {
      const before = this.#drains.get(id);
      const after = drains.get(this.node(id)?.name ?? '');
      if (JSON.stringify(before) === JSON.stringify(after)) continue;
      if (after === undefined) this.#drains.delete(id);
      else this.#drains.set(id, after);
      touched.nodes.add(id);
    }
    if (touched.nodes.size === 0) return;
    const change = newChange();
    this.#judgeTouched(touched, change);
    this.#events.publish(change);
  }

  /** What is wrong with a cluster's HA at rest; `undefined` before it was looked for, or while that is about to be renewed. */
  findings(clusterId: string): readonly Finding[] | undefined {
    const found = this.#findings.get(clusterId);
    return found?.asOf === this.lastKnown(clusterId) ? found.told : undefined;
  }

  /** Notes what was found while the cluster's rows were as {@link lastKnown} says now. */
  setFindings(clusterId: string, told: readonly Finding[]): void {
    if (this.clusterEntry(clusterId) === undefined) return;
    const before = this.findings(clusterId);
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(told)) return;
    this.#findings.set(clusterId, { told, asOf: this.lastKnown(clusterId) });
    const change = newChange();
    change.changed.add(clusterId);
    this.#events.publish(change);
  }

  /** Whether the server told something newer of a record that could not be read. */
  #isOutdated(id: string): boolean {
    const parsed = parseConsoleId(id);
    return (
      parsed !== null &&
      this.connection(parsed.connectionId)?.connection.store.isOutdated(parsed.recordId) === true
    );
  }

  /** A record's verdict by itself, without regard to quorum and age. */
  judgement(id: string): Judgement | undefined {
    const clusterId = this.#clusterOf.get(id);
    return clusterId === undefined ? undefined : this.#indexes.get(clusterId)?.judgement(id);
  }

  /** A record's state as it may be shown: "last known: …" while its cluster cannot be judged. */
  state(id: string): StateView | undefined {
    const judgement = this.judgement(id);
    const clusterId = this.#clusterOf.get(id);
    if (judgement === undefined || clusterId === undefined) return undefined;
    return this.isMemory(id) ? lastKnownState(judgement.state) : judgement.state;
  }

  /** Whether a record's state is a memory: its cluster cannot be judged, or the part that told it could not be read. */
  isMemory(id: string): boolean {
    const clusterId = this.#clusterOf.get(id);
    const cluster = clusterId === undefined ? undefined : this.cluster(clusterId);
    if (clusterId === undefined || cluster === undefined) return false;
    if (this.lastKnown(clusterId) !== null || this.#isOutdated(id)) return true;
    const memories = memoriesOf(parseConsoleId(id)?.kind as MemberKind, cluster);
    return memories === 'good'
      ? !isProblemTone(this.judgement(id)?.state.tone ?? 'unknown')
      : memories === 'all';
  }

  /** The guest behind an HA resource. */
  guestOf(resourceId: string): Guest | undefined {
    const clusterId = this.#clusterOf.get(resourceId);
    const vmid = this.resource(resourceId)?.vmid;
    return clusterId === undefined || vmid === undefined || vmid === null
      ? undefined
      : this.guest(this.guestId(clusterId, vmid));
  }

  /** Id of the HA resource of a guest, when there is one. */
  resourceIdOf(guestId: string): string | undefined {
    const clusterId = this.#clusterOf.get(guestId);
    const guest = this.guest(guestId);
    if (clusterId === undefined || guest === undefined) return undefined;
    const kinds = guest.kind === 'lxc' ? ['ct', 'vm'] : ['vm', 'ct'];
    return kinds
      .map((kind) => this.resourceId(clusterId, `${kind}:${guest.vmid}`))
      .find((id) => this.#clusterOf.has(id));
  }

  /** Rules that name a resource, by name. */
  rulesNaming(clusterId: string, sid: string): readonly HaRule[] {
    return [...this.index(clusterId).rulesNaming(sid)]
      .flatMap((id) => this.rule(id) ?? [])
      .sort((a, b) => compareNatural(a.name, b.name));
  }

  /** How a node that is lost now was lost; `undefined` for any other. */
  lossOf(nodeId: string): NodeLoss | undefined {
    return this.#lostNodes.get(nodeId);
  }

  #add(entry: ModelConnection, change: MutableChange): void {
    const subscriptions = new DisposableStore();
    const { connection } = entry;
    const opened: OpenedConnection = { entry, subscriptions, clockOffsetMs: connection.store.clockOffsetMs };
    this.opened.set(entry.id, opened);
    subscriptions.add(connection.store.onDidChange((step) => this.#storeChanged(opened, step)));
    subscriptions.add(connection.onDidChangeState(() => this.#connectionChanged(entry.id)));
    change.connections.add(entry.id);
    const all = new Set<string>();
    for (const name of fleetListNames) for (const id of connection.store.list(name).keys()) all.add(id);
    this.#apply(opened, { changed: all, removed: new Set() }, change);
  }

  #remove(opened: OpenedConnection, change: MutableChange): void {
    const { entry } = opened;
    opened.subscriptions.dispose();
    this.opened.delete(entry.id);
    change.connections.add(entry.id);
    const prefix = `cluster:${entry.id}.`;
    for (const [id, clusterId] of [...this.#clusterOf]) {
      if (!clusterId.startsWith(prefix)) continue;
      this.#clusterOf.delete(id);
      this.#lostNodes.delete(id);
      change.changed.delete(id);
      change.removed.add(id);
    }
    for (const map of [this.#indexes, this.#lastKnown, this.#signatures, this.#findings] as Map<
      string,
      unknown
    >[]) {
      for (const clusterId of [...map.keys()]) {
        if (!clusterId.startsWith(prefix)) continue;
        map.delete(clusterId);
        change.removed.add(clusterId);
      }
    }
  }

  #connectionChanged(connectionId: string): void {
    const change = newChange();
    change.connections.add(connectionId);
    for (const id of this.clusterIdsOf(connectionId)) {
      change.changed.add(id);
      this.#renewContext(id, change);
    }
    this.#events.publish(change);
  }

  #storeChanged(opened: OpenedConnection, step: StoreChange): void {
    const offsetMs = opened.entry.connection.store.clockOffsetMs;
    if (Math.abs(offsetMs - opened.clockOffsetMs) > offsetToleranceMs) opened.clockOffsetMs = offsetMs;
    const change = newChange();
    this.forgetOrder();
    this.#apply(opened, step, change);
    this.#events.publish(change);
  }

  #apply(opened: OpenedConnection, step: StoreChange, change: MutableChange): void {
    const connectionId = opened.entry.id;
    const touched = new Touched();
    for (const recordId of step.removed) {
      const id = toConsoleId(connectionId, recordId);
      change.removed.add(id);
      this.#unlink(id, touched);
    }
    for (const recordId of step.changed) {
      const id = toConsoleId(connectionId, recordId);
      change.changed.add(id);
      this.#link(id, touched);
    }
    this.#judgeTouched(touched, change);
    for (const clusterId of touched.clusters) this.#renewContext(clusterId, change);
  }

  /** Takes a record into joins and counts, and notes whose words depend on it. */
  #link(id: string, touched: Touched): void {
    if (id.startsWith('cluster:')) {
      touched.clusters.add(id);
      for (const nodeId of this.index(id).ids.node) touched.nodes.add(nodeId);
      return;
    }
    const record = this.record(id);
    if (record === undefined || !('cluster' in record)) return;
    const parsed = parseConsoleId(id);
    if (parsed === null) return;
    const clusterId = toConsoleId(parsed.connectionId, `cluster:${record.cluster}`);
    const index = this.#indexes.get(clusterId) ?? new ClusterIndex();
    this.#indexes.set(clusterId, index);
    const before = index.link(id);
    const after = linkOf(parsed.kind as MemberKind, record);
    index.put(id, after);
    this.#clusterOf.set(id, clusterId);
    touched.clusters.add(clusterId);
    touched.neighbours(this, id, clusterId, before, after);
  }

  #unlink(id: string, touched: Touched): void {
    const clusterId = this.clusterIdOf(id);
    if (clusterId === undefined) return;
    touched.clusters.add(clusterId);
    if (id === clusterId) {
      this.#lastKnown.delete(id);
      this.#signatures.delete(id);
      this.#findings.delete(id);
      return;
    }
    const index = this.index(clusterId);
    const before = index.link(id);
    index.remove(id);
    this.#clusterOf.delete(id);
    if (before === undefined) return;
    this.#drains.delete(id);
    if (this.#lostNodes.delete(id)) touched.guestsOn(this, id, clusterId);
    touched.neighbours(this, id, clusterId, before, undefined);
    touched.forget(id);
    if (index.isEmpty) this.#indexes.delete(clusterId);
  }

  /** Nodes first, because a node's loss decides what its guests' run states are worth. */
  #judgeTouched(touched: Touched, change: MutableChange): void {
    for (const id of touched.joined) {
      if (!this.#clusterOf.has(id)) continue;
      change.changed.add(id);
      if (id.startsWith('node:')) touched.nodes.add(id);
    }
    for (const id of touched.nodes) {
      const clusterId = this.#clusterOf.get(id);
      const node = this.node(id);
      if (clusterId === undefined || node === undefined) continue;
      if (this.index(clusterId).judge(id, verdictOnNode(this, id, clusterId, node))) change.changed.add(id);
      const lost = isNodeLost(node) === true;
      if (lost === this.#lostNodes.has(id)) continue;
      const wasMaster = this.cluster(clusterId)?.master.node === node.name;
      if (lost) this.#lostNodes.set(id, { seenMs: this.#clock.now(), wasMaster });
      else this.#lostNodes.delete(id);
      touched.guestsOn(this, id, clusterId);
    }
    for (const id of touched.others) {
      const clusterId = this.#clusterOf.get(id);
      if (clusterId === undefined) continue;
      const judgement = verdictOn(this, id, clusterId, this.#clock.now());
      if (judgement !== undefined && this.index(clusterId).judge(id, judgement)) change.changed.add(id);
    }
  }

  #contextOf(entry: ClusterEntry, nowMs: number): ClusterContext {
    return clusterContext(entry.record, {
      connection: {
        state: entry.connection.connection.state,
        clockOffsetMs: this.clockOffsetMs(entry.connection.id),
      },
      resources: this.index(entry.id).tallies.ha.total,
      isOutdated: this.#isOutdated(entry.id),
      nowMs,
    });
  }

  #renewContext(clusterId: string, change: MutableChange): void {
    const context = this.context(clusterId);
    if (context === undefined) return;
    change.changed.add(clusterId);
    const signature = contextSignature(context);
    if (this.#signatures.get(clusterId) === signature) return;
    const placementMoved = this.#signatures.has(clusterId);
    this.#signatures.set(clusterId, signature);
    this.#lastKnown.set(clusterId, context.lastKnown);
    change.contexts.add(clusterId);
    if (!placementMoved) return;
    const index = this.index(clusterId);
    for (const id of index.ids.group) {
      const judgement = verdictOn(this, id, clusterId, this.#clock.now());
      if (judgement !== undefined) index.judge(id, judgement);
    }
  }

  #runTicks(): void {
    if (this.opened.size === 0) {
      this.#tickTimer?.dispose();
      this.#tickTimer = null;
    } else if (this.#tickTimer === null && !this.#disposed) {
      this.#tickTimer = this.#clock.setTimeout(() => {
        this.#tickTimer = null;
        this.#tick();
        this.#runTicks();
      }, tickMs);
    }
  }

  #tick(): void {
    const change = newChange();
    change.ticked = true;
    const touched = new Touched();
    for (const index of this.#indexes.values()) for (const id of index.timed) touched.others.add(id);
    this.#judgeTouched(touched, change);
    for (const { id } of this.clusters()) this.#renewContext(id, change);
    this.#events.publish(change);
  }
}

const emptyIndex = new ClusterIndex();
