import { PveError } from '../pveError.ts';
import { isCdrom, isDiskKey, parseDisk } from '../world/guestDisks.ts';
import type { GuestType } from '../world/model.ts';
import type { WriteContext } from './writeContext.ts';

/** Privileges that any change of a configuration asks for: one of them at least. */
export const configPrivileges = [
  'VM.Config.Disk',
  'VM.Config.CDROM',
  'VM.Config.CPU',
  'VM.Config.Memory',
  'VM.Config.Network',
  'VM.Config.HWType',
  'VM.Config.Options',
  'VM.Config.Cloudinit',
] as const;

const byKey: Readonly<
  Record<GuestType, readonly (readonly [keys: RegExp, privileges: readonly string[]])[]>
> = {
  qemu: [
    [/^(?:cores|sockets|cpu|cpulimit|cpuunits|vcpus|numa|affinity)$/, ['VM.Config.CPU']],
    [/^(?:memory|balloon|shares|hugepages)$/, ['VM.Config.Memory']],
    [/^(?:boot|vmstatestorage|unused\d+)$/, ['VM.Config.Disk']],
    [/^net\d+$/, ['VM.Config.Network']],
    [/^(?:ci\w+|nameserver|searchdomain|sshkeys|ipconfig\d+)$/, ['VM.Config.Cloudinit', 'VM.Config.Network']],
    [
      /^(?:acpi|bios|hotplug|kvm|machine|scsihw|smbios1|tablet|vga|watchdog|audio0|arch)$/,
      ['VM.Config.HWType'],
    ],
    [/^(?:freeze)$/, ['VM.PowerMgmt']],
  ],
  lxc: [
    [/^(?:cores|cpulimit|cpuunits)$/, ['VM.Config.CPU']],
    [/^(?:memory|swap)$/, ['VM.Config.Memory']],
    [/^unused\d+$/, ['VM.Config.Disk']],
    [/^(?:net\d+|nameserver|searchdomain|hostname)$/, ['VM.Config.Network']],
  ],
};

/** Privileges for one key; one of them is enough. */
function privilegesFor(type: GuestType, key: string, value: string): readonly string[] {
  if (isDiskKey(type, key)) {
    const isCd = type === 'qemu' && isCdrom(parseDisk(type, value));
    return [isCd ? 'VM.Config.CDROM' : 'VM.Config.Disk'];
  }
  return byKey[type].find(([keys]) => keys.test(key))?.[1] ?? ['VM.Config.Options'];
}

/**
 * 403 when the caller may not set one of these keys. What may be set on the guest may also be set through its pool.
 *
 * @param entries keys with the value that is set, or the present one for a key that is deleted
 */
export function requireConfigPrivileges(
  { mayUse }: Pick<WriteContext, 'mayUse'>,
  type: GuestType,
  vmid: number,
  pool: string | null,
  entries: Iterable<readonly [key: string, value: string]>,
): void {
  for (const [key, value] of entries) {
    const privileges = privilegesFor(type, key, value);
    const paths = [`/vms/${vmid}`, ...(pool === null ? [] : [`/pool/${pool}`])];
    if (privileges.some((privilege) => paths.some((path) => mayUse(path, privilege)))) continue;
    throw new PveError(403, `Permission check failed (/vms/${vmid}, ${privileges.join('|')})\n`);
  }
}
