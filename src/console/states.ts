import { formatAge, formatStopwatch } from '../base/format.ts';
import { plainText } from '../base/text.ts';
import { type StateView, type Tone, toneRank } from '../contract/stateView.ts';

/*
 * The table of states: how every value that Proxmox, the aggregator or the connection tells is worded, coloured and
 * explained. It is split by vocabulary into `*States.ts`; this file holds what they share. No screen words a state on
 * its own. Two rules hold for all of them: a value nobody told is never drawn as good, and a word this console does not
 * know is shown raw.
 */

/** One row of the table. */
export function stateView(
  label: string,
  tone: Tone,
  icon: string,
  explanation: string,
  nextStep: string | null = null,
  sinceMs: number | null = null,
): StateView {
  return { label, tone, icon, explanation, nextStep, sinceMs };
}

/** A word that is not in the table: shown raw, never judged. */
export function unlistedState(raw: string): StateView {
  return stateView(
    `unknown state "${plainText(raw, 40)}"`,
    'unknown',
    'question',
    'This console does not know this word yet.',
    'Look in Proxmox.',
  );
}

/** A value that is absent: different from any value it could have. */
export function notToldState(explanation = 'Nobody has told this.'): StateView {
  return stateView('not told', 'unknown', 'question', explanation);
}

/** A state as memory: what was told last, which cannot be judged now. */
export function lastKnownState(state: StateView): StateView {
  if (state.tone === 'unknown') return state;
  return stateView(
    `last known: ${state.label}`,
    'unknown',
    'history',
    `This is a memory and cannot be judged now. It was: ${state.explanation}`,
    null,
  );
}

/** Whether a tone asks somebody to act. */
export function isProblemTone(tone: Tone): boolean {
  return tone === 'fail' || tone === 'warn';
}

/** The state with the highest rank; the first of equals. */
export function worstState(first: StateView, ...others: readonly StateView[]): StateView {
  return others.reduce(
    (worst, state) => (toneRank[state.tone] > toneRank[worst.tone] ? state : worst),
    first,
  );
}

/** How the age behind a label is written. */
export type AgeForm = 'age' | 'stopwatch';

/**
 * Label with its age behind the first fact: "stale 2m 14s", "disarmed 12 min · frozen", "lost 0:42". Screens that tick by
 * themselves use label and `sinceMs` instead.
 */
export function stateText(state: StateView, nowMs: number, form: AgeForm = 'age'): string {
  if (state.sinceMs === null) return state.label;
  const age = form === 'age' ? formatAge(nowMs - state.sinceMs) : formatStopwatch(nowMs - state.sinceMs);
  const [first = '', ...rest] = state.label.split(' · ');
  return [`${first} ${age}`, ...rest].join(' · ');
}
