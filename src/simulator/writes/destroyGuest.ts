import { PveError } from '../pveError.ts';
import { pathGuest } from '../routes/route.ts';
import { removeGuest } from '../world/guestBirth.ts';
import { disksOf, unusedOf } from '../world/guestDisks.ts';
import { stopGuest } from '../world/guestJobs.ts';
import { type GuestType, type GuestWorld, sidOf } from '../world/model.ts';
import type { Task } from '../world/tasks.ts';
import { removeFromHa } from './haSections.ts';
import { flag, type Rules } from './parameters.ts';
import { forBothTypes, requireQuorum, requireUnlocked, type WriteContext, word } from './writeContext.ts';

const rules: Readonly<Record<GuestType, Rules>> = {
  qemu: { purge: flag, 'destroy-unreferenced-disks': flag, skiplock: flag },
  lxc: { purge: flag, 'destroy-unreferenced-disks': flag, force: flag },
};

/** `DELETE /nodes/{node}/qemu/{vmid}` and the same for containers. */
export const destroyRoutes = forBothTypes((type) => [
  {
    method: 'DELETE',
    template: `/nodes/{node}/${type}/{vmid}`,
    rules: rules[type],
    privileges: [{ path: '/vms/{vmid}', privileges: ['VM.Allocate'] }],
    handle: destroyGuest,
  },
]);

function destroyGuest(context: WriteContext): string {
  const guest = pathGuest(context);
  const { params, view, live, user } = context;
  const node = view.nodeOf(guest);
  requireQuorum(context);
  checkRemovable(context, guest, false);
  const task = live.workers.start(
    {
      node,
      type: guest.type === 'qemu' ? 'qmdestroy' : 'vzdestroy',
      id: String(guest.vmid),
      user,
      holds: [guest.vmid],
      durationMs: view.cluster.timings.guestDestroyMs,
      stages: [
        {
          share: 0.1,
          run(task) {
            requireStillThere(context, guest, task);
            checkRemovable(context, guest, true);
            if (guest.startedAtMs !== null) {
              task.log.push(`forced to stop CT ${guest.vmid} before destroying!`);
              stopGuest(guest);
            }
            freeDisks(context, guest, node, task);
          },
        },
        {
          share: 1,
          run(task) {
            if (params.purge === '1') purge(context, guest, task);
            removeGuest(view.cluster, guest);
          },
        },
      ],
    },
    view.nowMs,
  );
  return task.upid;
}

/** Between the call and its task the guest may have gone, or another may have taken its number. */
function requireStillThere(context: WriteContext, guest: GuestWorld, task: Task): void {
  if (context.view.cluster.guests.get(guest.vmid) !== guest) {
    const folder = guest.type === 'qemu' ? 'qemu-server' : 'lxc';
    throw new PveError(
      500,
      `Configuration file 'nodes/${task.node}/${folder}/${guest.vmid}.conf' does not exist`,
    );
  }
}

/** What Proxmox looks at before it removes a guest, once at the call and once in the task. */
function checkRemovable(context: WriteContext, guest: GuestWorld, inTask: boolean): void {
  const { params, view } = context;
  const name = `${word(guest.type)} ${guest.vmid}`;
  if (guest.protected) throw new PveError(500, `can't remove ${name} - protection mode enabled\n`);
  // A container's lock refuses at once, a machine's only in the task.
  if (guest.type === 'lxc' || inTask) requireUnlocked(context, guest);
  if (params.purge !== '1' && view.cluster.store.resources.has(sidOf(guest)))
    throw new PveError(500, `unable to remove ${name} - used in HA resources and purge parameter not set.\n`);
  if (guest.startedAtMs !== null && params.force !== '1')
    throw new PveError(
      500,
      guest.type === 'qemu'
        ? `VM ${guest.vmid} is running - destroy failed\n`
        : `unable to destroy CT ${guest.vmid} - container is running\n`,
    );
}

/** Frees the guest's volumes; until the task ends a configuration stays that says it is being destroyed. */
function freeDisks({ params, live }: WriteContext, guest: GuestWorld, node: string, task: Task): void {
  const { volumes } = live.world;
  const named = new Set([
    ...disksOf(guest.type, guest.config).map(({ volid }) => volid),
    ...disksOf(guest.type, waitingValues(guest)).map(({ volid }) => volid),
    ...unusedOf(guest.config).map(([, volid]) => volid),
  ]);
  const own = volumes
    .ofGuest(guest.vmid)
    .filter(({ volid }) => named.has(volid) || params['destroy-unreferenced-disks'] === '1');
  const base = own.find((volume) => volumes.isBaseInUse(volume));
  if (base !== undefined)
    throw new PveError(500, `base volume '${base.volid}' is still in use by linked cloned`);
  for (const volume of own) {
    volumes.free(volume);
    task.log.push(`successfully removed '${volume.volid}'`);
  }
  task.log.push(`destroy ${word(guest.type)} ${guest.vmid}: ${node}`);
  guest.config.clear();
  guest.pending.clear();
  guest.lock = 'destroyed';
}

/** Values that wait for the guest's next start. */
function waitingValues({ pending }: GuestWorld): Map<string, string> {
  return new Map([...pending].flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}

function purge({ view }: WriteContext, guest: GuestWorld, task: Task): void {
  const name = `${word(guest.type)} ${guest.vmid}`;
  task.log.push(`purging ${name} from related configurations..`);
  const sid = sidOf(guest);
  if (!view.cluster.store.resources.has(sid)) return;
  removeFromHa(view.cluster, sid, true);
  task.log.push(`NOTE: removed ${name} from HA resource configuration.`);
}
