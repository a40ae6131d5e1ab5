import type { Clock } from '../../base/clock.ts';
import type { Cluster, SectionName } from '../../contract/model/cluster.ts';
import { emptyRecords, type FleetRecords } from '../../contract/model/fleet.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import { pveClusterStatusRow } from '../../pve/clusterStatus.ts';
import { pveHaStatusRow } from '../../pve/haStatus.ts';
import { parsePveRows } from '../../pve/values.ts';
import type { Reading } from '../collector.ts';
import { buildRecords } from '../model/buildRecords.ts';
import { applyRound, type ClusterParts, emptyParts } from '../model/clusterParts.ts';
import type { RoundOutcome } from './clusterLoop.ts';
import type { PveClusterReader } from './clusterReader.ts';
import { toFleetError } from './toFleetError.ts';

/** Parts that decide whether the picture is current; without them quorum and HA cannot be judged. */
const vitalSections = ['status', 'haStatus', 'resources'] as const satisfies SectionName[];

/** Every how many rounds the parts that hardly change are read. */
const slowEvery = 6;

export interface RoundResult {
  readonly outcome: RoundOutcome;
  readonly records: FleetRecords;
  /** A defect of ours that ended the round; the cluster then reads as failing, not as current. */
  readonly defect?: unknown;
}

/** Reads one cluster round by round and keeps its picture. */
export class ClusterCollector {
  readonly reader: PveClusterReader;
  readonly #clock: Clock;
  readonly #intervalMs: () => number;
  #parts: ClusterParts = emptyParts;
  #records: FleetRecords;
  #round = 0;
  #pveVersion: string | null = null;
  #lastSuccessMs: number | null = null;
  #lastAttemptMs: number | null = null;
  #failures = 0;
  #error: FleetError | null = null;
  /** Version of the corosync configuration that the read votes belong to. */
  #votesVersion: number | null = null;
  #duplicateOf: string | null = null;

  constructor(reader: PveClusterReader, clock: Clock, intervalMs: () => number) {
    this.reader = reader;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
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

  /** One round of calls, all at once. Never rejects. */
  async round(): Promise<RoundResult> {
    try {
      return await this.#readRound();
    } catch (defect) {
      const nowMs = this.#clock.now();
      this.#lastAttemptMs = nowMs;
      this.#noteFailure(toFleetError(defect, nowMs, null));
      const freshness = this.#freshness();
      this.#records = {
        ...this.#records,
        clusters: this.#records.clusters.map((cluster) => ({ ...cluster, freshness })),
      };
      return { outcome: 'failed', records: this.#records, defect };
    }
  }

  async #readRound(): Promise<RoundResult> {
    const names = this.#dueSections();
    const version = this.#slowRound() ? this.#readVersion() : Promise.resolve();
    const read = await Promise.all(names.map(async (name) => [name, await this.reader.read(name)] as const));
    await version;
    let answers: Partial<Record<SectionName, Reading>> = Object.fromEntries(read);
    if (this.reader.endpoints.count > 1) answers = await this.#lookAround(answers, names);
    const nowMs = this.#clock.now();
    this.#parts = applyRound(this.#parts, answers, nowMs);
    if (answers.configNodes?.state === 'read') this.#votesVersion = this.#configVersion();
    this.#round += 1;
    const outcome = this.#judge(nowMs);
    this.#records = this.#build();
    return { outcome, records: this.#records };
  }

  /** Compares the views of all endpoints; reads the vital parts again when a node with quorum took over. */
  async #lookAround(
    answers: Partial<Record<SectionName, Reading>>,
    names: readonly SectionName[],
  ): Promise<Partial<Record<SectionName, Reading>>> {
    const { endpoints } = this.reader;
    const before = endpoints.preferredIndex;
    const { quorate, node } = quorumOf(answers);
    await endpoints.lookAround(quorate, node);
    if (endpoints.preferredIndex === before) return answers;
    const again = await Promise.all(names.map(async (name) => [name, await this.reader.read(name)] as const));
    return Object.fromEntries(again);
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
    const votesChanged = this.#configVersion() !== this.#votesVersion;
    if (!standalone && (slow || votesChanged || unread('configNodes'))) due.push('configNodes');
    // A device's connection counts for the margin, so one that exists is asked for every time.
    const hasDevice = this.#parts.qdevice?.present === true;
    if (!standalone && (slow || hasDevice || unread('qdevice'))) due.push('qdevice');
    if (this.#needsManagerStatus()) due.push('managerStatus');
    return due;
  }

  /** Node states are in `/cluster/resources` since 8.3; before that only the manager status has them. */
  #needsManagerStatus(): boolean {
    const [major = 0, minor = 0] = (this.#pveVersion ?? '').split('.').map(Number);
    return this.#pveVersion !== null && (major < 8 || (major === 8 && minor < 3));
  }

  async #readVersion(): Promise<void> {
    const reading = await this.reader.read('version');
    const version = reading.state === 'read' ? reading.rows[0]?.version : undefined;
    if (typeof version === 'string') this.#pveVersion = version;
  }

  #configVersion(): number | null {
    return this.#parts.status?.find((row) => row.type === 'cluster')?.version ?? null;
  }

  #judge(nowMs: number): RoundOutcome {
    this.#lastAttemptMs = nowMs;
    const vital = vitalSections.map((name) => this.#parts.sections[name]);
    const error = vital.find((section) => section.state === 'failed')?.error ?? null;
    if (error === null) {
      this.#lastSuccessMs = nowMs;
      this.#failures = 0;
      this.#error = null;
      return 'good';
    }
    this.#noteFailure(error);
    if (error.code === 'unauthorized') return 'refused';
    return vital.some((section) => section.state === 'read') ? 'partial' : 'failed';
  }

  #noteFailure(error: FleetError): void {
    this.#failures += 1;
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
