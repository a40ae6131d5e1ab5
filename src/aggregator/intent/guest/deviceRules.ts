import type { ReadDiff } from '../../../contract/intent/diff.ts';
import type { PlanFinding } from '../../../contract/intent/plan.ts';
import type { WantedDevice } from './devices.ts';
import { wantedDisks, wantedNics, wantedRoot } from './guestParams.ts';
import { nicModels } from './propertyString.ts';

type Kind = 'qemu' | 'lxc';

/** How many devices of a bus Proxmox has, by their names (configuration schema of QEMU guests and of containers). */
const disks: Readonly<Record<Kind, Readonly<Record<string, number>>>> = {
  qemu: { scsi: 31, virtio: 16, ide: 4, sata: 6, efidisk: 1, tpmstate: 1 },
  lxc: { mp: 256 },
};
const nicCount = 32;

/** Limits of a disk's traffic. */
const throttle = /^(bps|iops|mbps)(_rd|_wr)?(_max|_max_length)?$/;

/**
 * Options that a device may carry. What Proxmox offers beside them reads other volumes (`import-from`), drops what the
 * guest writes (`snapshot`) or reaches through to hardware (`scsiblock`), and has no place in a declared intent.
 */
const options = {
  disk: new Set([
    ...['file', 'volume', 'size', 'size_gib', 'format', 'media', 'cache', 'discard', 'ssd', 'iothread'],
    ...['aio', 'backup', 'detect_zeroes', 'product', 'queues', 'replicate', 'rerror', 'ro', 'serial'],
    ...['shared', 'vendor', 'werror', 'wwn', 'efitype', 'pre-enrolled-keys', 'ms-cert', 'version'],
  ]),
  mount: new Set([
    ...['volume', 'size', 'size_gib', 'mp', 'acl', 'backup', 'mountoptions', 'quota', 'replicate', 'ro'],
    'shared',
  ]),
  qemuNic: new Set([
    ...['model', 'macaddr', 'bridge', 'firewall', 'link_down', 'mtu', 'queues', 'rate', 'tag', 'trunks'],
    ...nicModels,
  ]),
  lxcNic: new Set([
    ...['name', 'bridge', 'firewall', 'gw', 'gw6', 'hwaddr', 'host-managed', 'ip', 'ip6', 'link_down'],
    ...['mtu', 'rate', 'tag', 'trunks', 'type'],
  ]),
} as const;

/** Whether this is the name of a disk in Proxmox, as `scsi0` or `rootfs`. */
export function isDiskKey(kind: Kind, key: string): boolean {
  return (kind === 'lxc' && key === 'rootfs') || isNumbered(disks[kind], key);
}

/** Whether this is the name of a network card in Proxmox, as `net0`. */
export function isNicKey(key: string): boolean {
  return isNumbered({ net: nicCount }, key);
}

function isNumbered(counts: Readonly<Record<string, number>>, key: string): boolean {
  const match = /^([a-z]+)(0|[1-9]\d*)$/.exec(key);
  return (
    match !== null &&
    Object.hasOwn(counts, match[1] ?? '') &&
    Number(match[2]) < (counts[match[1] ?? ''] ?? 0)
  );
}

/**
 * What is wrong with the disks and cards of a payload. A device's name becomes the name of a Proxmox parameter, so it is
 * judged after it was settled, whichever field of the entry it came from: anything but a device would reach every setting
 * of a guest, `delete` among them.
 */
export function deviceFindings({ kind, payload }: Pick<ReadDiff, 'kind' | 'payload'>): PlanFinding[] {
  const findings: PlanFinding[] = [];
  const blocked = (code: string, message: string, field: string): void => {
    findings.push({ code, verdict: 'blocked', message, field });
  };
  const seen = new Set<string>();
  if (payload.iso !== undefined && kind === 'qemu') seen.add('ide2');
  const judge = ({ key, value, ignored }: WantedDevice, field: 'disks' | 'nics'): void => {
    if (field === 'disks' ? !isDiskKey(kind, key) : !isNicKey(key)) {
      blocked(
        'device_not_offered',
        `${shown(key)} is no ${field === 'nics' ? 'network card' : kind === 'qemu' ? 'disk of a virtual machine' : 'volume of a container'}. Name one such as ${example(kind, field)}.`,
        field,
      );
      return;
    }
    if (seen.has(key)) blocked('device_twice', `${key} is given twice. Keep one of them.`, field);
    seen.add(key);
    const known =
      options[
        field === 'disks' ? (kind === 'qemu' ? 'disk' : 'mount') : kind === 'qemu' ? 'qemuNic' : 'lxcNic'
      ];
    for (const name of ignored)
      blocked(
        'field_not_applied',
        `${key}: ${shown(name)} has no effect beside the rest. Leave it out.`,
        field,
      );
    const given = new Set<string>();
    for (const [index, part] of value.split(',').entries()) {
      const equals = part.indexOf('=');
      const name = equals > 0 ? part.slice(0, equals) : part;
      if (equals <= 0) {
        // Only the first part goes without a name: the volume of a disk, the model of a virtual machine's card.
        const mayLead = index === 0 && (field === 'disks' || (kind === 'qemu' && nicModels.includes(part)));
        if (!mayLead && value !== '')
          blocked('device_option_unknown', `${key}: ${shown(part)} is no option. Write name=value.`, field);
      } else if (!known.has(name) && !(field === 'disks' && kind === 'qemu' && throttle.test(name)))
        blocked('device_option_unknown', `${key} has no option ${shown(name)} that can be set here.`, field);
      else if (given.has(name))
        blocked('device_option_unknown', `${key}: ${name} is given twice. Keep one of them.`, field);
      given.add(name);
    }
  };
  const root = kind === 'lxc' ? wantedRoot(payload) : null;
  if (root !== null) judge(root, 'disks');
  for (const disk of wantedDisks(kind, payload)) judge(disk, 'disks');
  for (const nic of wantedNics(payload)) judge(nic, 'nics');
  return findings;
}

function example(kind: Kind, field: 'disks' | 'nics'): string {
  return field === 'nics' ? 'net0' : kind === 'qemu' ? 'scsi0' : 'mp0';
}

/** What somebody wrote, short enough for a sentence. */
function shown(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
