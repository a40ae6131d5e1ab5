import { emptyRecords, type FleetRecords, type FleetSnapshot } from '../contract/model/fleet.ts';
import { fleetSchemaVersion } from '../contract/version.ts';
import type { FleetStore, MemberListName } from './fleetStore.ts';
import type { ReferenceAnswers } from './referenceAnswers.ts';
import { toCluster } from './referenceCluster.ts';
import { toGuests, toResources } from './referenceGuests.ts';
import { toNodes } from './referenceNodes.ts';
import { namesIn, partsOf, rowsIn } from './referenceParts.ts';
import { toGroups, toRules } from './referencePlacement.ts';

/**
 * Fleet records from the published reference. What the reference does not tell stays untold: votes and the quorum device
 * are `null`; quorum is taken from the HA quorum row alone, because the original's cluster status reads a missing flag as
 * "has nodes, so it is quorate". What could not be read this time keeps what was told last.
 */
export function referenceToFleet(answers: ReferenceAnswers, store: FleetStore, nowMs: number): FleetSnapshot {
  const records = emptyRecords();
  for (const name of clusterNames(answers, store)) {
    const parts = partsOf(name, answers);
    const known = store.list('clusters').get(`cluster:${name}`);
    records.clusters.push(toCluster(name, parts, known, nowMs));
    const resources =
      parts.haStatus.state === 'failed'
        ? knownOf(store, name, 'resources')
        : toResources(name, parts, store, nowMs);
    records.resources.push(...resources);
    records.nodes.push(
      ...(parts.status.state === 'read' ? toNodes(name, parts, store, nowMs) : knownOf(store, name, 'nodes')),
    );
    records.guests.push(
      ...(parts.resources.state === 'read'
        ? toGuests(name, rowsIn(parts.resources), resources, isHaWhole(parts))
        : knownOf(store, name, 'guests')),
    );
    records.groups.push(
      ...(parts.haGroups.state === 'failed'
        ? knownOf(store, name, 'groups')
        : toGroups(name, rowsIn(parts.haGroups))),
    );
    records.rules.push(
      ...(parts.haRules.state === 'failed'
        ? knownOf(store, name, 'rules')
        : toRules(name, rowsIn(parts.haRules))),
    );
  }
  const position = store.position;
  return {
    schemaVersion: fleetSchemaVersion,
    epoch: 'polling',
    seq: (position?.seq ?? 0) + 1,
    serverTimeMs: nowMs,
    aggregatorVersion: 'unknown',
    ...records,
  };
}

/** A cluster that no answer mentions is gone only when every answer came. */
function clusterNames(answers: ReferenceAnswers, store: FleetStore): Set<string> {
  const names = namesIn(answers);
  const isWhole = Object.values(answers).every(({ state }) => state !== 'failed');
  if (!isWhole) for (const { key } of store.list('clusters').values()) names.add(key);
  return names;
}

/** Whether a guest that no HA row names is surely not managed. */
function isHaWhole({ haStatus, haResources }: ReturnType<typeof partsOf>): boolean {
  return [haStatus, haResources].every((part) => part.state === 'read' && part.dropped === 0);
}

/** Records of a list as they were told last. */
function knownOf<List extends MemberListName>(
  store: FleetStore,
  name: string,
  list: List,
): FleetRecords[List][number][] {
  return [...store.idsOf(name, list)].flatMap((id) => store.list(list).get(id) ?? []);
}
