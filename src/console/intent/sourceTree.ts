import { isMap, isNode, isPair, isScalar, isSeq, type Node, type Pair, parseDocument } from 'yaml';
import type { IntentLanguage } from './intentFile.ts';

/** Part of a text: offsets in UTF-16 units, the end not included. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
}

/** Where in a document something is: keys and places, as `['guests', 2, 'cores']`. */
export type SourcePath = readonly (string | number)[];

/** What the text breaks of its language. */
export interface SourceFault {
  readonly message: string;
  readonly range: SourceRange;
}

/** What is at an offset: the path, and whether it is a key, a value or the space of a collection. */
export interface SourcePlace {
  readonly path: SourcePath;
  readonly part: 'key' | 'value' | 'collection';
  readonly range: SourceRange;
}

/** A text read as data, with the place of everything in it. */
export interface SourceTree {
  /** Plain data; `undefined` when the text could not be read at all. */
  readonly value: unknown;
  readonly faults: readonly SourceFault[];
  /** Range of the value at a path; of the nearest thing above it when it is missing. */
  valueRange(path: SourcePath): SourceRange;
  /** Range of the key at a path; of the value for entries of a list. */
  keyRange(path: SourcePath): SourceRange;
  at(offset: number): SourcePlace | null;
}

/** Documents beyond this are refused rather than read: no hand writes them, and reading happens at every change. */
export const maxTextLength = 2_000_000;

/**
 * Reads YAML, or JSON by the same reader with JSON's own check on top, so that both behave the same. Anchors are followed
 * a hundred times at most; what comes after a fault is still read as far as it goes.
 */
export function readSource(text: string, language: IntentLanguage): SourceTree {
  if (text.length > maxTextLength)
    return emptyTree({
      message: `The document has ${text.length} characters; at most ${maxTextLength} are read. Split it.`,
      range: { start: 0, end: 0 },
    });
  const document = parseDocument(text, { uniqueKeys: true, merge: false, prettyErrors: false });
  const faults = document.errors.map(
    (error): SourceFault => ({
      message: firstLine(error.message),
      range: { start: error.pos[0], end: Math.max(error.pos[1], error.pos[0] + 1) },
    }),
  );
  if (language === 'json' && faults.length === 0) faults.push(...jsonFaults(text));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    faults.push({
      message: error instanceof Error ? firstLine(error.message) : 'cannot be read',
      range: { start: 0, end: 1 },
    });
  }
  const root: unknown = document.contents;
  return {
    value,
    faults,
    valueRange: (path) => rangeOf(root, path, 'value', text),
    keyRange: (path) => rangeOf(root, path, 'key', text),
    at: (offset) => (isNode(root) ? placeAt(root, offset, [], text) : null),
  };
}

function emptyTree(fault: SourceFault): SourceTree {
  return {
    value: undefined,
    faults: [fault],
    valueRange: () => fault.range,
    keyRange: () => fault.range,
    at: () => null,
  };
}

/** What JSON forbids and YAML allows: comments, single quotes, trailing commas. */
function jsonFaults(text: string): SourceFault[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const at = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
    const start = Math.max(0, Math.min(at, text.length - 1));
    return [{ message: 'This is not JSON.', range: { start, end: start + 1 } }];
  }
}

function rangeOf(root: unknown, path: SourcePath, part: 'key' | 'value', text: string): SourceRange {
  let node: unknown = root;
  let nearest = nodeRange(root, text) ?? { start: 0, end: Math.min(1, text.length) };
  // A whole document is no useful place for a finding, so the nearest thing at the root is its first line.
  if (path.length === 0 || !isNode(node)) return lineOf(text, nearest.start);
  for (const [index, step] of path.entries()) {
    const pair: Pair | null = isMap(node)
      ? (node.items.find((item) => keyOf(item) === String(step)) ?? null)
      : null;
    const item: unknown = pair !== null ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined;
    if (pair === null && item === undefined)
      return index === 0 ? lineOf(text, nearest.start) : headOf(nearest, text);
    const key = pair === null ? null : nodeRange(pair.key, text);
    const value = nodeRange(item, text);
    const last = index === path.length - 1;
    if (last) return (part === 'key' ? (key ?? value) : (value ?? key)) ?? headOf(nearest, text);
    nearest = value ?? key ?? nearest;
    node = item;
  }
  return nearest;
}

/** The first line of a thing, so that a fault of a whole guest does not underline all of it. */
function headOf(range: SourceRange, text: string): SourceRange {
  const line = lineOf(text, range.start);
  return { start: range.start, end: Math.max(range.start + 1, Math.min(range.end, line.end)) };
}

function lineOf(text: string, offset: number): SourceRange {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return { start, end: Math.max(start + 1, end === -1 ? text.length : end) };
}

function keyOf(item: unknown): string | null {
  return isPair(item) && isScalar(item.key) ? String(item.key.value) : null;
}

/** Range without the white space behind it; an empty value has none. */
function nodeRange(node: unknown, text: string): SourceRange | null {
  if (!isNode(node) || !node.range) return null;
  const [start, valueEnd] = node.range;
  const length = text.slice(start, valueEnd).trimEnd().length;
  return length === 0 ? null : { start, end: start + length };
}

function placeAt(node: Node, offset: number, path: SourcePath, text: string): SourcePlace | null {
  const range = nodeRange(node, text);
  if (range === null || offset < range.start || offset > range.end) return null;
  if (isMap(node)) {
    for (const pair of node.items) {
      const key = keyOf(pair);
      if (key === null) continue;
      const keyRange = nodeRange(pair.key, text);
      if (keyRange !== null && offset >= keyRange.start && offset <= keyRange.end)
        return { path: [...path, key], part: 'key', range: keyRange };
      const inner = isNode(pair.value) ? placeAt(pair.value, offset, [...path, key], text) : null;
      if (inner !== null) return inner;
    }
    return { path, part: 'collection', range };
  }
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const inner = isNode(item) ? placeAt(item, offset, [...path, index], text) : null;
      if (inner !== null) return inner;
    }
    return { path, part: 'collection', range };
  }
  return { path, part: 'value', range };
}

function firstLine(message: string): string {
  const line = message.split('\n', 1)[0] ?? message;
  return line.endsWith('.') ? line : `${line}.`;
}
