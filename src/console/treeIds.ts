import { parseConsoleId, toConsoleId } from './fleetIds.ts';
import { type GuestGroupKind, guestGroupKinds } from './guestGrouping.ts';
import { type CategoryName, categoryNames, type NoteKind } from './treeCategories.ts';

/*
 * Ids of the rows of the Clusters tree that are no records themselves. They name what a row stands for, never its state
 * or place, so that expansion and selection outlive every change.
 */

/** `demo.prod` of `cluster:demo.prod`. */
export function clusterKeyOf(clusterId: string): string {
  return clusterId.slice('cluster:'.length);
}

export function categoryId(clusterId: string, name: CategoryName): string {
  return `cat:${clusterKeyOf(clusterId)}/${name}`;
}

/** `cat:demo.prod/guests/node/pve1`; the key stands last, because pools may have slashes in their names. */
export function guestGroupId(clusterId: string, kind: GuestGroupKind, key: string): string {
  return `cat:${clusterKeyOf(clusterId)}/guests/${kind}/${key}`;
}

export function noteId(clusterId: string, name: CategoryName, kind: NoteKind): string {
  return `row:${clusterKeyOf(clusterId)}/${name}/${kind}`;
}

/** The row behind the last one of a branch that is cut. */
export function moreId(branchId: string): string {
  return `row:${branchId.slice('cat:'.length)}/more`;
}

/** The branch that a {@link moreId} ends; `null` for other rows. */
export function branchOfMore(rowId: string): string | null {
  return rowId.endsWith('/more') ? `cat:${rowId.slice('row:'.length, -'/more'.length)}` : null;
}

/** `attention:demo.prod/ha/vm:105` for `ha:demo.prod/vm:105`. */
export function attentionId(recordId: string): string {
  const colon = recordId.indexOf(':');
  const slash = recordId.lastIndexOf('/');
  return `attention:${recordId.slice(colon + 1, slash)}/${recordId.slice(0, colon)}/${recordId.slice(slash + 1)}`;
}

export function attentionTarget(rowId: string): string | null {
  const parsed = parseConsoleId(rowId);
  return parsed === null ? null : toConsoleId(parsed.connectionId, parsed.recordId);
}

/** A branch of a cluster: a category, or one group of its guests. */
export interface Branch {
  readonly clusterId: string;
  readonly name: CategoryName;
  readonly group: { readonly kind: GuestGroupKind; readonly key: string } | null;
}

/** What a `cat:` id of this cluster names; `undefined` for anything else. */
export function parseBranch(id: string, clusterId: string): Branch | undefined {
  const prefix = `cat:${clusterKeyOf(clusterId)}/`;
  if (!id.startsWith(prefix)) return undefined;
  const [first = '', second, ...rest] = id.slice(prefix.length).split('/');
  const name = categoryNames.find((candidate) => candidate === first);
  if (name === undefined) return undefined;
  if (second === undefined) return { clusterId, name, group: null };
  const kind = guestGroupKinds.find((candidate) => candidate === second);
  return name !== 'guests' || kind === undefined || rest.length === 0
    ? undefined
    : { clusterId, name, group: { kind, key: rest.join('/') } };
}
