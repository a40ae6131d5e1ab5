import type { GuestType } from './model.ts';
import { type Options, parseOptions, parseSize } from './propertyString.ts';

/** A disk or mount point in a configuration. */
export interface GuestDisk {
  readonly key: string;
  readonly volid: string;
  readonly sizeBytes: number;
  readonly options: Options;
}

const diskKeys = {
  qemu: /^(?:(?:ide|sata|scsi|virtio)\d+|efidisk0|tpmstate0)$/,
  lxc: /^(?:rootfs|mp\d+)$/,
} as const;

/** Name of the part of a disk's text that has no name. */
export const diskDefaultKey = { qemu: 'file', lxc: 'volume' } as const;

export function isDiskKey(type: GuestType, key: string): boolean {
  return diskKeys[type].test(key);
}

/** Options of a disk's text, its volume under the name its kind gives it. */
export function parseDisk(type: GuestType, text: string): Options {
  return parseOptions(text, diskDefaultKey[type]);
}

export function isCdrom(options: Options): boolean {
  return options.get('media') === 'cdrom';
}

/** Whether a volume is the drive that hands cloud-init its data. */
export function isCloudInit(volid: string): boolean {
  return /-cloudinit(?:\.\w+)?$/.test(volid);
}

/** Volumes a guest owns through its configuration: disks and mount points, not CD images, not unused ones. */
export function disksOf(type: GuestType, config: ReadonlyMap<string, string>): GuestDisk[] {
  const disks: GuestDisk[] = [];
  for (const [key, text] of config) {
    if (!isDiskKey(type, key)) continue;
    const options = parseDisk(type, text);
    const volid = options.get(diskDefaultKey[type]) ?? '';
    if (!volid.includes(':') || (isCdrom(options) && !isCloudInit(volid))) continue;
    disks.push({ key, volid, sizeBytes: parseSize(options.get('size') ?? '') ?? 0, options });
  }
  return disks;
}

/** Volumes that were taken out of use but not removed. */
export function unusedOf(config: ReadonlyMap<string, string>): [key: string, volid: string][] {
  return [...config].flatMap(([key, text]): [string, string][] =>
    /^unused\d+$/.test(key) ? [[key, text.split(',')[0] ?? '']] : [],
  );
}

/** `storage:8` asks for a new volume of 8 GiB. */
export function wantedVolume(volid: string): { readonly storage: string; readonly gib: number } | null {
  const match = /^([A-Za-z][A-Za-z0-9._-]*):(\d+(?:\.\d+)?)$/.exec(volid);
  return match === null ? null : { storage: match[1] ?? '', gib: Number(match[2]) };
}

/** The disk a guest starts from: what lists show as its size. */
export function mainDisk(type: GuestType, config: ReadonlyMap<string, string>): GuestDisk | undefined {
  const disks = disksOf(type, config);
  if (type === 'lxc') return disks.find(({ key }) => key === 'rootfs');
  const order = /order=([^,]+)/.exec(config.get('boot') ?? '')?.[1]?.split(';') ?? [];
  const first = order.map((key) => disks.find((disk) => disk.key === key)).find((disk) => disk !== undefined);
  return first ?? disks.find(({ key }) => /^(?:scsi|virtio|sata|ide)/.test(key));
}

/** The volume a disk's text names. */
export function volumeOf(type: GuestType, value: string): string {
  return parseDisk(type, value).get(diskDefaultKey[type]) ?? '';
}

/** A disk that leaves its place is kept as unused, so that nothing is lost by a change. CD images just go. */
export function keepUnused(type: GuestType, config: Map<string, string>, value: string): void {
  const volid = volumeOf(type, value);
  if (!volid.includes(':') || isCdrom(parseDisk(type, value))) return;
  const taken = new Set(unusedOf(config).map(([key]) => key));
  for (let index = 0; ; index += 1) {
    if (taken.has(`unused${index}`)) continue;
    config.set(`unused${index}`, volid);
    return;
  }
}
