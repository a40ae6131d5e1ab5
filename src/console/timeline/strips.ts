import type { FleetEvent } from '../../contract/model/fleetEvent.ts';
import type { StateView } from '../../contract/stateView.ts';
import type { StripSegment } from '../../contract/timelinePanel.ts';
import { stateView } from '../states.ts';
import { type LaneState, laneState } from './laneStates.ts';
import { momentText } from './timeText.ts';

/** A span of time; epoch milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface StripInput {
  readonly window: Span;
  /** Events of one subject, oldest first. */
  readonly events: readonly FleetEvent[];
  /** What it is now; `null` when that is not known. */
  readonly current: LaneState | null;
  /** Since when its events are complete. */
  readonly completeFromMs: number;
  /** When nothing was read. */
  readonly blind: readonly Span[];
}

/** A change that may have happened so much earlier than it was seen has an unknown time. */
const sharpMs = 60_000;

const unknownWhen = stateView('changed, unknown when', 'unknown', 'question', 'Seen only afterwards.');
const notRecorded = stateView('not recorded', 'unknown', 'question', 'The record does not go back so far.');
const notWatched = stateView('not known', 'unknown', 'question', 'The cluster was not read then.');
const notTold = stateView('not told', 'unknown', 'question', 'Nobody has told this.');

interface Piece extends Span {
  /** `null`: it did not exist. */
  readonly state: StateView | null;
}

/** States of a subject over a window, without a gap but where it did not exist. What was not seen is unknown. */
export function stripSegments(input: StripInput): StripSegment[] {
  const { window, completeFromMs, blind } = input;
  let pieces = piecesOf(input);
  for (const span of blind) pieces = cover(pieces, span, notWatched);
  if (completeFromMs > window.fromMs)
    pieces = cover(pieces, { fromMs: window.fromMs, toMs: completeFromMs }, notRecorded);
  return joined(pieces).map(({ fromMs, toMs, state }) => ({
    fromMs,
    toMs,
    label: state.label,
    tone: state.tone,
    hint: `${state.label}, ${momentText(fromMs, window.toMs)} to ${momentText(toMs, window.toMs)}. ${state.explanation}`,
  }));
}

function piecesOf({ window, events, current }: StripInput): Piece[] {
  const [first] = events;
  if (first === undefined)
    return [{ ...window, state: current === null ? notTold : shown(current.state, current) }];
  const pieces: Piece[] = [];
  let atMs = window.fromMs;
  let state =
    first.from === null ? null : shown(first.from, { ...first, state: first.from, node: first.fromNode });
  for (const event of events) {
    // Between the last sight of the one and the first of the other it may have been either.
    const sinceMs =
      event.afterMs !== null && event.atMs - event.afterMs > sharpMs ? event.afterMs : event.atMs;
    pieces.push({ fromMs: atMs, toMs: sinceMs, state });
    if (sinceMs < event.atMs) pieces.push({ fromMs: sinceMs, toMs: event.atMs, state: unknownWhen });
    atMs = event.atMs;
    state = event.to === null ? notTold : shown(event.to, { ...event, state: event.to });
  }
  pieces.push({ fromMs: atMs, toMs: window.toMs, state });
  return pieces.map((piece) => clip(piece, window)).filter(({ fromMs, toMs }) => toMs > fromMs);
}

function shown(state: string, lane: LaneState): StateView | null {
  return state === 'removed' ? null : laneState({ ...lane, state });
}

function clip<T extends Span>(piece: T, window: Span): T {
  return {
    ...piece,
    fromMs: Math.max(piece.fromMs, window.fromMs),
    toMs: Math.min(piece.toMs, window.toMs),
  };
}

/** Lays a state over a span; where the subject did not exist it stays away. */
function cover(pieces: readonly Piece[], span: Span, state: StateView): Piece[] {
  return pieces.flatMap((piece) => {
    const middle = clip(piece, span);
    if (middle.toMs <= middle.fromMs) return [piece];
    return [
      { ...piece, toMs: middle.fromMs },
      { ...middle, state: piece.state === null ? null : state },
      { ...piece, fromMs: middle.toMs },
    ].filter(({ fromMs, toMs }) => toMs > fromMs);
  });
}

function joined(pieces: readonly Piece[]): (Span & { readonly state: StateView })[] {
  const result: (Span & { readonly state: StateView })[] = [];
  for (const { fromMs, toMs, state } of pieces) {
    if (state === null) continue;
    const last = result.at(-1);
    if (last !== undefined && last.toMs === fromMs && last.state.label === state.label)
      result[result.length - 1] = { ...last, toMs };
    else result.push({ fromMs, toMs, state });
  }
  return result;
}

/** Longest history that is worth hearing; the table has the rest. */
const mostSpoken = 12;

/** "pve3: online until 12:03:14, lost until 12:05:20, then online". */
export function stripText(label: string, segments: readonly StripSegment[], nowMs: number): string {
  if (segments.length === 0) return `${label}: not there in this time`;
  const spoken = segments.slice(-mostSpoken);
  const left = segments.length - spoken.length;
  const parts = spoken.map((segment, index) =>
    index === spoken.length - 1
      ? `${spoken.length === 1 ? '' : 'then '}${segment.label}`
      : `${segment.label} until ${momentText(segment.toMs, nowMs)}`,
  );
  return `${label}: ${left > 0 ? `${left} earlier states, ` : ''}${parts.join(', ')}`;
}

/** Spans in which nothing was read, from the events of the subject `reading`, oldest first. */
export function blindSpans(events: readonly FleetEvent[], window: Span): Span[] {
  const spans: Span[] = [];
  let sinceMs: number | null = null;
  for (const [index, event] of events.entries()) {
    if (event.to !== 'read') sinceMs ??= event.afterMs ?? event.atMs;
    else {
      if (sinceMs === null && index === 0 && event.from !== null && event.from !== 'read')
        sinceMs = window.fromMs;
      if (sinceMs !== null) spans.push({ fromMs: sinceMs, toMs: event.atMs });
      sinceMs = null;
    }
  }
  if (sinceMs !== null) spans.push({ fromMs: sinceMs, toMs: window.toMs });
  return spans.map((span) => clip(span, window)).filter(({ fromMs, toMs }) => toMs > fromMs);
}
