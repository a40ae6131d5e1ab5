import { newUuid } from '../world/guestBirth.ts';
import { disksOf } from '../world/guestDisks.ts';
import { qemuConfigRules } from './configRules.ts';
import { checkCreation, checkSettings, creationRules, startCreation } from './guestCreation.ts';
import { uniqueTags, withMac } from './storedValues.ts';
import { requireFreeVmid, requireQuorum, type WriteContext, type WriteRoute } from './writeContext.ts';

/** `POST /nodes/{node}/qemu`: makes a virtual machine. Restoring from an archive is not offered. */
export const createQemuRoute: WriteRoute = {
  method: 'POST',
  template: '/nodes/{node}/qemu',
  rules: { ...qemuConfigRules, ...creationRules },
  handle: createQemu,
};

function createQemu(context: WriteContext): string {
  const { params, view } = context;
  const vmid = Number(params.vmid);
  requireQuorum(context);
  checkCreation(context, vmid);
  const settings = settingsOf(params);
  checkSettings(context, 'qemu', vmid, settings);
  requireFreeVmid(context, vmid, `unable to create VM ${vmid} - `);
  return startCreation(context, {
    type: 'qemu',
    vmid,
    settings,
    durationMs: view.cluster.timings.guestCreateMs,
    complete({ entries }, task, nowMs) {
      for (const { key, volid } of disksOf('qemu', entries))
        task.log.push(`${key}: successfully created disk '${volid}'`);
      return completed(entries, context, nowMs);
    },
  });
}

/** Configuration entries among the parameters, `cdrom` under the name it stands for. */
function settingsOf(params: WriteContext['params']): [key: string, value: string][] {
  return Object.entries(params).flatMap(([key, value]): [string, string][] => {
    if (key in creationRules) return [];
    return [key === 'cdrom' ? ['ide2', `${value},media=cdrom`] : [key, value]];
  });
}

/** Adds what Proxmox fills in by itself: addresses of cards, boot order, identifiers, origin. */
function completed(
  entries: Map<string, string>,
  { view, random }: WriteContext,
  nowMs: number,
): Map<string, string> {
  for (const [key, value] of entries) {
    if (/^net\d+$/.test(key)) entries.set(key, withMac(value, random));
    if (key === 'tags') entries.set(key, uniqueTags(value));
  }
  if (!entries.has('boot')) entries.set('boot', `order=${defaultBootOrder(entries).join(';')}`);
  if (!entries.has('smbios1')) entries.set('smbios1', `uuid=${newUuid(random)}`);
  if (!entries.has('vmgenid') || entries.get('vmgenid') === '1') entries.set('vmgenid', newUuid(random));
  entries.set('meta', `creation-qemu=${view.cluster.release.qemu},ctime=${Math.floor(nowMs / 1000)}`);
  return entries;
}

/** First disk, first CD, first card. */
function defaultBootOrder(entries: ReadonlyMap<string, string>): string[] {
  const drives = [...entries].filter(([key]) => /^(?:ide|sata|scsi|virtio)\d+$/.test(key));
  const disk = drives.find(([, value]) => !value.includes('media=cdrom'))?.[0];
  const cd = drives.find(([, value]) => value.includes('media=cdrom') && !value.includes('cloudinit'))?.[0];
  const card = [...entries.keys()].filter((key) => /^net\d+$/.test(key)).sort()[0];
  return [disk, cd, card].filter((key) => key !== undefined);
}
