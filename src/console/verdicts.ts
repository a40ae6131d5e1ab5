import type { Guest } from '../contract/model/guest.ts';
import type { ClusterNode } from '../contract/model/node.ts';
import type { HaGroup, HaResource, HaRule } from '../contract/model/placement.ts';
import { isInMaintenance } from '../ha/foresight/maintenanceState.ts';
import { parseConsoleId } from './fleetIds.ts';
import type { FleetModel } from './fleetModel.ts';
import { type Judgement, judgeGroup, judgeGuest, judgeNode, judgeResource, judgeRule } from './judgement.ts';

/** Judges a node by itself and by what its cluster places on it. */
export function verdictOnNode(
  model: FleetModel,
  id: string,
  clusterId: string,
  node: ClusterNode,
): Judgement {
  const cluster = model.cluster(clusterId);
  return judgeNode(node, {
    resources: model.index(clusterId).resourcesOn(node.name).size,
    // Counted only where it is asked for: a node in use has many.
    busy: isInMaintenance(node) === true ? model.index(clusterId).busyOn(node.name) : null,
    drain: model.drain(id) ?? null,
    clockOffsetMs: offsetOf(model, id),
    newestReportS: newestReportS(model, clusterId, node),
    haUsed: cluster?.master.state !== 'never',
    lrmIsTold: cluster?.sections.haStatus.state !== 'notOffered',
  });
}

/**
 * The newest report of any LRM or of the master of a node's cluster, epoch seconds; one whose clock runs ahead is left out.
 * Worked out only for a node in maintenance: the others' silence is told by Proxmox itself.
 */
export function newestReportS(model: FleetModel, clusterId: string, { lrm }: ClusterNode): number | null {
  if (lrm?.state !== 'maintenance') return null;
  const reports = [...model.index(clusterId).ids.node].flatMap((id) => model.node(id)?.lrm ?? []);
  const times = [...reports, model.cluster(clusterId)?.master].flatMap((report) =>
    report === undefined || report.state === 'clockDrift' ? [] : (report.timestampS ?? []),
  );
  return times.length === 0 ? null : times.reduce((newest, time) => Math.max(newest, time));
}

/** Judges any other record, with what it is joined to; `undefined` when it is gone. */
export function verdictOn(
  model: FleetModel,
  id: string,
  clusterId: string,
  nowMs: number,
): Judgement | undefined {
  const record = model.record(id);
  if (record === undefined) return undefined;
  if (id.startsWith('ha:')) return judgeResource(record as HaResource, nowMs, offsetOf(model, id));
  if (id.startsWith('guest:')) {
    const { node } = record as Guest;
    return judgeGuest(
      record as Guest,
      node !== null && model.lossOf(model.nodeId(clusterId, node)) !== undefined,
    );
  }
  if (id.startsWith('rule:')) {
    const rule = record as HaRule;
    const members = rule.resources.map((sid) => {
      const resource = model.resource(model.resourceId(clusterId, sid));
      return { sid, node: resource?.node ?? null, started: resource?.state === 'started' };
    });
    return judgeRule(rule, members);
  }
  return judgeGroup(record as HaGroup, model.cluster(clusterId)?.placementModel === 'both');
}

function offsetOf(model: FleetModel, id: string): number {
  return model.clockOffsetMs(parseConsoleId(id)?.connectionId ?? '');
}
