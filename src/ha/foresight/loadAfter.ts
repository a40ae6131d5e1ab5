import { compareNatural } from '../../base/text.ts';
import type { Guest } from '../../contract/model/guest.ts';
import type { MaintenanceReadiness } from '../../contract/model/maintenance.ts';
import type { FatedResource, WhatIf } from '../../contract/model/whatIf.ts';
import type { ClusterPicture } from './clusterPicture.ts';

/** Memory of the nodes that stay, with what arrives counted at its limit; `null` where a figure was not told. */
export function memoryAfter(
  { nodes, guests }: ClusterPicture,
  gone: ReadonlySet<string>,
  fates: readonly FatedResource[],
): WhatIf['memory'] {
  const limits = new Map(guests.map((guest) => [sidOf(guest), guest.maxMemoryBytes]));
  const arriving = new Map<string, number>();
  for (const { sid, to } of fates)
    if (to !== null) arriving.set(to, (arriving.get(to) ?? 0) + (limits.get(sid) ?? Number.NaN));
  return nodes
    .filter(({ name, online }) => online === true && !gone.has(name))
    .sort((a, b) => compareNatural(a.name, b.name))
    .map(({ name, memoryBytes, maxMemoryBytes }) => {
      const after = memoryBytes === null ? Number.NaN : memoryBytes + (arriving.get(name) ?? 0);
      return {
        node: name,
        beforeBytes: memoryBytes,
        afterBytes: Number.isFinite(after) ? after : null,
        maxBytes: maxMemoryBytes,
      };
    });
}

/** Nodes that stay once one is drained, with memory and processor load of what arrives. */
export function targetsAfter(
  picture: ClusterPicture,
  gone: ReadonlySet<string>,
  fates: readonly FatedResource[],
): MaintenanceReadiness['targets'] {
  const guests = new Map(picture.guests.map((guest) => [sidOf(guest), guest]));
  const nodes = new Map(picture.nodes.map((node) => [node.name, node]));
  return memoryAfter(picture, gone, fates).map((memory) => {
    const { cpuRatio = null, maxCpu = null } = nodes.get(memory.node) ?? {};
    const arriving = fates.filter(({ to }) => to === memory.node);
    let used = cpuRatio === null || maxCpu === null ? Number.NaN : cpuRatio * maxCpu;
    for (const { sid } of arriving) {
      const guest = guests.get(sid);
      used += (guest?.cpuRatio ?? Number.NaN) * (guest?.maxCpu ?? Number.NaN);
    }
    const after = maxCpu === null || maxCpu <= 0 ? Number.NaN : used / maxCpu;
    return {
      ...memory,
      arriving: arriving.length,
      cpuBefore: cpuRatio,
      cpuAfter: Number.isFinite(after) ? after : null,
    };
  });
}

/** Id of a guest as HA names it. */
export function sidOf({ kind, vmid }: Pick<Guest, 'kind' | 'vmid'>): string {
  return `${kind === 'lxc' ? 'ct' : 'vm'}:${vmid}`;
}
