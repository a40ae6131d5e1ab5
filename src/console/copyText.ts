import { type FleetModel, parseConsoleId } from './fleetModel.ts';
import { clusterLine } from './haStatusPage.ts';
import { escapeMarkdown } from './markdown.ts';
import type { TreeRow } from './treeRow.ts';

/** Id as an operator uses it in Proxmox: `vm:105`, `105`, `pve1`; qualified by its cluster where it repeats. */
export function copyId(id: string): string {
  const recordId = parseConsoleId(id)?.recordId ?? id;
  return recordId.slice(recordId.indexOf(':') + 1);
}

/** Row as one line of Markdown for a ticket. */
export function copyMarkdown(model: FleetModel, row: TreeRow): string {
  const view = model.clusterOf(row.id);
  const cluster = view === undefined || view.id === row.id ? '' : ` (${escapeMarkdown(view.cluster.name)})`;
  return `- **${escapeMarkdown(row.label)}**${cluster}: ${escapeMarkdown(row.description === '' ? 'no remarks' : row.description)}`;
}

/** Record behind a row as JSON. */
export function copyJson(model: FleetModel, id: string): string {
  return JSON.stringify(model.record(id) ?? null, null, 2);
}

/** A cluster in some lines of Markdown: quorum, manager, and everything that needs attention. */
export function copyClusterSummary(model: FleetModel, clusterId: string): string {
  const view = model.clusterView(clusterId);
  if (view === undefined) return '';
  const problems = model
    .members(view, 'resources')
    .map((resource) => ({ resource, state: model.resourceStateOf(view, resource) }))
    .filter(({ state }) => state.tone === 'fail' || state.tone === 'warn')
    .map(
      ({ resource, state }) =>
        `- ${escapeMarkdown(`${resource.sid} ${resource.name ?? ''}`.trim())}: ${escapeMarkdown(state.label)}`,
    );
  const lost = model
    .members(view, 'nodes')
    .filter((node) => node.online === false)
    .map((node) => `- ${escapeMarkdown(node.name)}: lost`);
  return [escapeMarkdown(clusterLine(model, view), 500), ...lost, ...problems].join('\n');
}

/** Address of an object in Proxmox's own interface; `null` when no endpoint is known. */
export function proxmoxUrl(model: FleetModel, id: string): string | null {
  const view = model.clusterOf(id);
  const endpoint =
    view?.cluster.endpoints.find((candidate) => candidate.state === 'answering') ??
    view?.cluster.endpoints[0];
  if (view === undefined || endpoint === undefined) return null;
  const record = model.record(id);
  const anchor =
    record === undefined || view.id === id
      ? ''
      : 'vmid' in record && record.vmid !== null
        ? guestAnchor(record.vmid, 'sid' in record ? record.kind === 'ct' : record.kind === 'lxc')
        : 'lrm' in record
          ? `#v1:0:=node/${record.name}`
          : '';
  return `${endpoint.url}/${anchor}`;
}

function guestAnchor(vmid: number, container: boolean): string {
  return `#v1:0:=${container ? 'lxc' : 'qemu'}/${vmid}`;
}
