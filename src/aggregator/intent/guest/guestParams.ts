import type { ReadDiff } from '../../../contract/intent/diff.ts';
import type { GuestPayload } from '../../../contract/intent/guestPayload.ts';
import type { PveParams } from '../../../pve/pveClient.ts';
import { cloudInitParams } from './cloudInit.ts';
import { sourceOf, type WantedDevice, wantedDevices } from './devices.ts';

/** Disks of a payload; `disk_gb` stands for the first disk of a new virtual machine. */
export function wantedDisks(kind: 'qemu' | 'lxc', payload: GuestPayload): WantedDevice[] {
  const storage = payload.storage ?? null;
  if (payload.disks !== undefined)
    return wantedDevices(payload.disks, kind === 'qemu' ? 'scsi' : 'mp', storage);
  if (kind === 'qemu' && payload.disk_gb !== undefined && payload.template_vmid === undefined)
    return wantedDevices([{ key: 'scsi0', size_gib: payload.disk_gb }], 'scsi', storage);
  return [];
}

/** Root volume of a new container; `null` leaves it to Proxmox. */
export function wantedRoot({ rootfs, storage, disk_gb: size }: GuestPayload): WantedDevice | null {
  const value = rootfs ?? (storage !== undefined && size !== undefined ? `${storage}:${size}` : null);
  if (value === null) return null;
  return { key: 'rootfs', value, source: sourceOf(value), options: value, ignored: [] };
}

export function wantedNics(payload: GuestPayload): WantedDevice[] {
  return wantedDevices(payload.nics ?? [], 'net', null);
}

/** Name of the guest: containers call it hostname. */
export function wantedName({ kind, payload }: Pick<ReadDiff, 'kind' | 'payload'>): string | null {
  return (kind === 'lxc' ? (payload.hostname ?? payload.name) : (payload.name ?? payload.hostname)) ?? null;
}

/** Settings that a creation and a change share, as Proxmox names them. */
export function settingParams(kind: 'qemu' | 'lxc', payload: GuestPayload): Record<string, string | number> {
  const params: Record<string, string | number> = {};
  if (payload.cores !== undefined) params.cores = payload.cores;
  const memory = payload.memory_mib ?? payload.memory;
  if (memory !== undefined) params.memory = memory;
  if (kind === 'lxc' && payload.swap !== undefined) params.swap = payload.swap;
  if (payload.description !== undefined) params.description = payload.description;
  if (payload.tags !== undefined) params.tags = payload.tags.join(';');
  if (payload.onboot !== undefined) params.onboot = payload.onboot ? 1 : 0;
  for (const nic of wantedNics(payload)) params[nic.key] = nic.value;
  if (kind === 'qemu' && payload.cloud_init !== undefined)
    Object.assign(params, cloudInitParams(payload.cloud_init));
  return params;
}

/** Parameters of `POST /nodes/{node}/qemu`. */
export function createQemuParams(payload: GuestPayload): PveParams {
  const params: Record<string, string | number> = { vmid: payload.vmid, ...settingParams('qemu', payload) };
  const name = wantedName({ kind: 'qemu', payload });
  if (name !== null) params.name = name;
  const disks = wantedDisks('qemu', payload);
  for (const disk of disks) params[disk.key] = disk.value;
  if (disks.some(({ key }) => key.startsWith('scsi'))) params.scsihw = 'virtio-scsi-single';
  if (payload.iso !== undefined) params.ide2 = `${payload.iso},media=cdrom`;
  return params;
}

/** Parameters of `POST /nodes/{node}/lxc`. Containers are unprivileged unless asked otherwise, as in the Proxmox dialog. */
export function createLxcParams(diff: Pick<ReadDiff, 'kind' | 'payload'>): PveParams {
  const { payload } = diff;
  const params: Record<string, string | number> = {
    vmid: payload.vmid,
    ...settingParams('lxc', payload),
    unprivileged: payload.unprivileged === false ? 0 : 1,
  };
  const name = wantedName(diff);
  if (name !== null) params.hostname = name;
  if (payload.ostemplate !== undefined) params.ostemplate = payload.ostemplate;
  if (payload.storage !== undefined) params.storage = payload.storage;
  const root = wantedRoot(payload);
  if (root !== null) params.rootfs = root.value;
  for (const disk of wantedDisks('lxc', payload)) params[disk.key] = disk.value;
  if (payload.password !== undefined) params.password = payload.password;
  const keys = payload.cloud_init?.ssh_keys;
  if (keys !== undefined) params['ssh-public-keys'] = keys.join('\n');
  return params;
}

/** Parameters of `POST …/{template}/clone`. */
export function cloneParams(diff: Pick<ReadDiff, 'kind' | 'payload'>): PveParams {
  const { kind, payload } = diff;
  const params: Record<string, string | number> = { newid: payload.vmid, target: payload.node };
  const name = wantedName(diff);
  if (name !== null) params[kind === 'lxc' ? 'hostname' : 'name'] = name;
  const full = payload.full_clone !== false;
  params.full = full ? 1 : 0;
  // Proxmox takes a storage only with a full copy.
  if (full && payload.storage !== undefined) params.storage = payload.storage;
  return params;
}
