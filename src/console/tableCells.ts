import { formatPercent } from '../base/format.ts';
import type { Cell } from '../contract/panels.ts';
import { type StateView, toneRank } from '../contract/stateView.ts';
import { nameText } from './rowWords.ts';

/** A state as a cell: words first, icon and tone beside them. Sorted by severity. */
export function stateCell(state: StateView): Cell {
  return {
    text: state.label,
    tone: state.tone,
    icon: state.icon,
    hint: [state.explanation, state.nextStep].filter((part) => part !== null).join(' '),
    sort: -toneRank[state.tone],
    ...(state.sinceMs === null ? {} : { sinceMs: state.sinceMs }),
  };
}

/** What nobody told, and why. */
export function unknownCell(hint: string): Cell {
  return { text: 'unknown', hint, sort: -1 };
}

export function ratioCell(ratio: number | null, hint: string | null): Cell {
  return ratio === null
    ? unknownCell('Not told.')
    : { text: formatPercent(ratio), ratio, sort: ratio, ...(hint === null ? {} : { hint }) };
}

/** Zero is a figure; only an absent one reads "not told". */
export function countCell(count: number | null): Cell {
  return count === null ? { text: 'not told', sort: -1 } : { text: String(count), sort: count };
}

export function flagCell(flag: boolean | null): Cell {
  return { text: flag === null ? 'not told' : flag ? 'yes' : 'no' };
}

/** The first twenty names. */
export function listText(names: readonly string[]): string {
  const shown = names.slice(0, 20).map(nameText).join(', ');
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
