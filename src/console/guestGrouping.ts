import { compareNatural } from '../base/text.ts';
import { nameText } from './rowWords.ts';

/** What guests can be grouped by. */
export const guestGroupKinds = ['node', 'state', 'pool'] as const;
export type GuestGroupKind = (typeof guestGroupKinds)[number];

/** What the reader chose for the guests in the tree; `automatic` groups long lists by node. */
export const guestGroupings = ['automatic', ...guestGroupKinds, 'none'] as const;
export type GuestGrouping = (typeof guestGroupings)[number];

export const guestGroupingLabels: Readonly<Record<GuestGrouping, string>> = {
  automatic: 'Automatic (by Node Above 200 Guests)',
  node: 'Node',
  state: 'State',
  pool: 'Pool',
  none: 'None',
};

/** A remembered choice; anything else reads as the one of a first start. */
export function parseGuestGrouping(value: unknown): GuestGrouping {
  return guestGroupings.find((known) => known === value) ?? 'automatic';
}

/** More guests than this are grouped by node unless the reader chose otherwise. */
const groupAbove = 200;

/** What the guests of a cluster are grouped by; `null` shows them in one list. */
export function effectiveGroupKind(grouping: GuestGrouping, guestCount: number): GuestGroupKind | null {
  if (grouping === 'automatic') return guestCount > groupAbove ? 'node' : null;
  return grouping === 'none' ? null : grouping;
}

/** Name of a group; the empty key stands for guests of which the thing was not told, or that have none. */
export function guestGroupLabel(kind: GuestGroupKind, key: string): string {
  if (key !== '') return nameText(key);
  return { node: 'node not told', state: 'state not told', pool: 'no pool' }[kind];
}

/** Groups by name, the one without a name last. */
export function compareGroupKeys(a: string, b: string): number {
  if (a === '' || b === '') return Number(a === '') - Number(b === '');
  return compareNatural(a, b);
}
