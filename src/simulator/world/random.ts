/** Seeded randomness: the same seed gives the same world and the same course of events. */
export interface Random {
  /** Next number in [0, 1). */
  next(): number;
  /** Whole number in [min, max], both included. */
  between(min: number, max: number): number;
  /** One element of a non-empty list. */
  pick<T>(items: readonly T[]): T;
  /** A new list with the same elements in random order. */
  shuffle<T>(items: readonly T[]): T[];
  /** Lower case hexadecimal digits. */
  hex(digits: number): string;
  /** An independent generator that does not disturb this one's course. */
  fork(label: string): Random;
}

/** Creates a generator from a whole number (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    between,
    pick<T>(items: readonly T[]): T {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('Cannot pick from an empty list.');
      return item;
    },
    shuffle<T>(items: readonly T[]): T[] {
      const result = [...items];
      for (let index = result.length - 1; index > 0; index -= 1) {
        const other = Math.floor(next() * (index + 1));
        const swapped = result[index] as T;
        result[index] = result[other] as T;
        result[other] = swapped;
      }
      return result;
    },
    hex(digits: number): string {
      let text = '';
      while (text.length < digits) text += between(0, 15).toString(16);
      return text;
    },
    fork: (label: string) => createRandom(hashText(`${seed}/${label}`)),
  };
}

/** 32 bit hash of a text (FNV-1a). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** A number in [0, 1) that depends on nothing but its arguments. */
function hashUnit(key: number, step: number): number {
  let mixed = (Math.imul(key, 0x9e3779b1) ^ Math.imul(step | 0, 0x85ebca6b)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
}

/**
 * A value in [0, 1) that wanders smoothly with time: the same key and time always give the same value, so that a
 * recorded series and the present value agree without storing anything.
 */
export function wander(key: number, timeMs: number, periodMs: number): number {
  const position = timeMs / periodMs;
  const step = Math.floor(position);
  const part = position - step;
  const ease = part * part * (3 - 2 * part);
  return hashUnit(key, step) * (1 - ease) + hashUnit(key, step + 1) * ease;
}
