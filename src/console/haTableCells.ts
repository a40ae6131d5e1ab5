import { formatBytes } from '../base/format.ts';
import { plainText } from '../base/text.ts';
import type { HaRecordTableId } from '../contract/haTables.ts';
import type { Cell } from '../contract/panels.ts';
import type { StateView } from '../contract/stateView.ts';
import { isInMaintenance } from '../ha/foresight/maintenanceState.ts';
import { failoverMarks, failoverOf } from './failover.ts';
import type { ClusterEntry, FleetModel } from './fleetModel.ts';
import { differsFromWanted, wantedWord } from './haResourceStates.ts';
import { lrmState, watchdogState } from './haStackStates.ts';
import { isNodeLost } from './nodeStates.ts';
import { nodeOrder, ruleWords } from './placementStates.ts';
import { nameText, resourceLabel } from './rowWords.ts';
import { lastKnownState } from './states.ts';
import { countCell, flagCell, listText, ratioCell, stateCell, unknownCell } from './tableCells.ts';
import { newestReportS } from './verdicts.ts';

/** Cells of a row by column. */
export type Cells = Record<string, Cell>;

/** Cells of one record; `undefined` when it is gone. */
export function cellsOf(
  model: FleetModel,
  table: HaRecordTableId,
  id: string,
  entry: ClusterEntry,
  state: StateView,
): Cells | undefined {
  switch (table) {
    case 'nodes':
      return nodeCells(model, id, entry, state);
    case 'resources':
      return resourceCells(model, id, entry, state);
    case 'rules':
      return ruleCells(model, id, state);
    case 'groups':
      return groupCells(model, id, state);
  }
}

function nodeCells(model: FleetModel, id: string, entry: ClusterEntry, state: StateView): Cells | undefined {
  const node = model.node(id);
  if (node === undefined) return undefined;
  const index = model.index(entry.id);
  const resources = index.resourcesOn(node.name).size;
  const clockOffsetMs = model.clockOffsetMs(entry.connection.id);
  const isMemory = model.lastKnown(entry.id) !== null;
  const failover = failoverOf(model, entry, id);
  const isLrmMemory = isMemory || entry.record.sections.haStatus.state === 'failed';
  const lrm = lrmState(node.lrm, {
    newestReportS: newestReportS(model, entry.id, node),
    clockOffsetMs,
    busy: isInMaintenance(node) === true ? index.busyOn(node.name) : null,
    isOnline: node.online,
    haUsed: entry.record.master.state !== 'never',
  });
  const isLost = isNodeLost(node) === true;
  // A watchdog of a node that cannot be reached is a memory whatever the row last said.
  const watchdog = isLost ? null : watchdogState(node.lrm?.watchdog);
  const isMaster = entry.record.master.node === node.name && entry.record.master.state === 'active';
  const reportMs = node.lrm?.timestampS == null ? null : node.lrm.timestampS * 1000 + clockOffsetMs;
  return {
    node: { text: nameText(node.name), action: { kind: 'reveal', id } },
    state: {
      ...stateCell(isMaster && !isMemory ? { ...state, label: `${state.label} · master` } : state),
      ...(failover === null ? {} : { marks: failoverMarks(failover) }),
    },
    lrm: stateCell(isLrmMemory ? lastKnownState(lrm) : lrm),
    ha: { text: String(resources), sort: resources },
    cpu: ratioCell(node.cpuRatio, null),
    memory: ratioCell(
      node.memoryBytes === null || node.maxMemoryBytes === null || node.maxMemoryBytes === 0
        ? null
        : node.memoryBytes / node.maxMemoryBytes,
      node.maxMemoryBytes === null ? null : `of ${formatBytes(node.maxMemoryBytes)}`,
    ),
    report:
      reportMs === null
        ? unknownCell('No report was read.')
        : { text: '', sinceMs: reportMs, sort: -reportMs },
    watchdog:
      watchdog === null
        ? unknownCell('The node does not answer.')
        : stateCell(isLrmMemory ? lastKnownState(watchdog) : watchdog),
    guests: isLost
      ? { ...unknownCell('The node does not answer.'), sort: index.guestsOn(node.name).size }
      : { text: String(index.guestsOn(node.name).size), sort: index.guestsOn(node.name).size },
  };
}

function resourceCells(
  model: FleetModel,
  id: string,
  entry: ClusterEntry,
  state: StateView,
): Cells | undefined {
  const resource = model.resource(id);
  if (resource === undefined) return undefined;
  const limits = [
    ...(resource.group === null ? [] : [resource.group]),
    ...model.rulesNaming(entry.id, resource.sid).map(({ name }) => name),
  ];
  const differs = differsFromWanted(resource) === true;
  const wanted = wantedWord(resource);
  return {
    resource: {
      text: resourceLabel(resource),
      sort: resource.vmid ?? 0,
      ...(resource.vmid === null
        ? {}
        : { action: { kind: 'open', id: model.guestId(entry.id, resource.vmid) } as const }),
    },
    state: stateCell(state),
    node:
      resource.node === null
        ? unknownCell('The manager names no node.')
        : {
            text: nameText(resource.node),
            action: { kind: 'reveal', id: model.nodeId(entry.id, resource.node) },
          },
    wanted:
      wanted === null
        ? unknownCell('What was configured is not told.')
        : {
            text: plainText(wanted, 40),
            ...(differs ? { hint: 'What somebody configured; the state differs.' } : {}),
          },
    limits: { text: limits.length === 0 ? '–' : limits.map(nameText).join(', ') },
    restarts: countCell(resource.maxRestart),
    moves: countCell(resource.maxRelocate),
    failback: flagCell(resource.failback),
    comment: { text: resource.comment === null ? '' : plainText(resource.comment, 120) },
  };
}

function ruleCells(model: FleetModel, id: string, state: StateView): Cells | undefined {
  const rule = model.rule(id);
  if (rule === undefined) return undefined;
  const conflicts = Object.entries(rule.errors).map(([field, texts]) => `${field}: ${texts.join(' ')}`);
  return {
    name: { text: nameText(rule.name), action: { kind: 'reveal', id } },
    state: stateCell(state),
    asks: { text: ruleWords(rule) },
    members: { text: listText(rule.resources), sort: rule.resources.length },
    strict: flagCell(rule.strict),
    conflict: {
      text: rule.conflictsTold === false ? 'not told' : plainText(conflicts.join('; '), 300),
    },
    comment: { text: rule.comment === null ? '' : plainText(rule.comment, 120) },
  };
}

function groupCells(model: FleetModel, id: string, state: StateView): Cells | undefined {
  const group = model.group(id);
  if (group === undefined) return undefined;
  return {
    name: { text: nameText(group.name), action: { kind: 'reveal', id } },
    state: stateCell(state),
    nodes: { text: nodeOrder(group.nodes) },
    restricted: flagCell(group.restricted),
    nofailback: flagCell(group.nofailback),
    comment: { text: group.comment === null ? '' : plainText(group.comment, 120) },
  };
}
