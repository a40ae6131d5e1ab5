import type { Section } from '../contract/model/cluster.ts';
import type { ClusterResource, ClusterStatus } from '../contract/wire/cluster.ts';
import type { HaStatusItem, HaWireGroup, HaWireResource, HaWireRule } from '../contract/wire/ha.ts';
import { fleetError } from './clientError.ts';
import type { Answer, ReferenceAnswers, SummaryLists } from './referenceAnswers.ts';

/** What the reference tells of one cluster, part by part. */
export interface ReferenceParts {
  readonly status: Answer<ClusterStatus>;
  readonly resources: Answer<readonly ClusterResource[]>;
  readonly haStatus: Answer<readonly HaStatusItem[]>;
  readonly haResources: Answer<readonly HaWireResource[]>;
  readonly haGroups: Answer<readonly HaWireGroup[]>;
  readonly haRules: Answer<readonly HaWireRule[]>;
}

/** Names of all clusters that any answer mentions. */
export function namesIn({ summary, status, resources }: ReferenceAnswers): Set<string> {
  const names = new Set<string>();
  const add = (name: string | null): void => {
    if (name !== null) names.add(name);
  };
  if (status.state === 'read') for (const row of status.value) add(row.name);
  if (resources.state === 'read')
    for (const entry of resources.value) for (const name of Object.keys(entry)) add(name);
  if (summary.state === 'read')
    for (const list of Object.values(summary.value))
      for (const row of list?.rows ?? []) add(row.cluster_name);
  return names;
}

/**
 * The rows of one cluster. The reference knows clusters by their name alone: where several have the same, whose row is
 * whose cannot be told, and then nothing of either is.
 */
export function partsOf(name: string, answers: ReferenceAnswers): ReferenceParts {
  if (isAmbiguous(name, answers)) {
    const several = failed(
      'unexpectedShape',
      `the server has several clusters called ${name}, so their rows cannot be told apart`,
    );
    return {
      status: several,
      resources: several,
      haStatus: several,
      haResources: several,
      haGroups: several,
      haRules: several,
    };
  }
  const haStatus = haStatusOf(name, answers.summary);
  return {
    status: statusOf(name, answers.status),
    resources: resourcesOf(name, answers.resources),
    haStatus,
    haResources: haListOf('resources', name, answers.summary, haStatus),
    haGroups: haListOf('groups', name, answers.summary, haStatus),
    haRules: haListOf('rules', name, answers.summary, haStatus),
  };
}

function isAmbiguous(name: string, { summary, status, resources }: ReferenceAnswers): boolean {
  const counts = [
    status.state === 'read' ? status.value.filter((row) => row.name === name).length : 0,
    resources.state === 'read' ? resources.value.filter((entry) => Object.hasOwn(entry, name)).length : 0,
    summary.state === 'read'
      ? (summary.value.status?.rows ?? []).filter((row) => row.cluster_name === name && row.type === 'quorum')
          .length
      : 0,
  ];
  return counts.some((count) => count > 1);
}

function statusOf(name: string, status: ReferenceAnswers['status']): Answer<ClusterStatus> {
  if (status.state !== 'read') return status;
  const row = status.value.find((candidate) => candidate.name === name);
  if (row === undefined) return failed('internal', 'the server told no status of it');
  if (row.error !== null) return failed('internal', row.error);
  // The original's word for a credential that may not read the status.
  if (row.mode === 'restricted') return failed('forbidden', 'its status may not be read');
  const nameless = row.node_list.filter((member) => member.name === null).length;
  return { state: 'read', value: row, dropped: status.dropped + nameless };
}

function resourcesOf(
  name: string,
  resources: ReferenceAnswers['resources'],
): Answer<readonly ClusterResource[]> {
  if (resources.state !== 'read') return resources;
  const own = resources.value.flatMap((entry) => (Object.hasOwn(entry, name) ? (entry[name] ?? []) : []))[0];
  if (own === undefined) return failed('internal', 'the server told no guests of it');
  for (const row of own.rows) {
    if (row.type !== null) continue;
    if (typeof row.error === 'string') return failed('internal', row.error);
    if (row.status?.startsWith('error: ')) return failed('internal', row.status.slice('error: '.length));
  }
  const unnamed = own.rows.filter(
    ({ type, vmid }) => type === null || ((type === 'qemu' || type === 'lxc') && vmid === null),
  ).length;
  return { state: 'read', value: own.rows, dropped: resources.dropped + own.dropped + unnamed };
}

function haStatusOf(name: string, summary: ReferenceAnswers['summary']): Answer<readonly HaStatusItem[]> {
  if (summary.state !== 'read') return summary;
  const fault = sectionError('status', name, summary.value);
  if (fault !== null) return failed('internal', fault);
  const rows = rowsOf(summary.value.status?.rows ?? [], name);
  const bad = rows.find((row) => row.type === null && row.status?.startsWith('error: ') === true);
  if (bad?.status) return failed('internal', bad.status.slice('error: '.length));
  // Proxmox tells at least of quorum, so no row at all means that nothing was read.
  if (rows.length === 0) return failed('internal', 'the server told no HA status of it');
  const unclear = rows.filter((row) => row.type === null).length;
  return { state: 'read', value: rows, dropped: (summary.value.status?.dropped ?? 0) + unclear };
}

type HaListName = 'resources' | 'groups' | 'rules';
type HaRow<List extends HaListName> = NonNullable<SummaryLists[List]>['rows'][number];

/** A server without error entries tells a list that failed as an empty one; its failed status gives that away. */
function haListOf<List extends HaListName>(
  list: List,
  name: string,
  summary: ReferenceAnswers['summary'],
  haStatus: Answer<unknown>,
): Answer<readonly HaRow<List>[]> {
  if (summary.state !== 'read') return summary;
  const fault = sectionError(list, name, summary.value);
  if (fault !== null) return failed('internal', fault);
  const told = summary.value[list];
  if (told === null) return { state: 'notOffered' };
  const rows = rowsOf<HaRow<List>>(told.rows, name);
  if (rows.length === 0 && haStatus.state === 'failed' && summary.value.errors === null) return haStatus;
  const unnamed = told.rows.filter((row) => row.cluster_name === null).length;
  return { state: 'read', value: rows, dropped: told.dropped + unnamed + rows.filter(lacksName).length };
}

function lacksName(row: object): boolean {
  return (
    ('sid' in row && row.sid === null) ||
    ('group' in row && !('sid' in row) && row.group === null) ||
    ('rule' in row && row.rule === null)
  );
}

function sectionError(section: string, name: string, { errors }: SummaryLists): string | null {
  const entry = errors?.rows.find((row) => row.cluster_name === name && row.section === section);
  return entry === undefined ? null : entry.message;
}

function rowsOf<Row extends { readonly cluster_name: string | null }>(
  rows: readonly Row[],
  name: string,
): Row[] {
  return rows.filter((row) => row.cluster_name === name);
}

function failed(code: 'internal' | 'unexpectedShape' | 'forbidden', message: string): Answer<never> {
  return { state: 'failed', error: fleetError(code, message) };
}

/** A part as the record of a cluster tells it. A failing one keeps when it was read and since when it fails. */
export function toSection(part: Answer<unknown>, known: Section | undefined, nowMs: number): Section {
  if (part.state === 'read')
    return { state: 'read', readAtMs: nowMs, error: null, droppedRows: part.dropped };
  if (part.state === 'notOffered')
    return { state: 'notOffered', readAtMs: nowMs, error: null, droppedRows: 0 };
  const before = known?.state === 'failed' ? known.error : null;
  const sinceMs = before?.code === part.error.code ? (before.sinceMs ?? nowMs) : nowMs;
  return {
    state: 'failed',
    readAtMs: known?.readAtMs ?? null,
    error: { ...part.error, sinceMs },
    droppedRows: known?.droppedRows ?? 0,
  };
}

/** Rows of a part that was read, else none. */
export function rowsIn<T>(part: Answer<readonly T[]>): readonly T[] {
  return part.state === 'read' ? part.value : [];
}
