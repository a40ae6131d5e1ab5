import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { Cluster } from '../../contract/model/cluster.ts';
import { emptyRecords, type FleetRecords } from '../../contract/model/fleet.ts';
import { type FleetListName, fleetListNames } from '../../contract/model/fleetLists.ts';
import type { Reading } from '../collector.ts';
import { ClusterTasks } from './clusterTasks.ts';
import { compareCluster, type LastTold } from './compare.ts';
import { compareReading } from './compareReading.ts';
import { type HistoryStore, isSame, type Lane, type LaneMove } from './historyStore.ts';
import { sightOf } from './sight.ts';

export interface ChronicleOptions {
  readonly key: string;
  readonly store: HistoryStore;
  readonly readTasks: () => Promise<Reading>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often a good reading is noted in the store at least, milliseconds. */
const seeEveryMs = 15_000;
/** Pause before a store that failed is tried again, milliseconds. */
const retryMs = 5_000;
/** Moves that wait for a store that fails. With more, waiting is given up and the next picture is compared afresh. */
const maxPending = 20_000;
const batchSize = 500;

type RecordMaps = { readonly [List in FleetListName]: Map<string, FleetRecords[List][number]> };

/** Keeps one cluster's timeline: compares each picture with what is known, and writes what moved. */
export class ClusterChronicle implements Disposable {
  readonly #options: ChronicleOptions;
  readonly #tasks: ClusterTasks;
  readonly #records: RecordMaps = {
    clusters: new Map(),
    nodes: new Map(),
    groups: new Map(),
    rules: new Map(),
    resources: new Map(),
    guests: new Map(),
  };
  #cluster: Cluster | null = null;
  #lanes: Map<string, Lane> | null = null;
  #loading: Promise<void> | null = null;
  /** True when the next comparison must look at every record. */
  #isDirty = true;
  #sightKey = '';
  readonly #lastTold: LastTold = new Map();
  #lastGoodMs: number | null = null;
  #lastSeenMs = 0;
  #pending: LaneMove[] = [];
  #writing: Promise<void> | null = null;
  #retry: Disposable | null = null;
  #isDisposed = false;

  constructor(options: ChronicleOptions) {
    this.#options = options;
    this.#tasks = new ClusterTasks(options);
  }

  /** Takes up changed records of this cluster, as the collector tells them. */
  note(changed: FleetRecords, removed: readonly string[]): void {
    for (const name of fleetListNames) {
      const known: Map<string, { readonly id: string }> = this.#records[name];
      for (const record of changed[name]) known.set(record.id, record);
      for (const id of removed) known.delete(id);
    }
    this.#cluster = changed.clusters[0] ?? this.#cluster;
    if (this.#cluster === null || this.#isDisposed) return;
    if (this.#lanes === null) {
      this.#isDirty = true;
      this.#startLoading();
      return;
    }
    this.#compare(this.#cluster, this.#lanes, changed, removed);
  }

  /** Resolves when the changes noted so far are written, or could not be. */
  async settle(): Promise<void> {
    await this.#loading;
    await this.#writing;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#retry?.dispose();
  }

  #startLoading(): void {
    if (this.#retry !== null) return;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
  }

  async #load(): Promise<void> {
    try {
      const lanes = await this.#options.store.lanes(this.#options.key);
      this.#lanes = new Map(lanes.map((lane) => [lane.lane, lane]));
      this.#lastGoodMs = this.#lanes.get('reading')?.seenAtMs ?? this.#lastGoodMs;
    } catch (error) {
      this.#noteFailure(error);
    }
    if (this.#lanes !== null && this.#cluster !== null && !this.#isDisposed)
      this.#compare(this.#cluster, this.#lanes, emptyRecords(), []);
  }

  #compare(
    cluster: Cluster,
    lanes: Map<string, Lane>,
    changed: FleetRecords,
    removed: readonly string[],
  ): void {
    const { freshness } = cluster;
    // The moment of the round, not of the comparison, which may come late.
    const atMs = freshness.lastAttemptMs;
    if (atMs === null) return;
    const lostNodes = this.#lostNodes();
    const sightKey = JSON.stringify([sightOf(cluster), ...lostNodes]);
    const isWhole = this.#isDirty || sightKey !== this.#sightKey;
    this.#isDirty = false;
    this.#sightKey = sightKey;
    const moves = [
      ...compareReading(lanes.get('reading'), cluster, this.#lastGoodMs),
      ...compareCluster(lanes, {
        cluster,
        lostNodes,
        lastTold: this.#lastTold,
        records: isWhole ? this.#all() : changed,
        isWhole,
        removed,
        atMs,
        afterMs: this.#lastGoodMs,
      }),
    ];
    for (const move of moves) lanes.set(move.lane, laneAfter(move, lanes.get(move.lane)));
    for (const move of moves) this.#pending.push(move);
    const isGood = freshness.error === null && freshness.lastSuccessMs !== null;
    if (isGood) this.#lastGoodMs = freshness.lastSuccessMs;
    if (this.#retry !== null && this.#pending.length > maxPending) this.#giveUpWaiting();
    this.#writing ??= this.#write(isGood, moves.length > 0).finally(() => {
      this.#writing = null;
      if (this.#pending.length > 0 && this.#retry === null && !this.#isDisposed) this.#compareAgain();
    });
  }

  /** What came while the last write was under way waits for nothing but its own turn. */
  #compareAgain(): void {
    if (this.#cluster !== null && this.#lanes !== null)
      this.#compare(this.#cluster, this.#lanes, emptyRecords(), []);
  }

  #lostNodes(): Set<string> {
    const nodes = [...this.#records.nodes.values()];
    return new Set(
      nodes.filter(({ online, haState }) => online === false || haState === 'fence').map(({ name }) => name),
    );
  }

  #all(): FleetRecords {
    const records = emptyRecords();
    for (const name of fleetListNames) {
      const list: unknown[] = records[name];
      for (const record of this.#records[name].values()) list.push(record);
    }
    return records;
  }

  async #write(isGood: boolean, hasMoved: boolean): Promise<void> {
    const { store, key, clock } = this.#options;
    const nowMs = clock.now();
    if (this.#retry !== null) return;
    try {
      while (this.#pending.length > 0) {
        const pending = this.#pending;
        const batch = pending.slice(0, batchSize);
        const now = await store.apply(key, batch);
        pending.splice(0, batch.length);
        this.#adopt(now);
      }
      if (isGood && (hasMoved || nowMs - this.#lastSeenMs >= seeEveryMs)) {
        this.#lastSeenMs = nowMs;
        const reading = await store.see(key, this.#lastGoodMs ?? nowMs);
        if (reading !== null) this.#adopt([reading]);
      }
    } catch (error) {
      this.#noteFailure(error);
      return;
    }
    if (isGood) this.#tasks.readIfDue(hasMoved);
  }

  /** Another aggregator may know better; then all of the next picture is compared with what it knew. */
  #adopt(lanes: readonly Lane[]): void {
    const waiting = new Set(this.#pending.map(({ lane }) => lane));
    for (const lane of lanes) {
      const own = this.#lanes?.get(lane.lane);
      if (waiting.has(lane.lane)) continue;
      if (own === undefined || !isSame(own, lane)) this.#isDirty = true;
      this.#lanes?.set(lane.lane, lane);
    }
  }

  #noteFailure(error: unknown): void {
    this.#options.logger.warn('the timeline cannot be written; it is tried again', {
      cluster: this.#options.key,
      cause: error instanceof Error ? error.message : String(error),
    });
    if (this.#isDisposed) return;
    this.#retry = this.#options.clock.setTimeout(() => {
      this.#retry = null;
      if (this.#lanes === null) this.#startLoading();
      else this.#compareAgain();
    }, retryMs);
  }

  #giveUpWaiting(): void {
    this.#options.logger.error('too much waits for the timeline, so that what waits is left out', {
      cluster: this.#options.key,
      moves: this.#pending.length,
    });
    this.#pending = [];
    this.#lanes = null;
    this.#isDirty = true;
  }
}

function laneAfter(move: LaneMove, known: Lane | undefined): Lane {
  return {
    lane: move.lane,
    state: move.state,
    node: move.node ?? known?.node ?? null,
    atMs: move.atMs,
    seenAtMs: known?.seenAtMs ?? null,
  };
}
