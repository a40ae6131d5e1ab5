import type { SchemaNode } from './documentSchema.ts';
import type { SourcePath } from './sourceTree.ts';

/** Fields that apply at a place of a document, with the words of the schema. */
export interface SchemaField {
  readonly key: string;
  readonly schema: SchemaNode;
  readonly required: boolean;
}

/**
 * Forms that the thing at a path may have. Where several exist (the three operations), those that contradict what is
 * written already are left out; all remain when everything contradicts.
 */
export function schemasAt(root: SchemaNode, path: SourcePath, value: unknown): SchemaNode[] {
  let forms = fitting(root, value);
  let inner: unknown = value;
  for (const step of path) {
    inner = stepInto(inner, step);
    forms = forms.flatMap((form) => {
      const next = typeof step === 'number' ? form.items : childOf(form, step);
      return next === undefined ? [] : fitting(next, inner);
    });
  }
  return forms;
}

/** Keys that may stand in the mapping at a path, each once, required ones first. */
export function fieldsAt(root: SchemaNode, path: SourcePath, value: unknown): SchemaField[] {
  const fields = new Map<string, SchemaField>();
  for (const form of schemasAt(root, path, value))
    for (const [key, schema] of Object.entries(form.properties ?? {})) {
      const required = form.required?.includes(key) === true;
      const known = fields.get(key);
      if (known === undefined) fields.set(key, { key, schema, required });
      else if (known.schema.const !== undefined && schema.const !== undefined)
        fields.set(key, { ...known, schema: { ...known.schema, ...bothConstants(known.schema, schema) } });
    }
  return [...fields.values()].sort((a, b) => Number(b.required) - Number(a.required));
}

/** Values that a schema names: its constant, its choices, or the two flags. */
export function namedValues(schema: SchemaNode): readonly unknown[] {
  if (schema.enum !== undefined) return schema.enum;
  if (schema.const !== undefined) return [schema.const];
  return schema.type === 'boolean' ? [true, false] : [];
}

/** Type and bounds in words: "whole number, 100 to 999999999". */
export function typeText(schema: SchemaNode): string {
  const values = namedValues(schema);
  if (values.length > 0 && schema.type !== 'boolean') return values.map((value) => `\`${value}\``).join(', ');
  const words: Readonly<Record<string, string>> = {
    integer: 'whole number',
    number: 'number',
    string: 'text',
    boolean: 'true or false',
    array: 'list',
    object: 'keys with values',
  };
  const type = words[schema.type ?? ''] ?? 'several forms';
  if (schema.minimum !== undefined && schema.maximum !== undefined)
    return `${type}, ${schema.minimum} to ${schema.maximum}`;
  if (schema.minLength !== undefined && schema.maxLength !== undefined)
    return `${type}, ${schema.minLength} to ${schema.maxLength} characters`;
  return type;
}

function bothConstants(left: SchemaNode, right: SchemaNode): Pick<SchemaNode, 'enum' | 'description'> {
  const values = new Set([...namedValues(left), ...namedValues(right)]);
  return values.size === 1 ? {} : { enum: [...values], description: 'What is to be done with the guest.' };
}

function childOf(form: SchemaNode, key: string): SchemaNode | undefined {
  const own = form.properties;
  if (own !== undefined && Object.hasOwn(own, key)) return own[key];
  return typeof form.additionalProperties === 'object' ? form.additionalProperties : undefined;
}

function fitting(schema: SchemaNode, value: unknown): SchemaNode[] {
  const forms = schema.oneOf ?? schema.anyOf;
  if (forms === undefined) return [schema];
  const agreeing = forms.filter((form) => !contradicts(form, value));
  return (agreeing.length > 0 ? agreeing : forms).map((form) => ({
    ...(schema.description === undefined ? {} : { description: schema.description }),
    ...form,
  }));
}

/** A form is out once a constant of it says something else than what is written. */
function contradicts(form: SchemaNode, value: unknown): boolean {
  return Object.entries(form.properties ?? {}).some(([key, schema]) => {
    const written = stepInto(value, key);
    return schema.const !== undefined && typeof written === 'string' && written !== schema.const;
  });
}

function stepInto(value: unknown, step: string | number): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string | number, unknown>>)[step]
    : undefined;
}
