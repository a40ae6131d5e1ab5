import type { Random } from '../random.ts';

/** Identifier of one state of one service, as the manager makes them: 16 random bytes in base64 without padding. */
export function newUid(random: Random): string {
  return Buffer.from(random.hex(32), 'hex').toString('base64').replaceAll('=', '');
}
