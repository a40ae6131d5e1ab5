import type { Clock } from '../base/clock.ts';
import { compareNatural } from '../base/text.ts';
import { toneRank } from '../contract/stateView.ts';
import { clusterState } from './clusterTrouble.ts';
import type { ClusterEntry, FleetModel, ModelConnection } from './fleetModel.ts';
import { memberKinds } from './judgement.ts';
import { type CategoryName, categoryNames, noteOf, placementCategories } from './treeCategories.ts';
import {
  attentionId,
  type Branch,
  branchOfMore,
  categoryId,
  clusterKeyOf,
  moreId,
  noteId,
  parseBranch,
} from './treeIds.ts';
import type { TreeMatches } from './treeMatches.ts';
import { categoryOf, type TreeMembers } from './treeMembers.ts';

/** A branch ends here with "… n more"; trouble beyond it still stands under "Needs attention". */
export const branchLimit = 1_000;
/** A lost connection becomes a row of its own after this long; shorter breaks only age the data. */
const quietReconnectMs = 10_000;
/** The one row of a tree in which nothing fits the filter. */
export const noMatchId = 'row:filter/none';

/** Which row stands under which, worked out from the model each time it is asked. */
export class TreeLists {
  readonly #model: FleetModel;
  readonly #clock: Clock;
  readonly #matches: TreeMatches;
  readonly #members: TreeMembers;

  constructor(model: FleetModel, clock: Clock, matches: TreeMatches, members: TreeMembers) {
    this.#model = model;
    this.#clock = clock;
    this.#matches = matches;
    this.#members = members;
  }

  /** Ids of the rows under a row as they are now; `null` asks for the roots. */
  children(id: string | null): readonly string[] {
    if (id === null) return this.#roots();
    if (id.startsWith('cluster:')) return this.#clusterChildren(id);
    return id.startsWith('cat:') ? this.#categoryChildren(id) : [];
  }

  #roots(): readonly string[] {
    const clusters = this.#model
      .clusters()
      .filter((entry) => this.#isClusterShown(entry))
      .map(({ id }) => id);
    const connections = this.#model.connections
      .filter((connection) => this.#isConnectionShown(connection))
      .sort((a, b) => compareNatural(a.name, b.name) || (a.id < b.id ? -1 : 1))
      .map(({ id }) => `connection:${id}`);
    const roots = [...clusters, ...connections];
    return roots.length === 0 && this.#matches.isFiltering && this.#model.connections.length > 0
      ? [noMatchId]
      : roots;
  }

  #isConnectionShown({ connection }: ModelConnection): boolean {
    const { state } = connection;
    if (connection.store.list('clusters').size === 0) return true;
    if (state.kind === 'halted') return true;
    if (state.kind !== 'waiting') return false;
    const { code, sinceMs } = state.error;
    return (
      code === 'lockedOut' ||
      code === 'rateLimited' ||
      (sinceMs !== null && this.#clock.now() - sinceMs >= quietReconnectMs)
    );
  }

  #isClusterShown(entry: ClusterEntry): boolean {
    const matches = this.#matches;
    if (!matches.isFiltering) return true;
    if (memberKinds.some((kind) => some(this.#model.index(entry.id).ids[kind], (id) => matches.isShown(id))))
      return true;
    if (matches.words.length > 0)
      return (
        !matches.filter.problemsOnly &&
        matches.words.every((word) => entry.record.name.toLowerCase().includes(word))
      );
    if (!matches.filter.problemsOnly) return true;
    const context = this.#model.context(entry.id);
    return context !== undefined && toneRank[clusterState(this.#model, context, entry.id).tone] >= 4;
  }

  #clusterChildren(clusterId: string): readonly string[] {
    const cluster = this.#model.cluster(clusterId);
    if (cluster === undefined) return [];
    const index = this.#model.index(clusterId);
    if (cluster.freshness.lastSuccessMs === null && index.isEmpty) {
      return !this.#matches.isFiltering
        ? [noteId(clusterId, 'nodes', noteOf(cluster, 'nodes', 0) ?? 'notRead')]
        : [];
    }
    const placement = placementCategories(cluster, index);
    return categoryNames
      .filter((name) => {
        if (name === 'attention') return this.#members.attention(clusterId).length > 0;
        if ((name === 'groups' || name === 'rules') && !placement.includes(name)) return false;
        return !this.#matches.isFiltering || this.#members.members(clusterId, name).length > 0;
      })
      .map((name) => categoryId(clusterId, name));
  }

  #categoryChildren(id: string): readonly string[] {
    const branch = this.branch(id);
    const cluster = branch === undefined ? undefined : this.#model.cluster(branch.clusterId);
    if (branch === undefined || cluster === undefined) return [];
    const { clusterId, name, group } = branch;
    if (name === 'attention') return cut(this.#members.attention(clusterId).map(attentionId), moreId(id));
    if (group !== null) return cut(this.#members.groups.guests(clusterId, group.kind, group.key), moreId(id));
    const members = this.#members.members(clusterId, name);
    const note = !this.#matches.isFiltering ? noteOf(cluster, name, members.length) : null;
    const notes = note === null ? [] : [noteId(clusterId, name, note)];
    const kind = name === 'guests' ? this.#members.groups.kind(clusterId) : null;
    if (kind !== null) return [...notes, ...this.#members.groups.groups(clusterId, kind)];
    return [...notes, ...cut(members, moreId(id))];
  }

  /** The row that a row stands under; `null` for roots. */
  parent(id: string): string | null {
    if (id.startsWith('connection:') || id.startsWith('cluster:') || id === noMatchId) return null;
    const clusterId = this.clusterOfRow(id);
    if (clusterId === undefined) return null;
    if (id.startsWith('cat:')) {
      const branch = this.branch(id);
      return branch === undefined || branch.group === null ? clusterId : categoryId(clusterId, 'guests');
    }
    if (id.startsWith('attention:')) return categoryId(clusterId, 'attention');
    if (id.startsWith('row:')) {
      if (this.children(clusterId).includes(id)) return clusterId;
      const branch = branchOfMore(id);
      if (branch !== null && this.branch(branch) !== undefined) return branch;
      const [name = ''] = id.slice(`row:${clusterKeyOf(clusterId)}/`.length).split('/');
      return categoryId(clusterId, name as CategoryName);
    }
    const kind = id.slice(0, id.indexOf(':'));
    const group = kind === 'guest' ? this.#members.groups.groupOf(clusterId, id) : null;
    if (group !== null) return group;
    const name = categoryOf(id);
    return name === undefined ? null : categoryId(clusterId, name);
  }

  /** The branch a `cat:` row shows; groups of guests only while that is how they are grouped. */
  branch(id: string): Branch | undefined {
    const clusterId = this.clusterOfRow(id);
    const branch = clusterId === undefined ? undefined : parseBranch(id, clusterId);
    if (branch === undefined || branch.group === null) return branch;
    return this.#members.groups.kind(branch.clusterId) === branch.group.kind ? branch : undefined;
  }

  /** Cluster of any row but roots; of a record that is gone as well. */
  clusterOfRow(id: string): string | undefined {
    const direct = this.#model.clusterIdOf(id);
    if (direct !== undefined) return direct;
    const colon = id.indexOf(':');
    const rest = id.slice(colon + 1);
    const dot = rest.indexOf('.');
    if (dot === -1) return undefined;
    // The key ends at a slash; keys with slashes in them are found by trying the longer ones as well.
    for (let slash = rest.indexOf('/'); slash !== -1; slash = rest.indexOf('/', slash + 1)) {
      const candidate = `cluster:${rest.slice(0, slash)}`;
      if (this.#model.cluster(candidate) !== undefined) return candidate;
    }
    return undefined;
  }
}

function cut(ids: readonly string[], moreRowId: string): readonly string[] {
  return ids.length <= branchLimit ? ids : [...ids.slice(0, branchLimit), moreRowId];
}

function some(ids: Iterable<string>, test: (id: string) => boolean): boolean {
  for (const id of ids) if (test(id)) return true;
  return false;
}
