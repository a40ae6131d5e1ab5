import { parameterError } from '../pveError.ts';
import type { ClusterView } from '../world/clusterView.ts';
import { configRow, configValue } from '../world/guestConfig.ts';
import { type GuestType, type GuestWorld, sidOf } from '../world/model.ts';
import { enumParameter, get, pathGuest, pathNode, type Route, type RouteContext, reply } from './route.ts';
import { guestSeries, timeframes } from './rrd.ts';
import { guestUptime, hostMemory } from './stats.ts';

type Row = Record<string, unknown>;

/** Lists, configuration, status and series of guests, once for VMs and once for containers. */
export const guestRoutes: readonly Route[] = (['qemu', 'lxc'] as const).flatMap((type) => {
  const typed = (handle: (context: RouteContext) => unknown) => (context: RouteContext) =>
    reply(handle({ ...context, parameters: { ...context.parameters, type } }));
  const path = `/nodes/{node}/${type}/{vmid}`;
  const audit = ['/vms/{vmid}', 'VM.Audit'] as const;
  return [
    get(
      `/nodes/{node}/${type}`,
      null,
      typed((context) => guestList(context, type)),
    ),
    get(
      path,
      null,
      typed((context) => {
        pathGuest(context);
        return ['config', 'status', 'rrddata', 'pending', 'snapshot', 'migrate'].map((subdir) => ({
          subdir,
        }));
      }),
    ),
    get(
      `${path}/config`,
      audit,
      typed((context) => configRow(pathGuest(context), context.query.get('current') === '1')),
    ),
    get(
      `${path}/snapshot`,
      audit,
      typed((context) => {
        const guest = pathGuest(context);
        const { digest } = configRow(guest, true);
        return [
          {
            name: 'current',
            description: 'You are here!',
            digest,
            running: guest.startedAtMs === null ? 0 : 1,
          },
        ];
      }),
    ),
    get(
      `${path}/pending`,
      audit,
      typed((context) => pendingRows(pathGuest(context))),
    ),
    get(
      `${path}/status`,
      null,
      typed((context) => {
        pathGuest(context);
        return ['current', 'start', 'stop', 'shutdown', 'reboot', 'suspend', 'resume'].map((subdir) => ({
          subdir,
        }));
      }),
    ),
    get(
      `${path}/status/current`,
      audit,
      typed((context) => guestStatus(pathGuest(context), context.view)),
    ),
    get(
      `${path}/rrddata`,
      audit,
      typed((context) => {
        const timeframe = enumParameter(context.query, 'timeframe', timeframes);
        if (timeframe === null)
          throw parameterError({ timeframe: 'property is missing and it is not optional' });
        enumParameter(context.query, 'cf', ['AVERAGE', 'MAX']);
        return guestSeries(pathGuest(context), timeframe, context.view);
      }),
    ),
  ];
});

function guestList(context: RouteContext, type: GuestType): Row[] {
  const node = pathNode(context).name;
  const { view } = context;
  const all: Iterable<GuestWorld> =
    view.store === view.cluster.store
      ? (view.cluster.guestsByNode.get(node) ?? [])
      : view.cluster.guests.values();
  const rows: Row[] = [];
  for (const guest of all) {
    if (guest.type !== type || view.nodeOf(guest) !== node) continue;
    if (!context.mayUse(`/vms/${guest.vmid}`, 'VM.Audit')) continue;
    rows.push(guestSummary(guest, view));
  }
  return context.random.shuffle(rows);
}

/** What lists and the current status share. */
function guestSummary(guest: GuestWorld, view: ClusterView): Row {
  const runs = guest.startedAtMs !== null;
  const row: Row = {
    vmid: guest.vmid,
    name: guest.name,
    status: runs ? 'running' : 'stopped',
    cpus: guest.cores,
    cpu: guest.cpu,
    maxmem: guest.memoryBytes,
    mem: guest.usedMemoryBytes,
    maxdisk: guest.diskBytes,
    disk: guest.usedDiskBytes,
    netin: guest.netInBytes,
    netout: guest.netOutBytes,
    diskread: guest.diskReadBytes,
    diskwrite: guest.diskWriteBytes,
    uptime: guestUptime(view, guest),
  };
  if (guest.type === 'lxc') {
    row.type = 'lxc';
    row.maxswap = 536_870_912;
    row.swap = 0;
  }
  if (view.cluster.release.memhost) {
    if (guest.type === 'qemu') row.memhost = hostMemory(guest);
    if (runs) {
      const pressures = [
        'pressurecpusome',
        'pressurecpufull',
        'pressureiosome',
        'pressureiofull',
        'pressurememorysome',
        'pressurememoryfull',
      ];
      for (const key of pressures) row[key] = 0;
    }
  }
  if (runs) row.pid = guest.pid;
  if (guest.template) row.template = 1;
  if (guest.tags.length > 0) row.tags = guest.tags.join(';');
  if (guest.lock !== null) row.lock = guest.lock;
  return row;
}

function guestStatus(guest: GuestWorld, view: ClusterView): Row {
  const row = guestSummary(guest, view);
  const sid = sidOf(guest);
  const resource = view.store.resources.get(sid);
  const state = view.serviceOf(sid)?.state;
  row.ha =
    resource === undefined ? { managed: 0 } : { managed: 1, ...(state === undefined ? {} : { state }) };
  if (guest.type === 'lxc') return row;
  row.qmpstatus = guest.status;
  if (guest.startedAtMs !== null) {
    row['running-machine'] = `pc-i440fx-${view.cluster.release.qemu.split('.').slice(0, 2).join('.')}+pve0`;
    row['running-qemu'] = view.cluster.release.qemu;
    row.agent = 1;
  }
  return row;
}

/** Every key with its value now and, where they differ, after the next start. */
function pendingRows(guest: GuestWorld): Row[] {
  const { digest, ...current } = configRow(guest, true);
  const rows: Row[] = Object.entries(current).map(([key, value]) => {
    const pending = guest.pending.get(key);
    if (pending === undefined) return { key, value };
    return pending === null
      ? { key, value, delete: 1 }
      : { key, value, pending: configValue(guest, key, pending) };
  });
  for (const [key, pending] of guest.pending) {
    if (pending !== null && !guest.config.has(key))
      rows.push({ key, pending: configValue(guest, key, pending) });
  }
  rows.push({ key: 'digest', value: digest });
  return rows;
}
