import type { ClusterNode, Lrm } from '../contract/model/node.ts';
import type { HaStatusItem } from '../contract/wire/ha.ts';
import { parseHaStatusText } from '../contract/wire/haStatusText.ts';
import type { FleetStore } from './fleetStore.ts';
import { type ReferenceParts, rowsIn } from './referenceParts.ts';

/** Words by which Proxmox marks the report of a master or LRM that cannot be trusted in time. */
export const ageWords: ReadonlyMap<string, 'silent' | 'clockDrift'> = new Map([
  ['old timestamp - dead?', 'silent'],
  ['detected time drift!', 'clockDrift'],
]);

const lrmWords: ReadonlyMap<string, Lrm['state']> = new Map<string, Lrm['state']>([
  ['active', 'active'],
  ['idle', 'idle'],
  ['wait_for_agent_lock', 'waitingForLock'],
  ['lost_agent_lock', 'lostLock'],
  ['maintenance', 'maintenance'],
  ['maintenance mode', 'maintenance'],
  ['restart mode', 'restarting'],
  ['shutdown mode', 'shuttingDown'],
  ['disarm mode', 'disarmed'],
  ['unable to read lrm status', 'unreadable'],
  ...ageWords,
]);

function toLrm(row: HaStatusItem | undefined): Lrm | null {
  if (row === undefined) return null;
  const text = parseHaStatusText(row.status ?? '');
  const watchdog = text?.watchdog ?? null;
  return {
    state: lrmWords.get(text?.word ?? '') ?? 'unknown',
    watchdog:
      watchdog === null || watchdog === 'active' || watchdog === 'standby' || watchdog === 'released'
        ? watchdog
        : 'unknown',
    timestampS: row.timestamp,
    rawStatus: row.status,
  };
}

/**
 * Nodes of a cluster: membership, with figures of the resource rows and LRM rows of the HA status. Where one of those
 * could not be read, what it told last stays.
 */
export function toNodes(
  cluster: string,
  parts: ReferenceParts,
  store: FleetStore,
  nowMs: number,
): ClusterNode[] {
  const { status, haStatus, resources } = parts;
  if (status.state !== 'read') return [];
  const rows = rowsIn(resources);
  const ha = rowsIn(haStatus);
  const figures = new Map(rows.filter((row) => row.type === 'node').map((row) => [row.node, row]));
  const readMs = store.list('clusters').get(`cluster:${cluster}`)?.sections.status.readAtMs ?? null;
  return status.value.node_list.flatMap((member): ClusterNode[] => {
    if (member.name === null) return [];
    const row = figures.get(member.name);
    const id = `node:${cluster}/${member.name}`;
    const known = store.list('nodes').get(id);
    const last = resources.state === 'failed' ? known : undefined;
    return [
      {
        id,
        cluster,
        name: member.name,
        nodeId: member.nodeid,
        ip: member.ip === '' ? null : member.ip,
        online: member.online,
        local: member.local,
        status: row?.status ?? last?.status ?? null,
        haState: row?.hastate ?? last?.haState ?? null,
        lrm:
          haStatus.state === 'failed'
            ? (known?.lrm ?? null)
            : toLrm(ha.find((item) => item.type === 'lrm' && item.node === member.name)),
        cpuRatio: row?.cpu ?? null,
        maxCpu: row?.maxcpu ?? null,
        memoryBytes: row?.mem ?? null,
        maxMemoryBytes: row?.maxmem ?? null,
        diskBytes: row?.disk ?? null,
        maxDiskBytes: row?.maxdisk ?? null,
        uptimeS: row?.uptime ?? null,
        votes: null,
        level: member.level,
        sslFingerprint: null,
        lostSinceMs: member.online === false ? (known?.lostSinceMs ?? nowMs) : null,
        lastOnlineMs:
          member.online === false ? (known?.online === true ? readMs : (known?.lastOnlineMs ?? null)) : null,
      },
    ];
  });
}
