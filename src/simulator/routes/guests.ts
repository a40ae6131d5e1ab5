import { createHash } from 'node:crypto';
import { parameterError } from '../pveError.ts';
import type { ClusterView } from '../world/clusterView.ts';
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
      typed((context) => guestConfig(pathGuest(context), context.view)),
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

function guestConfig(guest: GuestWorld, view: ClusterView): Row {
  const megabytes = Math.round(guest.memoryBytes / 1024 ** 2);
  const gigabytes = Math.round(guest.diskBytes / 1024 ** 3);
  const mac = `BC:24:11:${guest.vmid.toString(16).padStart(6, '0').toUpperCase().match(/../g)?.join(':')}`;
  const common: Row = { cores: guest.cores, onboot: guest.onboot ? 1 : 0 };
  if (guest.tags.length > 0) common.tags = guest.tags.join(';');
  if (guest.description !== null) common.description = guest.description;
  if (guest.lock !== null) common.lock = guest.lock;
  if (guest.template) common.template = 1;
  const specific: Row =
    guest.type === 'lxc'
      ? {
          arch: 'amd64',
          hostname: guest.name,
          memory: megabytes,
          swap: 512,
          ostype: guest.osType,
          unprivileged: 1,
          features: 'nesting=1',
          rootfs: `${guest.storage}:subvol-${guest.vmid}-disk-0,size=${gigabytes}G`,
          net0: `name=eth0,bridge=vmbr0,firewall=1,hwaddr=${mac},ip=dhcp,type=veth`,
        }
      : {
          name: guest.name,
          memory: String(megabytes),
          sockets: 1,
          numa: 0,
          cpu: 'x86-64-v2-AES',
          ostype: guest.osType,
          agent: '1',
          scsihw: 'virtio-scsi-single',
          boot: 'order=scsi0;net0',
          scsi0: `${guest.storage}:${guest.template ? 'base' : 'vm'}-${guest.vmid}-disk-0,iothread=1,size=${gigabytes}G`,
          net0: `virtio=${mac},bridge=vmbr0,firewall=1`,
          meta: `creation-qemu=${view.cluster.release.qemu},ctime=${Math.floor(guest.createdAtMs / 1000)}`,
          smbios1: `uuid=${uuidOf(guest.vmid, 'smbios')}`,
          vmgenid: uuidOf(guest.vmid, 'genid'),
        };
  const config = { ...common, ...specific };
  return { ...config, digest: createHash('sha1').update(JSON.stringify(config)).digest('hex') };
}

function uuidOf(vmid: number, label: string): string {
  const hex = createHash('sha1').update(`${label}/${vmid}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
