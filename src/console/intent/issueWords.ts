import type * as z from 'zod';
import { plainText } from '../../base/text.ts';
import { intentOps } from '../../contract/intent/diff.ts';
import type { SourcePath } from './sourceTree.ts';

/** One thing that does not fit the schema, in words. */
export interface IssueProblem {
  readonly code: string;
  readonly message: string;
  readonly path: SourcePath;
  /** Whether the key itself is wrong, or what it says. */
  readonly at: 'key' | 'value';
}

/** Faults of a document against its schema, one per place. */
export function issueProblems(error: z.ZodError, value: unknown): IssueProblem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, [], value));
}

function problemsOf(issue: z.core.$ZodIssue, above: SourcePath, value: unknown): IssueProblem[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  const problem = (message: string, at: 'key' | 'value' = 'value'): IssueProblem[] => [
    { code: issue.code, message: `${fieldName(path)}${message}`, path, at },
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        code: 'unknown_key',
        message: unknownKeyText(key, valueAt(value, path)),
        path: [...path, key],
        at: 'key',
      }));
    case 'invalid_type':
      return valueAt(value, path) === undefined
        ? [{ code: 'missing', message: `${fieldName(path)}is missing.`, path, at: 'value' }]
        : problem(`takes ${typeWord(issue.expected)}.`);
    case 'invalid_value': {
      if (valueAt(value, path) === undefined)
        return [{ code: 'missing', message: `${fieldName(path)}is missing.`, path, at: 'value' }];
      return problem(`takes ${oneOf(issue.values)}.`);
    }
    case 'invalid_union': {
      // The choice of a guest's form hangs on its "op"; every other union is told as a whole.
      if ('discriminator' in issue && issue.discriminator === 'op') {
        const opPath = path.at(-1) === 'op' ? path : [...path, 'op'];
        const missing = valueAt(value, opPath) === undefined;
        return [
          {
            code: missing ? 'missing' : 'invalid_value',
            message: missing ? `op is missing: ${oneOf(intentOps)}.` : `op takes ${oneOf(intentOps)}.`,
            path: opPath,
            at: 'value',
          },
        ];
      }
      const nested = issue.errors.find((issues) => issues.some(({ code }) => code !== 'invalid_type'));
      return nested === undefined
        ? problem('does not fit.')
        : nested.flatMap((inner) => problemsOf(inner, path, value));
    }
    case 'too_small':
      return problem(
        issue.origin === 'number' || issue.origin === 'int'
          ? `is at least ${issue.minimum}.`
          : `has at least ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'entries'}.`,
      );
    case 'too_big':
      return problem(
        issue.origin === 'number' || issue.origin === 'int'
          ? `is at most ${issue.maximum}.`
          : `has at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'entries'}.`,
      );
    default:
      return problem(`does not fit: ${issue.message}.`);
  }
}

function unknownKeyText(key: string, owner: unknown): string {
  const name = plainText(key, 60);
  if (/passw/i.test(key))
    return `"${name}" has no place in a document: files are shared and kept. Use public keys in cloud_init.ssh_keys.`;
  const op = typeof owner === 'object' && owner !== null && 'op' in owner ? owner.op : undefined;
  return typeof op === 'string'
    ? `"${name}" is not known for op "${plainText(op, 20)}".`
    : `"${name}" is not known here.`;
}

/** Name of the field that a sentence begins with; the document itself for an empty path. */
function fieldName(path: SourcePath): string {
  const inner = path[0] === 'guests' && typeof path[1] === 'number' ? path.slice(2) : path;
  if (inner.length > 0) return `${inner.join('.')} `;
  return path.length > 0 ? 'The guest ' : 'The document ';
}

function typeWord(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'text; put a number in quotes',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'keys with values',
    record: 'keys with values',
  };
  return words[expected] ?? expected;
}

function oneOf(values: readonly unknown[]): string {
  return values
    .map((value) => String(value))
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
}

function valueAt(value: unknown, path: SourcePath): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );
}
