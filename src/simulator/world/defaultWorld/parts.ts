import type { FileSpec, StorageSpec } from '../storageSpec.ts';

export const epyc = 'AMD EPYC 7313P 16-Core Processor';
export const xeon = 'Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz';

/** What a shop keeps to install guests from. */
export const installFiles: readonly FileSpec[] = [
  { content: 'iso', name: 'debian-13.1.0-amd64-netinst.iso', mib: 783 },
  { content: 'iso', name: 'ubuntu-24.04.3-live-server-amd64.iso', mib: 3154 },
  { content: 'iso', name: 'virtio-win-0.1.271.iso', mib: 693 },
  { content: 'vztmpl', name: 'debian-13-standard_13.1-2_amd64.tar.zst', mib: 124 },
  { content: 'vztmpl', name: 'alpine-3.22-default_20250617_amd64.tar.xz', mib: 3 },
];

export const local: StorageSpec = {
  storage: 'local',
  type: 'dir',
  content: 'iso,vztmpl,backup',
  totalGib: 94,
  files: installFiles,
  configuration: { path: '/var/lib/vz' },
};
export const localZfs: StorageSpec = {
  storage: 'local-zfs',
  type: 'zfspool',
  content: 'images,rootdir',
  totalGib: 1700,
  configuration: { pool: 'rpool/data', sparse: 1 },
};
export const ceph: StorageSpec = {
  storage: 'ceph-vm',
  type: 'rbd',
  content: 'images,rootdir',
  shared: true,
  totalGib: 14_300,
  configuration: { pool: 'ceph-vm', krbd: 0 },
};
export const nfs: StorageSpec = {
  storage: 'nas',
  type: 'nfs',
  content: 'images,rootdir,backup,iso',
  shared: true,
  totalGib: 7400,
  files: [
    { content: 'iso', name: 'debian-12.11.0-amd64-netinst.iso', mib: 670 },
    { content: 'iso', name: 'windows-server-2025.iso', mib: 5640 },
  ],
  configuration: { path: '/mnt/pve/nas', server: '192.0.2.60', export: '/volume1/pve' },
};
export const backupServer: StorageSpec = {
  storage: 'pbs',
  type: 'pbs',
  content: 'backup',
  shared: true,
  totalGib: 21_000,
  configuration: { server: '192.0.2.61', datastore: 'main', username: 'backup@pbs' },
};
