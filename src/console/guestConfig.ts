import { compareNatural, plainText } from '../base/text.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { GuestPageModel } from '../contract/panels.ts';

type Section = GuestPageModel['config']['sections'][number];

const disk = /^(scsi|ide|sata|virtio|mp|unused|efidisk|tpmstate)\d+$|^rootfs$/;
const network = /^net\d+$/;
const cloudInit = /^(ci[a-z]+|ipconfig\d+|sshkeys)$/;
/** Resolver settings belong to cloud-init on a VM and to the network of a container. */
const resolver = /^(nameserver|searchdomain)$/;
const system = new Set([
  'name',
  'hostname',
  'description',
  'ostype',
  'arch',
  'machine',
  'bios',
  'cores',
  'sockets',
  'vcpus',
  'cpu',
  'cpulimit',
  'cpuunits',
  'numa',
  'memory',
  'balloon',
  'shares',
  'swap',
  'agent',
  'boot',
  'bootdisk',
  'onboot',
  'startup',
  'protection',
  'hotplug',
  'kvm',
  'acpi',
  'tablet',
  'scsihw',
  'vga',
  'unprivileged',
  'features',
  'tags',
  'template',
  'timezone',
  'vmgenid',
  'smbios1',
  'rng0',
]);

/** A guest's configuration in sections; empty ones are left out. Keys keep Proxmox's own names. */
export function configSections(
  config: Readonly<Record<string, string>>,
  kind: Guest['kind'],
): readonly Section[] {
  const sections: { title: string; keys: string[] }[] = [
    { title: 'System', keys: [] },
    { title: 'Disks', keys: [] },
    { title: 'Network', keys: [] },
    { title: 'Cloud-init', keys: [] },
    { title: 'Other', keys: [] },
  ];
  for (const key of Object.keys(config)) sections[sectionIndex(key, kind)]?.keys.push(key);
  return sections
    .filter(({ keys }) => keys.length > 0)
    .map(({ title, keys }) => ({
      title,
      entries: keys.sort(compareNatural).map((key) => ({
        key: plainText(key, 60),
        value: plainText(config[key] ?? '', 2_000),
      })),
    }));
}

function sectionIndex(key: string, kind: Guest['kind']): number {
  if (system.has(key)) return 0;
  if (disk.test(key)) return 1;
  if (network.test(key)) return 2;
  if (cloudInit.test(key)) return 3;
  if (resolver.test(key)) return kind === 'lxc' ? 2 : 3;
  return 4;
}
