import type { Clock } from '../../base/clock.ts';
import type { SectionName } from '../../contract/model/cluster.ts';
import { emptyRecords, type FleetRecords } from '../../contract/model/fleet.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import { pveHaStatusRow } from '../../pve/haStatus.ts';
import { parsePveRows } from '../../pve/values.ts';
import type { Reading } from '../collector.ts';
import { buildRecords } from '../model/buildRecords.ts';
import { applyRound, type ClusterParts, emptyParts } from '../model/clusterParts.ts';
import type { PveClusterReader } from './clusterReader.ts';

/** Parts that decide whether the picture is current; without them quorum and HA cannot be judged. */
const vitalSections = ['status', 'haStatus', 'resources'] as const satisfies SectionName[];

/** Every how many rounds the parts that hardly change are read. */
const slowEvery = 6;

export interface RoundResult {
  readonly outcome: 'good' | 'failed' | 'refused';
  readonly records: FleetRecords;
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

  /** One round of calls, all at once. Never rejects. */
  async round(): Promise<RoundResult> {
    const names = this.#dueSections();
    const version = this.#slowRound() ? this.#readVersion() : Promise.resolve();
    const read = await Promise.all(names.map(async (name) => [name, await this.reader.read(name)] as const));
    await version;
    let answers: Partial<Record<SectionName, Reading>> = Object.fromEntries(read);
    if (this.reader.endpoints.count > 1) answers = await this.#lookAround(answers, names);
    const nowMs = this.#clock.now();
    this.#parts = applyRound(this.#parts, answers, nowMs);
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
    const row = quorumRow(answers.haStatus);
    await endpoints.lookAround(row?.quorate ?? null, row?.node ?? null);
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
    if (slow || sections.haRules.state === 'read' || sections.haRules.state === 'failed') due.push('haRules');
    const unread = (name: SectionName): boolean =>
      sections[name].state === 'never' || sections[name].state === 'failed';
    const standalone = this.#records.clusters[0]?.mode === 'standalone';
    if (!standalone && (slow || unread('configNodes'))) due.push('configNodes');
    if (!standalone && (slow || unread('qdevice'))) due.push('qdevice');
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

  #judge(nowMs: number): 'good' | 'failed' | 'refused' {
    this.#lastAttemptMs = nowMs;
    const failed = vitalSections
      .map((name) => this.#parts.sections[name])
      .find((section) => section.state === 'failed');
    if (failed === undefined) {
      this.#lastSuccessMs = nowMs;
      this.#failures = 0;
      this.#error = null;
      return 'good';
    }
    this.#failures += 1;
    const error = failed.error;
    this.#error =
      error !== null && this.#error?.code === error.code ? { ...error, sinceMs: this.#error.sinceMs } : error;
    return error?.code === 'unauthorized' ? 'refused' : 'failed';
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
        freshness: {
          lastSuccessMs: this.#lastSuccessMs,
          lastAttemptMs: this.#lastAttemptMs,
          consecutiveFailures: this.#failures,
          intervalMs: this.#intervalMs(),
          error: this.#error,
        },
      },
      this.#records,
    );
  }
}

function quorumRow(reading: Reading | undefined): { quorate: boolean | null; node: string | null } | null {
  if (reading?.state !== 'read') return null;
  return parsePveRows(pveHaStatusRow, reading.rows).rows.find((row) => row.type === 'quorum') ?? null;
}
