import { plainText } from '../base/text.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { HaResource } from '../contract/model/placement.ts';
import type { Tone } from '../contract/stateView.ts';
import type { EdgeLetter } from './treeRow.ts';

/** Longest name on a row. */
const nameLength = 60;

/** A name from outside, as shown on one line. */
export function nameText(name: string): string {
  return plainText(name, nameLength);
}

/** "vm:105 db-01". */
export function resourceLabel(resource: HaResource): string {
  return withName(resource.sid, resource.name);
}

/** "105 db-01". */
export function guestLabel(guest: Guest): string {
  return withName(String(guest.vmid), guest.name);
}

function withName(id: string, name: string | null): string {
  return name === null || name === '' ? nameText(id) : `${nameText(id)} ${nameText(name)}`;
}

/** "VM", "container" or "guest" where the kind is not told. */
export function guestKindWord(kind: Guest['kind']): string {
  return { qemu: 'VM', lxc: 'container', unknown: 'guest' }[kind];
}

/** What a tone says to somebody who cannot see it; empty for tones that ask nothing. */
export const toneWords: Readonly<Record<Tone, string>> = {
  fail: 'act now',
  unknown: 'cannot be judged',
  warn: 'check soon',
  held: 'on purpose',
  busy: 'changing',
  ok: 'good',
  calm: '',
  off: '',
};

/** Letter at the right edge; memories are stale rather than unknown. */
export function edgeLetter(tone: Tone, isMemory: boolean): EdgeLetter | null {
  switch (tone) {
    case 'fail':
      return 'E';
    case 'warn':
      return 'W';
    case 'unknown':
      return isMemory ? 'S' : '?';
    default:
      return null;
  }
}

/** At most three facts, as they come. */
export function threeFacts(facts: readonly (string | null)[]): string {
  return facts
    .filter((fact): fact is string => fact !== null && fact !== '')
    .flatMap((fact) => fact.split(' · '))
    .slice(0, 3)
    .join(' · ');
}

/** Parts of a spoken sentence. */
export function spoken(parts: readonly (string | null)[]): string {
  return parts
    .filter((part): part is string => part !== null && part !== '')
    .map((part) => part.replaceAll(' · ', ', '))
    .join(', ');
}

/** Icon that stands for a rolled-up tone; `null` below warn. */
export function rollUpIcon(tone: Tone): string | null {
  switch (tone) {
    case 'fail':
      return 'error';
    case 'unknown':
      return 'question';
    case 'warn':
      return 'warning';
    default:
      return null;
  }
}

/** Icon of each tone, so that a tone can be told from a picture without colour. */
export const toneIcons: Readonly<Record<Tone, string>> = {
  fail: 'error',
  unknown: 'question',
  warn: 'warning',
  held: 'debug-pause',
  busy: 'sync',
  ok: 'pass',
  calm: 'circle-filled',
  off: 'circle-large-outline',
};
