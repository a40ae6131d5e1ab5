import type { DevicePayload } from '../../../contract/intent/guestPayload.ts';
import { parsePropertyString } from './propertyString.ts';

/** What a disk is to be made of. */
export type VolumeSource =
  /** A new volume; storage and size (GiB) are `null` where they were not given. */
  | { readonly kind: 'new'; readonly storage: string | null; readonly sizeGib: number | null }
  | { readonly kind: 'cloudinit'; readonly storage: string }
  /** An image in a drive, as `local:iso/debian.iso`. */
  | { readonly kind: 'image'; readonly volid: string }
  /** An empty drive. */
  | { readonly kind: 'empty' }
  /** A volume that exists already, a path, or what cannot be read. */
  | { readonly kind: 'existing'; readonly volid: string };

/** A disk or card with its property name settled. */
export interface WantedDevice {
  /** `scsi0`, `net0`, `mp0`, … */
  readonly key: string;
  /** Value for a device that does not exist yet. */
  readonly value: string;
  /** What a disk is made of; `null` where only options are given, and for cards. */
  readonly source: VolumeSource | null;
  /** Options beside the volume. */
  readonly options: string;
  /** Entries of the payload that the value above holds nothing of. */
  readonly ignored: readonly string[];
}

/** Entries that name the device or its ready value, not one of its options (contract, disk and nic entries). */
const naming = new Set(['key', 'name', 'slot', 'value', 'config', 'storage', 'size', 'size_gib']);

/**
 * Devices of a payload. An entry that gives `storage` and `size` becomes Proxmox's form for a new volume,
 * `storage:GiB`.
 *
 * @param prefix for entries that are numbered by their place: `scsi`, `mp` or `net`
 * @param defaultStorage for disks that name no storage
 */
export function wantedDevices(
  entries: readonly DevicePayload[],
  prefix: 'scsi' | 'mp' | 'net',
  defaultStorage: string | null,
): WantedDevice[] {
  return entries.map((entry, index) => {
    const key = text(entry.key) ?? text(entry.slot) ?? deviceName(text(entry.name)) ?? `${prefix}${index}`;
    const ready = text(entry.value) ?? text(entry.config);
    const isNamed =
      deviceName(text(entry.name)) !== null && entry.key === undefined && entry.slot === undefined;
    const isOption = (name: string): boolean =>
      !naming.has(name) || (name === 'name' && !isNamed && prefix === 'net');
    const pairs = Object.entries(entry)
      .filter(([name]) => isOption(name))
      .map(([name, value]) => `${name}=${typeof value === 'boolean' ? Number(value) : String(value)}`);
    const names = Object.keys(entry);
    // The entries that settle which device it is: the first of them counts.
    const settling = names.filter(
      (name) => name === 'key' || name === 'slot' || (name === 'name' && !isOption(name)),
    );
    if (ready !== null || prefix === 'net') {
      const used = ready === null ? null : text(entry.value) === null ? 'config' : 'value';
      const value = ready ?? pairs.join(',');
      return {
        key,
        value,
        source: prefix === 'net' ? null : sourceOf(value),
        options: value,
        ignored: [
          ...settling.slice(1),
          ...names.filter(
            (name) => !settling.includes(name) && name !== used && (ready !== null || !isOption(name)),
          ),
        ],
      };
    }
    const storage = text(entry.storage);
    const size = entry.size_gib ?? entry.size;
    const options = pairs.join(',');
    const given = sourceOf(options);
    const isNew = storage !== null || size !== undefined;
    if (given !== null || !isNew)
      return {
        key,
        value: options,
        source: given,
        options,
        ignored: [
          ...settling.slice(1),
          ...names.filter((name) => /^(storage|size|size_gib|value|config)$/.test(name)),
        ],
      };
    const place = storage ?? defaultStorage;
    const sizeGib = gib(size);
    const head = `${place ?? ''}:${sizeGib ?? 0}`;
    return {
      key,
      value: pairs.length === 0 ? head : `${head},${options}`,
      source: { kind: 'new', storage: place, sizeGib },
      options,
      ignored: [
        ...settling.slice(1),
        ...names.filter((name) => name === 'value' || name === 'config'),
        ...(entry.size_gib !== undefined && entry.size !== undefined ? ['size'] : []),
      ],
    };
  });
}

/** What the value of a disk is made of; `null` when it names no volume. */
export function sourceOf(value: string): VolumeSource | null {
  const { head, pairs } = parsePropertyString(value);
  const volid = head ?? pairs.get('file') ?? pairs.get('volume') ?? null;
  if (volid === null) return null;
  if (volid === 'none') return { kind: 'empty' };
  const [, storage, rest] = /^([A-Za-z0-9][A-Za-z0-9._-]*):(\S+)$/.exec(volid) ?? [];
  if (storage === undefined || rest === undefined) return { kind: 'existing', volid };
  if (rest === 'cloudinit') return { kind: 'cloudinit', storage };
  if (/^\d+(\.\d+)?$/.test(rest)) return { kind: 'new', storage, sizeGib: gib(rest) };
  return rest.startsWith('iso/') && pairs.get('media') === 'cdrom'
    ? { kind: 'image', volid }
    : { kind: 'existing', volid };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function deviceName(name: string | null): string | null {
  return name !== null && /^(net|scsi|virtio|ide|sata|mp)\d+$/.test(name) ? name : null;
}

/** `32`, `"32"`, `"32G"` and `"1T"` as GiB. */
export function gib(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value > 0 ? value : null;
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(typeof value === 'string' ? value : '');
  if (match === null) return null;
  const factor = { K: 1 / 1024 ** 2, M: 1 / 1024, G: 1, T: 1024 }[(match[2] ?? '').toUpperCase()] ?? 1;
  const amount = Number(match[1]) * factor;
  return amount > 0 ? amount : null;
}
