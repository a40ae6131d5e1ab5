import { accessRoutes } from './access.ts';
import { clusterResourceRoutes } from './clusterResources.ts';
import { clusterStatusRoutes } from './clusterStatus.ts';
import { guestRoutes } from './guests.ts';
import { haConfigRoutes } from './haConfig.ts';
import { haStatusRoutes } from './haStatus.ts';
import { nodeRoutes } from './nodes.ts';
import type { Route } from './route.ts';
import { storageRoutes } from './storageContent.ts';
import { taskRoutes } from './tasks.ts';

/** Every path that is read. Writes have a table of their own. */
const routes: readonly Route[] = [
  ...accessRoutes,
  ...clusterStatusRoutes,
  ...clusterResourceRoutes,
  ...haStatusRoutes,
  ...haConfigRoutes,
  ...nodeRoutes,
  ...storageRoutes,
  ...guestRoutes,
  ...taskRoutes,
];

/** A route and the values of its path parameters. */
export interface RouteMatch<R> {
  readonly route: R;
  readonly parameters: Record<string, string>;
}

interface Shaped {
  readonly method: string;
  readonly template: string;
}

/** Routes by method and length, so that a call is compared with few of them. */
export type PreparedRoutes<R> = ReadonlyMap<
  string,
  readonly { readonly route: R; readonly segments: readonly string[] }[]
>;

export function prepareRoutes<R extends Shaped>(list: readonly R[]): PreparedRoutes<R> {
  const byShape = new Map<string, { route: R; segments: string[] }[]>();
  for (const route of list) {
    const segments = route.template.split('/').slice(1);
    const key = `${route.method} ${segments.length}`;
    const shaped = byShape.get(key) ?? [];
    shaped.push({ route, segments });
    byShape.set(key, shaped);
  }
  return byShape;
}

const reads = prepareRoutes(routes);

/** Finds the route for a method and a path below `/api2/json`. */
export function matchRoute(method: string, path: string): RouteMatch<Route> | null {
  return matchIn(reads, method, path);
}

/** Finds the route for a method and a path among prepared ones. */
export function matchIn<R>(prepared: PreparedRoutes<R>, method: string, path: string): RouteMatch<R> | null {
  const parts = path.split('/').slice(1);
  for (const { route, segments } of prepared.get(`${method} ${parts.length}`) ?? []) {
    const parameters = matchSegments(segments, parts);
    if (parameters !== null) return { route, parameters };
  }
  return null;
}

function matchSegments(segments: readonly string[], parts: readonly string[]): Record<string, string> | null {
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index] ?? '';
    if (!segment.startsWith('{')) {
      if (segment !== part) return null;
      continue;
    }
    try {
      parameters[segment.slice(1, -1)] = decodeURIComponent(part);
    } catch {
      return null;
    }
  }
  return parameters;
}
