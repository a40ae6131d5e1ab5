import * as z from 'zod';

/** What a change acts on. `virtualmachine` is the plan route's published word for `qemu`. */
export const guestKindSchema = z
  .enum(['qemu', 'lxc'])
  .describe('`qemu` is a virtual machine, `lxc` a container.');
export type GuestKind = z.infer<typeof guestKindSchema>;

/** Proxmox gives VMIDs from 100; the ceiling is its schema's. */
export const vmidSchema = z.number().int().min(100).max(999_999_999);

/** A node, storage or bridge name as Proxmox allows them. */
const nameText = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'use letters, digits, dot, dash and underscore');

/** Name of a guest: a DNS name. */
const guestName = z
  .string()
  .max(253)
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/,
    'expected a DNS name',
  );

/** One line of text for a Proxmox property; line ends would start another property in its configuration file. */
const oneLine = z
  .string()
  .max(4096)
  .regex(/^\P{Cc}*$/u, 'must be one line without control characters');

/** A volume such as `local:iso/debian-13.iso`. */
const volumeId = oneLine.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*:\S+$/, 'expected storage:path');

/** Value of a device property: ready text, or pairs that are joined to `k=v,…`. */
const propertyPart = z.union([oneLine, z.number(), z.boolean()]);

/**
 * A disk or network card: `key` is the Proxmox property (`scsi0`, `net0`, `mp0`), or it is numbered by its place. The
 * value is `value`, or the other entries joined to `k=v,…` (contract, dispatcher behaviour).
 */
export const deviceSchema = z
  .object({
    key: z
      .string()
      .regex(/^[a-z]+\d+$|^rootfs$/, 'expected a device such as scsi0')
      .optional()
      .describe(
        'Property in Proxmox, as `scsi0`, `net0` or `mp0`. Without it, devices are numbered by their place.',
      ),
    value: oneLine
      .optional()
      .describe('Whole value as Proxmox writes it, as `local-lvm:32` or `virtio,bridge=vmbr0`.'),
  })
  .catchall(propertyPart);
export type DevicePayload = z.infer<typeof deviceSchema>;

/** Cloud-init settings. A password is refused here: Proxmox would keep it readable for everybody who may see the guest. */
export const cloudInitSchema = z.strictObject({
  user: oneLine.min(1).optional().describe('User that is created.'),
  ssh_keys: z
    .array(
      oneLine.regex(/^(ssh-|ecdsa-|sk-)\S+ \S+/, 'expected a public key such as "ssh-ed25519 AAAA… name"'),
    )
    .max(64)
    .optional()
    .describe('Public keys of that user, one per entry. A private key is refused.'),
  user_data: z
    .union([z.string().max(65_536), z.record(z.string(), z.unknown())])
    .optional()
    .describe('`user=local:snippets/x.yaml`, or YAML of a cloud-config, or the same as an object.'),
  network: z
    .strictObject({
      ipconfig0: oneLine.optional().describe('As Proxmox writes it: `ip=10.0.0.5/24,gw=10.0.0.1`.'),
      ip: oneLine.optional().describe('Address, or `dhcp`.'),
      cidr: z
        .union([z.number().int().min(0).max(128), oneLine])
        .optional()
        .describe('Length of the network prefix, as 24.'),
      gw: oneLine.optional().describe('Gateway.'),
      gateway: oneLine.optional().describe('Gateway.'),
    })
    .optional()
    .describe('Address of the first network card.'),
  search_domain: oneLine.optional().describe('DNS search domain.'),
  dns_servers: z.array(oneLine).max(8).optional().describe('Addresses of DNS servers.'),
});
export type CloudInitPayload = z.infer<typeof cloudInitSchema>;

/** Sizes have ceilings that no real guest reaches, so that a slip of the keyboard is found before Proxmox is asked. */
const cores = z.number().int().min(1).max(8192);
const memoryMib = z
  .number()
  .int()
  .min(16)
  .max(64 * 1024 * 1024);
const tags = z.array(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_+.-]*$/, 'expected a tag')).max(64);

/**
 * What a guest shall be. Fields that are left out are left alone by an update and left to Proxmox by a creation. The
 * second names (`memory`, `name` of a container, `iso`, …) are those of the published plugin.
 */
export const guestPayloadSchema = z.strictObject({
  vmid: vmidSchema.describe('Number of the guest, unique in its cluster.'),
  node: nameText.describe('Node that the guest is on, or shall be created on.'),
  name: guestName.optional().describe('Name of the guest, a DNS name. For a container it is its host name.'),
  hostname: guestName.optional(),
  description: z.string().max(8192).optional().describe('Notes of the guest, Markdown.'),
  template_vmid: vmidSchema.optional().describe('Clone from the template with this number.'),
  full_clone: z
    .boolean()
    .optional()
    .describe(
      "Copy the template's disks rather than link to them. Default true: a linked clone keeps depending on its template.",
    ),
  cores: cores
    .optional()
    .describe('Cores of the guest. A running virtual machine takes a change after it was stopped.'),
  memory_mib: memoryMib.optional().describe('Memory, MiB.'),
  memory: memoryMib.optional(),
  swap: z
    .number()
    .int()
    .min(0)
    .max(64 * 1024 * 1024)
    .optional()
    .describe('Swap of a container, MiB.'),
  storage: nameText.optional().describe('Storage of new disks that name none.'),
  disk_gb: z
    .number()
    .int()
    .min(1)
    .max(1024 * 1024)
    .optional()
    .describe('Size of the first disk of a new guest, GiB.'),
  iso: volumeId
    .optional()
    .describe('Image in the drive of a new virtual machine, as `local:iso/debian-13.iso`.'),
  ostemplate: volumeId
    .optional()
    .describe('Archive that a new container is made from, as `local:vztmpl/debian-13-standard.tar.zst`.'),
  rootfs: oneLine.optional(),
  disks: z
    .array(deviceSchema)
    .max(32)
    .optional()
    .describe('Disks. Those that are left out stay as they are.'),
  nics: z
    .array(deviceSchema)
    .max(32)
    .optional()
    .describe('Network cards. Those that are left out stay as they are.'),
  tags: tags.optional().describe('All tags of the guest; an empty list clears them.'),
  onboot: z
    .boolean()
    .optional()
    .describe('Start with its node. For a guest that HA manages, HA decides instead.'),
  unprivileged: z.boolean().optional().describe('A container without root rights on its node. Default true.'),
  /** Root password of a new container. Never stored, never logged; public keys are the better way. */
  password: z.string().min(5).max(128).optional(),
  cloud_init: cloudInitSchema.optional().describe('Cloud-init settings. A password has no place here.'),
});
export type GuestPayload = z.infer<typeof guestPayloadSchema>;
