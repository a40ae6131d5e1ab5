import type { Identity } from '../auth.ts';
import { PveError, parameterError } from '../pveError.ts';
import type { RouteMatch } from '../routes/routeTable.ts';
import type { ClusterView } from '../world/clusterView.ts';
import { StorageError } from '../world/volumes.ts';
import type { LiveCluster } from '../world/world.ts';
import { checkParams, type Params } from './parameters.ts';
import { requirePrivileges, type WriteContext, type WriteRoute } from './writeContext.ts';

/** A write as it came in. */
export interface WriteCall {
  readonly match: RouteMatch<WriteRoute>;
  /** The cluster as the node in charge sees it. */
  readonly view: ClusterView;
  readonly live: LiveCluster;
  readonly identity: Identity;
  /** Form fields or query, unchecked. */
  readonly given: Params;
}

/** Checks rights, then parameters, then does the write: the order of the API server. Answers with `data`. */
export function runWrite({ match, view, live, identity, given }: WriteCall): unknown {
  const { route, parameters } = match;
  const context: WriteContext = {
    view,
    parameters,
    query: new URLSearchParams(),
    random: live.random,
    mayUse: identity.mayUse,
    live,
    user: identity.user,
    params: given,
  };
  for (const check of route.privileges ?? []) requirePrivileges(context, check);
  const params = checkParams(given, route.rules);
  if (params.skiplock === '1' && identity.user !== 'root@pam')
    throw parameterError({ skiplock: 'Only root may use this option.' });
  try {
    return route.handle({ ...context, params }) ?? null;
  } catch (error) {
    if (error instanceof StorageError) throw new PveError(500, `${error.message}\n`);
    throw error;
  } finally {
    // A write that fails late may have changed something all the same.
    live.world.revision += 1;
  }
}
