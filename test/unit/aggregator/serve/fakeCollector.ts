import type {
  ClusterList,
  ClusterReader,
  EndpointAddress,
  FleetCollector,
  ListPace,
  RawRow,
  Reading,
} from '../../../../src/aggregator/collector.ts';
import { Emitter } from '../../../../src/base/event.ts';
import { type Disposable, toDisposable } from '../../../../src/base/lifecycle.ts';
import { emptyRecords, type FleetDelta, type FleetSnapshot } from '../../../../src/contract/model/fleet.ts';
import type { FleetError } from '../../../../src/contract/model/fleetError.ts';
import type { GuestDetail } from '../../../../src/contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../../../../src/contract/model/loadTimeframe.ts';

export function fleetError(message: string, change: Partial<FleetError> = {}): FleetError {
  return {
    code: 'timeout',
    message,
    httpStatus: null,
    endpoint: null,
    sinceMs: null,
    retryAfterS: null,
    certificate: null,
    expectedFingerprint: null,
    ...change,
  };
}

export const read = (...rows: RawRow[]): Reading => ({ state: 'read', rows });
export const failed = (message: string, change: Partial<FleetError> = {}): Reading => ({
  state: 'failed',
  error: fleetError(message, change),
});

type Answers = Partial<Record<ClusterList, Reading | Promise<Reading>>>;

/** A cluster whose lists are what the test says; lists that were not given are read and empty. */
export class FakeReader implements ClusterReader {
  readonly key: string;
  readonly addresses: readonly EndpointAddress[];
  readonly calls: ClusterList[] = [];
  answers: Answers;
  standingFailure: FleetError | null = null;
  /** The same for every list. */
  listPace: ListPace = { usualMs: null, slowFailure: null, underWaySinceMs: null };
  /** `null`: nobody could learn a name, and nobody will. */
  pveName: string | null | 'never';

  constructor(key: string, answers: Answers = {}, addresses: readonly EndpointAddress[] = []) {
    this.key = key;
    this.answers = answers;
    this.addresses = addresses;
    this.pveName = key;
  }

  pace(): ListPace {
    return this.listPace;
  }

  name(): Promise<string> {
    if (this.pveName === 'never') return new Promise(() => undefined);
    return Promise.resolve(this.pveName ?? this.key);
  }

  async read(list: ClusterList): Promise<Reading> {
    this.calls.push(list);
    return (await this.answers[list]) ?? read();
  }
}

/** A collector that does nothing by itself: tests set its readers, records and changes. */
export class FakeCollector implements FleetCollector {
  readonly readers: readonly FakeReader[];
  readonly calls: string[] = [];
  seq = 0;
  epoch = 'run-1';
  watchers = 0;
  detail: GuestDetail | null = null;
  snapshots = 0;
  /** Makes snapshots as large as a test needs. */
  padding = '';
  readonly #changed = new Emitter<FleetDelta>();
  readonly onDidChange = this.#changed.event;

  constructor(readers: readonly FakeReader[] = []) {
    this.readers = readers;
  }

  snapshot(): FleetSnapshot {
    this.snapshots += 1;
    return {
      schemaVersion: 1,
      epoch: this.epoch,
      seq: this.seq,
      serverTimeMs: 1_000,
      aggregatorVersion: this.padding === '' ? 'test' : this.padding,
      ...emptyRecords(),
    };
  }

  /** Announces the next change; `removed` tells it apart from others. */
  change(removed: string): void {
    this.seq += 1;
    this.#changed.fire({
      schemaVersion: 1,
      epoch: this.epoch,
      seq: this.seq,
      serverTimeMs: 1_000,
      upserted: emptyRecords(),
      removed: [removed],
    });
  }

  watch(): Disposable {
    this.watchers += 1;
    return toDisposable(() => {
      this.watchers -= 1;
    });
  }

  refresh(clusterKey?: string): Promise<string[]> {
    this.calls.push(`refresh ${clusterKey ?? 'all'}`);
    return Promise.resolve(clusterKey === undefined ? this.readers.map(({ key }) => key) : [clusterKey]);
  }

  ensureFresh(maxAgeMs: number, waitMs: number): Promise<void> {
    this.calls.push(`ensureFresh ${maxAgeMs} ${waitMs}`);
    return Promise.resolve();
  }

  guestDetail(clusterKey: string, vmid: number, timeframe: LoadTimeframe): Promise<GuestDetail | null> {
    this.calls.push(`guestDetail ${clusterKey} ${vmid} ${timeframe}`);
    return Promise.resolve(this.detail);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
