import { createHash } from 'node:crypto';
import { isDiskKey, keepUnused, mainDisk, volumeOf } from './guestDisks.ts';
import type { GuestWorld } from './model.ts';

/** Keys whose values Proxmox gives as numbers; all others are texts, a VM's memory among them. */
const numericKeys = {
  qemu: new Set(
    'acpi autostart balloon ciupgrade cores cpuunits freeze keephugepages kvm localtime migrate_speed numa onboot protection reboot shares smp sockets tablet tdf vcpus'.split(
      ' ',
    ),
  ),
  lxc: new Set('console cores cpuunits debug memory onboot protection swap tty unprivileged'.split(' ')),
} as const;

/**
 * Brings what lists show in line with the configuration.
 *
 * @param nodeCores what a container without a limit uses; what it used before when absent
 */
export function refreshFacts(guest: GuestWorld, nodeCores: number = guest.cores): void {
  const { config, type } = guest;
  const number = (key: string, fallback: number): number => {
    const value = Number(config.get(key) ?? fallback);
    return Number.isFinite(value) ? value : fallback;
  };
  guest.name = config.get(type === 'qemu' ? 'name' : 'hostname') ?? defaultName(guest);
  guest.tags = (config.get('tags') ?? '').split(/[;,\s]+/).filter((tag) => tag !== '');
  guest.description = config.get('description') ?? null;
  guest.onboot = config.get('onboot') === '1';
  guest.osType = config.get('ostype') ?? 'other';
  guest.protected = config.get('protection') === '1';
  guest.cores = type === 'qemu' ? number('cores', 1) * number('sockets', 1) : number('cores', nodeCores);
  guest.memoryBytes = number('memory', 512) * 1024 ** 2;
  guest.diskBytes = mainDisk(type, config)?.sizeBytes ?? 0;
}

/** The name of a guest that was given none. */
function defaultName({ type, vmid }: Pick<GuestWorld, 'type' | 'vmid'>): string {
  return `${type === 'qemu' ? 'VM' : 'CT'} ${vmid}`;
}

/** SHA-1 over everything in the configuration file, what waits for a restart included. */
export function digestOfGuest({ config, pending, lock, template }: GuestWorld): string {
  return createHash('sha1')
    .update(JSON.stringify([[...config], [...pending], lock, template]))
    .digest('hex');
}

/**
 * The configuration as the API gives it.
 *
 * @param isCurrent what is in force now; otherwise what will be after the next start
 */
export function configRow(guest: GuestWorld, isCurrent: boolean): Record<string, string | number> {
  const row: Record<string, string | number> = {};
  const values = new Map(guest.config);
  if (!isCurrent) {
    for (const [key, value] of guest.pending) {
      if (value === null) values.delete(key);
      else values.set(key, value);
    }
  }
  for (const [key, value] of values) row[key] = configValue(guest, key, value);
  if (guest.lock !== null) row.lock = guest.lock;
  if (guest.template) row.template = 1;
  row.digest = digestOfGuest(guest);
  return row;
}

/** One value in the type the API gives it. */
export function configValue({ type }: Pick<GuestWorld, 'type'>, key: string, value: string): string | number {
  return numericKeys[type].has(key) && /^-?\d+$/.test(value) ? Number(value) : value;
}

/** Makes what waited for a restart hold. */
export function applyPending(guest: GuestWorld): void {
  if (guest.pending.size === 0) return;
  for (const [key, value] of guest.pending) {
    const before = guest.config.get(key);
    if (value === null) guest.config.delete(key);
    else guest.config.set(key, value);
    if (before === undefined || !isDiskKey(guest.type, key)) continue;
    if (volumeOf(guest.type, before) !== volumeOf(guest.type, value ?? ''))
      keepUnused(guest.type, guest.config, before);
  }
  guest.pending.clear();
  refreshFacts(guest);
}
