import { redactData } from '../base/redact.ts';
import { plainText } from '../base/text.ts';
import { clockTextWithSeconds } from './clockText.ts';
import { clusterDisplayName } from './clusterNames.ts';
import { clusterState, clusterTroubles } from './clusterTrouble.ts';
import { recordIdOfRow } from './fleetIds.ts';
import type { FleetModel } from './fleetModel.ts';
import { tallyText } from './haCards.ts';
import { ticketText } from './markdown.ts';
import { voteFigures } from './quorumStates.ts';
import { guestLabel, nameText, resourceLabel } from './rowWords.ts';
import { stateText } from './states.ts';

/** Id of the object a row shows, as people write it: "prod/vm:105", "prod/pve4"; `null` for rows without a record. */
export function copyId(model: FleetModel, rowId: string): string | null {
  const id = recordIdOfRow(rowId);
  const clusterId = id === null ? undefined : model.clusterIdOf(id);
  const entry = clusterId === undefined ? undefined : model.clusterEntry(clusterId);
  if (id === null || entry === undefined) return null;
  return plainText(
    id === entry.id ? entry.record.name : `${entry.record.name}/${id.slice(id.lastIndexOf('/') + 1)}`,
  );
}

/** Name of the object a row shows. */
export function copyName(model: FleetModel, rowId: string): string | null {
  const id = recordIdOfRow(rowId);
  const record = id === null ? undefined : model.record(id);
  const name = record === undefined ? null : (record.name ?? ('sid' in record ? record.sid : null));
  // A line break in a name would run what follows where it is pasted into a shell.
  return name === null ? null : plainText(name);
}

/** One object with its state for a ticket; `null` for rows without a record. */
export function copyMarkdown(model: FleetModel, rowId: string, nowMs: number): string | null {
  const id = recordIdOfRow(rowId);
  const clusterId = id === null ? undefined : model.clusterIdOf(id);
  const entry = clusterId === undefined ? undefined : model.clusterEntry(clusterId);
  const context = clusterId === undefined ? undefined : model.context(clusterId, nowMs);
  if (id === null || clusterId === undefined || entry === undefined || context === undefined) return null;
  if (id === clusterId) return clusterSummary(model, clusterId, nowMs);
  const state = model.state(id);
  if (state === undefined) return null;
  const resource = model.resource(id);
  const guest = model.guest(id);
  const label =
    resource !== undefined
      ? resourceLabel(resource)
      : guest !== undefined
        ? guestLabel(guest)
        : nameText(id.slice(id.lastIndexOf('/') + 1));
  const node = resource?.node ?? guest?.node ?? null;
  return [
    `**${ticketText(label)}** (${ticketText(clusterDisplayName(model, entry))}${node === null ? '' : `/${ticketText(nameText(node))}`}): ${ticketText(stateText(state, nowMs))}`,
    '',
    ticketText(state.explanation, 600),
    ...(state.nextStep === null ? [] : [`Next: ${ticketText(state.nextStep)}`]),
    '',
    readLine(context.readAtMs, context.cluster.quorum.answeringNode),
  ].join('\n');
}

/** A cluster for a ticket: quorum, votes, manager, HA stack, counts, and what needs attention. */
export function clusterSummary(model: FleetModel, clusterId: string, nowMs: number): string | null {
  const entry = model.clusterEntry(clusterId);
  const context = model.context(clusterId, nowMs);
  if (entry === undefined || context === undefined) return null;
  const { tallies, problems } = model.index(clusterId);
  const troubles = clusterTroubles(model, context, clusterId, nowMs);
  const state = clusterState(model, context, clusterId);
  const isStandalone = context.cluster.quorum.state === 'standalone';
  const lines = [
    `**${ticketText(clusterDisplayName(model, entry))}**: ${ticketText(context.quorum.label)}`,
    '',
    `- Data: ${stateText(context.freshness, nowMs)}`,
    ...(isStandalone ? [] : [`- Votes: ${voteFigures(context.cluster.quorum)}`]),
    `- Manager: ${ticketText(context.master.label)}`,
    `- HA stack: ${ticketText(stateText(context.fencing, nowMs))}`,
    `- Nodes: ${tallyText(tallies.node, context)}`,
    `- HA resources: ${tallyText(tallies.ha, context)}`,
    `- Proxmox VE: ${ticketText(entry.record.pveVersion ?? 'not told')}`,
  ];
  if (troubles.length > 0)
    lines.push('', 'Needs attention:', ...troubles.map(({ text }) => `- ${ticketText(text)}`));
  const listed = [...problems].slice(0, 20).flatMap((id) => {
    const shown = model.state(id);
    return shown === undefined
      ? []
      : [`- ${ticketText(copyId(model, id) ?? id)}: ${ticketText(stateText(shown, nowMs))}`];
  });
  if (listed.length > 0) lines.push('', 'Objects:', ...listed);
  if (problems.size > 20) lines.push(`- and ${problems.size - 20} more`);
  if (state.nextStep !== null) lines.push('', `Next: ${ticketText(state.nextStep)}`);
  lines.push('', readLine(context.readAtMs, context.cluster.quorum.answeringNode));
  return lines.join('\n');
}

/** The record behind a row as JSON, secrets removed; `null` for rows without a record. */
export function copyJson(model: FleetModel, rowId: string): string | null {
  const id = recordIdOfRow(rowId);
  const record = id === null ? undefined : model.record(id);
  return record === undefined ? null : JSON.stringify(redactData(record), null, 2);
}

function readLine(readAtMs: number | null, answeringNode: string | null): string {
  if (readAtMs === null) return 'Never read.';
  const by = answeringNode === null ? '' : ` from ${ticketText(nameText(answeringNode))}`;
  return `Read at ${new Date(readAtMs).toISOString()} (${clockTextWithSeconds(readAtMs)} local)${by}.`;
}
