import type { Guest } from '../contract/model/guest.ts';
import type { HaResource } from '../contract/model/placement.ts';
import type { ClusterResource } from '../contract/wire/cluster.ts';
import type { FleetStore } from './fleetStore.ts';
import { type ReferenceParts, rowsIn } from './referenceParts.ts';

/**
 * HA resources of a cluster: what runs, from the status rows, joined with what is configured. Where the configuration
 * could not be read, what it told last stays.
 */
export function toResources(
  cluster: string,
  parts: ReferenceParts,
  store: FleetStore,
  nowMs: number,
): HaResource[] {
  const ha = rowsIn(parts.haStatus);
  const config = rowsIn(parts.haResources);
  const rows = rowsIn(parts.resources);
  const isConfigTold = parts.haResources.state === 'read';
  const remembered = isConfigTold
    ? []
    : [...store.idsOf(cluster, 'resources')].flatMap((id) => store.list('resources').get(id)?.sid ?? []);
  const names = new Map(rows.map((row) => [row.vmid, row.name]));
  const services = new Map(
    ha.flatMap((row) => (row.type === 'service' && row.sid !== null ? [[row.sid, row]] : [])),
  );
  const configured = new Map(config.flatMap((row) => (row.sid === null ? [] : [[row.sid, row]])));
  return [...new Set([...services.keys(), ...configured.keys(), ...remembered])].map((sid): HaResource => {
    const row = services.get(sid);
    const entry = configured.get(sid);
    const [kind = '', number = ''] = sid.split(':');
    const vmid = /^\d+$/.test(number) ? Number(number) : null;
    const id = `ha:${cluster}/${sid}`;
    const known = store.list('resources').get(id);
    const state = row?.state ?? null;
    const last = isConfigTold ? undefined : known;
    return {
      id,
      cluster,
      sid,
      kind: kind === 'vm' || kind === 'ct' ? kind : 'unknown',
      vmid,
      name:
        vmid === null
          ? null
          : (names.get(vmid) ?? (parts.resources.state === 'failed' ? known?.name : null) ?? null),
      requestState: row?.request_state ?? entry?.request_state ?? entry?.state ?? null,
      crmState: row?.crm_state ?? entry?.crm_state ?? null,
      state,
      rawStatus: row?.status ?? null,
      node: row?.node === '---' ? null : (row?.node ?? entry?.node ?? null),
      group: entry?.group ?? last?.group ?? null,
      // The original loses zeros in the resource rows but keeps them in the status rows.
      maxRestart: row?.max_restart ?? entry?.max_restart ?? last?.maxRestart ?? null,
      maxRelocate: row?.max_relocate ?? entry?.max_relocate ?? last?.maxRelocate ?? null,
      failback: row?.failback ?? entry?.failback ?? last?.failback ?? null,
      comment: entry?.comment ?? last?.comment ?? null,
      target: null,
      maintenanceNode: null,
      configured: isConfigTold ? entry !== undefined : (known?.configured ?? null),
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
