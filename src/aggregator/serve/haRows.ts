import type { HaStatusItem, HaWireGroup, HaWireResource, HaWireRule } from '../../contract/wire/ha.ts';
import type { RawRow } from '../collector.ts';
import { coerceBool, coerceInt, coerceText, eitherCase } from './coercion.ts';

/*
 * Pure mappers from rows of Proxmox to rows of the HA reference. Every field of the published schemas is always present;
 * `armed_state` and `resource_mode` are additive.
 */

/** Row of `/cluster/ha/status/current`. */
export function toHaStatusItem(clusterName: string, row: RawRow): HaStatusItem {
  return {
    cluster_name: clusterName,
    id: coerceText(row.id),
    type: coerceText(row.type),
    sid: coerceText(row.sid),
    node: coerceText(row.node),
    state: coerceText(row.state),
    status: coerceText(row.status),
    crm_state: coerceText(eitherCase(row, 'crm_state')),
    request_state: coerceText(eitherCase(row, 'request_state')),
    quorate: coerceBool(row.quorate),
    failback: coerceBool(row.failback),
    max_relocate: coerceInt(eitherCase(row, 'max_relocate')),
    max_restart: coerceInt(eitherCase(row, 'max_restart')),
    timestamp: coerceInt(row.timestamp),
    armed_state: coerceText(eitherCase(row, 'armed_state')),
    resource_mode: coerceText(eitherCase(row, 'resource_mode')),
  };
}

/** The one row of a cluster whose status could not be read. */
export function toHaStatusErrorItem(clusterName: string, message: string): HaStatusItem {
  return { ...toHaStatusItem(clusterName, {}), status: `error: ${message}` };
}

/** Row of `/cluster/ha/resources` with what the status row of the same sid adds; `null` parts when there is none. */
export function toHaWireResource(
  clusterName: string,
  row: RawRow,
  runtime: RawRow | undefined,
): HaWireResource {
  return {
    cluster_name: clusterName,
    sid: coerceText(row.sid),
    type: coerceText(row.type),
    state: coerceText(row.state),
    group: coerceText(row.group),
    max_relocate: coerceInt(eitherCase(row, 'max_relocate')),
    max_restart: coerceInt(eitherCase(row, 'max_restart')),
    failback: coerceBool(row.failback),
    comment: coerceText(row.comment),
    digest: coerceText(row.digest),
    node: coerceText(runtime?.node),
    crm_state: runtime === undefined ? null : coerceText(eitherCase(runtime, 'crm_state')),
    request_state: runtime === undefined ? null : coerceText(eitherCase(runtime, 'request_state')),
    status: coerceText(runtime?.status),
  };
}

/** Status rows by sid, for merging into the resources of the same cluster. */
export function runtimeBySid(statusRows: readonly RawRow[]): ReadonlyMap<string, RawRow> {
  return new Map(statusRows.flatMap((row) => (typeof row.sid === 'string' ? [[row.sid, row]] : [])));
}

/** Row of `/cluster/ha/groups`. */
export function toHaWireGroup(clusterName: string, row: RawRow): HaWireGroup {
  return {
    cluster_name: clusterName,
    group: coerceText(row.group),
    type: coerceText(row.type),
    nodes: coerceText(row.nodes),
    restricted: coerceBool(row.restricted),
    nofailback: coerceBool(row.nofailback),
    comment: coerceText(row.comment),
    digest: coerceText(row.digest),
  };
}

/** Row of `/cluster/ha/rules`. */
export function toHaWireRule(clusterName: string, row: RawRow): HaWireRule {
  return {
    cluster_name: clusterName,
    rule: coerceText(row.rule),
    type: coerceText(row.type),
    affinity: coerceText(row.affinity),
    nodes: coerceText(row.nodes),
    resources: coerceText(row.resources),
    strict: coerceBool(row.strict),
    disable: coerceBool(row.disable),
    comment: coerceText(row.comment),
  };
}
