import type { Tone } from '../contract/stateView.ts';
import type { RowTarget, TreeRow } from './treeRow.ts';
import { toRow } from './treeRowParts.ts';

/** A row that is neither record nor category: loading, empty, not offered, failed, cut. */
export function noteRow(
  id: string,
  words: {
    readonly label: string;
    readonly tone: Tone;
    readonly icon: string;
    readonly contextValue?: string;
    readonly clusterName?: string;
    readonly open?: RowTarget;
  },
): TreeRow {
  return toRow({
    id,
    label: words.label,
    facts: [],
    icon: words.icon,
    tone: words.tone,
    isMemory: false,
    contextValue: words.contextValue ?? 'row',
    collapsible: 'none',
    kindWord: '',
    clusterName: words.clusterName ?? null,
    open: words.open ?? null,
  });
}

/** A category, or a node's share of the guests. */
export function categoryRow(
  id: string,
  label: string,
  facts: readonly (string | null)[],
  tone: Tone,
  icon: string | null,
  collapsible: TreeRow['collapsible'],
  isMemory: boolean,
  clusterName: string,
): TreeRow {
  return toRow({
    id,
    label,
    facts,
    icon,
    tone: icon === null ? 'calm' : tone,
    isMemory,
    contextValue: 'category',
    collapsible,
    kindWord: '',
    clusterName,
    open: null,
  });
}
