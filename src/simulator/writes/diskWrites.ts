import { PveError, parameterError } from '../pveError.ts';
import { diskDefaultKey, isCdrom, isDiskKey, parseDisk, wantedVolume } from '../world/guestDisks.ts';
import type { GuestType, StorageWorld } from '../world/model.ts';
import { type Options, printOptions, printSize } from '../world/propertyString.ts';
import { StorageError, storageOf, type Volume } from '../world/volumes.ts';
import { requirePrivileges, type WriteContext } from './writeContext.ts';

const gib = 1024 ** 3;
const cloudInitBytes = 4 * 1024 ** 2;

/** The storage of a name; 500 when there is none. */
export function needStorage({ view }: WriteContext, name: string): StorageWorld {
  const storage = view.cluster.volumes.storage(name);
  if (storage === undefined) throw new PveError(500, `storage '${name}' does not exist\n`);
  return storage;
}

/** A storage that takes guests' disks; 400 when it takes other things only, 403 without the right to use it. */
export function needDiskStorage(context: WriteContext, type: GuestType, name: string): StorageWorld {
  const storage = needStorage(context, name);
  requirePrivileges(context, { path: `/storage/${name}`, privileges: ['Datastore.AllocateSpace'] });
  const content = type === 'qemu' ? 'images' : 'rootdir';
  if (!storage.content.split(',').includes(content))
    throw parameterError({
      storage: `storage '${name}' does not support ${type === 'qemu' ? 'vm images' : 'container directories'}`,
    });
  return storage;
}

/** Checks the disks among the parameters before anything is done: storages, rights and forms. */
export function checkDisks(
  context: WriteContext,
  type: GuestType,
  entries: Iterable<readonly [key: string, value: string]>,
): void {
  for (const [key, value] of entries) {
    if (!isDiskKey(type, key)) continue;
    const options = parseDisk(type, value);
    const volid = options.get(diskDefaultKey[type]) ?? '';
    if (volid === '') throw parameterError({ [key]: 'unable to parse drive options' });
    if (isCdrom(options) && (volid === 'none' || volid === 'cdrom')) continue;
    const wanted = wantedVolume(volid);
    if (wanted !== null) needDiskStorage(context, type, wanted.storage);
    else if (volid.endsWith(':cloudinit')) needDiskStorage(context, type, storageOf(volid));
    else if (type === 'lxc' && volid.startsWith('/'))
      throw new PveError(500, 'Only root can pass arbitrary filesystem paths.\n');
    else if (!volid.includes(':')) throw parameterError({ [key]: `unable to parse volume ID '${volid}'` });
    else checkExisting(context, key, volid, options);
  }
}

/** A volume that is there already: an image of a CD, or a disk of this guest. */
function checkExisting(context: WriteContext, key: string, volid: string, options: Options): void {
  const name = storageOf(volid);
  needStorage(context, name);
  requirePrivileges(context, {
    path: `/storage/${name}`,
    privileges: ['Datastore.Audit', 'Datastore.AllocateSpace'],
    any: true,
  });
  if (volid.startsWith(`${name}:iso/`) && !isCdrom(options))
    throw parameterError({ [key]: "explicit 'media=cdrom' is required for iso images" });
}

/** Disks made for a guest, with what has to go when the task fails. */
export interface MadeDisks {
  /** Configuration entries, volumes filled in. */
  readonly entries: Map<string, string>;
  readonly volumes: Volume[];
}

/**
 * Makes the volumes that entries ask for and fills them in; other entries pass unchanged. Throws in the words a task
 * ends with; volumes made until then are freed.
 */
export function makeDisks(
  context: WriteContext,
  type: GuestType,
  vmid: number,
  node: string,
  nowMs: number,
  entries: Iterable<readonly [key: string, value: string]>,
): MadeDisks {
  const made: MadeDisks = { entries: new Map(), volumes: [] };
  try {
    for (const [key, value] of entries)
      made.entries.set(
        key,
        isDiskKey(type, key) ? makeDisk(context, type, vmid, node, nowMs, value, made) : value,
      );
  } catch (error) {
    freeVolumes(context, made.volumes);
    throw error;
  }
  return made;
}

function makeDisk(
  { live }: WriteContext,
  type: GuestType,
  vmid: number,
  node: string,
  nowMs: number,
  value: string,
  made: MadeDisks,
): string {
  const { volumes } = live.world;
  const defaultKey = diskDefaultKey[type];
  const options = parseDisk(type, value);
  const volid = options.get(defaultKey) ?? '';
  const fill = (volume: Volume): string => {
    options.set(defaultKey, volume.volid);
    options.set('size', printSize(volume.sizeBytes));
    return printOptions(options, defaultKey);
  };
  if (volid.endsWith(':cloudinit')) {
    const volume = volumes.allocate(node, storageOf(volid), {
      vmid,
      type,
      sizeBytes: cloudInitBytes,
      nowMs,
      suffix: 'cloudinit',
    });
    made.volumes.push(volume);
    options.set('media', 'cdrom');
    options.delete('size');
    options.set(defaultKey, volume.volid);
    return printOptions(options, defaultKey);
  }
  const wanted = wantedVolume(volid);
  if (wanted !== null) {
    const sizeBytes = Math.max(cloudInitBytes, Math.round(wanted.gib * gib));
    const volume = volumes.allocate(node, wanted.storage, { vmid, type, sizeBytes, nowMs });
    made.volumes.push(volume);
    return fill(volume);
  }
  if (!volid.includes(':')) return printOptions(options, defaultKey);
  const volume = volumes.find(node, volid);
  if (volume === undefined) throw new StorageError(`volume ${volid} does not exist`);
  return fill(volume);
}

export function freeVolumes({ live }: WriteContext, volumes: readonly Volume[]): void {
  for (const volume of volumes) live.world.volumes.free(volume);
}
