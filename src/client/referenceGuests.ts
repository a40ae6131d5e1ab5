import type { Guest } from '../contract/model/guest.ts';
import type { HaResource } from '../contract/model/placement.ts';
import type { ClusterResource } from '../contract/wire/cluster.ts';
import type { HaStatusItem, HaWireResource } from '../contract/wire/ha.ts';
import type { FleetStore } from './fleetStore.ts';

/** HA resources of a cluster: what runs, from the status rows, joined with what is configured. */
export function toResources(
  cluster: string,
  ha: readonly HaStatusItem[],
  config: readonly HaWireResource[],
  rows: readonly ClusterResource[],
  store: FleetStore,
  nowMs: number,
): HaResource[] {
  const names = new Map(rows.map((row) => [row.vmid, row.name]));
  const services = new Map(
    ha.flatMap((row) => (row.type === 'service' && row.sid !== null ? [[row.sid, row]] : [])),
  );
  const configured = new Map(config.flatMap((row) => (row.sid === null ? [] : [[row.sid, row]])));
  return [...new Set([...services.keys(), ...configured.keys()])].map((sid): HaResource => {
    const row = services.get(sid);
    const entry = configured.get(sid);
    const [kind = '', number = ''] = sid.split(':');
    const vmid = /^\d+$/.test(number) ? Number(number) : null;
    const id = `ha:${cluster}/${sid}`;
    const known = store.list('resources').get(id);
    const state = row?.state ?? null;
    return {
      id,
      cluster,
      sid,
      kind: kind === 'vm' || kind === 'ct' ? kind : 'unknown',
      vmid,
      name: vmid === null ? null : (names.get(vmid) ?? null),
      requestState: row?.request_state ?? entry?.request_state ?? entry?.state ?? null,
      crmState: row?.crm_state ?? entry?.crm_state ?? null,
      state,
      rawStatus: row?.status ?? null,
      node: row?.node === '---' ? null : (row?.node ?? entry?.node ?? null),
      group: entry?.group ?? null,
      // The original loses zeros in the resource rows but keeps them in the status rows.
      maxRestart: row?.max_restart ?? entry?.max_restart ?? null,
      maxRelocate: row?.max_relocate ?? entry?.max_relocate ?? null,
      failback: row?.failback ?? entry?.failback ?? null,
      comment: entry?.comment ?? null,
      target: null,
      maintenanceNode: null,
      configured: entry !== undefined,
      stateSinceMs: known !== undefined && known.state === state ? known.stateSinceMs : nowMs,
    };
  });
}

/**
 * Guests of a cluster.
 *
 * @param haKnown Whether the HA rows were read; without them, nobody can say that a guest is not managed.
 */
export function toGuests(
  cluster: string,
  rows: readonly ClusterResource[],
  resources: readonly HaResource[],
  haKnown: boolean,
): Guest[] {
  const managed = new Set(resources.map((resource) => resource.vmid));
  return rows.flatMap((row): Guest[] => {
    if ((row.type !== 'qemu' && row.type !== 'lxc') || row.vmid === null) return [];
    const tags = row.tags;
    return [
      {
        id: `guest:${cluster}/${row.vmid}`,
        cluster,
        vmid: row.vmid,
        kind: row.type,
        name: row.name,
        node: row.node,
        status: row.status,
        haManaged:
          managed.has(row.vmid) || row.hastate !== null ? 'managed' : haKnown ? 'notManaged' : 'unknown',
        haState: row.hastate,
        template: row.template === true || row.template === 1,
        lock: typeof row.lock === 'string' ? row.lock : null,
        tags: typeof tags === 'string' ? tags.split(/[;,\s]+/).filter((tag) => tag !== '') : [],
        pool: row.pool,
        cpuRatio: row.cpu,
        maxCpu: row.maxcpu,
        memoryBytes: row.mem,
        maxMemoryBytes: row.maxmem,
        maxDiskBytes: row.maxdisk,
      },
    ];
  });
}
