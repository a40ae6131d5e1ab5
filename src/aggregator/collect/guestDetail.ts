import type { Clock } from '../../base/clock.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import type { GuestDetail, GuestTask, LoadPoint } from '../../contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../../contract/model/loadTimeframe.ts';
import { pveGuestStatus, pveRrdPoint, pveTaskRow, readableConfig } from '../../pve/guestDetail.ts';
import { parsePveRows } from '../../pve/values.ts';
import type { ClusterCollector } from './clusterCollector.ts';
import { toFleetError } from './toFleetError.ts';

/** How many tasks of a guest are told. */
const taskLimit = 25;

/** Reads what the guest page shows beside the fleet records; each part fails alone. */
export async function readGuestDetail(
  collector: ClusterCollector,
  vmid: number,
  timeframe: LoadTimeframe,
  clock: Clock,
): Promise<GuestDetail> {
  const { records, reader } = collector;
  const guest = records.guests.find((candidate) => candidate.vmid === vmid) ?? null;
  const resource = records.resources.find((candidate) => candidate.vmid === vmid) ?? null;
  const base = guest === null ? null : `/nodes/${encodeURIComponent(guest.node ?? '')}/${guest.kind}/${vmid}`;
  const get = async (path: string | null): Promise<Part> => {
    if (path === null || guest?.node == null) return { data: undefined, error: null };
    try {
      return { data: await reader.endpoints.get(path), error: null };
    } catch (error) {
      return { data: undefined, error: toFleetError(error, clock.now(), null) };
    }
  };
  const [config, status, tasks, load] = await Promise.all([
    get(base && `${base}/config`),
    get(base && `${base}/status/current`),
    get(base && `/nodes/${encodeURIComponent(guest?.node ?? '')}/tasks?vmid=${vmid}&limit=${taskLimit}`),
    get(base && `${base}/rrddata?timeframe=${timeframe}&cf=AVERAGE`),
  ]);
  const parsedStatus = pveGuestStatus.safeParse(status.data);
  return {
    serverTimeMs: clock.now(),
    cluster: reader.key,
    vmid,
    guest,
    resource,
    haError:
      records.clusters[0]?.sections.haResources.error ?? records.clusters[0]?.sections.haStatus.error ?? null,
    rules: resource === null ? [] : records.rules.filter((rule) => rule.resources.includes(resource.sid)),
    config: readableConfig(config.data),
    configError: config.error,
    status: parsedStatus.success
      ? {
          status: parsedStatus.data.status,
          uptimeS: parsedStatus.data.uptime,
          cpuRatio: parsedStatus.data.cpu,
          maxCpu: parsedStatus.data.cpus,
          memoryBytes: parsedStatus.data.mem,
          maxMemoryBytes: parsedStatus.data.maxmem,
          maxDiskBytes: parsedStatus.data.maxdisk,
        }
      : null,
    statusError: status.error,
    tasks: toTasks(tasks.data),
    tasksError: tasks.error,
    load: toLoad(load.data),
    loadTimeframe: timeframe,
    loadError: load.error,
  };
}

interface Part {
  readonly data: unknown;
  readonly error: FleetError | null;
}

function toTasks(data: unknown): GuestTask[] {
  const { rows } = parsePveRows(pveTaskRow, Array.isArray(data) ? data : []);
  return rows.map((row) => ({
    upid: row.upid,
    node: row.node,
    type: row.type,
    user: row.user,
    startS: row.starttime,
    endS: row.endtime,
    status: row.status,
  }));
}

function toLoad(data: unknown): LoadPoint[] {
  const { rows } = parsePveRows(pveRrdPoint, Array.isArray(data) ? data : []);
  return rows.map((row) => ({
    timeS: row.time,
    cpuRatio: row.cpu,
    memoryBytes: row.mem,
    maxMemoryBytes: row.maxmem,
  }));
}
