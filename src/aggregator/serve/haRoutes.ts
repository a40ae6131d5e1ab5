import { routes } from '../../contract/routes.ts';
import type {
  HaSectionError,
  HaStatusItem,
  HaSummary,
  HaWireGroup,
  HaWireResource,
  HaWireRule,
} from '../../contract/wire/ha.ts';
import type { ClusterList, RawRow, Reading } from '../collector.ts';
import { type ClusterAnswer, failureOf, malformedOf, notUnderstood, rowsOf } from './askClusters.ts';
import {
  runtimeBySid,
  toHaStatusErrorItem,
  toHaStatusItem,
  toHaWireGroup,
  toHaWireResource,
  toHaWireRule,
} from './haRows.ts';
import { ReplyError } from './replyError.ts';
import type { RouteRegistrar } from './routeRegistrar.ts';

type Answer<List extends ClusterList> = Pick<ClusterAnswer<List>, 'clusterName' | 'readings'>;

/** The HA reference, wire-compatible. Each list of each cluster is read once per request. */
export function registerHaRoutes(registrar: RouteRegistrar): void {
  registrar.reference(routes.haStatus, ['haStatus'], (answers) => answers.flatMap(statusItems));
  registrar.reference(routes.haResources, ['haStatus', 'haResources'], (answers) =>
    answers.flatMap(resources),
  );
  registrar.reference(routes.haGroups, ['haGroups'], (answers) => answers.flatMap(groups));
  registrar.reference(routes.haRules, ['haRules'], (answers) => answers.flatMap(rules));
  registrar.reference(
    routes.haSummary,
    ['haStatus', 'haResources', 'haGroups', 'haRules'],
    (answers): HaSummary => ({
      status: answers.flatMap(statusItems),
      groups: answers.flatMap(groups),
      resources: answers.flatMap(resources),
      rules: answers.flatMap(rules),
      errors: answers.flatMap(sectionErrors),
    }),
  );
  registrar.reference(
    routes.haResourceByVm,
    ['haStatus', 'haResources'],
    (answers, { vmid }) => findOrNull(answers, 'haResources', (answer) => resourceOf(answer, vmid)),
    (answers, { vmid }) => isDecided(answers, (answer) => resourceOf(answer, vmid)),
  );
  registrar.reference(
    routes.haGroup,
    ['haGroups'],
    (answers, { group }) => findOrNull(answers, 'haGroups', (answer) => groupOf(answer, group)),
    (answers, { group }) => isDecided(answers, (answer) => groupOf(answer, group)),
  );
}

function statusItems({ clusterName, readings }: Answer<'haStatus'>): HaStatusItem[] {
  const failure = failureOf(readings.haStatus);
  if (failure !== null) return [toHaStatusErrorItem(clusterName, failure.message)];
  return rowsOf(readings.haStatus).map((row) => toHaStatusItem(clusterName, row));
}

/** Rows stay when only the status could not be read; their runtime part is `null` then. */
function resources({ clusterName, readings }: Answer<'haStatus' | 'haResources'>): HaWireResource[] {
  const runtime = runtimeBySid(rowsOf(readings.haStatus));
  return rowsOf(readings.haResources).map((row) =>
    toHaWireResource(clusterName, row, runtimeOf(runtime, row)),
  );
}

function runtimeOf(runtime: ReadonlyMap<string, RawRow>, row: RawRow): RawRow | undefined {
  return typeof row.sid === 'string' ? runtime.get(row.sid) : undefined;
}

function groups({ clusterName, readings }: Answer<'haGroups'>): HaWireGroup[] {
  return rowsOf(readings.haGroups).map((row) => toHaWireGroup(clusterName, row));
}

function rules({ clusterName, readings }: Answer<'haRules'>): HaWireRule[] {
  return rowsOf(readings.haRules).map((row) => toHaWireRule(clusterName, row));
}

/** Section of the summary that a list becomes, and the field that says what a row of it is about. */
const sections = {
  haStatus: { section: 'status', idKey: 'type' },
  haGroups: { section: 'groups', idKey: 'group' },
  haResources: { section: 'resources', idKey: 'sid' },
  haRules: { section: 'rules', idKey: 'rule' },
} as const;

function sectionErrors({ clusterName, readings }: Answer<keyof typeof sections>): HaSectionError[] {
  return Object.entries(sections).flatMap(([list, { section, idKey }]) => {
    const message = whySilent(readings[list as keyof typeof sections], idKey);
    return message === null ? [] : [{ cluster_name: clusterName, section, message }];
  });
}

/** A virtual machine goes before a container of the same number, as in the original. */
function resourceOf(answer: Answer<'haStatus' | 'haResources'>, vmid: number): HaWireResource | undefined {
  const rows = rowsOf(answer.readings.haResources);
  const row =
    rows.find((candidate) => candidate.sid === `vm:${vmid}`) ??
    rows.find((candidate) => candidate.sid === `ct:${vmid}`);
  if (row === undefined) return undefined;
  const runtime = runtimeBySid(rowsOf(answer.readings.haStatus));
  return toHaWireResource(answer.clusterName, row, runtimeOf(runtime, row));
}

function groupOf(answer: Answer<'haGroups'>, group: string): HaWireGroup | undefined {
  const row = rowsOf(answer.readings.haGroups).find((candidate) => candidate.group === group);
  return row === undefined ? undefined : toHaWireGroup(answer.clusterName, row);
}

/**
 * The first match in the order of the configuration. `null` means that every selected cluster answered and none has it;
 * a cluster that could not answer makes it a 502, because an outage must not read as "not managed".
 */
function findOrNull<List extends ClusterList, Row>(
  answers: readonly ClusterAnswer<List>[],
  list: NoInfer<List> & keyof typeof sections,
  find: (answer: ClusterAnswer<List>) => Row | undefined,
): Row | null {
  for (const answer of answers) {
    const found = find(answer);
    if (found !== undefined) return found;
  }
  const silent = answers.flatMap((answer) => {
    const why = whySilent(answer.readings[list], sections[list].idKey);
    return why === null ? [] : [{ name: nameOf(answer), why }];
  });
  if (silent.length === 0) return null;
  throw ReplyError.application(
    502,
    `Could not tell: no answer from ${silent.map(({ name }) => name).join(', ')}`,
    silent.map(({ name, why }) => `${name}: ${why}`).join('; '),
  );
}

/**
 * Why a list cannot prove that something is not in it: it was not read, an entry of it was no row, or a row does not say
 * what it is about.
 */
function whySilent(reading: Reading, idKey: string): string | null {
  const failure = failureOf(reading);
  if (failure !== null) return failure.message;
  const malformed = malformedOf(reading);
  if (malformed > 0) return notUnderstood(malformed);
  const isReadable = rowsOf(reading).every((row) => typeof row[idKey] === 'string');
  return isReadable ? null : `sent rows without a readable ${idKey}`;
}

/** The cluster by the name operators gave it, and Proxmox's own name where it differs. */
function nameOf({ reader, clusterName }: Pick<ClusterAnswer<ClusterList>, 'reader' | 'clusterName'>): string {
  return reader.key === clusterName ? reader.key : `${reader.key} (${clusterName})`;
}

/** True once a match cannot be overtaken: every cluster before it has answered. */
function isDecided<List extends ClusterList>(
  answers: readonly (ClusterAnswer<List> | undefined)[],
  find: (answer: ClusterAnswer<List>) => unknown,
): boolean {
  for (const answer of answers) {
    if (answer === undefined) return false;
    if (find(answer) !== undefined) return true;
  }
  return false;
}
