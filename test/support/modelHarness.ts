import { Emitter } from '../../src/base/event.ts';
import { toDisposable } from '../../src/base/lifecycle.ts';
import type { ConnectionState, FleetConnection } from '../../src/client/connection.ts';
import { FleetStore } from '../../src/client/fleetStore.ts';
import { FleetModel, type ModelConnection } from '../../src/console/fleetModel.ts';
import { emptyRecords, type FleetRecords } from '../../src/contract/model/fleet.ts';
import { FakeClock } from './fakeClock.ts';
import { aSnapshot, builtAtMs } from './fleetBuilders.ts';

/** A connection whose state and data a test sets by hand. */
export class HandConnection implements FleetConnection {
  readonly store = new FleetStore();
  readonly capabilities = { version: '0.1.0', fleet: true, ha: true };
  readonly #changed = new Emitter<ConnectionState>();
  readonly onDidChangeState = this.#changed.event;
  #state: ConnectionState = { kind: 'live', via: 'stream', intervalMs: 0 };
  watchers = 0;

  get state(): ConnectionState {
    return this.#state;
  }

  set(state: ConnectionState): void {
    this.#state = state;
    this.#changed.fire(state);
  }

  watch() {
    this.watchers += 1;
    return toDisposable(() => {
      this.watchers -= 1;
    });
  }

  refresh(): Promise<void> {
    return Promise.resolve();
  }

  guestDetail(): Promise<never> {
    return Promise.reject(new Error('not told'));
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

/** A model over hand-made connections, on a clock that stands at the builders' moment. */
export class ModelHarness {
  readonly clock = new FakeClock(builtAtMs);
  readonly model = new FleetModel(this.clock);
  readonly connections: HandConnection[] = [];
  #seq = 1;

  constructor(...pictures: Partial<FleetRecords>[]) {
    this.model.setConnections(
      pictures.map((records, index): ModelConnection => {
        const connection = new HandConnection();
        connection.store.applySnapshot(aSnapshot(records), this.clock.now());
        this.connections.push(connection);
        return { id: `c${index}`, name: `conn ${index}`, kind: 'proxmox', security: 'local', connection };
      }),
    );
  }

  /** Sends changed records of the first connection. */
  change(upserted: Partial<FleetRecords>, removed: string[] = []): void {
    this.#seq += 1;
    this.connections[0]?.store.applyDelta(
      {
        schemaVersion: 1,
        epoch: 'run',
        seq: this.#seq,
        serverTimeMs: this.clock.now(),
        upserted: { ...emptyRecords(), ...upserted },
        removed,
      },
      this.clock.now(),
    );
  }
}
