import type { Tone } from '../contract/stateView.ts';
import { edgeLetter, spoken, threeFacts, toneWords } from './rowWords.ts';
import type { RowTarget, TreeRow } from './treeRow.ts';

/** A row, and whether its words change with time alone. */
export interface RenderedRow {
  readonly row: TreeRow;
  readonly ticks: boolean;
  /** Its words count the seconds of a failover. */
  readonly counts?: boolean;
}

/** What a row is made of. */
export interface RowParts {
  readonly id: string;
  readonly label: string;
  readonly facts: readonly (string | null)[];
  /** Told to those who listen even where the description is cut before it. */
  readonly spokenFact?: string | null;
  readonly icon: string | null;
  readonly tone: Tone;
  readonly isMemory: boolean;
  readonly contextValue: string;
  readonly collapsible: TreeRow['collapsible'];
  readonly kindWord: string;
  readonly clusterName: string | null;
  readonly open: RowTarget | null;
}

/** Puts a row together, with its sentence for those who listen. */
export function toRow(parts: RowParts): TreeRow {
  const description = threeFacts(parts.facts);
  return {
    id: parts.id,
    label: parts.label,
    description,
    icon: parts.icon,
    tone: parts.tone,
    edge: edgeLetter(parts.tone, parts.isMemory),
    contextValue: parts.contextValue,
    collapsible: parts.collapsible,
    accessibleLabel: spoken([
      parts.label,
      parts.kindWord,
      steadyText(description),
      parts.spokenFact ?? null,
      toneWords[parts.tone],
      parts.clusterName === null ? null : `cluster ${parts.clusterName}`,
      parts.isMemory ? 'old data' : null,
    ]),
    open: parts.open,
  };
}

/** Without the seconds that are counted: a label that changed every second would be read out every second. */
function steadyText(description: string): string {
  return description
    .replace(/\b(lost|being fenced) \d+(:\d\d)+/g, '$1')
    .replace(/ in at most [\dms ]+(?= ·|$)/g, ' soon');
}
