/** Severity and colour in one. See the tone table in `console/states.ts` for ranks. */
export const tones = ['fail', 'unknown', 'warn', 'held', 'busy', 'ok', 'calm', 'off'] as const;
export type Tone = (typeof tones)[number];

/** Order in roll-ups: the highest rank wins. */
export const toneRank: Readonly<Record<Tone, number>> = {
  fail: 6,
  unknown: 5,
  warn: 4,
  held: 3,
  busy: 2,
  ok: 1,
  calm: 0,
  off: 0,
};

/** A state in words, as every screen shows it. Made only by `console/states.ts`. */
export interface StateView {
  /** Short words, without age: "quorate 3/3 · can lose 1". */
  readonly label: string;
  readonly tone: Tone;
  /** Codicon id without `$()`. */
  readonly icon: string;
  /** One plain sentence. */
  readonly explanation: string;
  readonly nextStep: string | null;
  /** Epoch milliseconds (console clock) from which an age or stopwatch ticks behind the label; `null` for none. */
  readonly sinceMs: number | null;
}
