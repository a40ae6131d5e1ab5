import { type ClusterWorld, type GuestWorld, type RequestState, sidOf } from '../world/model.ts';

/** Adds a guest to the HA resources, or sets the wanted state of one that is there. The manager takes it from there. */
export function addToHa(cluster: ClusterWorld, guest: GuestWorld, state: RequestState): void {
  const sid = sidOf(guest);
  const present = cluster.store.resources.get(sid);
  if (present === undefined) cluster.store.resources.set(sid, { sid, state });
  else present.state = state;
}

/** Takes a resource out of the HA resources and, on releases with rules, out of the rules that name it. */
export function removeFromHa(cluster: ClusterWorld, sid: string, purge: boolean): void {
  cluster.store.resources.delete(sid);
  if (!purge || !cluster.release.haRules) return;
  for (const [name, rule] of cluster.store.rules) {
    if (!rule.resources.includes(sid)) continue;
    const resources = rule.resources.filter((other) => other !== sid);
    if (resources.length === 0) cluster.store.rules.delete(name);
    else cluster.store.rules.set(name, { ...rule, resources });
  }
}
