import { PveError } from '../pveError.ts';
import { setFlagKey } from '../world/guestBirth.ts';
import { applyPending, refreshFacts } from '../world/guestConfig.ts';
import { diskDefaultKey, isCdrom, isDiskKey, keepUnused, parseDisk, volumeOf } from '../world/guestDisks.ts';
import type { GuestType, GuestWorld } from '../world/model.ts';
import { makeDisks } from './diskWrites.ts';
import { uniqueTags, withHwaddr, withMac } from './storedValues.ts';
import type { WriteContext } from './writeContext.ts';

/** Keys that hold at once for a running guest; the others wait for its next start. */
const hotKeys: Readonly<Record<GuestType, RegExp>> = {
  qemu: /^(?:description|hookscript|lock|migrate_downtime|migrate_speed|name|onboot|protection|shares|startup|tags|vmstatestorage|ci\w+|nameserver|searchdomain|sshkeys|ipconfig\d+|balloon|cpulimit|cpuunits|net\d+|usb\d+|(?:scsi|virtio)\d+|unused\d+)$/,
  lxc: /^(?:description|hookscript|hostname|lock|onboot|protection|startup|tags|cores|cpulimit|cpuunits|memory|swap|net\d+|mp\d+|dev\d+|unused\d+)$/,
};

const neededByContainers = new Set(['memory', 'ostype', 'rootfs']);

/** A change that has been checked. */
export interface ConfigChange {
  readonly settings: readonly (readonly [key: string, value: string])[];
  readonly deletions: readonly string[];
  /** Keys whose waiting change is dropped. */
  readonly reverts: readonly string[];
}

/** Does a change: at once, or at the guest's next start for what a running guest cannot take. */
export function applyChange(
  context: WriteContext,
  guest: GuestWorld,
  node: string,
  nowMs: number,
  change: ConfigChange,
  log: string[],
): void {
  try {
    if (guest.startedAtMs === null && change.reverts.length === 0) applyPending(guest);
    for (const key of change.reverts) dropPending(guest, key);
    for (const key of change.deletions) deleteKey(context, guest, node, key, log);
    for (const [key, value] of change.settings) setKey(context, guest, node, nowMs, key, value);
  } finally {
    // What was changed before something failed stays changed.
    refreshFacts(guest, context.view.cluster.nodes.get(node)?.cores);
  }
}

function waits(guest: GuestWorld, key: string, value: string): boolean {
  if (guest.startedAtMs === null) return false;
  // Images of a CD drive change while the guest runs.
  if (isDiskKey(guest.type, key) && isCdrom(parseDisk(guest.type, value)) && guest.config.has(key))
    return false;
  return (
    !hotKeys[guest.type].test(key) || (guest.type === 'lxc' && /^mp\d+$/.test(key) && guest.config.has(key))
  );
}

function deleteKey(
  { view }: WriteContext,
  guest: GuestWorld,
  node: string,
  key: string,
  log: string[],
): void {
  if (setFlagKey(guest, key, null)) return;
  if (guest.type === 'lxc') {
    if (neededByContainers.has(key)) throw new PveError(500, `unable to delete required option '${key}'\n`);
    requireUnprotectedDrive(guest, key, 'remove');
  }
  const value = guest.config.get(key) ?? guest.pending.get(key) ?? undefined;
  if (value === undefined) {
    log.push(`WARN: cannot delete '${key}' - not set in current configuration!`);
    return;
  }
  dropPending(guest, key);
  dropFromBootOrder(guest, key);
  if (/^unused\d+$/.test(key)) {
    const volid = value.split(',')[0] ?? '';
    if (guest.protected)
      throw new PveError(500, `can't remove unused disk '${volid}' - protection mode enabled\n`);
    const volume = view.cluster.volumes.find(node, volid);
    if (volume !== undefined) view.cluster.volumes.free(volume);
    guest.config.delete(key);
    return;
  }
  if (!guest.config.has(key)) return;
  if (
    waits(guest, key, value) ||
    (guest.type === 'lxc' && guest.startedAtMs !== null && isDiskKey('lxc', key))
  ) {
    guest.pending.set(key, null);
    return;
  }
  guest.config.delete(key);
  if (isDiskKey(guest.type, key)) keepUnused(guest.type, guest.config, value);
}

/** Protection covers a container's mount points too. */
function requireUnprotectedDrive(guest: GuestWorld, key: string, verb: 'remove' | 'update'): void {
  if (guest.type === 'lxc' && guest.protected && (isDiskKey('lxc', key) || /^unused\d+$/.test(key)))
    throw new PveError(500, `can't ${verb} CT ${guest.vmid} drive '${key}' - protection mode enabled\n`);
}

/** Takes a waiting change back. A volume that was made for it is kept as unused. */
function dropPending(guest: GuestWorld, key: string): void {
  const value = guest.pending.get(key) ?? null;
  guest.pending.delete(key);
  if (value === null || !isDiskKey(guest.type, key)) return;
  if (volumeOf(guest.type, value) !== volumeOf(guest.type, guest.config.get(key) ?? ''))
    keepUnused(guest.type, guest.config, value);
}

/** A device that goes is no longer started from. */
function dropFromBootOrder(guest: GuestWorld, key: string): void {
  const boot = guest.config.get('boot');
  const order = /^order=(.*)$/.exec(boot ?? '')?.[1]?.split(';');
  if (order?.includes(key) !== true) return;
  const left = `order=${order.filter((device) => device !== key).join(';')}`;
  if (guest.startedAtMs === null) guest.config.set('boot', left);
  else guest.pending.set('boot', left);
}

function setKey(
  context: WriteContext,
  guest: GuestWorld,
  node: string,
  nowMs: number,
  key: string,
  value: string,
): void {
  if (setFlagKey(guest, key, value)) return;
  requireUnprotectedDrive(guest, key, 'update');
  const before = guest.config.get(key);
  const stored = storedValue(context, guest, node, nowMs, key, value);
  if (waits(guest, key, stored)) {
    if (guest.pending.get(key) !== stored) dropPending(guest, key);
    if (stored !== before) guest.pending.set(key, stored);
    return;
  }
  dropPending(guest, key);
  guest.config.set(key, stored);
  if (
    before !== undefined &&
    isDiskKey(guest.type, key) &&
    volumeOf(guest.type, before) !== volumeOf(guest.type, stored)
  )
    keepUnused(guest.type, guest.config, before);
}

/** A value the way it is written down: volumes made, addresses filled in. */
function storedValue(
  context: WriteContext,
  { type, vmid, config }: GuestWorld,
  node: string,
  nowMs: number,
  key: string,
  value: string,
): string {
  if (key === 'tags') return uniqueTags(value);
  if (/^net\d+$/.test(key))
    return type === 'lxc' ? withHwaddr(value, context.random) : withMac(value, context.random);
  if (!isDiskKey(type, key)) return value;
  const present = config.get(key);
  // The same volume with other options stays the volume it is, size included.
  if (
    present !== undefined &&
    parseDisk(type, present).get(diskDefaultKey[type]) === parseDisk(type, value).get(diskDefaultKey[type])
  ) {
    const size = parseDisk(type, present).get('size');
    return size === undefined || parseDisk(type, value).has('size') ? value : `${value},size=${size}`;
  }
  return makeDisks(context, type, vmid, node, nowMs, [[key, value]]).entries.get(key) ?? value;
}
