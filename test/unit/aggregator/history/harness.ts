import type { Reading } from '../../../../src/aggregator/collector.ts';
import { type HistoryRecorder, recordHistory } from '../../../../src/aggregator/history/historyRecorder.ts';
import type { HistoryStore } from '../../../../src/aggregator/history/historyStore.ts';
import { memoryHistory } from '../../../../src/aggregator/history/memoryHistory.ts';
import { diffRecords } from '../../../../src/aggregator/model/diff.ts';
import { Emitter } from '../../../../src/base/event.ts';
import { toDisposable } from '../../../../src/base/lifecycle.ts';
import { nullLogger } from '../../../../src/base/logger.ts';
import { emptyRecords, type FleetDelta, type FleetRecords } from '../../../../src/contract/model/fleet.ts';
import type { FleetEvent } from '../../../../src/contract/model/fleetEvent.ts';
import { FakeClock, settle } from '../../../support/fakeClock.ts';
import { buildDelta, buildError, buildFleet, buildSnapshot } from '../../../support/fleetBuilders.ts';

export const roundMs = 5_000;

/** A recorder over a fleet of one cluster, `prod`, whose pictures a test gives one after the other. */
export class RecordedFleet {
  readonly clock: FakeClock;
  readonly store: HistoryStore;
  readonly recorder: HistoryRecorder;
  tasks: Reading = { state: 'read', rows: [] };
  taskReads = 0;
  watchers = 0;
  readonly #changed = new Emitter<FleetDelta>();
  #records: FleetRecords = emptyRecords();
  #lastSuccessMs: number | null = null;
  #failures = 0;
  #seq = 0;

  constructor(
    store: HistoryStore = memoryHistory(1_000),
    clock = new FakeClock(),
    options: { readonly readAlways?: boolean } = {},
  ) {
    this.store = store;
    this.clock = clock;
    this.recorder = recordHistory({
      collector: {
        snapshot: () => buildSnapshot(this.#records),
        onDidChange: this.#changed.event,
        watch: () => {
          this.watchers += 1;
          return toDisposable(() => {
            this.watchers -= 1;
          });
        },
      },
      clusters: [
        {
          key: 'prod',
          readTasks: () => {
            this.taskReads += 1;
            return Promise.resolve(this.tasks);
          },
        },
      ],
      store,
      config: { retentionDays: 30, maxRows: 1_000, readAlways: options.readAlways ?? false },
      clock,
      logger: nullLogger,
    });
  }

  /** A round that read everything: time passes, and the picture becomes the given one. */
  async see(records: FleetRecords, afterMs = roundMs): Promise<void> {
    await this.clock.advance(afterMs);
    this.#lastSuccessMs = this.clock.now();
    this.#failures = 0;
    await this.#publish(records, null);
  }

  /** A round that failed: the picture stays as it was. */
  async fail(records: FleetRecords = this.#records, afterMs = roundMs): Promise<void> {
    await this.clock.advance(afterMs);
    this.#failures += 1;
    await this.#publish(records, buildError());
  }

  async #publish(records: FleetRecords, error: ReturnType<typeof buildError> | null): Promise<void> {
    const after: FleetRecords = {
      ...records,
      clusters: records.clusters.map((cluster) => ({
        ...cluster,
        freshness: {
          lastSuccessMs: this.#lastSuccessMs,
          lastAttemptMs: this.clock.now(),
          consecutiveFailures: this.#failures,
          intervalMs: roundMs,
          error,
        },
      })),
    };
    const diff = diffRecords(this.#records, after);
    this.#records = after;
    if (diff === null) return;
    this.#seq += 1;
    this.#changed.fire(
      buildDelta(this.#seq, diff.upserted, diff.removed, { serverTimeMs: this.clock.now() }),
    );
    await settle();
    await this.recorder.settle();
  }

  /** Everything kept, oldest first. */
  async events(): Promise<FleetEvent[]> {
    const { events } = await this.store.page({}, null, 1_000);
    return events.reverse();
  }

  /** Like {@link events}, as short texts, without the beginning of the record. */
  async told(): Promise<string[]> {
    return (await this.events()).filter(({ detail }) => detail !== 'began').map(brief);
  }
}

/** `kind subject from@node>to@node`. */
export function brief({ kind, subject, from, fromNode, to, node }: FleetEvent): string {
  const side = (state: string | null, at: string | null): string => `${state}${at === null ? '' : `@${at}`}`;
  return `${kind} ${subject} ${side(from, fromNode)}>${side(to, node)}`;
}

export type FleetChange = Partial<FleetRecords>;

/** The small healthy cluster `prod` with some lists replaced. */
export function fleetWith(change: FleetChange = {}): FleetRecords {
  return { ...buildFleet('prod'), ...change };
}
