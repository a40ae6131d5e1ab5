import { isIPv6 } from 'node:net';

/**
 * Whom an address is counted as. An IPv6 client commonly owns its whole /64 and may change addresses in it at will, so
 * the /64 counts as one; an IPv4 address counts by itself, in whichever form the socket tells it.
 *
 * @returns `10.0.0.1`, `2001:db8:0:7::/64`, or the text itself when it is no address.
 */
export function clientGroup(address: string): string {
  const [bare = '', zone] = address.split('%');
  if (!isIPv6(bare)) return address;
  const groups = groupsOf(bare);
  const [last = 0, secondLast = 0] = [groups[7], groups[6]];
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [secondLast >> 8, secondLast & 0xff, last >> 8, last & 0xff].join('.');
  const prefix = groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':');
  // The same link-local network stands behind every interface; the zone tells them apart.
  return `${prefix}::/64${zone === undefined ? '' : `%${zone}`}`;
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const start = numbersOf(head);
  if (tail === undefined) return start;
  const end = numbersOf(tail);
  return [...start, ...Array.from({ length: 8 - start.length - end.length }, () => 0), ...end];
}

/** Groups in hexadecimal; the last two may stand as four decimal numbers. */
function numbersOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
