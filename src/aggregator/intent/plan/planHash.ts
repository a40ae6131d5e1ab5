import { createHash } from 'node:crypto';
import type { IntentDiff } from '../../../contract/intent/diff.ts';

/** Name of a set of changes. Passwords do not go into it, because short ones could be found again from a hash. */
export function diffsHash(cluster: string, diffs: readonly IntentDiff[]): string {
  return sha256({ cluster, diffs: diffs.map(withoutPasswords) });
}

/** Name of a plan: its changes and what was seen of the live state for each of them. */
export function planHash(ofDiffs: string, seen: readonly string[], quorate: boolean | null): string {
  return sha256({ ofDiffs, seen, quorate });
}

function withoutPasswords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPasswords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, /passw/i.test(key) ? typeof inner : withoutPasswords(inner)]),
  );
}

function sha256(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value), 'utf8').digest('hex');
}
