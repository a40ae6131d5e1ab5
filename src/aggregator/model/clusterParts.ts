import type { Section, SectionName } from '../../contract/model/cluster.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import { fleetError } from '../../contract/model/plainFleetError.ts';
import { type PveGuestRow, type PveNodeRow, pveGuestRow, pveNodeRow } from '../../pve/clusterResources.ts';
import {
  type PveClusterStatusRow,
  type PveConfigNode,
  type PveQdevice,
  pveClusterStatusRow,
  pveConfigNode,
  pveQdevice,
} from '../../pve/clusterStatus.ts';
import {
  type PveHaGroup,
  type PveHaResource,
  type PveHaRule,
  pveHaGroup,
  pveHaResource,
  pveHaRule,
} from '../../pve/haConfig.ts';
import { type PveHaStatusRow, pveHaStatusRow } from '../../pve/haStatus.ts';
import { type PveManagerStatus, pveManagerStatus } from '../../pve/managerStatus.ts';
import { type PveRows, parsePveRows } from '../../pve/values.ts';
import type { Reading } from '../collector.ts';

/** What is known of a cluster, part by part, as parsed from the last good answer of each. */
export interface ClusterParts {
  readonly status: readonly PveClusterStatusRow[] | null;
  readonly guests: readonly PveGuestRow[] | null;
  readonly nodeRows: readonly PveNodeRow[] | null;
  readonly haStatus: readonly PveHaStatusRow[] | null;
  readonly haResources: readonly PveHaResource[] | null;
  readonly haGroups: readonly PveHaGroup[] | null;
  readonly haRules: readonly PveHaRule[] | null;
  readonly configNodes: readonly PveConfigNode[] | null;
  /** Version of the corosync configuration under which the members' votes were read. */
  readonly configNodesVersion: number | null;
  readonly qdevice: PveQdevice | null;
  /** Version of the corosync configuration under which the device was last told. */
  readonly qdeviceVersion: number | null;
  /** Manager's node states by node name. */
  readonly managerNodes: Readonly<Record<string, string>> | null;
  /** The manager's records by service; `null` while they are not asked for. */
  readonly managerServices: PveManagerStatus['manager_status']['service_status'];
  readonly sections: Readonly<Record<SectionName, Section>>;
}

export const neverRead: Section = { state: 'never', readAtMs: null, error: null, droppedRows: 0 };

export const emptyParts: ClusterParts = {
  status: null,
  guests: null,
  nodeRows: null,
  haStatus: null,
  haResources: null,
  haGroups: null,
  haRules: null,
  configNodes: null,
  configNodesVersion: null,
  qdevice: null,
  qdeviceVersion: null,
  managerNodes: null,
  managerServices: null,
  sections: {
    status: neverRead,
    resources: neverRead,
    haStatus: neverRead,
    haResources: neverRead,
    haGroups: neverRead,
    haRules: neverRead,
    configNodes: neverRead,
    qdevice: neverRead,
    managerStatus: neverRead,
  },
};

/** Answers of one round; a part that was not asked is absent. */
export type RoundAnswers = Readonly<Partial<Record<SectionName, Reading>>>;

/**
 * Puts the answers of a round over what was known. A failed part keeps its last good rows and says since when and why; an
 * answer with rows of which none can be understood is such a failure, because it would read as "nothing there". A part that
 * this Proxmox version does not offer has no rows, which is not a failure.
 */
export function applyRound(known: ClusterParts, answers: RoundAnswers, nowMs: number): ClusterParts {
  const parts = { ...known, sections: { ...known.sections } };
  const take = <T>(
    name: SectionName,
    onRows: (rows: readonly unknown[]) => PveRows<T>,
  ): readonly T[] | null | undefined => {
    const answer = answers[name];
    if (answer === undefined) return undefined;
    if (answer.state === 'failed') {
      parts.sections[name] = failedSection(known.sections[name], answer.error, nowMs);
      return undefined;
    }
    if (answer.state !== 'read') {
      parts.sections[name] = { state: answer.state, readAtMs: nowMs, error: null, droppedRows: 0 };
      return [];
    }
    const { rows, dropped } = onRows(answer.rows);
    const droppedRows = dropped + (answer.malformed ?? 0);
    const reason = whyNothing(rows.length, droppedRows, !neverEmpty.includes(name));
    if (reason !== null) {
      parts.sections[name] = failedSection(
        known.sections[name],
        fleetError('unexpectedShape', reason),
        nowMs,
      );
      return undefined;
    }
    parts.sections[name] = { state: 'read', readAtMs: nowMs, error: null, droppedRows };
    return rows;
  };
  parts.status = take('status', parseStatus) ?? known.status;
  parts.haStatus = take('haStatus', (rows) => parsePveRows(pveHaStatusRow, rows)) ?? known.haStatus;
  parts.haResources = take('haResources', (rows) => parsePveRows(pveHaResource, rows)) ?? known.haResources;
  parts.haGroups = take('haGroups', (rows) => parsePveRows(pveHaGroup, rows)) ?? known.haGroups;
  parts.haRules = take('haRules', (rows) => parsePveRows(pveHaRule, rows)) ?? known.haRules;
  const configNodes = take('configNodes', (rows) => parsePveRows(pveConfigNode, rows));
  if (configNodes !== null && configNodes !== undefined) {
    parts.configNodes = configNodes;
    parts.configNodesVersion = configVersion(parts.status);
  }
  const device = take('qdevice', (rows) => parsePveRows(pveQdevice, rows))?.[0];
  if (device !== undefined) Object.assign(parts, deviceAfter(known, device, configVersion(parts.status)));
  const manager = take('managerStatus', (rows) => parsePveRows(pveManagerStatus, rows))?.[0]?.manager_status;
  parts.managerNodes = manager?.node_status ?? known.managerNodes;
  parts.managerServices = manager?.service_status ?? known.managerServices;
  takeResources(parts, known, answers.resources, nowMs);
  return parts;
}

/** The manager's own record is read only while it is needed; what it said before then is no answer for now. */
export function forgetManager(parts: ClusterParts): ClusterParts {
  return { ...parts, managerNodes: null, managerServices: null };
}

/** Lists in which Proxmox tells at least its own node, so that an empty one is no answer. */
const neverEmpty: readonly SectionName[] = ['status', 'haStatus'];

/** Why an answer says nothing; `null` when it says something, and be it that there is nothing. */
function whyNothing(usable: number, dropped: number, mayBeEmpty: boolean): string | null {
  if (usable > 0) return null;
  if (dropped > 0) return `none of the ${dropped} rows of the answer could be understood`;
  return mayBeEmpty ? null : 'the answer has no rows';
}

/** Without a node in it a status cannot be one: a node that answers tells itself. */
function parseStatus(rows: readonly unknown[]): PveRows<PveClusterStatusRow> {
  const parsed = parsePveRows(pveClusterStatusRow, rows);
  return parsed.rows.some(({ type }) => type === 'node')
    ? parsed
    : { rows: [], dropped: parsed.dropped + parsed.rows.length };
}

/**
 * Guests and nodes come in one list. When the rows of one kind are all unreadable the list counts as failed and that kind
 * keeps its last rows; the other kind is taken, because a node that is being fenced must not wait for readable guests.
 */
function takeResources(
  parts: { -readonly [Part in keyof ClusterParts]: ClusterParts[Part] } & {
    sections: Record<SectionName, Section>;
  },
  known: ClusterParts,
  answer: Reading | undefined,
  nowMs: number,
): void {
  if (answer === undefined) return;
  const before = known.sections.resources;
  if (answer.state !== 'read') {
    parts.sections.resources =
      answer.state === 'failed'
        ? failedSection(before, answer.error, nowMs)
        : { state: answer.state, readAtMs: nowMs, error: null, droppedRows: 0 };
    return;
  }
  const { guests, nodes, others, untyped } = splitResources(answer.rows);
  const noType = untyped + (answer.malformed ?? 0);
  const droppedRows = guests.dropped + nodes.dropped + noType;
  const usable = guests.rows.length + nodes.rows.length + others;
  // A row that does not say what it is may be of either kind.
  const reasonOf = ({ rows, dropped }: PveRows<unknown>): string | null =>
    whyNothing(rows.length, dropped + noType, true);
  const reason = whyNothing(usable, droppedRows, false) ?? reasonOf(guests) ?? reasonOf(nodes);
  const isTold = (rows: PveRows<unknown>): boolean => usable > 0 && reasonOf(rows) === null;
  if (isTold(guests)) parts.guests = guests.rows;
  if (isTold(nodes)) parts.nodeRows = nodes.rows;
  parts.sections.resources =
    reason === null
      ? { state: 'read', readAtMs: nowMs, error: null, droppedRows }
      : failedSection(before, fleetError('unexpectedShape', reason), nowMs);
}

/**
 * Proxmox answers `{}` both when no quorum device is configured and when the device's daemon does not run on the answering
 * node. A device cannot be removed without a new version of the corosync configuration, so one that vanishes without it is
 * still there, in a state nobody told.
 */
function deviceAfter(
  known: ClusterParts,
  told: PveQdevice,
  version: number | null,
): Pick<ClusterParts, 'qdevice' | 'qdeviceVersion'> {
  if (told.present || known.qdevice?.present !== true) return { qdevice: told, qdeviceVersion: version };
  if (version === null || version !== known.qdeviceVersion) return { qdevice: told, qdeviceVersion: version };
  return { qdevice: { ...known.qdevice, state: null }, qdeviceVersion: version };
}

/** Version of the corosync configuration, as the status tells it. */
export function configVersion(status: ClusterParts['status']): number | null {
  return status?.find((row) => row.type === 'cluster')?.version ?? null;
}

/** `/cluster/resources` holds guests, nodes, storages and more in one list; kinds we do not show are no loss. */
function splitResources(rows: readonly unknown[]): {
  readonly guests: PveRows<PveGuestRow>;
  readonly nodes: PveRows<PveNodeRow>;
  /** Rows of kinds that are not shown. */
  readonly others: number;
  /** Rows that do not say what they are. */
  readonly untyped: number;
} {
  const typed = rows.map((row) =>
    typeof row === 'object' && row !== null && 'type' in row && typeof row.type === 'string'
      ? { row, type: row.type }
      : { row, type: null },
  );
  const guestRows = typed.filter(({ type }) => type === 'qemu' || type === 'lxc');
  const nodeRows = typed.filter(({ type }) => type === 'node');
  const untyped = typed.filter(({ type }) => type === null).length;
  return {
    guests: parsePveRows(
      pveGuestRow,
      guestRows.map(({ row }) => ({ ...(row as object), hasHaState: 'hastate' in (row as object) })),
    ),
    nodes: parsePveRows(
      pveNodeRow,
      nodeRows.map(({ row }) => row),
    ),
    others: typed.length - guestRows.length - nodeRows.length - untyped,
    untyped,
  };
}

function failedSection(before: Section, error: FleetError, nowMs: number): Section {
  const sinceMs = before.error?.code === error.code ? before.error.sinceMs : nowMs;
  return { ...before, state: 'failed', error: { ...error, sinceMs } };
}
