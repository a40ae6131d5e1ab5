import type { GuestType, StorageWorld } from './model.ts';

/** What a volume is; the words of the storage configuration. */
export type VolumeContent = 'images' | 'rootdir' | 'iso' | 'vztmpl' | 'backup';

/** One volume of a storage: a disk, an image, a template. */
export interface Volume {
  /** `storage:name`. */
  readonly volid: string;
  readonly storage: string;
  /** Node that has it; empty for a shared storage. */
  readonly node: string;
  readonly content: VolumeContent;
  readonly format: string;
  /** Guest it belongs to; null for files. */
  readonly vmid: number | null;
  /** Seconds since the epoch. */
  readonly ctime: number;
  /** Base volume of a linked clone. */
  readonly parent: string | null;
  sizeBytes: number;
  /** What it takes of its storage: thin for what was there before, whole for what is made later. */
  takenBytes: number;
}

/** A storage that cannot do what it was asked for; the message is the task's error. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

/** A volume to make. */
export interface NewVolume {
  readonly vmid: number;
  readonly type: GuestType;
  readonly sizeBytes: number;
  readonly nowMs: number;
  /** Base volume of a linked clone, which takes next to nothing. */
  readonly parent?: Volume;
  /** Name in place of the next free `…-disk-n`. */
  readonly suffix?: string;
}

/** Every volume of a cluster, and the room that is left. */
export class VolumeStore {
  readonly #storages: ReadonlyMap<string, StorageWorld>;
  readonly #byKey = new Map<string, Volume>();

  constructor(storages: readonly StorageWorld[]) {
    this.#storages = new Map(storages.map((storage) => [storage.storage, storage]));
  }

  storage(name: string): StorageWorld | undefined {
    return this.#storages.get(name);
  }

  /** A volume as one node sees it. */
  find(node: string, volid: string): Volume | undefined {
    const storage = this.#storages.get(storageOf(volid));
    return storage === undefined ? undefined : this.#byKey.get(keyOf(storage.shared ? '' : node, volid));
  }

  /** Volumes of one storage as one node sees them. */
  ofStorage(node: string, name: string): Volume[] {
    const storage = this.#storages.get(name);
    if (storage === undefined) return [];
    const place = storage.shared ? '' : node;
    return [...this.#byKey.values()].filter((volume) => volume.storage === name && volume.node === place);
  }

  get all(): Iterable<Volume> {
    return this.#byKey.values();
  }

  ofGuest(vmid: number): Volume[] {
    return [...this.#byKey.values()].filter((volume) => volume.vmid === vmid);
  }

  /** Adds what is there from the beginning; the used part of the storage counts it already. */
  put(volume: Volume): void {
    this.#byKey.set(keyOf(volume.node, volume.volid), volume);
  }

  freeBytes(node: string, name: string): number {
    const storage = this.#storages.get(name);
    if (storage === undefined) return 0;
    return storage.totalBytes - (storage.usedBytes.get(storage.shared ? '' : node) ?? 0);
  }

  /** Makes a guest's volume. Throws {@link StorageError} in the storage's own words when there is no room. */
  allocate(node: string, name: string, wanted: NewVolume): Volume {
    const storage = this.#storages.get(name);
    if (storage === undefined) throw new StorageError(`storage '${name}' does not exist`);
    const place = storage.shared ? '' : node;
    const takenBytes = wanted.parent === undefined ? wanted.sizeBytes : 0;
    const file = this.#freeName(storage, place, wanted);
    if (this.#byKey.has(keyOf(place, `${name}:${file}`)))
      throw new StorageError(`disk image '${name}:${file}' already exists`);
    if (takenBytes > this.freeBytes(node, name)) throw new StorageError(noRoom(storage, file));
    const volume: Volume = {
      volid: `${name}:${wanted.parent === undefined ? '' : `${nameOf(wanted.parent.volid)}/`}${file}`,
      storage: name,
      node: place,
      content: wanted.type === 'qemu' ? 'images' : 'rootdir',
      format: formatOf(storage, wanted.type),
      vmid: wanted.vmid,
      ctime: Math.floor(wanted.nowMs / 1000),
      parent: wanted.parent?.volid ?? null,
      sizeBytes: wanted.sizeBytes,
      takenBytes,
    };
    this.put(volume);
    this.#use(storage, place, takenBytes);
    return volume;
  }

  /** Throws {@link StorageError} when there is no room for the difference. */
  resize(volume: Volume, sizeBytes: number): void {
    const storage = this.#storages.get(volume.storage);
    if (storage === undefined) throw new StorageError(`storage '${volume.storage}' does not exist`);
    const more = sizeBytes - volume.sizeBytes;
    if (more > this.freeBytes(volume.node, volume.storage))
      throw new StorageError(noRoom(storage, nameOf(volume.volid)));
    this.#use(storage, volume.node, more);
    volume.sizeBytes = sizeBytes;
    volume.takenBytes += more;
  }

  free(volume: Volume): void {
    if (!this.#byKey.delete(keyOf(volume.node, volume.volid))) return;
    const storage = this.#storages.get(volume.storage);
    if (storage !== undefined) this.#use(storage, volume.node, -volume.takenBytes);
  }

  /** True when a linked clone stands on this volume. */
  isBaseInUse(volume: Volume): boolean {
    return [...this.#byKey.values()].some((other) => other.parent === volume.volid);
  }

  /** Local volumes go with their guest to its new node. */
  moveGuest(vmid: number, from: string, to: string): void {
    for (const volume of this.ofGuest(vmid)) {
      if (volume.node !== from) continue;
      this.#byKey.delete(keyOf(volume.node, volume.volid));
      this.put({ ...volume, node: to });
      const storage = this.#storages.get(volume.storage);
      if (storage === undefined) continue;
      this.#use(storage, from, -volume.takenBytes);
      this.#use(storage, to, volume.takenBytes);
    }
  }

  #use(storage: StorageWorld, place: string, bytes: number): void {
    const used = storage.usedBytes.get(place) ?? 0;
    storage.usedBytes.set(place, Math.min(storage.totalBytes, Math.max(0, used + bytes)));
  }

  #freeName(storage: StorageWorld, place: string, wanted: NewVolume): string {
    if (wanted.suffix !== undefined) return fileName(storage, wanted.type, wanted.vmid, 'vm', wanted.suffix);
    const taken = new Set([...this.#byKey.values()].filter(({ node }) => node === place).map(lastName));
    for (let index = 0; ; index += 1) {
      const file = fileName(storage, wanted.type, wanted.vmid, 'vm', `disk-${index}`);
      if (!taken.has(`${storage.storage} ${file.slice(file.lastIndexOf('/') + 1)}`)) return file;
    }
  }
}

/** `local` of `local:iso/debian.iso`. */
export function storageOf(volid: string): string {
  return volid.slice(0, Math.max(0, volid.indexOf(':')));
}

function nameOf(volid: string): string {
  return volid.slice(volid.indexOf(':') + 1);
}

function keyOf(node: string, volid: string): string {
  return `${node} ${volid}`;
}

/** A linked clone's name ends in its own file name. */
function lastName({ storage, volid }: Volume): string {
  return `${storage} ${volid.slice(Math.max(volid.lastIndexOf('/'), volid.indexOf(':')) + 1)}`;
}

function isFileStorage({ type }: StorageWorld): boolean {
  return type === 'dir' || type === 'nfs' || type === 'cifs' || type === 'cephfs';
}

export function formatOf(storage: StorageWorld, type: GuestType): string {
  if (isFileStorage(storage)) return type === 'qemu' ? 'qcow2' : 'raw';
  return storage.type === 'zfspool' && type === 'lxc' ? 'subvol' : 'raw';
}

/** Name of a guest's volume without its storage, as the kinds of storage name them. */
export function fileName(
  storage: StorageWorld,
  type: GuestType,
  vmid: number,
  prefix: 'vm' | 'base',
  suffix: string,
): string {
  const format = formatOf(storage, type);
  if (isFileStorage(storage)) return `${vmid}/${prefix}-${vmid}-${suffix}.${format}`;
  return `${format === 'subvol' && prefix === 'vm' ? 'subvol' : prefix}-${vmid}-${suffix}`;
}

/** What each kind of storage says when it is full. */
function noRoom(storage: StorageWorld, file: string): string {
  switch (storage.type) {
    case 'zfspool':
      return `zfs error: cannot create '${storage.configuration.pool ?? storage.storage}/${file}': out of space`;
    case 'rbd':
      return `rbd create '${file}' error: rbd: create error: (28) No space left on device`;
    default:
      return `unable to create image: qemu-img: ${storage.configuration.path ?? storage.storage}/images/${file}: Could not write: No space left on device`;
  }
}
