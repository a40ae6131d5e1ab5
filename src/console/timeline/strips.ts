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
  /** When nothing was read, or what was read was a memory. */
  readonly blind: readonly Span[];
  /** By node: when what runs there was nobody's word. */
  readonly blindOn?: ReadonlyMap<string, readonly Span[]>;
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
  readonly node: string | null;
}

/** States of a subject over a window, without a gap but where it did not exist. What was not seen is unknown. */
export function stripSegments(input: StripInput): StripSegment[] {
  const { window, completeFromMs, blind } = input;
  let pieces = piecesOf(input);
  for (const span of blind) pieces = cover(pieces, span, notWatched);
  for (const [node, spans] of input.blindOn ?? [])
    for (const span of spans) pieces = cover(pieces, span, notWatched, node);
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
    return [
      {
        ...window,
        state: current === null ? notTold : shown(current.state, current),
        node: current?.node ?? null,
      },
    ];
  const pieces: Piece[] = [];
  let atMs = window.fromMs;
  let node = first.fromNode;
  let state =
    first.from === null ? null : shown(first.from, { ...first, state: first.from, node: first.fromNode });
  for (const event of events) {
    // Between the last sight of the one and the first of the other it may have been either.
    const sinceMs =
      event.afterMs !== null && event.atMs - event.afterMs > sharpMs ? event.afterMs : event.atMs;
    pieces.push({ fromMs: atMs, toMs: sinceMs, state, node });
    if (sinceMs < event.atMs)
      pieces.push({ fromMs: sinceMs, toMs: event.atMs, state: unknownWhen, node: null });
    atMs = event.atMs;
    node = event.node;
    state = event.to === null ? notTold : shown(event.to, { ...event, state: event.to });
  }
  pieces.push({ fromMs: atMs, toMs: window.toMs, state, node });
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

/** Lays a state over a span, or over what of it was on a node; where the subject did not exist it stays away. */
function cover(pieces: readonly Piece[], span: Span, state: StateView, onNode?: string): Piece[] {
  return pieces.flatMap((piece) => {
    const middle = clip(piece, span);
    if (middle.toMs <= middle.fromMs || (onNode !== undefined && piece.node !== onNode)) return [piece];
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

/** When a subject was in one of some states, by its events, oldest first. */
export function spansIn(
  events: readonly FleetEvent[],
  current: LaneState | null,
  window: Span,
  isIn: (state: string) => boolean,
): Span[] {
  const spans: Span[] = [];
  let state = events[0] === undefined ? (current?.state ?? '') : (events[0].from ?? '');
  let fromMs = window.fromMs;
  for (const event of events) {
    if (isIn(state)) spans.push({ fromMs, toMs: event.atMs });
    fromMs = event.atMs;
    state = event.to ?? '';
  }
  if (isIn(state)) spans.push({ fromMs, toMs: window.toMs });
  return spans.map((span) => clip(span, window)).filter((span) => span.toMs > span.fromMs);
}
