import type { Clock } from '../../base/clock.ts';
import type { Cluster, SectionName } from '../../contract/model/cluster.ts';
import { emptyRecords, type FleetRecords } from '../../contract/model/fleet.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import { pveClusterStatusRow } from '../../pve/clusterStatus.ts';
import { pveHaStatusRow } from '../../pve/haStatus.ts';
import { parsePveRows } from '../../pve/values.ts';
import type { Reading } from '../collector.ts';
import { buildRecords } from '../model/buildRecords.ts';
import {
  applyRound,
  type ClusterParts,
  configVersion,
  emptyParts,
  forgetManager,
} from '../model/clusterParts.ts';
import type { RoundOutcome } from './clusterLoop.ts';
import type { PveClusterReader } from './clusterReader.ts';
import { RoundReads } from './roundReads.ts';
import { toFleetError } from './toFleetError.ts';
import { withLimit } from './withLimit.ts';

/** Parts that decide whether the picture is current; without them quorum and HA cannot be judged. */
const vitalSections = ['status', 'haStatus', 'resources'] as const satisfies SectionName[];

/** Every how many rounds the parts that hardly change are read. */
const slowEvery = 6;

/** Once quorum is told: how long it is held back for the other lists, so that a quick cluster is one picture, milliseconds. */
const heldBackMs = 250;

/** Then: how long the round waits for the other lists before it ends without them, milliseconds. */
const lateAfterMs = 1_000;

/** How long other endpoints may take to tell how they see quorum, milliseconds. */
const lookAroundMs = 1_000;

export interface CollectorEvents {
  /** The picture changed while a round was under way, or after it when a list came late. */
  readonly changed: () => void;
  /** A defect of ours ended a reading; the cluster then reads as failing, not as current. */
  readonly defect: (defect: unknown) => void;
}

const noEvents: CollectorEvents = { changed: () => undefined, defect: () => undefined };

export interface RoundResult {
  readonly outcome: RoundOutcome;
  readonly records: FleetRecords;
}

/** Reads one cluster round by round and keeps its picture. */
export class ClusterCollector {
  readonly reader: PveClusterReader;
  readonly #clock: Clock;
  readonly #intervalMs: () => number;
  readonly #events: CollectorEvents;
  /** Lists of earlier rounds that were not answered yet. */
  readonly #late = new Set<SectionName>();
  #parts: ClusterParts = emptyParts;
  #records: FleetRecords;
  #round = 0;
  #pveVersion: string | null = null;
  #lastSuccessMs: number | null = null;
  #lastAttemptMs: number | null = null;
  #failures = 0;
  #error: FleetError | null = null;
  #duplicateOf: string | null = null;

  constructor(
    reader: PveClusterReader,
    clock: Clock,
    intervalMs: () => number,
    events: CollectorEvents = noEvents,
  ) {
    this.reader = reader;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#events = events;
    this.#records = emptyRecords();
    this.#records = this.#build();
  }

  get records(): FleetRecords {
    return this.#records;
  }

  /** When the vital parts were last all read, epoch milliseconds. */
  get lastSuccessMs(): number | null {
    return this.#lastSuccessMs;
  }

  /** Tells that another configured cluster is the same one; `null` when none is. */
  setDuplicateOf(key: string | null): void {
    if (this.#duplicateOf === key) return;
    this.#duplicateOf = key;
    this.#records = {
      ...this.#records,
      clusters: this.#records.clusters.map((cluster) => ({ ...cluster, duplicateOf: key })),
    };
  }

  /**
   * One round of calls, all at once. Never rejects. Quorum is shown as soon as it is told; a list that is late ends neither
   * the round nor delays the next one, and is taken when it comes.
   */
  async round(): Promise<RoundResult> {
    try {
      return { outcome: await this.#readRound(), records: this.#records };
    } catch (defect) {
      this.#noteDefect(defect);
      return { outcome: 'failed', records: this.#records };
    }
  }

  #noteDefect(defect: unknown): void {
    const nowMs = this.#clock.now();
    this.#lastAttemptMs = nowMs;
    this.#failures += 1;
    this.#noteFailure(toFleetError(defect, nowMs, null));
    const freshness = this.#freshness();
    this.#records = {
      ...this.#records,
      clusters: this.#records.clusters.map((cluster) => ({ ...cluster, freshness })),
    };
    this.#events.defect(defect);
  }

  async #readRound(): Promise<RoundOutcome> {
    const due = this.#dueSections();
    if (!due.includes('managerStatus')) this.#parts = forgetManager(this.#parts);
    const names = due.filter((name) => !this.#late.has(name));
    const version = this.#slowRound() ? this.#readVersion() : Promise.resolve();
    const reads = await this.#readHead(names);
    await withLimit(Promise.all([reads.all, version]), this.#clock, heldBackMs);
    if (reads.open.size > 0) {
      this.#take(reads);
      this.#events.changed();
      await withLimit(reads.all, this.#clock, lateAfterMs);
    }
    this.#round += 1;
    const outcome = this.#take(reads);
    for (const name of reads.open) this.#late.add(name);
    if (this.#error !== null) {
      // Counted once per round, however often its answers were taken; whoever looks must see the count.
      this.#failures += 1;
      this.#records = this.#build();
    }
    reads.onLate((name) => this.#takeLate(reads, name));
    return outcome;
  }

  /** Starts the calls and waits for what tells quorum; starts anew when a node with quorum took over. */
  async #readHead(names: readonly SectionName[]): Promise<RoundReads> {
    const { endpoints } = this.reader;
    const read = (name: SectionName): Promise<Reading> => this.reader.read(name);
    const reads = new RoundReads(names, read);
    await reads.head;
    if (endpoints.count === 1) return reads;
    const before = endpoints.preferredIndex;
    const { quorate, node } = quorumOf(reads.answers);
    await withLimit(endpoints.lookAround(quorate, node), this.#clock, lookAroundMs);
    if (endpoints.preferredIndex === before) return reads;
    const again = new RoundReads(names, read);
    await again.head;
    return again;
  }

  /** Puts the answers that came into the picture. */
  #take(reads: RoundReads): RoundOutcome {
    const nowMs = this.#clock.now();
    const answers = reads.take();
    this.#parts = applyRound(this.#parts, answers, nowMs);
    const outcome = this.#judge(nowMs, reads.open);
    this.#records = this.#build();
    return outcome;
  }

  #takeLate(reads: RoundReads, name: SectionName): void {
    try {
      this.#late.delete(name);
      this.#take(reads);
    } catch (defect) {
      this.#noteDefect(defect);
    }
    this.#events.changed();
  }

  #slowRound(): boolean {
    return this.#round % slowEvery === 0 || this.#pveVersion === null;
  }

  #dueSections(): SectionName[] {
    const { sections } = this.#parts;
    const slow = this.#slowRound();
    const due: SectionName[] = ['status', 'resources', 'haStatus', 'haResources'];
    // Only the model that this cluster has is asked each round; the other one now and then, as a migration may begin.
    if (slow || sections.haGroups.state === 'read' || sections.haGroups.state === 'failed')
      due.push('haGroups');
    // Groups that have just moved are rules from now on.
    const moved = sections.haGroups.state === 'movedToRules';
    if (slow || moved || sections.haRules.state === 'read' || sections.haRules.state === 'failed')
      due.push('haRules');
    const unread = (name: SectionName): boolean =>
      sections[name].state === 'never' || sections[name].state === 'failed';
    const standalone = this.#records.clusters[0]?.quorum.state === 'standalone';
    const votesChanged = configVersion(this.#parts.status) !== this.#parts.configNodesVersion;
    if (!standalone && (slow || votesChanged || unread('configNodes'))) due.push('configNodes');
    // A device's connection counts for the margin, so one that exists is asked for every time.
    const hasDevice = this.#parts.qdevice?.present === true;
    if (!standalone && (slow || hasDevice || unread('qdevice'))) due.push('qdevice');
    if (this.#needsManagerStatus()) due.push('managerStatus');
    return due;
  }

  /**
   * Node states are in `/cluster/resources` since 8.3; before that only the manager status has them. Where services come
   * back to after maintenance is told nowhere else at all, so it is asked for while a node is in maintenance and until
   * everything is back.
   */
  #needsManagerStatus(): boolean {
    const { nodes, resources } = this.#records;
    if (nodes.some(({ haState, lrm }) => haState === 'maintenance' || lrm?.state === 'maintenance'))
      return true;
    if (resources.some(({ maintenanceNode }) => maintenanceNode !== null)) return true;
    const [major = 0, minor = 0] = (this.#pveVersion ?? '').split('.').map(Number);
    return this.#pveVersion !== null && (major < 8 || (major === 8 && minor < 3));
  }

  async #readVersion(): Promise<void> {
    const reading = await this.reader.read('version');
    const version = reading.state === 'read' ? reading.rows[0]?.version : undefined;
    if (typeof version === 'string') this.#pveVersion = version;
  }

  /** @param open lists that are still waited for: without a vital one the picture is not whole, but nothing failed. */
  #judge(nowMs: number, open: ReadonlySet<SectionName>): RoundOutcome {
    this.#lastAttemptMs = nowMs;
    const vital = vitalSections.map((name) => this.#parts.sections[name]);
    const error = vital.find((section) => section.state === 'failed')?.error ?? null;
    if (error !== null) {
      this.#noteFailure(error);
      // A credential that another list took is not refused.
      if (vital.some((section) => section.state === 'read')) return 'partial';
      return error.code === 'unauthorized' ? 'refused' : 'failed';
    }
    this.#failures = 0;
    this.#error = null;
    if (vitalSections.some((name) => open.has(name) || this.#late.has(name))) return 'partial';
    this.#lastSuccessMs = nowMs;
    return 'good';
  }

  #noteFailure(error: FleetError): void {
    this.#error = this.#error?.code === error.code ? { ...error, sinceMs: this.#error.sinceMs } : error;
  }

  #freshness(): Cluster['freshness'] {
    return {
      lastSuccessMs: this.#lastSuccessMs,
      lastAttemptMs: this.#lastAttemptMs,
      consecutiveFailures: this.#failures,
      intervalMs: this.#intervalMs(),
      error: this.#error,
    };
  }

  #build(): FleetRecords {
    return buildRecords(
      this.#parts,
      {
        key: this.reader.key,
        nowMs: this.#clock.now(),
        pveVersion: this.#pveVersion,
        views: this.reader.endpoints.views,
        endpoints: this.reader.endpoints.describe(),
        freshness: this.#freshness(),
        duplicateOf: this.#duplicateOf,
      },
      this.#records,
    );
  }
}

/** How the node that answered sees quorum; of two flags read moments apart the bad news counts. */
function quorumOf(answers: Partial<Record<SectionName, Reading>>): {
  readonly quorate: boolean | null;
  readonly node: string | null;
} {
  const { haStatus, status } = answers;
  const haRows = haStatus?.state === 'read' ? parsePveRows(pveHaStatusRow, haStatus.rows).rows : [];
  const statusRows = status?.state === 'read' ? parsePveRows(pveClusterStatusRow, status.rows).rows : [];
  const row = haRows.find(({ type }) => type === 'quorum');
  const flags = [row?.quorate, statusRows.find(({ type }) => type === 'cluster')?.quorate];
  return {
    quorate: flags.includes(false) ? false : flags.includes(true) ? true : null,
    node: row?.node ?? statusRows.find(({ local }) => local === true)?.name ?? null,
  };
}
