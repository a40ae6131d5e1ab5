import type { z } from 'zod';
import { emptyRecords, type FleetSnapshot } from '../contract/model/fleet.ts';
import { fleetSchemaVersion } from '../contract/version.ts';
import type { ClusterStatus, clusterResourcesSchema } from '../contract/wire/cluster.ts';
import type { HaStatusItem, HaSummary } from '../contract/wire/ha.ts';
import { fleetError } from './clientError.ts';
import type { FleetStore } from './fleetStore.ts';
import { toCluster } from './referenceCluster.ts';
import { toGuests, toResources } from './referenceGuests.ts';
import { toNodes } from './referenceNodes.ts';
import { toGroups, toRules } from './referencePlacement.ts';

/** Answers of the reference routes. */
export interface ReferenceAnswers {
  /** `null` when the server does not offer the HA routes. */
  readonly summary: HaSummary | null;
  readonly status: readonly ClusterStatus[];
  readonly resources: z.infer<typeof clusterResourcesSchema>;
}

/**
 * Fleet records from the published reference. What the reference does not tell stays untold: votes and the quorum device
 * are `null`; quorum is taken from the HA quorum row alone, because the original's cluster status reads a missing flag as
 * "has nodes, so it is quorate".
 */
export function referenceToFleet(answers: ReferenceAnswers, store: FleetStore, nowMs: number): FleetSnapshot {
  const records = emptyRecords();
  const names = new Set<string>();
  for (const row of answers.status) if (row.name !== null) names.add(row.name);
  for (const entry of answers.resources) for (const name of Object.keys(entry)) names.add(name);
  for (const row of answers.summary?.status ?? []) if (row.cluster_name !== null) names.add(row.cluster_name);
  for (const name of names) {
    const status = answers.status.find((row) => row.name === name);
    const rows = answers.resources.flatMap((entry) => entry[name] ?? []);
    const ha = (answers.summary?.status ?? []).filter((row) => row.cluster_name === name);
    const config = (answers.summary?.resources ?? []).filter((row) => row.cluster_name === name);
    const failure = failureText(ha, status);
    if (failure !== null && keepKnown(store, name, failure, nowMs, records)) continue;
    const resources = toResources(name, ha, config, rows, store, nowMs);
    records.resources.push(...resources);
    records.nodes.push(...toNodes(name, status, rows, ha, store, nowMs));
    records.guests.push(...toGuests(name, rows, resources, answers.summary !== null && failure === null));
    const fencing = store.list('clusters').get(`cluster:${name}`)?.fencing;
    records.clusters.push(toCluster(name, status, ha, answers.summary !== null, failure, fencing, nowMs));
    records.groups.push(...toGroups(name, answers.summary));
    records.rules.push(...toRules(name, answers.summary));
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

/** The text of the synthetic error row, which stands for a cluster that could not be read. */
function failureText(ha: readonly HaStatusItem[], status: ClusterStatus | undefined): string | null {
  const row = ha.find((item) => item.type === null && item.status?.startsWith('error: ') === true);
  return row?.status?.slice('error: '.length) ?? status?.error ?? null;
}

/** A failing cluster keeps its last picture, with the failure and the time of the last good read. */
function keepKnown(
  store: FleetStore,
  name: string,
  message: string,
  nowMs: number,
  records: ReturnType<typeof emptyRecords>,
): boolean {
  const known = store.list('clusters').get(`cluster:${name}`);
  if (known === undefined) return false;
  const before = known.freshness.error;
  records.clusters.push({
    ...known,
    freshness: {
      ...known.freshness,
      lastAttemptMs: nowMs,
      consecutiveFailures: known.freshness.consecutiveFailures + 1,
      error: fleetError('internal', message, { sinceMs: before?.sinceMs ?? nowMs }),
    },
  });
  const keep = <T>(ids: ReadonlySet<string>, list: ReadonlyMap<string, T>, target: T[]): void => {
    for (const id of ids) {
      const record = list.get(id);
      if (record !== undefined) target.push(record);
    }
  };
  keep(store.idsOf(name, 'nodes'), store.list('nodes'), records.nodes);
  keep(store.idsOf(name, 'groups'), store.list('groups'), records.groups);
  keep(store.idsOf(name, 'rules'), store.list('rules'), records.rules);
  keep(store.idsOf(name, 'resources'), store.list('resources'), records.resources);
  keep(store.idsOf(name, 'guests'), store.list('guests'), records.guests);
  return true;
}
