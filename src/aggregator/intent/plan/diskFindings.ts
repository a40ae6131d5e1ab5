import type { ReadDiff } from '../../../contract/intent/diff.ts';
import type { PlanFinding } from '../../../contract/intent/plan.ts';
import type { WantedDevice } from '../guest/devices.ts';
import { parsePropertyString } from '../guest/propertyString.ts';
import type { ClusterFacts } from '../probe/clusterFacts.ts';
import type { ClusterProbe } from '../probe/clusterProbe.ts';
import { blocked } from './findings.ts';
import { fileFindings, type StorageLedger } from './storageFindings.ts';

export interface DiskContext {
  readonly probe: ClusterProbe;
  readonly facts: ClusterFacts;
  readonly storage: StorageLedger;
}

/**
 * Whether a disk that is not there yet can be made, however its volume was written. A volume that exists belongs to
 * somebody: attaching it here would let it be destroyed with this guest.
 */
export async function newDiskFindings(
  { kind, payload }: Pick<ReadDiff, 'kind' | 'payload'>,
  disk: WantedDevice,
  { probe, facts, storage }: DiskContext,
): Promise<PlanFinding[]> {
  const field = disk.key === 'rootfs' ? 'rootfs' : 'disks';
  const content = kind === 'lxc' ? 'rootdir' : 'images';
  const { source } = disk;
  const sized = parsePropertyString(disk.options).pairs.get('size');
  if (sized !== undefined)
    return [
      blocked(
        'disk_size_misplaced',
        `${disk.key}: write the size of a new disk as STORAGE:GiB, not as size=.`,
        field,
      ),
    ];
  if (source === null)
    return [blocked('disk_without_volume', `${disk.key} is not there. Give its storage and size.`, field)];
  switch (source.kind) {
    case 'new':
      if (source.storage === null)
        return [blocked('disk_without_storage', `${disk.key} names no storage. Name one.`, field)];
      if (source.sizeGib === null)
        return [
          blocked('disk_without_size', `${disk.key} has no size that can be read. Give it in GiB.`, field),
        ];
      return storage.add(facts, payload.node, source.storage, content, source.sizeGib, field);
    case 'cloudinit':
      return storage.add(facts, payload.node, source.storage, 'images', null, field);
    case 'image':
      return fileFindings(probe, facts, payload.node, source.volid, 'iso', field);
    case 'empty':
      return [];
    case 'existing':
      return [
        blocked(
          'volume_not_offered',
          `${disk.key}: using ${source.volid} as it is, is not offered here. Attach it in Proxmox.`,
          field,
        ),
      ];
  }
}
