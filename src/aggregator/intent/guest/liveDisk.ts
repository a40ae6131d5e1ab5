import type { PlanFinding } from '../../../contract/intent/plan.ts';
import { gib, sourceOf, type WantedDevice } from './devices.ts';
import { parsePropertyString } from './propertyString.ts';

/** A disk that exists is neither moved, swapped nor resized by a configuration change. */
export function liveDiskFindings(disk: WantedDevice, live: string): PlanFinding[] {
  const { head, pairs } = parsePropertyString(live);
  const finding = (code: string, now: string, wish: string, verb: string): PlanFinding[] => [
    {
      code,
      verdict: 'blocked',
      message: `${disk.key} ${now}; ${verb} it to ${wish} is not offered here. Do that in Proxmox, then plan again.`,
      field: 'disks',
    },
  ];
  const size = gib(pairs.get('size'));
  const resized = (wish: string): PlanFinding[] =>
    finding(
      'disk_resize_not_offered',
      size === null ? 'has a size that was not told' : `has ${size} GiB`,
      wish,
      'resizing',
    );
  const sized = parsePropertyString(disk.options).pairs.get('size');
  if (sized !== undefined && sized !== pairs.get('size')) return resized(`size=${sized}`);
  const { source } = disk;
  if (source === null) return [];
  const storage = head?.split(':', 1)[0] ?? null;
  switch (source.kind) {
    case 'new':
      return source.storage !== null && source.storage !== storage
        ? finding('disk_move_not_offered', `lies on ${storage ?? 'no storage'}`, source.storage, 'moving')
        : source.sizeGib === null || source.sizeGib === size
          ? []
          : resized(`${source.sizeGib} GiB`);
    case 'cloudinit':
      return head !== null && storage === source.storage && /cloudinit/.test(head)
        ? []
        : finding('disk_move_not_offered', `holds ${head ?? 'nothing'}`, 'a cloud-init drive', 'changing');
    case 'empty':
      return sourceOf(live)?.kind === 'empty'
        ? []
        : finding('disk_move_not_offered', `holds ${head ?? 'nothing'}`, 'an empty drive', 'changing');
    case 'image':
    case 'existing':
      return source.volid === head
        ? []
        : finding('disk_move_not_offered', `holds ${head ?? 'nothing'}`, source.volid, 'changing');
  }
}
