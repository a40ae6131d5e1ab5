import type { DevicePayload } from '../../../contract/intent/guestPayload.ts';

/** A disk or card with its property name settled. */
export interface WantedDevice {
  /** `scsi0`, `net0`, `mp0`, … */
  readonly key: string;
  /** Value for a device that does not exist yet. */
  readonly value: string;
  /** Storage and size (GiB) of a new volume when they were given apart from the rest. */
  readonly volume: { readonly storage: string; readonly sizeGib: number | null } | null;
  /** Options beside the volume. */
  readonly options: string;
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
    const pairs = Object.entries(entry)
      .filter(([name]) => !naming.has(name) || (name === 'name' && !isNamed && prefix === 'net'))
      .map(([name, value]) => `${name}=${typeof value === 'boolean' ? Number(value) : String(value)}`);
    const options = ready ?? pairs.join(',');
    if (prefix === 'net' || ready !== null) return { key, value: options, volume: null, options };
    const storage = text(entry.storage) ?? defaultStorage;
    const sizeGib = gib(entry.size_gib ?? entry.size);
    if (storage === null || 'volume' in entry || 'file' in entry)
      return { key, value: options, volume: null, options };
    const head = `${storage}:${sizeGib ?? 0}`;
    return {
      key,
      value: pairs.length === 0 ? head : `${head},${options}`,
      volume: { storage, sizeGib },
      options,
    };
  });
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
  const match = /^(\d+(?:\.\d+)?)\s*([MGT]?)(?:i?B)?$/i.exec(typeof value === 'string' ? value : '');
  if (match === null) return null;
  const factor = { M: 1 / 1024, G: 1, T: 1024 }[(match[2] ?? '').toUpperCase()] ?? 1;
  return Number(match[1]) * factor;
}
