import type { FleetRecord } from '../contract/model/fleet.ts';
import type { FleetListName } from '../contract/model/fleetLists.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { HaResource, HaRule } from '../contract/model/placement.ts';
import { keepsBusy } from '../ha/foresight/maintenanceState.ts';
import type { IndexLink } from './clusterIndex.ts';
import type { RecordKind } from './fleetIds.ts';
import type { MemberKind } from './judgement.ts';

/** The list of a store that holds records of a kind; none for other words. */
export const listOfKind: Readonly<Record<string, FleetListName | undefined>> = {
  cluster: 'clusters',
  node: 'nodes',
  group: 'groups',
  rule: 'rules',
  ha: 'resources',
  guest: 'guests',
} satisfies Record<RecordKind, FleetListName>;

/** What a record is joined by. */
export function linkOf(kind: MemberKind, record: FleetRecord): IndexLink {
  const guest = kind === 'guest' ? (record as Guest) : null;
  return {
    kind,
    node: kind === 'ha' ? (record as HaResource).node : (guest?.node ?? null),
    sids: kind === 'rule' ? (record as HaRule).resources : [],
    pool: guest?.pool ?? null,
    isBusy: kind === 'ha' ? keepsBusy(record as HaResource) : false,
    haManaged: guest?.haManaged ?? null,
    template: guest?.template ?? false,
  };
}
