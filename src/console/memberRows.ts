import { formatPercent, plural } from '../base/format.ts';
import { isInMaintenance } from '../ha/foresight/maintenanceState.ts';
import { failoverFacts, failoverOf, isCounting } from './failover.ts';
import type { FleetModel } from './fleetModel.ts';
import { haManagedState } from './guestStates.ts';
import { differsFromWanted, wantedWord } from './haResourceStates.ts';
import { lrmState } from './haStackStates.ts';
import { isNodeLost } from './nodeStates.ts';
import { nodeOrder, ruleWords } from './placementStates.ts';
import { guestKindWord, guestLabel, nameText, resourceLabel } from './rowWords.ts';
import { stateText } from './states.ts';
import { type RenderedRow, toRow } from './treeRowParts.ts';

/** Where a member row stands: in its list, or as a link under "Needs attention". */
export interface MemberPlace {
  readonly rowId: string;
  readonly clusterId: string;
  readonly nowMs: number;
}

export function memberRow(model: FleetModel, recordId: string, place: MemberPlace): RenderedRow | undefined {
  switch (recordId.slice(0, recordId.indexOf(':'))) {
    case 'node':
      return nodeRow(model, recordId, place);
    case 'ha':
      return resourceRow(model, recordId, place);
    case 'guest':
      return guestRow(model, recordId, place);
    case 'rule':
      return ruleRow(model, recordId, place);
    case 'group':
      return groupRow(model, recordId, place);
    default:
      return undefined;
  }
}

function memberBase(model: FleetModel, recordId: string, { rowId, clusterId }: MemberPlace) {
  const state = model.state(recordId);
  const entry = model.clusterEntry(clusterId);
  if (state === undefined || entry === undefined) return undefined;
  return {
    state,
    demo: entry.connection.kind === 'demo' ? '+demo' : '',
    parts: {
      id: rowId,
      icon: state.icon === 'blank' ? null : state.icon,
      tone: state.tone,
      isMemory: model.isMemory(recordId),
      collapsible: 'none',
      clusterName: nameText(entry.record.name),
    } as const,
    entry,
  };
}

function nodeRow(model: FleetModel, id: string, place: MemberPlace): RenderedRow | undefined {
  const node = model.node(id);
  const base = memberBase(model, id, place);
  if (node === undefined || base === undefined) return undefined;
  const { state, entry } = base;
  const lost = isNodeLost(node) === true;
  const resources = model.index(place.clusterId).resourcesOn(node.name).size;
  const isMaster = entry.record.master.node === node.name && entry.record.master.state === 'active';
  const stopwatch = stateText(state, place.nowMs, lost ? 'stopwatch' : 'age');
  const failover = failoverOf(model, entry, id);
  const steps = failover === null ? [] : failoverFacts(failover, place.nowMs);
  const lrm =
    node.lrm === null
      ? null
      : lrmState(node.lrm, { newestReportS: null, clockOffsetMs: 0, busy: null, haUsed: true }).label;
  const hasHa = resources > 0 ? `${resources} HA` : null;
  const load = node.cpuRatio === null ? null : `cpu ${formatPercent(node.cpuRatio)}`;
  const quiet = state.tone === 'calm' && state.icon === 'server';
  const facts = quiet
    ? [isMaster ? 'master' : null, lrm ?? 'online', hasHa, load]
    : [stopwatch, ...steps, isMaster && !lost ? 'master' : null, hasHa];
  const maintained = isInMaintenance(node) === true ? '+maintenance' : '';
  return {
    ticks: state.sinceMs !== null,
    counts: failover !== null && isCounting(failover, place.nowMs),
    row: toRow({
      ...base.parts,
      label: nameText(node.name),
      facts,
      contextValue: `node${lost ? '+lost' : ''}${maintained}${base.demo}`,
      kindWord: 'node',
      open: { kind: 'haStatus', clusterId: place.clusterId },
    }),
  };
}

function resourceRow(model: FleetModel, id: string, place: MemberPlace): RenderedRow | undefined {
  const resource = model.resource(id);
  const base = memberBase(model, id, place);
  if (resource === undefined || base === undefined) return undefined;
  const { state } = base;
  const wanted = wantedWord(resource);
  const differs = differsFromWanted(resource) === true && state.tone !== 'busy' && wanted !== null;
  const saysNode = resource.state === 'migrate' || resource.state === 'relocate';
  const guestId = resource.vmid === null ? null : model.guestId(place.clusterId, resource.vmid);
  return {
    ticks: state.sinceMs !== null,
    row: toRow({
      ...base.parts,
      label: resourceLabel(resource),
      facts: [
        stateText(state, place.nowMs),
        resource.node === null || (saysNode && state.tone === 'busy') ? null : nameText(resource.node),
        differs ? `wanted: ${nameText(wanted)}` : null,
      ],
      contextValue: `ha${resource.state === 'error' ? '+error' : ''}${base.demo}`,
      kindWord: 'HA resource',
      open: guestId === null ? null : { kind: 'guest', guestId },
    }),
  };
}

function guestRow(model: FleetModel, id: string, place: MemberPlace): RenderedRow | undefined {
  const guest = model.guest(id);
  const base = memberBase(model, id, place);
  if (guest === undefined || base === undefined) return undefined;
  const { state } = base;
  const managed = guest.template ? null : haManagedState(guest).label;
  const tag =
    guest.haManaged === 'managed' ? '+managed' : guest.haManaged === 'notManaged' ? '' : '+haUnknown';
  return {
    ticks: state.sinceMs !== null,
    row: toRow({
      ...base.parts,
      label: guestLabel(guest),
      facts: [stateText(state, place.nowMs), guest.node === null ? null : nameText(guest.node), managed],
      contextValue: `guest${tag}${guest.template ? '+template' : ''}${base.demo}`,
      kindWord: guestKindWord(guest.kind),
      open: { kind: 'guest', guestId: id },
    }),
  };
}

function ruleRow(model: FleetModel, id: string, place: MemberPlace): RenderedRow | undefined {
  const rule = model.rule(id);
  const base = memberBase(model, id, place);
  if (rule === undefined || base === undefined) return undefined;
  const quiet = base.state.tone === 'calm' && base.state.icon === 'law';
  return {
    ticks: false,
    row: toRow({
      ...base.parts,
      label: nameText(rule.name),
      facts: [quiet ? null : base.state.label, ruleWords(rule), plural(rule.resources.length, 'resource')],
      contextValue: `rule${base.state.tone === 'warn' ? '+warn' : ''}${base.demo}`,
      kindWord: 'HA rule',
      open: { kind: 'haStatus', clusterId: place.clusterId },
    }),
  };
}

function groupRow(model: FleetModel, id: string, place: MemberPlace): RenderedRow | undefined {
  const group = model.group(id);
  const base = memberBase(model, id, place);
  if (group === undefined || base === undefined) return undefined;
  const quiet = base.state.tone === 'calm' && base.state.icon === 'layers';
  return {
    ticks: false,
    row: toRow({
      ...base.parts,
      label: nameText(group.name),
      facts: [
        quiet ? null : base.state.label,
        `${group.restricted ? 'only' : 'prefer'} ${nodeOrder(group.nodes)}`,
        group.nofailback ? 'no failback' : null,
      ],
      contextValue: `group${base.demo}`,
      kindWord: 'HA group',
      open: { kind: 'haStatus', clusterId: place.clusterId },
    }),
  };
}
