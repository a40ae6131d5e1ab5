import type { EventsFilter } from '../../client/timelineClient.ts';
import type { FleetModel, ModelConnection } from '../fleetModel.ts';
import { chosenClusters, everyCluster, type TimelineChoice } from './timelineChoice.ts';
import type { FeedSource } from './timelineFeed.ts';

/** The servers behind a choice, and what each is asked. */
export function feedSources(model: FleetModel, choice: TimelineChoice): FeedSource[] {
  return chosenConnections(model, choice).map(({ connection, cluster }) => {
    const offsetMs = (): number => model.clockOffsetMs(connection.id);
    return {
      connectionId: connection.id,
      queries: queriesOf(cluster, choice.guest),
      read: (query) => connection.connection.events(query),
      toConsoleTime: (serverMs) => serverMs + offsetMs(),
      toServerTime: (consoleMs) => consoleMs - offsetMs(),
    };
  });
}

/** A server with the key of the one cluster that is chosen there; `null` for all it has. */
export interface ChosenConnection {
  readonly connection: ModelConnection;
  readonly cluster: string | null;
}

export function chosenConnections(model: FleetModel, choice: TimelineChoice): ChosenConnection[] {
  const entries = chosenClusters(model, choice);
  if (choice.cluster !== everyCluster)
    return entries.map(({ connection, record }) => ({ connection, cluster: record.key }));
  return [...new Map(entries.map(({ connection }) => [connection.id, connection])).values()].map(
    (connection) => ({ connection, cluster: null }),
  );
}

/** For a guest also what explains its fate: quorum, fencing, and when nothing was seen. */
function queriesOf(cluster: string | null, guest: number | null): readonly EventsFilter[] {
  const of = cluster === null ? {} : { cluster };
  return guest === null
    ? [of]
    : [
        { ...of, vmid: guest },
        { ...of, kinds: ['quorum', 'node', 'fencing', 'reading'] },
      ];
}
