import { PveError, parameterError } from '../pveError.ts';
import { addGuest, newMac, newUuid, removeGuest, setConfig } from '../world/guestBirth.ts';
import { diskDefaultKey, disksOf, type GuestDisk, isCloudInit } from '../world/guestDisks.ts';
import { type GuestType, type GuestWorld, moveGuest } from '../world/model.ts';
import { parseOptions, printOptions, printSize } from '../world/propertyString.ts';
import type { Task } from '../world/tasks.ts';
import { storageOf, type Volume } from '../world/volumes.ts';
import { requireBridges } from './bridgePrivileges.ts';
import { freeVolumes, needDiskStorage, needStorage } from './diskWrites.ts';
import { name, nodeName, poolId, storageId } from './formats.ts';
import { vmidRule } from './guestCreation.ts';
import { flag, integer, number, type Rules, required, text, words } from './parameters.ts';
import {
  forBothTypes,
  requireAllocate,
  requireFreeVmid,
  requireIdle,
  requirePool,
  requireUnlocked,
  type WriteContext,
  word,
  writableGuest,
} from './writeContext.ts';

const gib = 1024 ** 3;
const progressLines = 10;

const common: Rules = {
  newid: required(vmidRule),
  description: text(),
  full: flag,
  pool: poolId,
  snapname: text({ maxLength: 40 }),
  storage: storageId,
  target: nodeName,
};
const rules: Readonly<Record<GuestType, Rules>> = {
  qemu: { ...common, bwlimit: integer(0), name, format: words('raw', 'qcow2', 'vmdk') },
  lxc: { ...common, bwlimit: number(0), hostname: name },
};

/** `POST /nodes/{node}/qemu/{vmid}/clone` and the same for containers. */
export const cloneRoutes = forBothTypes((type) => [
  {
    method: 'POST',
    template: `/nodes/{node}/${type}/{vmid}/clone`,
    rules: rules[type],
    privileges: [{ path: '/vms/{vmid}', privileges: ['VM.Clone'] }],
    handle: cloneGuest,
  },
]);

/** A clone that has been checked. */
interface ClonePlan {
  readonly source: GuestWorld;
  readonly newid: number;
  /** Node that makes the copy. */
  readonly node: string;
  /** Node the copy ends on. */
  readonly target: string;
  readonly full: boolean;
  readonly disks: readonly GuestDisk[];
}

function cloneGuest(context: WriteContext): string {
  const { params, view, live, user } = context;
  const plan = checkClone(context);
  const { source, newid, node, target, full, disks } = plan;
  const isVm = source.type === 'qemu';
  const guest = addGuest(view.cluster, {
    vmid: newid,
    type: source.type,
    node,
    lock: isVm ? 'clone' : 'create',
    pool: null,
    nowMs: view.nowMs,
  });
  // A container is locked while it is copied, a machine is not: its templates serve many at once.
  if (!isVm) source.lock = 'disk';
  const volumes: Volume[] = [];
  const bytes = disks.reduce((total, disk) => total + disk.sizeBytes, 0);
  const { guestCreateMs, copyMsPerGib } = view.cluster.timings;
  const entries = clonedConfig(context, plan);
  const task = live.workers.start(
    {
      node,
      type: isVm ? 'qmclone' : 'vzclone',
      id: String(source.vmid),
      user,
      holds: [newid],
      durationMs: guestCreateMs + (full ? (bytes / gib) * copyMsPerGib : 0),
      undo() {
        freeVolumes(context, volumes);
        removeGuest(view.cluster, guest);
        if (!isVm) source.lock = null;
      },
      stages: [
        {
          share: 0,
          run(task, nowMs) {
            task.log.push(
              isVm
                ? `creating a clone of VM ${source.vmid} with ID ${newid}`
                : `create clone of CT ${source.vmid} with ID ${newid}`,
            );
            try {
              for (const disk of disks)
                entries.set(disk.key, copyDisk(context, plan, disk, volumes, task, nowMs));
            } catch (error) {
              throw new Error(`clone failed: ${error instanceof Error ? error.message : 'unknown error'}`);
            }
          },
        },
        ...(full ? progressStages(bytes) : []),
        {
          share: 1,
          run() {
            setConfig(view.cluster, guest, node, entries);
            guest.lock = null;
            guest.pool = params.pool ?? null;
            if (!isVm) source.lock = null;
            if (target !== node) moveGuest(view.cluster, guest, target);
          },
        },
      ],
    },
    view.nowMs,
  );
  return task.upid;
}

/** Everything Proxmox looks at before the task starts. */
function checkClone(context: WriteContext): ClonePlan {
  const { params, view } = context;
  const source = writableGuest(context);
  const { type } = source;
  const newid = Number(params.newid);
  const node = view.nodeOf(source);
  const { storage, pool } = params;
  const target = params.target === undefined || params.target === 'localhost' ? node : params.target;
  requireAllocate(context, newid, pool);
  requirePool(context, pool);
  if (!view.cluster.nodes.has(target)) throw new PveError(500, `no such cluster node '${target}'\n`);
  if (storage !== undefined) {
    const found = needStorage(context, storage);
    if (target !== node && !found.shared)
      throw new PveError(500, `can't clone to non-shared storage '${storage}'\n`);
    if (type === 'qemu' && !found.content.split(',').includes('images'))
      throw parameterError({ storage: `storage '${storage}' does not support vm images` });
  }
  requireUnlocked(context, source);
  if (type === 'lxc') requireIdle(context, source);
  if (params.snapname !== undefined)
    throw new PveError(500, `snapshot '${params.snapname}' does not exist\n`);
  const full = params.full === undefined ? !source.template : params.full === '1';
  if (storage !== undefined && !full)
    throw new PveError(500, "parameter 'storage' not allowed for linked clones\n");
  if (params.format !== undefined && !full)
    throw new PveError(500, "parameter 'format' not allowed for linked clones\n");
  const disks = disksOf(type, source.config);
  for (const { key, volid } of disks) {
    const onStorage = needDiskStorage(context, type, storage ?? storageOf(volid));
    if (target !== node && !onStorage.shared)
      throw new PveError(
        500,
        `can't clone ${word(type)} to node '${target}' (${word(type)} uses local storage)\n`,
      );
    if (!full && !source.template)
      throw new PveError(
        500,
        type === 'qemu'
          ? `Linked clone feature is not supported for drive '${key}'\n`
          : `Linked clone feature for '${volid}' is not available\n`,
      );
  }
  requireBridges(context, source.config);
  if (type === 'lxc' && full && source.startedAtMs !== null)
    throw new PveError(500, 'Full clone of a running container is only possible from a snapshot\n');
  const taken = view.cluster.guests.get(newid);
  if (type === 'qemu' && taken?.type === 'qemu' && view.nodeOf(taken) === node)
    throw new PveError(500, `unable to create VM ${newid}: config file already exists\n`);
  requireFreeVmid(context, newid);
  return { source, newid, node, target, full, disks };
}

/** The source's configuration with what must differ: addresses, identifiers, name. */
function clonedConfig({ params, random }: WriteContext, { source }: ClonePlan): Map<string, string> {
  const entries = new Map<string, string>();
  for (const [key, value] of source.config) {
    if (/^unused\d+$/.test(key)) continue;
    entries.set(key, /^net\d+$/.test(key) ? withNewMac(source.type, value, newMac(random)) : value);
  }
  if (params.description !== undefined) entries.set('description', params.description);
  if (source.type === 'lxc') {
    if (params.hostname !== undefined) entries.set('hostname', params.hostname);
    return entries;
  }
  entries.set('name', params.name ?? `Copy-of-VM-${source.config.get('name') ?? source.vmid}`);
  const smbios = parseOptions(entries.get('smbios1') ?? '', 'uuid');
  smbios.set('uuid', newUuid(random));
  entries.set('smbios1', [...smbios].map(([key, value]) => `${key}=${value}`).join(','));
  if (entries.has('vmgenid')) entries.set('vmgenid', newUuid(random));
  return entries;
}

function withNewMac(type: GuestType, value: string, mac: string): string {
  return type === 'lxc'
    ? value.replace(/hwaddr=[0-9A-Fa-f:]+/, `hwaddr=${mac}`)
    : value.replace(/^(\w[\w-]*)=[0-9A-Fa-f:]{17}/, `$1=${mac}`);
}

/** Makes the copy of one disk, whole or standing on the template's. */
function copyDisk(
  { params, live }: WriteContext,
  { source, newid, node, full }: ClonePlan,
  disk: GuestDisk,
  volumes: Volume[],
  task: Task,
  nowMs: number,
): string {
  const { world } = live;
  const base = world.volumes.find(node, disk.volid);
  if (base === undefined) throw new Error(`volume '${disk.volid}' does not exist`);
  task.log.push(
    `create ${full ? 'full' : 'linked'} clone of ${source.type === 'qemu' ? 'drive' : 'mountpoint'} ${disk.key} (${disk.volid})`,
  );
  const isFresh = isCloudInit(disk.volid);
  const volume = world.volumes.allocate(node, full ? (params.storage ?? base.storage) : base.storage, {
    vmid: newid,
    type: source.type,
    sizeBytes: base.sizeBytes,
    nowMs,
    ...(full || isFresh ? {} : { parent: base }),
    ...(isFresh ? { suffix: 'cloudinit' } : {}),
  });
  volumes.push(volume);
  const options = new Map(disk.options);
  options.set(diskDefaultKey[source.type], volume.volid);
  if (!isFresh) options.set('size', printSize(volume.sizeBytes));
  return printOptions(options, diskDefaultKey[source.type]);
}

/** Lines a copying task writes while it works. */
function progressStages(bytes: number): { share: number; run(task: Task): void }[] {
  const total = (bytes / gib).toFixed(1);
  return Array.from({ length: progressLines }, (_, index) => {
    const share = (index + 1) / (progressLines + 1);
    return {
      share,
      run: (task) => {
        task.log.push(
          `transferred ${((bytes / gib) * share).toFixed(1)} GiB of ${total} GiB (${(share * 100).toFixed(2)}%)`,
        );
      },
    };
  });
}
