import type { ClusterSpec } from './clusterSpec.ts';
import { edgeSpec } from './defaultWorld/edge.ts';
import { hostileGuests } from './defaultWorld/hostile.ts';
import { labSpec } from './defaultWorld/lab.ts';
import { prodSpec } from './defaultWorld/prod.ts';

/** The three clusters of the demo: an older lab with HA groups, production with HA rules, a lone machine at the edge. */
export function defaultClusterSpecs(hostileNames: boolean): ClusterSpec[] {
  const specs = [labSpec(), prodSpec(), edgeSpec()];
  return hostileNames
    ? specs.map((spec) => ({ ...spec, guests: [...spec.guests, ...hostileGuests(spec)] }))
    : specs;
}
