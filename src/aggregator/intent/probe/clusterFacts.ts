import * as z from 'zod';
import { pveGuestRow, pveNodeRow } from '../../../pve/clusterResources.ts';
import { isStandalone, pveClusterStatusRow } from '../../../pve/clusterStatus.ts';
import {
  type PveHaGroup,
  type PveHaResource,
  type PveHaRule,
  pveHaGroup,
  pveHaResource,
  pveHaRule,
} from '../../../pve/haConfig.ts';
import { pveManagerStatus } from '../../../pve/managerStatus.ts';
import { parsePveRows, pveFlag, pveNumber, pveText } from '../../../pve/values.ts';

/** A node as a probe sees it. */
export interface NodeFacts {
  readonly name: string;
  /** `null`: not told. */
  readonly online: boolean | null;
  /** In HA maintenance; `null` when the manager did not tell. */
  readonly maintenance: boolean | null;
  readonly memoryBytes: number | null;
  readonly memoryUsedBytes: number | null;
}

export interface GuestFacts {
  readonly vmid: number;
  readonly kind: 'qemu' | 'lxc';
  readonly node: string | null;
  readonly name: string | null;
  readonly status: string | null;
  readonly template: boolean;
  readonly lock: string | null;
}

/** A storage as one node has it. */
export interface StorageFacts {
  readonly storage: string;
  readonly node: string;
  readonly available: boolean;
  readonly freeBytes: number | null;
  readonly shared: boolean;
  /** Kinds of content it takes, such as `images` and `rootdir`; empty when not told. */
  readonly content: readonly string[];
}

/** HA configuration; `null` where it could not be read. */
export interface HaFacts {
  readonly resources: readonly PveHaResource[] | null;
  /** Empty on versions without groups. */
  readonly groups: readonly PveHaGroup[] | null;
  /** Empty on versions without rules. */
  readonly rules: readonly PveHaRule[] | null;
}

/** What one look at a cluster told. */
export interface ClusterFacts {
  /** `null`: not told. A single node without a cluster is its own majority, and reads as `true`. */
  readonly quorate: boolean | null;
  readonly nodes: readonly NodeFacts[];
  readonly guests: ReadonlyMap<number, GuestFacts>;
  readonly storages: readonly StorageFacts[];
  readonly ha: HaFacts;
}

const storageRow = z.object({
  type: z.literal('storage'),
  storage: z.string().min(1),
  node: z.string().min(1),
  status: pveText,
  disk: pveNumber,
  maxdisk: pveNumber,
  shared: pveFlag,
  content: pveText,
});

/** Raw answers that the facts are made from; `undefined` where a list could not be read. */
export interface RawFacts {
  readonly status: unknown;
  readonly resources: unknown;
  readonly haResources: unknown;
  readonly haGroups: unknown;
  readonly haRules: unknown;
  readonly managerStatus: unknown;
}

/** Facts from raw answers. Rows that make no sense are left out. */
export function toClusterFacts(raw: RawFacts): ClusterFacts {
  const { rows: status, dropped } = parsePveRows(pveClusterStatusRow, list(raw.status) ?? []);
  const rows = list(raw.resources) ?? [];
  const nodeRows = new Map(
    parsePveRows(pveNodeRow, rows.filter(hasType('node'))).rows.map((row) => [row.node, row]),
  );
  const members = status.filter((row) => row.type === 'node' && row.name !== null);
  const clusterRow = status.find((row) => row.type === 'cluster');
  const manager = raw.managerStatus === undefined ? null : pveManagerStatus.safeParse(raw.managerStatus);
  const nodeStates = manager?.success === true ? manager.data.manager_status.node_status : null;
  const groups = list(raw.haGroups);
  const rules = list(raw.haRules);
  const haResources = list(raw.haResources);
  return {
    // What is left of a cluster's rows is no node that stands alone and needs no quorum.
    quorate: clusterRow === undefined ? (isStandalone(status, dropped) ? true : null) : clusterRow.quorate,
    nodes: members.map((row) => {
      const name = row.name ?? '';
      const load = nodeRows.get(name);
      return {
        name,
        online: row.online ?? (load?.status === null || load === undefined ? null : load.status === 'online'),
        maintenance: nodeStates === null ? null : nodeStates[name] === 'maintenance',
        memoryBytes: load?.maxmem ?? null,
        memoryUsedBytes: load?.mem ?? null,
      };
    }),
    guests: new Map(
      parsePveRows(pveGuestRow, rows).rows.map((row) => [
        row.vmid,
        {
          vmid: row.vmid,
          kind: row.type,
          node: row.node,
          name: row.name,
          status: row.status,
          template: row.template === true,
          lock: row.lock,
        },
      ]),
    ),
    storages: parsePveRows(storageRow, rows).rows.map((row) => ({
      storage: row.storage,
      node: row.node,
      available: row.status === 'available',
      freeBytes: row.maxdisk === null || row.disk === null ? null : row.maxdisk - row.disk,
      shared: row.shared === true,
      content: (row.content ?? '').split(',').filter((part) => part !== ''),
    })),
    ha: {
      resources: haResources === null ? null : parsePveRows(pveHaResource, haResources).rows,
      groups: groups === null ? null : parsePveRows(pveHaGroup, groups).rows,
      rules: rules === null ? null : parsePveRows(pveHaRule, rules).rows,
    },
  };
}

function list(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

function hasType(type: string): (row: unknown) => boolean {
  return (row) => typeof row === 'object' && row !== null && 'type' in row && row.type === type;
}
