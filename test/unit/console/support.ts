import { FleetModel, type ModelConnection } from '../../../src/console/fleetModel.ts';
import type { FleetRecords } from '../../../src/contract/model/fleet.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { builtAtMs, FakeConnection } from '../../support/fleetBuilders.ts';

/** A model over hand-made connections, on a clock that stands still. */
export interface ModelBench {
  readonly clock: FakeClock;
  readonly model: FleetModel;
  readonly connections: Readonly<Record<string, FakeConnection>>;
}

export function openModel(
  fleets: Readonly<Record<string, Partial<FleetRecords> | null>>,
  over: Partial<Omit<ModelConnection, 'id' | 'connection'>> = {},
): ModelBench {
  const clock = new FakeClock(builtAtMs);
  const model = new FleetModel(clock);
  const connections = Object.fromEntries(
    Object.entries(fleets).map(([id, records]) => [id, new FakeConnection(records)]),
  );
  model.setConnections(
    Object.entries(connections).map(([id, connection]) => ({
      id,
      name: id,
      kind: 'aggregator',
      tls: null,
      ...over,
      connection,
    })),
  );
  return { clock, model, connections };
}

/** The one connection of a bench. */
export function only(bench: ModelBench): FakeConnection {
  const [connection] = Object.values(bench.connections);
  if (connection === undefined) throw new Error('the bench has no connection');
  return connection;
}
