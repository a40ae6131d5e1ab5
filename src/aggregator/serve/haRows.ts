import type { HaStatusItem, HaWireGroup, HaWireResource, HaWireRule } from '../../contract/wire/ha.ts';
import type { RawRow } from '../collector.ts';
import { coerceBool, coerceInt, either, textOrNull } from './coerce.ts';

/** Proxmox's status row in the reference's form. */
export function toHaStatusItem(clusterName: string, row: RawRow): HaStatusItem {
  return {
    cluster_name: clusterName,
    id: textOrNull(row.id),
    type: textOrNull(row.type),
    sid: textOrNull(row.sid),
    node: textOrNull(row.node),
    state: textOrNull(row.state),
    status: textOrNull(row.status),
    crm_state: textOrNull(either(row, 'crm_state')),
    request_state: textOrNull(either(row, 'request_state')),
    quorate: coerceBool(row.quorate),
    failback: coerceBool(row.failback),
    max_relocate: coerceInt(either(row, 'max_relocate')),
    max_restart: coerceInt(either(row, 'max_restart')),
    timestamp: coerceInt(row.timestamp),
    armed_state: textOrNull(either(row, 'armed_state')),
    resource_mode: textOrNull(either(row, 'resource_mode')),
  };
}

/** The synthetic row of a cluster whose status could not be read. */
export function errorStatusItem(clusterName: string, message: string): HaStatusItem {
  return { ...toHaStatusItem(clusterName, {}), status: `error: ${message}` };
}

/** A configured resource with the runtime state of the status row of the same sid. */
export function toHaWireResource(
  clusterName: string,
  row: RawRow,
  status: RawRow | undefined,
): HaWireResource {
  return {
    cluster_name: clusterName,
    sid: textOrNull(row.sid),
    type: textOrNull(row.type),
    state: textOrNull(row.state),
    group: textOrNull(row.group),
    max_relocate: coerceInt(either(row, 'max_relocate')),
    max_restart: coerceInt(either(row, 'max_restart')),
    failback: coerceBool(row.failback),
    comment: textOrNull(row.comment),
    digest: textOrNull(row.digest),
    node: textOrNull(status?.node),
    crm_state: status === undefined ? null : textOrNull(either(status, 'crm_state')),
    request_state: status === undefined ? null : textOrNull(either(status, 'request_state')),
    status: textOrNull(status?.status),
  };
}

export function toHaWireGroup(clusterName: string, row: RawRow): HaWireGroup {
  return {
    cluster_name: clusterName,
    group: textOrNull(row.group),
    type: textOrNull(row.type),
    nodes: textOrNull(row.nodes),
    restricted: coerceBool(row.restricted),
    nofailback: coerceBool(row.nofailback),
    comment: textOrNull(row.comment),
    digest: textOrNull(row.digest),
  };
}

export function toHaWireRule(clusterName: string, row: RawRow): HaWireRule {
  return {
    cluster_name: clusterName,
    rule: textOrNull(row.rule),
    type: textOrNull(row.type),
    affinity: textOrNull(row.affinity),
    nodes: textOrNull(row.nodes),
    resources: textOrNull(row.resources),
    strict: coerceBool(row.strict),
    disable: coerceBool(row.disable),
    comment: textOrNull(row.comment),
  };
}
