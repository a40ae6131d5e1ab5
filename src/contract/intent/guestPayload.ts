import * as z from 'zod';

/** What a change acts on. `virtualmachine` is the plan route's published word for `qemu`. */
export const guestKindSchema = z.enum(['qemu', 'lxc']);
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
      .optional(),
    value: oneLine.optional(),
  })
  .catchall(propertyPart);
export type DevicePayload = z.infer<typeof deviceSchema>;

/** Cloud-init settings. A password is refused here: Proxmox would keep it readable for everybody who may see the guest. */
export const cloudInitSchema = z.strictObject({
  user: oneLine.min(1).optional(),
  /** One public key per entry; a private key is refused. */
  ssh_keys: z
    .array(
      oneLine.regex(/^(ssh-|ecdsa-|sk-)\S+ \S+/, 'expected a public key such as "ssh-ed25519 AAAA… name"'),
    )
    .max(64)
    .optional(),
  /** `user=local:snippets/x.yaml`, or YAML of a cloud-config, or the same as an object. */
  user_data: z.union([z.string().max(65_536), z.record(z.string(), z.unknown())]).optional(),
  network: z
    .strictObject({
      ipconfig0: oneLine.optional(),
      ip: oneLine.optional(),
      cidr: z.union([z.number().int().min(0).max(128), oneLine]).optional(),
      gw: oneLine.optional(),
      gateway: oneLine.optional(),
    })
    .optional(),
  search_domain: oneLine.optional(),
  dns_servers: z.array(oneLine).max(8).optional(),
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
  vmid: vmidSchema,
  node: nameText,
  /** Name of a virtual machine; for containers the same as `hostname`. */
  name: guestName.optional(),
  hostname: guestName.optional(),
  description: z.string().max(8192).optional(),
  /** Clone from this template (virtual machines and containers). */
  template_vmid: vmidSchema.optional(),
  /** Copy the template's disks rather than link to them. Default true: a linked clone keeps depending on its template. */
  full_clone: z.boolean().optional(),
  cores: cores.optional(),
  memory_mib: memoryMib.optional(),
  memory: memoryMib.optional(),
  swap: z
    .number()
    .int()
    .min(0)
    .max(64 * 1024 * 1024)
    .optional(),
  /** Where new disks go when they name no storage. */
  storage: nameText.optional(),
  /** Size of the first disk of a new guest, GiB. */
  disk_gb: z
    .number()
    .int()
    .min(1)
    .max(1024 * 1024)
    .optional(),
  iso: volumeId.optional(),
  ostemplate: volumeId.optional(),
  rootfs: oneLine.optional(),
  disks: z.array(deviceSchema).max(32).optional(),
  nics: z.array(deviceSchema).max(32).optional(),
  /** An empty list clears the tags. */
  tags: tags.optional(),
  onboot: z.boolean().optional(),
  unprivileged: z.boolean().optional(),
  /** Root password of a new container. Never stored, never logged; public keys are the better way. */
  password: z.string().min(5).max(128).optional(),
  cloud_init: cloudInitSchema.optional(),
});
export type GuestPayload = z.infer<typeof guestPayloadSchema>;
