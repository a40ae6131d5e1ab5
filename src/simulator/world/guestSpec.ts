import { uuidOf } from './guestBirth.ts';
import { refreshFacts } from './guestConfig.ts';
import { refreshGuest } from './load.ts';
import type { ClusterWorld, GuestType, GuestWorld, HaResource } from './model.ts';
import { printSize } from './propertyString.ts';
import type { Random } from './random.ts';
import { fileName, formatOf, type Volume } from './volumes.ts';

const gib = 1024 ** 3;
const hourMs = 3_600_000;

/** Description of one guest to build; what is absent gets a sensible value. */
export interface GuestSpec {
  readonly vmid: number;
  readonly type?: GuestType;
  readonly name: string;
  readonly node: string;
  readonly cores?: number;
  readonly memoryGib?: number;
  readonly diskGib?: number;
  readonly storage?: string;
  readonly tags?: readonly string[];
  readonly pool?: string;
  readonly template?: boolean;
  /** Has a cloud-init drive and a user to log in as. */
  readonly cloudInitUser?: string;
  /** Protection against removal. */
  readonly protected?: boolean;
  /** `running` when absent. */
  readonly status?: string;
  readonly lock?: string;
  readonly onboot?: boolean;
  readonly description?: string;
  readonly osType?: string;
  readonly busyness?: number;
  /** Configuration as HA resource; absent for a guest without HA. */
  readonly ha?: Omit<HaResource, 'sid'>;
}

/** Builds a guest as it looks after a while, with its configuration and its volumes. */
export function buildGuest(
  spec: GuestSpec,
  cluster: ClusterWorld,
  random: Random,
  nowMs: number,
): GuestWorld {
  const type = spec.type ?? 'qemu';
  const status = spec.template === true ? 'stopped' : (spec.status ?? 'running');
  const runs = status !== 'stopped';
  const startedAtMs = runs ? nowMs - random.between(1, 900) * hourMs - random.between(0, 3599) * 1000 : null;
  const diskBytes = (spec.diskGib ?? (type === 'qemu' ? 32 : 8)) * gib;
  const guest: GuestWorld = {
    vmid: spec.vmid,
    type,
    config: new Map(),
    pending: new Map(),
    name: spec.name,
    tags: spec.tags ?? [],
    pool: spec.pool ?? null,
    template: spec.template === true,
    protected: false,
    cores: spec.cores ?? 2,
    memoryBytes: (spec.memoryGib ?? 4) * gib,
    diskBytes,
    onboot: spec.onboot ?? runs,
    description: spec.description ?? null,
    osType: spec.osType ?? (type === 'qemu' ? 'l26' : 'debian'),
    busyness: spec.busyness ?? 0.05 + 0.3 * random.next(),
    loadKey: random.between(1, 0x7ffffff0),
    createdAtMs: nowMs - random.between(1000, 20_000) * hourMs,
    lock: spec.lock ?? null,
    status,
    startedAtMs,
    pid: runs ? random.between(1500, 3_900_000) : 0,
    cpu: 0,
    usedMemoryBytes: 0,
    usedDiskBytes: type === 'lxc' && runs ? Math.floor(diskBytes * (0.1 + 0.5 * random.next())) : 0,
    netInBytes: 0,
    netOutBytes: 0,
    diskReadBytes: 0,
    diskWriteBytes: 0,
  };
  const storage = spec.storage ?? 'local-zfs';
  const prefix = guest.template ? 'base' : 'vm';
  const { volid } = addVolume(cluster, guest, storage, spec.node, prefix, 'disk-0', guest.diskBytes);
  for (const [key, value] of usualConfig(cluster, guest, volid)) guest.config.set(key, value);
  if (spec.cloudInitUser !== undefined) {
    const { volid: drive } = addVolume(cluster, guest, storage, spec.node, 'vm', 'cloudinit', 4 * 1024 ** 2);
    guest.config.set('ide2', `${drive},media=cdrom`);
    guest.config.set('ciuser', spec.cloudInitUser);
    guest.config.set('ipconfig0', 'ip=dhcp');
  }
  if (spec.protected === true) guest.config.set('protection', '1');
  refreshFacts(guest, cluster.nodes.get(spec.node)?.cores ?? 1);
  refreshGuest(guest, nowMs, startedAtMs === null ? 0 : nowMs - startedAtMs);
  return guest;
}

/** A volume that was made some time ago; half of it is written. */
function addVolume(
  cluster: ClusterWorld,
  guest: GuestWorld,
  storageName: string,
  node: string,
  prefix: 'base' | 'vm',
  suffix: string,
  sizeBytes: number,
): Volume {
  const storage = cluster.volumes.storage(storageName);
  if (storage === undefined)
    throw new Error(`Guest ${guest.vmid} lies on '${storageName}', which is not described.`);
  const volume: Volume = {
    volid: `${storageName}:${fileName(storage, guest.type, guest.vmid, prefix, suffix)}`,
    storage: storageName,
    node: storage.shared ? '' : node,
    content: guest.type === 'qemu' ? 'images' : 'rootdir',
    format: formatOf(storage, guest.type),
    vmid: guest.vmid,
    ctime: Math.floor(guest.createdAtMs / 1000),
    parent: null,
    sizeBytes,
    takenBytes: Math.floor(sizeBytes / 2),
  };
  cluster.volumes.put(volume);
  return volume;
}

/** What the dialogs of Proxmox leave behind for a guest like this. */
function usualConfig(
  cluster: ClusterWorld,
  guest: GuestWorld,
  volid: string,
): [key: string, value: string][] {
  const { qemu } = cluster.release;
  const megabytes = String(Math.round(guest.memoryBytes / 1024 ** 2));
  const size = printSize(guest.diskBytes);
  const mac = `BC:24:11:${guest.vmid.toString(16).padStart(6, '0').toUpperCase().match(/../g)?.join(':')}`;
  const common: [string, string][] = [
    ['cores', String(guest.cores)],
    ['onboot', guest.onboot ? '1' : '0'],
  ];
  if (guest.tags.length > 0) common.push(['tags', guest.tags.join(';')]);
  if (guest.description !== null) common.push(['description', guest.description]);
  if (guest.type === 'lxc')
    return [
      ...common,
      ['arch', 'amd64'],
      ['hostname', guest.name],
      ['memory', megabytes],
      ['swap', '512'],
      ['ostype', guest.osType],
      ['unprivileged', '1'],
      ['features', 'nesting=1'],
      ['rootfs', `${volid},size=${size}`],
      ['net0', `name=eth0,bridge=vmbr0,firewall=1,hwaddr=${mac},ip=dhcp,type=veth`],
    ];
  return [
    ...common,
    ['name', guest.name],
    ['memory', megabytes],
    ['sockets', '1'],
    ['numa', '0'],
    ['cpu', 'x86-64-v2-AES'],
    ['ostype', guest.osType],
    ['agent', '1'],
    ['scsihw', 'virtio-scsi-single'],
    ['boot', 'order=scsi0;net0'],
    ['scsi0', `${volid},iothread=1,size=${size}`],
    ['net0', `virtio=${mac},bridge=vmbr0,firewall=1`],
    ['meta', `creation-qemu=${qemu},ctime=${Math.floor(guest.createdAtMs / 1000)}`],
    ['smbios1', `uuid=${uuidOf(guest.vmid, 'smbios')}`],
    ['vmgenid', uuidOf(guest.vmid, 'genid')],
  ];
}
