/** Names of the lists of fleet records; apart from their schemas, because views need the names alone. */
export const fleetListNames = ['clusters', 'nodes', 'groups', 'rules', 'resources', 'guests'] as const;
export type FleetListName = (typeof fleetListNames)[number];
