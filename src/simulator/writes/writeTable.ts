import { matchIn, prepareRoutes, type RouteMatch } from '../routes/routeTable.ts';
import { configRoutes } from './changeConfig.ts';
import { cloneRoutes } from './cloneGuest.ts';
import { createLxcRoute } from './createLxc.ts';
import { createQemuRoute } from './createQemu.ts';
import { destroyRoutes } from './destroyGuest.ts';
import { haResourceRoutes } from './haResources.ts';
import { powerRoutes } from './power.ts';
import { resizeRoutes } from './resizeDisk.ts';
import { stopTaskRoute } from './stopTask.ts';
import type { WriteRoute } from './writeContext.ts';

/** Every path that changes something. */
const writes = prepareRoutes<WriteRoute>([
  createQemuRoute,
  createLxcRoute,
  ...cloneRoutes,
  ...configRoutes,
  ...resizeRoutes,
  ...powerRoutes,
  ...destroyRoutes,
  ...haResourceRoutes,
  stopTaskRoute,
]);

/** Finds the write for a method and a path below `/api2/json`. */
export function matchWrite(method: string, path: string): RouteMatch<WriteRoute> | null {
  return matchIn(writes, method, path);
}
