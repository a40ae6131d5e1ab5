import type { Guest } from '../../../src/contract/model/guest.ts';
import type { HaRule } from '../../../src/contract/model/placement.ts';
import type { ClusterPicture } from '../../../src/ha/foresight/clusterPicture.ts';
import { buildCluster, buildNode, buildResource } from '../../support/fleetBuilders.ts';

export const gib = 1024 ** 3;

/** A rule that says nothing yet. */
export function rule(name: string, fields: Partial<HaRule>): HaRule {
  return {
    id: `rule:prod/${name}`,
    cluster: 'prod',
    name,
    kind: 'resourceAffinity',
    rawType: null,
    affinity: 'positive',
    nodes: [],
    resources: [],
    strict: false,
    disabled: false,
    comment: null,
    order: null,
    errors: {},
    fromGroup: null,
    digest: null,
    ...fields,
  };
}

/** A running machine that HA manages. */
export function guest(vmid: number, node: string, fields: Partial<Guest> = {}): Guest {
  return {
    id: `guest:prod/${vmid}`,
    cluster: 'prod',
    vmid,
    kind: 'qemu',
    name: `guest-${vmid}`,
    node,
    status: 'running',
    haManaged: 'managed',
    haState: 'started',
    template: false,
    lock: null,
    tags: [],
    pool: null,
    cpuRatio: null,
    maxCpu: 2,
    memoryBytes: gib,
    maxMemoryBytes: 4 * gib,
    maxDiskBytes: null,
    ...fields,
  };
}

/** A started HA resource. */
export const service = (vmid: number, node: string, fields: object = {}) =>
  buildResource(vmid, { node, crmState: 'started', requestState: 'started', group: null, ...fields });

/** Three nodes with one resource each. */
export function pictureWith(fields: Partial<ClusterPicture> = {}): ClusterPicture {
  return {
    cluster: buildCluster(),
    nodes: ['pve1', 'pve2', 'pve3'].map((name) =>
      buildNode(name, { haState: 'online', votes: 1, memoryBytes: 8 * gib, maxMemoryBytes: 16 * gib }),
    ),
    groups: [],
    rules: [],
    resources: [service(101, 'pve1'), service(102, 'pve2'), service(103, 'pve3')],
    guests: [guest(101, 'pve1'), guest(102, 'pve2'), guest(103, 'pve3')],
    ...fields,
  };
}
