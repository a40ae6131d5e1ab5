import { compareNatural } from '../base/text.ts';
import type { MemberKind } from './judgement.ts';

/** Ids of one kind in the order every screen shows: nodes, groups and rules by name, resources and guests by number. */
export function inOrder(ids: Iterable<string>, kind: MemberKind): string[] {
  const list = [...ids];
  if (kind !== 'ha' && kind !== 'guest') return list.sort(compareNatural);
  const numbers = new Map(list.map((id) => [id, Number(/\d+$/.exec(id)?.[0] ?? 0)]));
  return list.sort((a, b) => (numbers.get(a) ?? 0) - (numbers.get(b) ?? 0) || (a < b ? -1 : 1));
}
