import type { Clock } from '../../base/clock.ts';
import { SingleFlight } from '../../base/singleFlight.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import { HttpFailure } from '../../http/httpFailure.ts';
import { nameInStatus, pveClusterStatusRow } from '../../pve/clusterStatus.ts';
import { saysMigratedToRules, saysNotImplemented } from '../../pve/pveClient.ts';
import { parsePveRows } from '../../pve/values.ts';
import type { ClusterList, ClusterReader, EndpointAddress, ListPace, RawRow, Reading } from '../collector.ts';
import type { EndpointSet } from './endpointSet.ts';
import { LoneNodeDoubt } from './loneNodeDoubt.ts';
import { toFleetError } from './toFleetError.ts';

/** Lists that only the collector reads. */
export type InnerList = ClusterList | 'configNodes' | 'qdevice' | 'managerStatus' | 'version' | 'tasks';

const paths: Readonly<Record<InnerList, string>> = {
  status: '/cluster/status',
  resources: '/cluster/resources',
  nodes: '/nodes',
  haStatus: '/cluster/ha/status/current',
  haResources: '/cluster/ha/resources',
  haGroups: '/cluster/ha/groups',
  haRules: '/cluster/ha/rules',
  configNodes: '/cluster/config/nodes',
  qdevice: '/cluster/config/qdevice',
  managerStatus: '/cluster/ha/status/manager_status',
  version: '/version',
  tasks: '/cluster/tasks',
};

/** How long a failure of the whole cluster answers for it before a new try is waited for, milliseconds. */
const failureStandsMs = 15_000;

/** A failure that took at least this long is one that others are not made to wait for again, milliseconds. */
const slowFailureMs = 400;

export interface PveClusterReaderOptions {
  readonly key: string;
  readonly addresses: readonly EndpointAddress[];
  readonly endpoints: EndpointSet;
  readonly clock: Clock;
}

/** Reads the lists of one cluster over its {@link EndpointSet}. */
export class PveClusterReader implements ClusterReader {
  readonly key: string;
  readonly addresses: readonly EndpointAddress[];
  readonly endpoints: EndpointSet;
  readonly #clock: Clock;
  readonly #flights: SingleFlight<Reading>;
  readonly #loneNode = new LoneNodeDoubt();
  #name: string | null = null;
  /** Replies of any kind so far. */
  #replies = 0;
  /** Lists that gave nothing usable since the last reply of any list. */
  readonly #silent = new Map<InnerList, FleetError>();
  readonly #durations = new Map<InnerList, number>();
  readonly #underWay = new Map<InnerList, number>();
  readonly #slowFailures = new Map<InnerList, FleetError>();
  #standing: { readonly error: FleetError; readonly untilMs: number } | null = null;

  constructor(options: PveClusterReaderOptions) {
    this.key = options.key;
    this.addresses = options.addresses;
    this.endpoints = options.endpoints;
    this.#clock = options.clock;
    this.#flights = new SingleFlight();
  }

  get standingFailure(): FleetError | null {
    return this.#standing !== null && this.#standing.untilMs > this.#clock.now()
      ? this.#standing.error
      : null;
  }

  pace(list: ClusterList): ListPace {
    return {
      usualMs: this.#durations.get(list) ?? null,
      slowFailure: this.#slowFailures.get(list) ?? null,
      underWaySinceMs: this.#underWay.get(list) ?? null,
    };
  }

  /** Whether any call is under way; who asks for its list now gets its answer. */
  get isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  async name(): Promise<string> {
    if (this.#name === null && this.standingFailure === null) await this.read('status');
    return this.#name ?? this.key;
  }

  read(list: InnerList): Promise<Reading> {
    return this.#flights.run(list, () => this.#timed(list));
  }

  async #timed(list: InnerList): Promise<Reading> {
    const startedMs = this.#clock.now();
    this.#underWay.set(list, startedMs);
    const reading = await this.#load(list);
    this.#underWay.delete(list);
    const tookMs = this.#clock.now() - startedMs;
    if (reading.state !== 'failed') this.#durations.set(list, tookMs);
    if (reading.state === 'failed' && tookMs >= slowFailureMs) this.#slowFailures.set(list, reading.error);
    else this.#slowFailures.delete(list);
    return reading;
  }

  async #load(list: InnerList): Promise<Reading> {
    const repliesBefore = this.#replies;
    try {
      const data = await this.endpoints.get(paths[list]);
      this.#noteReply();
      const parsed = toRows(list, data);
      if (parsed === null) return this.#unexpected(list);
      const { rows, malformed } = parsed;
      if (rows.length === 0 && (malformed > 0 || neverEmpty.has(list))) return this.#unexpected(list);
      if (list === 'status') {
        const doubt = this.#takeStatus(rows, malformed);
        if (doubt !== null) return this.#unexpected(list, doubt);
      }
      return malformed === 0 ? { state: 'read', rows } : { state: 'read', rows, malformed };
    } catch (error) {
      return this.#failed(list, error, this.#replies > repliesBefore);
    }
  }

  /** @param othersGotReplies whether another list was answered meanwhile: then only this list fails, not the cluster. */
  #failed(list: InnerList, error: unknown, othersGotReplies: boolean): Reading {
    if (error instanceof HttpFailure) {
      const other =
        list === 'haGroups' && saysMigratedToRules(error)
          ? 'movedToRules'
          : list === 'haRules' && saysNotImplemented(error)
            ? 'notOffered'
            : null;
      if (other !== null) {
        this.#noteReply();
        return { state: other };
      }
    }
    const failure = toFleetError(error, this.#clock.now(), null);
    if (!mayStandForAll(failure)) this.#noteReply();
    else if (!othersGotReplies) this.#noteSilence(list, failure);
    return { state: 'failed', error: failure };
  }

  /**
   * One list may fail alone: a proxy's rule for its path, a defect behind it. Only an address that nobody answers at fails
   * for all lists at once; else a second list has to fail as well, and for a refused credential one that it is told by.
   * When no other list is being read, the cheapest one is asked.
   */
  #noteSilence(list: InnerList, failure: FleetError): void {
    this.#silent.set(list, failure);
    const refused = [...this.#silent].some(
      ([name, { code }]) => code === 'unauthorized' && (name === 'status' || name === 'version'),
    );
    const stands =
      isOfTheAddress(failure) || refused || (failure.code !== 'unauthorized' && this.#silent.size > 1);
    if (stands) this.#standing = { error: failure, untilMs: this.#clock.now() + failureStandsMs };
    else if (list !== 'version') void this.read('version');
  }

  #noteReply(): void {
    this.#replies += 1;
    this.#standing = null;
    this.#silent.clear();
  }

  #unexpected(
    list: InnerList,
    message = `the answer of ${paths[list]} has another form than expected`,
  ): Reading {
    const [address] = this.addresses;
    const endpoint = address === undefined ? this.key : `${address.host}:${address.port}`;
    const error = new HttpFailure('unexpectedShape', endpoint, message);
    return { state: 'failed', error: toFleetError(error, this.#clock.now(), null) };
  }

  /** Why the status is not believed, else learns the name from it. */
  #takeStatus(rows: readonly RawRow[], malformed: number): string | null {
    const { rows: parsed, dropped } = parsePveRows(pveClusterStatusRow, rows);
    const doubt = this.#loneNode.judge(parsed, dropped + malformed);
    if (doubt === null) this.#name = nameInStatus(parsed, dropped + malformed) ?? this.#name;
    return doubt;
  }
}

/** Lists in which Proxmox tells at least a node, so that an empty one is no answer. */
const neverEmpty: ReadonlySet<InnerList> = new Set(['status', 'resources', 'nodes', 'haStatus']);

interface RawRows {
  readonly rows: readonly RawRow[];
  readonly malformed: number;
}

/** Lists come as arrays; what comes as one object is a list of one. `null` for anything else. */
function toRows(list: InnerList, data: unknown): RawRows | null {
  if (list === 'qdevice' || list === 'managerStatus' || list === 'version')
    return isObject(data) ? { rows: [data], malformed: 0 } : null;
  if (!Array.isArray(data)) return null;
  const rows = data.filter(isObject);
  return { rows, malformed: data.length - rows.length };
}

function isObject(value: unknown): value is RawRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether other calls may fail the same way: nothing usable came back, or the credential was refused. */
function mayStandForAll(error: FleetError): boolean {
  if (error.code === 'unauthorized') return true;
  return error.httpStatus === null && error.code !== 'unexpectedShape' && error.code !== 'cancelled';
}

/** Whether nobody, or nobody to be trusted, answers at the address. */
function isOfTheAddress({ code }: FleetError): boolean {
  switch (code) {
    case 'connectionRefused':
    case 'hostNotFound':
    case 'unreachable':
    case 'tlsUntrusted':
    case 'tlsFingerprintMismatch':
    case 'tlsToPlainPort':
    case 'plainToTlsPort':
      return true;
    default:
      return false;
  }
}
