import type { Cluster, SectionName } from '../contract/model/cluster.ts';
import type { MemberListName } from './fleetStore.ts';

/** Which part of a cluster's reading brings the members of a list. */
const sectionOf: Readonly<Record<MemberListName, SectionName>> = {
  nodes: 'status',
  groups: 'haGroups',
  rules: 'haRules',
  resources: 'haResources',
  guests: 'resources',
};

/**
 * What is remembered over a restart of the server: one that has just begun has not read its clusters yet, and that must
 * not empty a picture which was good a moment ago. A cluster's memory ends, list by list, once the new server has read it.
 */
export class ClusterMemory {
  readonly #members = new Map<string, Map<string, MemberListName>>();

  /** Keeps the members of clusters which the new server knows but has not read. */
  keep(clusterKey: string, members: Iterable<readonly [id: string, list: MemberListName]>): void {
    this.#members.set(clusterKey, new Map(members));
  }

  clear(): void {
    this.#members.clear();
  }

  holds(clusterKey: string): boolean {
    return this.#members.has(clusterKey);
  }

  /** A remembered member that the new server has told is its own again. */
  confirm(clusterKey: string, id: string): void {
    this.#members.get(clusterKey)?.delete(id);
  }

  /** Ids that are gone, now that the new server has read this much of the cluster. */
  release(cluster: Cluster): string[] {
    const members = this.#members.get(cluster.key);
    if (members === undefined || !wasRead(cluster)) return [];
    const gone: string[] = [];
    for (const [id, list] of members) {
      const section = cluster.sections[sectionOf[list]];
      if (section.state === 'failed' && section.readAtMs === null) continue;
      members.delete(id);
      gone.push(id);
    }
    if (members.size === 0) this.#members.delete(cluster.key);
    return gone;
  }
}

export function wasRead(cluster: Cluster): boolean {
  return cluster.freshness.lastSuccessMs !== null;
}

/** The cluster as it was read last, with what a server that has not read it yet tells about its attempts. */
export function asRemembered(known: Cluster, told: Cluster): Cluster {
  return { ...known, freshness: { ...told.freshness, lastSuccessMs: known.freshness.lastSuccessMs } };
}
