import { routes } from '../../contract/routes.ts';
import { failureOf, malformedOf, notUnderstood, rowsOf } from './askClusters.ts';
import {
  resourceTypesByFilter,
  toClusterResourceError,
  toClusterResources,
  toClusterStatus,
  toClusterStatusError,
  toWireNodeError,
  toWireNodes,
} from './clusterRows.ts';
import type { RouteRegistrar } from './routeRegistrar.ts';

/**
 * Cluster and node reference. A cluster that could not be read has an additive error row where the original fails the
 * whole request.
 */
export function registerClusterRoutes(registrar: RouteRegistrar): void {
  registrar.reference(routes.clusterStatus, ['status'], (answers) =>
    answers.map(({ clusterName, readings }) => {
      const failure = failureOf(readings.status);
      return failure === null
        ? toClusterStatus(clusterName, rowsOf(readings.status), malformedOf(readings.status))
        : toClusterStatusError(clusterName, failure);
    }),
  );
  registrar.reference(routes.clusterResources, ['resources'], (answers, _params, { type }) => {
    const kept: readonly string[] | null = type === undefined ? null : resourceTypesByFilter[type];
    return answers.map(({ clusterName, readings }) => {
      const failure = failureOf(readings.resources);
      if (failure !== null) return { [clusterName]: [toClusterResourceError(failure.message)] };
      const rows = toClusterResources(rowsOf(readings.resources));
      const chosen =
        kept === null ? rows : rows.filter((row) => row.type !== null && kept.includes(row.type));
      const malformed = malformedOf(readings.resources);
      // A list that is not whole must not read as one without the missing guest.
      const gap = malformed === 0 ? [] : [toClusterResourceError(notUnderstood(malformed))];
      return { [clusterName]: [...chosen, ...gap] };
    });
  });
  registrar.reference(routes.nodes, ['nodes'], (answers) =>
    answers.flatMap(({ clusterName, readings }) => {
      const failure = failureOf(readings.nodes);
      const nodes =
        failure === null ? toWireNodes(rowsOf(readings.nodes)) : [toWireNodeError(failure.message)];
      return nodes.map((node) => ({ [clusterName]: node }));
    }),
  );
}
