import { accessRoutes } from './access.ts';
import { clusterResourceRoutes } from './clusterResources.ts';
import { clusterStatusRoutes } from './clusterStatus.ts';
import { guestRoutes } from './guests.ts';
import { haConfigRoutes } from './haConfig.ts';
import { haStatusRoutes } from './haStatus.ts';
import { nodeRoutes } from './nodes.ts';
import type { Route } from './route.ts';
import { taskRoutes } from './tasks.ts';

/** Every path the simulator answers. Writes join this list with their own method. */
const routes: readonly Route[] = [
  ...accessRoutes,
  ...clusterStatusRoutes,
  ...clusterResourceRoutes,
  ...haStatusRoutes,
  ...haConfigRoutes,
  ...nodeRoutes,
  ...guestRoutes,
  ...taskRoutes,
];

/** A route and the values of its path parameters. */
export interface RouteMatch {
  readonly route: Route;
  readonly parameters: Record<string, string>;
}

interface PreparedRoute {
  readonly route: Route;
  readonly segments: readonly string[];
}

const byShape = new Map<string, PreparedRoute[]>();
for (const route of routes) {
  const segments = route.template.split('/').slice(1);
  const key = `${route.method} ${segments.length}`;
  const list = byShape.get(key) ?? [];
  list.push({ route, segments });
  byShape.set(key, list);
}

/** Finds the route for a method and a path below `/api2/json`. */
export function matchRoute(method: string, path: string): RouteMatch | null {
  const parts = path.split('/').slice(1);
  for (const { route, segments } of byShape.get(`${method} ${parts.length}`) ?? []) {
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
