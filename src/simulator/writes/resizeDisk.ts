import { PveError } from '../pveError.ts';
import { digestOfGuest, refreshFacts } from '../world/guestConfig.ts';
import { diskDefaultKey, isCdrom, isDiskKey, parseDisk } from '../world/guestDisks.ts';
import type { GuestWorld } from '../world/model.ts';
import { parseSize, printOptions, printSize } from '../world/propertyString.ts';
import { storageOf, type Volume } from '../world/volumes.ts';
import { flag, type Rule, required, text } from './parameters.ts';
import {
  forBothTypes,
  requirePrivileges,
  requireUnlocked,
  type WriteContext,
  writableGuest,
} from './writeContext.ts';

const size: Rule = text({ pattern: /^\+?\d+(?:\.\d+)?[KMGT]?$/ });

/** `PUT /nodes/{node}/qemu/{vmid}/resize` and the same for containers: disks grow, they never shrink. */
export const resizeRoutes = forBothTypes((type) => [
  {
    method: 'PUT',
    template: `/nodes/{node}/${type}/{vmid}/resize`,
    rules: {
      disk: required(
        text({
          pattern:
            type === 'qemu'
              ? /^(?:ide[0-3]|sata[0-5]|scsi(?:[12]?\d|30)|virtio(?:1[0-5]|\d)|efidisk0|tpmstate0)$/
              : /^(?:rootfs|mp\d{1,3})$/,
        }),
      ),
      size: required(size),
      digest: text({ maxLength: 40 }),
      ...(type === 'qemu' ? { skiplock: flag } : {}),
    },
    privileges: [{ path: '/vms/{vmid}', privileges: ['VM.Config.Disk'] }],
    handle: resizeDisk,
  },
]);

function resizeDisk(context: WriteContext): string {
  const { view, live, user } = context;
  const guest = writableGuest(context);
  const node = view.nodeOf(guest);
  // A container's disk is looked at before the task starts, a machine's only in it.
  if (guest.type === 'lxc') plan(context, guest, node);
  const task = live.workers.start(
    {
      node,
      type: 'resize',
      id: String(guest.vmid),
      user,
      holds: [guest.vmid],
      durationMs: view.cluster.timings.guestCreateMs / 3,
      stages: [
        {
          share: 1,
          run() {
            const { volume, newBytes } = plan(context, guest, node);
            if (newBytes === volume.sizeBytes) return;
            view.cluster.volumes.resize(volume, newBytes);
            const key = context.params.disk ?? '';
            const options = parseDisk(guest.type, guest.config.get(key) ?? '');
            options.set('size', printSize(newBytes));
            guest.config.set(key, printOptions(options, diskDefaultKey[guest.type]));
            refreshFacts(guest);
          },
        },
      ],
    },
    view.nowMs,
  );
  return task.upid;
}

/** The volume and its new size, or why it cannot have it. */
function plan(
  context: WriteContext,
  guest: GuestWorld,
  node: string,
): { readonly volume: Volume; readonly newBytes: number } {
  const { params, view } = context;
  const { disk = '', size: wanted = '', digest } = params;
  if (digest !== undefined && digest !== digestOfGuest(guest))
    throw new PveError(
      500,
      guest.type === 'qemu'
        ? 'checksum mismatch (file change by other user?)\n'
        : 'detected modified configuration - file changed by other user? Try again.\n',
    );
  requireUnlocked(context, guest);
  const value = guest.config.get(disk);
  if (value === undefined || !isDiskKey(guest.type, disk))
    throw new PveError(500, `disk '${disk}' does not exist\n`);
  const options = parseDisk(guest.type, value);
  if (isCdrom(options)) throw new PveError(500, "you can't resize a cdrom\n");
  const volid = options.get(diskDefaultKey[guest.type]) ?? '';
  requirePrivileges(context, {
    path: `/storage/${storageOf(volid)}`,
    privileges: ['Datastore.AllocateSpace'],
  });
  const volume = view.cluster.volumes.find(node, volid);
  if (volume === undefined)
    throw new PveError(500, `Could not determine current size of volume '${volid}'\n`);
  const bytes = parseSize(wanted.replace(/^\+/, '')) ?? 0;
  const newBytes = wanted.startsWith('+') ? volume.sizeBytes + bytes : bytes;
  if (newBytes < volume.sizeBytes)
    throw new PveError(
      500,
      guest.type === 'qemu' ? 'shrinking disks is not supported\n' : 'unable to shrink disk size\n',
    );
  if (guest.type === 'lxc' && newBytes === volume.sizeBytes)
    throw new PveError(500, 'disk is already at specified size\n');
  return { volume, newBytes };
}
