import type { ClusterEntry, FleetModel } from './fleetModel.ts';
import { nameText } from './rowWords.ts';

/** Name of a cluster; namesakes are told apart by their connection, and within one by their key. */
export function clusterDisplayName(model: FleetModel, entry: ClusterEntry): string {
  const name = nameText(entry.record.name);
  const namesakes = model.clusters().filter(({ record }) => record.name === entry.record.name);
  if (namesakes.length < 2) return name;
  const connection = nameText(entry.connection.name);
  return namesakes.filter((other) => other.connection.id === entry.connection.id).length > 1
    ? `${name} (${connection}/${nameText(entry.record.key)})`
    : `${name} (${connection})`;
}
