import * as z from 'zod';
import { taskFaultSchema } from '../faults/taskFault.ts';
import { guestLocks } from '../world/guestLocks.ts';
import type { LiveCluster } from '../world/world.ts';
import {
  AdminError,
  type AdminRoute,
  type AdminServices,
  needCluster,
  nothing,
  post,
  type Segments,
} from './adminRoute.ts';

/** Ways in which writes can go wrong: failing and slow tasks, full storages, locked guests. */
export const writeFaultRoutes: readonly AdminRoute[] = [
  post('/clusters/{name}/tasks/fault', taskFaultSchema, (services, at, fault) => {
    const { workers } = live(services, at);
    workers.faults.add(fault);
    return { ok: true, taskFaults: workers.faults.list };
  }),
  post('/clusters/{name}/tasks/faults/clear', nothing, (services, at) => {
    live(services, at).workers.faults.clear();
    return { ok: true };
  }),
  post(
    '/clusters/{name}/storages/{storage}/room',
    z.strictObject({
      /** Room that is left. */
      freeBytes: z.int().min(0),
      /** Only this node's part of a local storage; every node's when absent. */
      node: z.string().optional(),
    }),
    (services, at, { freeBytes, node }) => {
      const { world } = live(services, at);
      const storage = world.volumes.storage(at.storage ?? '');
      if (storage === undefined) throw new AdminError(404, `'${at.name}' has no storage '${at.storage}'.`);
      const places = [...storage.usedBytes.keys()].filter(
        (place) => node === undefined || storage.shared || place === node,
      );
      if (places.length === 0) throw new AdminError(404, `'${at.name}' has no node '${node}'.`);
      for (const place of places) storage.usedBytes.set(place, Math.max(0, storage.totalBytes - freeBytes));
      world.revision += 1;
      return { ok: true };
    },
  ),
  post(
    '/clusters/{name}/guests/{vmid}/lock',
    z.strictObject({ lock: z.enum(guestLocks).nullable() }),
    (services, at, { lock }) => {
      const { world } = live(services, at);
      const guest = world.guests.get(Number(at.vmid));
      if (guest === undefined) throw new AdminError(404, `'${at.name}' has no guest ${at.vmid}.`);
      guest.lock = lock;
      world.revision += 1;
      return { ok: true };
    },
  ),
];

function live(services: AdminServices, { name = '' }: Segments): LiveCluster {
  needCluster(services, name);
  return services.world.cluster(name);
}
