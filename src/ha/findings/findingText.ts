import { plainText } from '../../base/text.ts';

/** Names that are said one by one; more are counted. */
const namesSaid = 4;

/** A name from outside, harmless and short. */
export function said(name: string): string {
  return plainText(name, 60);
}

/** "vm:101", "vm:101 and vm:102", "a, b, c and 3 more". */
export function saidAll(names: readonly string[], joint: 'and' | 'or' = 'and'): string {
  const shown = names.slice(0, names.length > namesSaid ? namesSaid - 1 : namesSaid).map(said);
  const more = names.length - shown.length;
  const parts = more > 0 ? [...shown, `${more} more`] : shown;
  const [last = ''] = parts.slice(-1);
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} ${joint} ${last}`;
}
