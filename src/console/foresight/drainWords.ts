import { plural } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { DrainProgress } from '../../contract/model/maintenance.ts';

/** How far a drain has got; `null` for a node that is in use. */
export function drainSentence(drain: DrainProgress, node: string): string | null {
  const name = plainText(node, 60);
  switch (drain.state) {
    case 'inUse':
      return null;
    case 'draining':
      return `${name} is being drained: ${drainFigures(drain)}.`;
    case 'drained':
      return `${name} is drained: no running HA resource is left on it.`;
    case 'poweredOff':
      return `${name} was drained and is switched off.`;
    case 'lost':
      return `${name} went away before it was drained, with ${plural(drain.left ?? 0, 'HA resource')} on it.`;
    case 'unknown':
      return `How far the maintenance of ${name} has got is not known.`;
  }
}

/** "2 of 7 moved, 1 moving, 1 stuck", or without the share where nobody told it. */
export function drainFigures({ left, moved, underway, stuck }: DrainProgress): string {
  const first =
    left === null
      ? 'how many are left is not known'
      : moved === null
        ? `${left} left`
        : `${moved} of ${moved + left} moved`;
  return [
    first,
    ...(underway !== null && underway > 0 ? [`${underway} moving`] : []),
    ...(stuck !== null && stuck > 0 ? [`${stuck} stuck`] : []),
  ].join(', ');
}
