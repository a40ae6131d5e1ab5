import { Emitter, type Event } from '../base/event.ts';
import type { Cluster } from '../contract/model/cluster.ts';
import type { FleetDelta, FleetRecord, FleetRecords, FleetSnapshot } from '../contract/model/fleet.ts';
import type { FleetListName } from '../contract/model/fleetLists.ts';
import { fleetListNames } from '../contract/model/fleetLists.ts';
import { asRemembered, ClusterMemory, wasRead } from './clusterMemory.ts';

/** Ids that are new or changed, and ids that are gone, in one step of the store. */
export interface StoreChange {
  readonly changed: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
}

/** Lists whose records belong to a cluster. */
export type MemberListName = Exclude<FleetListName, 'clusters'>;

type RecordMaps = { readonly [List in FleetListName]: Map<string, FleetRecords[List][number]> };

/**
 * Last known picture of one server's fleet, by record id. Nothing but newer data from the server ever removes a record:
 * losing the connection leaves everything in place, and so does a server that began anew and has read nothing yet.
 */
export class FleetStore {
  readonly #maps: RecordMaps = {
    clusters: new Map(),
    nodes: new Map(),
    groups: new Map(),
    rules: new Map(),
    resources: new Map(),
    guests: new Map(),
  };
  readonly #byCluster = new Map<string, Record<MemberListName, Set<string>>>();
  readonly #memory = new ClusterMemory();
  /** Records whose newest form could not be read, so that what is known of them is old. */
  readonly #unreadable = new Set<string>();
  readonly #changed = new Emitter<StoreChange>();
  #position: { readonly epoch: string; readonly seq: number } | null = null;
  #clockOffsetMs = 0;

  /** Fired once per snapshot or delta that changed anything. */
  readonly onDidChange: Event<StoreChange> = this.#changed.event;

  /** Where in the server's stream this picture stands; `null` before the first snapshot. */
  get position(): { readonly epoch: string; readonly seq: number } | null {
    return this.#position;
  }

  /** Add to a server time to get the console's. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  list<List extends FleetListName>(name: List): ReadonlyMap<string, FleetRecords[List][number]> {
    return this.#maps[name];
  }

  get(id: string): FleetRecord | undefined {
    for (const name of fleetListNames) {
      const record = this.#maps[name].get(id);
      if (record !== undefined) return record;
    }
    return undefined;
  }

  /** Whether the server told something newer of a record that this console could not read. */
  isOutdated(id: string): boolean {
    return this.#unreadable.has(id);
  }

  /** Ids of one kind that belong to a cluster key, in no particular order. */
  idsOf(clusterKey: string, name: MemberListName): ReadonlySet<string> {
    return this.#byCluster.get(clusterKey)?.[name] ?? noIds;
  }

  /**
   * Replaces the picture; records that are equal to the known ones are not reported as changed.
   *
   * @param unreadable ids of records that came in a form nobody understands; what was known of them stays, as old.
   */
  applySnapshot(snapshot: FleetSnapshot, nowMs: number, unreadable: readonly string[] = []): void {
    const isAnotherRun = this.#position !== null && this.#position.epoch !== snapshot.epoch;
    this.#position = { epoch: snapshot.epoch, seq: snapshot.seq };
    this.#clockOffsetMs = nowMs - snapshot.serverTimeMs;
    const present = new Set<string>(unreadable);
    if (isAnotherRun) this.#remember(snapshot.clusters);
    else this.#memory.clear();
    for (const name of fleetListNames) for (const record of snapshot[name]) present.add(record.id);
    const gone: string[] = [];
    for (const name of fleetListNames)
      for (const [id, record] of this.#maps[name])
        if (!present.has(id) && !('cluster' in record && this.#memory.holds(record.cluster))) gone.push(id);
    this.#apply(snapshot, gone, unreadable);
  }

  /**
   * Applies the next change. Returns false when it does not follow the known position, in which case the caller must ask
   * for a snapshot; nothing was applied then.
   *
   * @param nowMs `null` for a delta that is replayed: it was written long ago, so its time says nothing of the clocks.
   */
  applyDelta(delta: FleetDelta, nowMs: number | null, unreadable: readonly string[] = []): boolean {
    const position = this.#position;
    if (position === null || position.epoch !== delta.epoch || delta.seq !== position.seq + 1) return false;
    this.#position = { epoch: delta.epoch, seq: delta.seq };
    if (nowMs !== null) this.#clockOffsetMs = nowMs - delta.serverTimeMs;
    this.#apply(delta.upserted, delta.removed, unreadable);
    return true;
  }

  /** Takes the server's present time from a message that changes nothing. */
  noteServerTime(serverTimeMs: number, nowMs: number): void {
    const before = this.#clockOffsetMs;
    this.#clockOffsetMs = nowMs - serverTimeMs;
    if (Math.abs(this.#clockOffsetMs - before) < noticedOffsetMs) return;
    // Every age reads differently now.
    this.#changed.fire({ changed: new Set(this.#maps.clusters.keys()), removed: noIds });
  }

  #apply(records: FleetRecords, removedIds: readonly string[], unreadable: readonly string[]): void {
    const changed = new Set<string>();
    const removed = new Set<string>();
    for (const id of removedIds) if (this.#remove(id)) removed.add(id);
    for (const name of fleetListNames) {
      for (const record of records[name]) {
        if ('cluster' in record) this.#memory.confirm(record.cluster, record.id);
        const wasOutdated = this.#unreadable.delete(record.id);
        if (this.#put(name, record) || wasOutdated) changed.add(record.id);
      }
    }
    for (const cluster of records.clusters)
      for (const id of this.#memory.release(cluster)) if (this.#remove(id)) removed.add(id);
    for (const id of unreadable) {
      if (this.get(id) === undefined) continue;
      this.#unreadable.add(id);
      changed.add(id);
    }
    if (changed.size > 0 || removed.size > 0) this.#changed.fire({ changed, removed });
  }

  /** Keeps what was known of clusters that this server has not read yet. */
  #remember(clusters: readonly Cluster[]): void {
    this.#memory.clear();
    for (const cluster of clusters) {
      const known = this.#maps.clusters.get(cluster.id);
      if (wasRead(cluster) || known === undefined || !wasRead(known)) continue;
      const lists = this.#byCluster.get(cluster.key);
      const members = memberLists.flatMap((list) =>
        [...(lists?.[list] ?? [])].map((id): [string, MemberListName] => [id, list]),
      );
      this.#memory.keep(cluster.key, members);
    }
  }

  #put<List extends FleetListName>(name: List, told: FleetRecords[List][number]): boolean {
    const map: Map<string, FleetRecords[List][number]> = this.#maps[name];
    const known = map.get(told.id);
    const record = this.#isOnlyRemembered(told)
      ? asRemembered(this.#maps.clusters.get(told.id) ?? told, told)
      : told;
    if (known !== undefined && sameRecord(known, record)) return false;
    map.set(record.id, record);
    if ('cluster' in record) this.#idsFor(record.cluster)[name as MemberListName].add(record.id);
    return true;
  }

  #isOnlyRemembered(told: FleetRecord): told is Cluster {
    return 'freshness' in told && !wasRead(told) && this.#memory.holds(told.key);
  }

  #remove(id: string): boolean {
    this.#unreadable.delete(id);
    for (const name of fleetListNames) {
      const record = this.#maps[name].get(id);
      if (record === undefined) continue;
      this.#maps[name].delete(id);
      if ('cluster' in record) this.#byCluster.get(record.cluster)?.[name as MemberListName].delete(id);
      return true;
    }
    return false;
  }

  #idsFor(clusterKey: string): Record<MemberListName, Set<string>> {
    const known = this.#byCluster.get(clusterKey);
    if (known !== undefined) return known;
    const created = {
      nodes: new Set<string>(),
      groups: new Set<string>(),
      rules: new Set<string>(),
      resources: new Set<string>(),
      guests: new Set<string>(),
    };
    this.#byCluster.set(clusterKey, created);
    return created;
  }
}

const noIds: ReadonlySet<string> = new Set();
/** Smaller changes of the clock offset are told with the next change; they come from the way of the messages. */
const noticedOffsetMs = 1_000;
const memberLists = [
  'nodes',
  'groups',
  'rules',
  'resources',
  'guests',
] as const satisfies readonly MemberListName[];

/** Records are plain JSON made by one schema, so their text is equal exactly when they are. */
function sameRecord(a: FleetRecord, b: FleetRecord): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
