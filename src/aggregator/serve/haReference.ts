import type { Clock } from '../../base/clock.ts';
import type {
  HaSectionError,
  HaStatusItem,
  HaSummary,
  HaWireGroup,
  HaWireResource,
  HaWireRule,
} from '../../contract/wire/ha.ts';
import type { ClusterReader, RawRow, Reading } from '../collector.ts';
import { type ClusterAnswer, fanOut } from './fanOut.ts';
import { errorStatusItem, toHaStatusItem, toHaWireGroup, toHaWireResource, toHaWireRule } from './haRows.ts';
import { HttpError } from './httpError.ts';

/*
 * The HA reference (product documents, HA reference). A cluster that fails has one synthetic status row and no rows
 * elsewhere; "not this model" (PVE 8 without rules, PVE 9 without groups) is no failure.
 */

export async function haStatus(readers: readonly ClusterReader[], clock: Clock): Promise<HaStatusItem[]> {
  return (await fanOut(readers, ['haStatus'], clock)).flatMap(statusRows);
}

export async function haResources(
  readers: readonly ClusterReader[],
  clock: Clock,
): Promise<HaWireResource[]> {
  return (await fanOut(readers, ['haStatus', 'haResources'], clock)).flatMap(resourceRows);
}

export async function haGroups(readers: readonly ClusterReader[], clock: Clock): Promise<HaWireGroup[]> {
  return (await fanOut(readers, ['haGroups'], clock)).flatMap(groupRows);
}

export async function haRules(readers: readonly ClusterReader[], clock: Clock): Promise<HaWireRule[]> {
  return (await fanOut(readers, ['haRules'], clock)).flatMap(ruleRows);
}

export async function haGroup(
  readers: readonly ClusterReader[],
  group: string,
  clock: Clock,
): Promise<HaWireGroup | null> {
  return (await haGroups(readers, clock)).find((row) => row.group === group) ?? null;
}

/** Everything in one round of four calls per cluster. `errors` is additive: what an empty section may mean. */
export async function haSummary(readers: readonly ClusterReader[], clock: Clock): Promise<HaSummary> {
  const answers = await fanOut(readers, ['haStatus', 'haResources', 'haGroups', 'haRules'], clock);
  return {
    status: answers.flatMap(statusRows),
    groups: answers.flatMap(groupRows),
    resources: answers.flatMap(resourceRows),
    rules: answers.flatMap(ruleRows),
    errors: answers.flatMap(sectionErrors),
  };
}

/**
 * The resource of a guest number: clusters in configured order, `vm` before `ct`. `null` only when every chosen cluster
 * said so; an outage is not "not managed", so it is an error that names the cluster.
 */
export async function haResourceByVm(
  readers: readonly ClusterReader[],
  vmid: number,
  clock: Clock,
): Promise<HaWireResource | null> {
  const answers = await fanOut(readers, ['haStatus', 'haResources'], clock);
  for (const answer of answers) {
    const rows = resourceRows(answer);
    const row =
      rows.find((candidate) => candidate.sid === `vm:${vmid}`) ??
      rows.find((candidate) => candidate.sid === `ct:${vmid}`);
    if (row !== undefined) return row;
  }
  for (const { name, readings } of answers) {
    const failure = failureOf(readings.haResources);
    if (failure !== null)
      throw HttpError.message(
        502,
        `Cannot tell whether guest ${vmid} is HA-managed: cluster ${name} could not be read.`,
        failure,
      );
  }
  return null;
}

function rowsOf(reading: Reading): readonly RawRow[] {
  return reading.state === 'read'
    ? reading.rows.filter((row) => typeof row === 'object' && row !== null)
    : [];
}

function failureOf(reading: Reading): string | null {
  return reading.state === 'failed' ? reading.error.message : null;
}

function statusRows({ name, readings }: ClusterAnswer<'haStatus'>): HaStatusItem[] {
  const failure = failureOf(readings.haStatus);
  if (failure !== null) return [errorStatusItem(name, failure)];
  return rowsOf(readings.haStatus).map((row) => toHaStatusItem(name, row));
}

function resourceRows({ name, readings }: ClusterAnswer<'haStatus' | 'haResources'>): HaWireResource[] {
  const runtime = new Map<unknown, RawRow>();
  for (const row of rowsOf(readings.haStatus)) if (typeof row.sid === 'string') runtime.set(row.sid, row);
  return rowsOf(readings.haResources).map((row) => toHaWireResource(name, row, runtime.get(row.sid)));
}

function groupRows({ name, readings }: ClusterAnswer<'haGroups'>): HaWireGroup[] {
  return rowsOf(readings.haGroups).map((row) => toHaWireGroup(name, row));
}

function ruleRows({ name, readings }: ClusterAnswer<'haRules'>): HaWireRule[] {
  return rowsOf(readings.haRules).map((row) => toHaWireRule(name, row));
}

const sectionWords = {
  haStatus: 'status',
  haResources: 'resources',
  haGroups: 'groups',
  haRules: 'rules',
} as const;

function sectionErrors({ name, readings }: ClusterAnswer<keyof typeof sectionWords>): HaSectionError[] {
  return Object.entries(sectionWords).flatMap(([list, section]) => {
    const message = failureOf(readings[list as keyof typeof sectionWords]);
    return message === null ? [] : [{ cluster_name: name, section, message }];
  });
}
