import * as z from 'zod';

/** One line without control characters and without those that are not seen or turn the direction of what follows. */
export const plainLine = z
  .string()
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'must be one line of visible characters');
