import { plural } from '../base/format.ts';
import type { Cluster, SectionName } from '../contract/model/cluster.ts';
import { clockText } from './clockText.ts';
import type { ClusterIndex } from './clusterIndex.ts';
import type { MemberKind } from './judgement.ts';
import { noteRow } from './plainRows.ts';
import type { TreeRow } from './treeRow.ts';

/** Branches of a cluster, in their fixed order. */
export const categoryNames = ['attention', 'nodes', 'groups', 'rules', 'resources', 'guests'] as const;
export type CategoryName = (typeof categoryNames)[number];

interface CategoryWords {
  readonly label: string;
  readonly kind: MemberKind | null;
  readonly section: SectionName;
  readonly empty: string;
  readonly reading: string;
}

export const categories: Readonly<Record<CategoryName, CategoryWords>> = {
  attention: { label: 'Needs attention', kind: null, section: 'status', empty: '', reading: '' },
  nodes: {
    label: 'Nodes',
    kind: 'node',
    section: 'status',
    empty: 'No nodes.',
    reading: 'Reading nodes…',
  },
  groups: {
    label: 'HA Groups',
    kind: 'group',
    section: 'haGroups',
    empty: 'No HA groups.',
    reading: 'Reading HA groups…',
  },
  rules: {
    label: 'HA Rules',
    kind: 'rule',
    section: 'haRules',
    empty: 'No HA rules.',
    reading: 'Reading HA rules…',
  },
  resources: {
    label: 'HA Resources',
    kind: 'ha',
    section: 'haResources',
    empty: 'No HA resources. Guests are not restarted if a node dies.',
    reading: 'Reading HA resources…',
  },
  guests: {
    label: 'Guests',
    kind: 'guest',
    section: 'resources',
    empty: 'No guests.',
    reading: 'Reading guests…',
  },
};

/** Which of groups and rules a cluster shows: the model it uses, both while it moves from one to the other. */
export function placementCategories(cluster: Cluster, index: ClusterIndex): readonly CategoryName[] {
  switch (cluster.placementModel) {
    case 'groups':
      return ['groups'];
    case 'rules':
      return ['rules'];
    case 'both':
      return ['groups', 'rules'];
    case 'none':
    case 'unknown': {
      const present = (['groups', 'rules'] as const).filter(
        (name) => index.ids[name === 'groups' ? 'group' : 'rule'].size > 0,
      );
      return present.length > 0 ? present : ['rules'];
    }
  }
}

/** What a special row of a branch says; the id tells which one it is. */
export type NoteKind = 'reading' | 'empty' | 'notOffered' | 'failed' | 'notUnderstood' | 'notRead';

/** The special row on top of a branch, if one is due. */
export function noteOf(cluster: Cluster, name: CategoryName, memberCount: number): NoteKind | null {
  if (name === 'attention') return null;
  const { state } = cluster.sections[categories[name].section];
  if (state === 'failed') return 'failed';
  if (notUnderstood(cluster, name) > 0) return 'notUnderstood';
  if (memberCount > 0) return null;
  if (state === 'notOffered') return 'notOffered';
  if (state === 'read' || state === 'movedToRules') return 'empty';
  return cluster.freshness.lastSuccessMs === null && cluster.freshness.consecutiveFailures === 0
    ? 'reading'
    : 'notRead';
}

/** Rows of a branch that were left out. HA resources come from two lists; a row left out of either may be one. */
function notUnderstood({ sections }: Cluster, name: CategoryName): number {
  const own = sections[categories[name].section].droppedRows;
  return name === 'resources' ? own + sections.haStatus.droppedRows : own;
}

export function renderNote(
  id: string,
  kind: NoteKind,
  cluster: Cluster,
  name: CategoryName,
  toConsoleTime: (serverMs: number) => number,
): TreeRow {
  const words = categories[name];
  const clusterName = cluster.name;
  switch (kind) {
    case 'reading':
      return noteRow(id, { label: words.reading, tone: 'busy', icon: 'sync', clusterName });
    case 'empty':
      return noteRow(id, {
        label: words.empty,
        tone: 'off',
        icon: 'dash',
        clusterName,
        contextValue: 'row+empty',
      });
    case 'notOffered':
      return noteRow(id, {
        label: `${words.label}: not offered by this server`,
        tone: 'off',
        icon: 'circle-slash',
        clusterName,
        contextValue: 'row+notOffered',
      });
    case 'failed': {
      const section = cluster.sections[words.section];
      const since =
        section.readAtMs === null
          ? 'no answer'
          : `no answer since ${clockText(toConsoleTime(section.readAtMs))}`;
      const tail = section.readAtMs === null ? '' : ', showing last known';
      return noteRow(id, {
        label: `${words.label}: ${since}${tail}`,
        tone: 'unknown',
        icon: 'debug-disconnect',
        clusterName,
        contextValue: 'row+failed+retry',
      });
    }
    case 'notUnderstood':
      return noteRow(id, {
        label: `${words.label}: ${plural(notUnderstood(cluster, name), 'row')} could not be understood`,
        tone: 'unknown',
        icon: 'question',
        clusterName,
        contextValue: 'row+retry',
      });
    case 'notRead':
      return noteRow(id, {
        label: `${words.label}: not told`,
        tone: 'unknown',
        icon: 'question',
        clusterName,
        contextValue: 'row+retry',
      });
  }
}
