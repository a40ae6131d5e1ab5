import type { SchemaNode } from './documentSchema.ts';
import type { IntentLanguage } from './intentFile.ts';
import { fieldsAt, namedValues, schemasAt, typeText } from './schemaGuide.ts';
import { readSource, type SourcePath, type SourceRange } from './sourceTree.ts';

/** What is known of the clusters, offered as values. */
export interface IntentFacts {
  clusters(): readonly FactValue[];
  nodes(cluster: string): readonly FactValue[];
  guests(cluster: string): readonly (FactValue & { readonly template: boolean })[];
}

export interface FactValue {
  readonly value: string;
  readonly detail: string;
}

/** One offer at the caret. `insert` replaces `range`. */
export interface IntentCompletion {
  readonly label: string;
  readonly kind: 'key' | 'value' | 'fact';
  readonly insert: string;
  /** `insert` has places to fill in, in the editor's snippet form. */
  readonly snippet: boolean;
  readonly detail: string;
  readonly documentation: string;
  readonly range: SourceRange;
}

export interface IntentHover {
  readonly markdown: string;
  readonly range: SourceRange;
}

/** Word that stands for the caret while the text around it is read. No document holds it. */
const caretWord = 'caret0f3c9d';

/** What the key or value at an offset means; `null` where the schema says nothing. */
export function hoverAt(
  text: string,
  language: IntentLanguage,
  offset: number,
  schema: SchemaNode,
): IntentHover | null {
  const source = readSource(text, language);
  const place = source.at(offset);
  if (place === null || place.part === 'collection') return null;
  const [found] = schemasAt(schema, place.path, source.value).filter(
    ({ description }) => description !== undefined,
  );
  if (found === undefined) return null;
  const name = place.path.filter((step) => typeof step === 'string').at(-1);
  return { markdown: `**${name}** · ${typeText(found)}\n\n${found.description}`, range: place.range };
}

/**
 * Keys and values that fit at an offset. YAML gets all of them; JSON only what is known of the clusters, because the
 * editor's own JSON support offers what the schema says.
 */
export function completionsAt(
  text: string,
  language: IntentLanguage,
  offset: number,
  schema: SchemaNode,
  facts: IntentFacts,
): IntentCompletion[] {
  return language === 'json' ? jsonValues(text, offset, facts) : yamlOffers(text, offset, schema, facts);
}

function yamlOffers(
  text: string,
  offset: number,
  schema: SchemaNode,
  facts: IntentFacts,
): IntentCompletion[] {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineBreak = text.indexOf('\n', offset);
  const lineEnd = lineBreak === -1 ? text.length : lineBreak;
  const before = text.slice(lineStart, offset);
  const line = /^(?<lead>[ ]*(?:- +)*(?:-$)?)(?:(?<key>[\w-]+)(?<colon>: *))?(?<word>[^\s:#]*)$/.exec(before);
  if (line?.groups === undefined || before.trimStart().startsWith('#')) return [];
  const { lead = '', colon, word = '' } = line.groups;
  const tail = /^[^\s:,#]*/.exec(text.slice(offset, lineEnd))?.[0] ?? '';
  const range = { start: offset - word.length, end: offset + tail.length };
  const isValue = colon !== undefined;
  if (isValue && !colon.endsWith(' ')) return [];
  const space = lead.endsWith('-') ? ' ' : '';
  const rest = isValue ? text.slice(range.end) : text.slice(range.end).replace(/^:?[^\n]*/, '');
  const probe = `${text.slice(0, range.start)}${space}${caretWord}${isValue ? '' : ': null'}${rest}`;
  const source = readSource(probe, 'yaml');
  const place = source.at(range.start + space.length);
  if (place === null) return [];
  const { path } = place;
  if (isValue) return values(path, source.value, schema, facts, range, space);
  const owner = path.slice(0, -1);
  const written = ownerKeys(source.value, owner);
  const keys = fieldsAt(schema, owner, source.value)
    .filter(({ key }) => !written.has(key))
    .map((field): IntentCompletion => {
      // The editor indents new lines as far as the line's own white space; after "- " they need more.
      const insert = keyInsert(field.key, field.schema, lead.trimStart().replace(/-$/, '- ').length);
      return {
        label: field.key,
        kind: 'key',
        insert: `${space}${insert}`,
        snippet: true,
        detail: `${field.required ? 'required, ' : ''}${typeText(field.schema).replaceAll('`', '')}`,
        documentation: field.schema.description ?? '',
        range,
      };
    });
  // "- " at the start of an entry that is plain text or a number rather than keys.
  return keys.length > 0 ? keys : values(owner, source.value, schema, facts, range, space);
}

/** Text of a new key: lists and mappings open their next line, this much further in. */
function keyInsert(key: string, schema: SchemaNode, indent: number): string {
  const inner = `${key}:\n${' '.repeat(indent + 2)}`;
  if (schema.type === 'array') return `${inner}- $0`;
  if (schema.type === 'object') return `${inner}$0`;
  const [only, ...others] = namedValues(schema);
  return only !== undefined && others.length === 0 ? `${key}: ${String(only)}` : `${key}: $0`;
}

function values(
  path: SourcePath,
  root: unknown,
  schema: SchemaNode,
  facts: IntentFacts,
  range: SourceRange,
  space: string,
): IntentCompletion[] {
  const known = factValues(path, root, facts);
  if (known !== null) return known.map(({ value, detail }) => offer('fact', value, detail, '', range, space));
  const key = path.at(-1);
  const owner = typeof key === 'string' ? path.slice(0, -1) : path;
  const forms =
    typeof key === 'string'
      ? fieldsAt(schema, owner, withoutCaret(root, path)).flatMap((field) =>
          field.key === key ? [field.schema] : [],
        )
      : schemasAt(schema, path, root);
  const seen = new Set<string>();
  return forms.flatMap((form) =>
    namedValues(form)
      .map(String)
      .filter((value) => !seen.has(value) && seen.add(value))
      .map((value) => offer('value', value, '', form.description ?? '', range, space)),
  );
}

function offer(
  kind: 'value' | 'fact',
  value: string,
  detail: string,
  documentation: string,
  range: SourceRange,
  space: string,
): IntentCompletion {
  return { label: value, kind, insert: `${space}${value}`, snippet: false, detail, documentation, range };
}

/** Values that only the clusters know; `null` for every other place. */
function factValues(path: SourcePath, root: unknown, facts: IntentFacts): readonly FactValue[] | null {
  if (path.length === 1 && path[0] === 'cluster') return facts.clusters();
  if (path.length !== 3 || path[0] !== 'guests') return null;
  const cluster = textIn(root, 'cluster');
  const guest = guestAt(root, path[1]);
  const op = textIn(guest, 'op');
  switch (path[2]) {
    case 'node':
      return cluster === null ? [] : facts.nodes(cluster);
    case 'template_vmid':
      return cluster === null ? [] : facts.guests(cluster).filter(({ template }) => template);
    case 'vmid':
      return cluster === null || (op !== 'update' && op !== 'delete')
        ? []
        : facts.guests(cluster).filter(({ template }) => !template);
    default:
      return null;
  }
}

function jsonValues(text: string, offset: number, facts: IntentFacts): IntentCompletion[] {
  const source = readSource(text, 'json');
  const place = source.at(offset);
  if (place?.part !== 'value') return [];
  const known = factValues(place.path, source.value, facts) ?? [];
  const quoted = place.path.at(-1) === 'cluster' || place.path.at(-1) === 'node';
  return known.map(({ value, detail }) => ({
    ...offer('fact', value, detail, '', place.range, ''),
    insert: quoted ? JSON.stringify(value) : value,
  }));
}

/** The data without the caret's word, so that it contradicts no form. */
function withoutCaret(root: unknown, path: SourcePath): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof root !== 'object' || root === null) return undefined;
  const copy: Record<string | number, unknown> = { ...root };
  copy[step] = withoutCaret(copy[step], rest);
  return copy;
}

function ownerKeys(root: unknown, path: SourcePath): ReadonlySet<string> {
  let owner = root;
  for (const step of path)
    owner =
      typeof owner === 'object' && owner !== null
        ? (owner as Readonly<Record<string | number, unknown>>)[step]
        : undefined;
  return new Set(typeof owner === 'object' && owner !== null ? Object.keys(owner) : []);
}

function guestAt(root: unknown, index: string | number | undefined): unknown {
  if (typeof root !== 'object' || root === null || !('guests' in root) || !Array.isArray(root.guests))
    return undefined;
  return typeof index === 'number' ? (root.guests[index] as unknown) : undefined;
}

function textIn(owner: unknown, key: string): string | null {
  if (typeof owner !== 'object' || owner === null) return null;
  const value = (owner as Readonly<Record<string, unknown>>)[key];
  return typeof value === 'string' && value !== caretWord ? value : null;
}
