import type { StorageSpec } from '../clusterSpec.ts';

export const epyc = 'AMD EPYC 7313P 16-Core Processor';
export const xeon = 'Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz';

export const local: StorageSpec = {
  storage: 'local',
  type: 'dir',
  content: 'iso,vztmpl,backup',
  totalGib: 94,
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
