import { plural } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { HaConsequence, PlanChange, PlanVerdict } from '../../contract/intent/plan.ts';
import type { RunItem } from '../../contract/intent/run.ts';

/** "vm 140 web-4", "ct 201", for rows, titles and notices. */
export function changeLabel(target: Pick<PlanVerdict | RunItem, 'kind' | 'vmid' | 'name'>): string {
  const kind = { qemu: 'vm', lxc: 'ct', unknown: 'guest' }[target.kind];
  const id = target.vmid === null || target.vmid === 0 ? 'without VMID' : String(target.vmid);
  const name = target.name === null || target.name === '' ? '' : ` ${plainText(target.name, 60)}`;
  return `${kind} ${id}${name}`;
}

/** "memory 512 → 1024"; a key that comes or goes without its other side. */
export function changeText({ key, before, after }: PlanChange): string {
  const short = (value: string): string => plainText(value, 60);
  if (before === null) return after === null ? plainText(key, 60) : `${plainText(key, 60)} ${short(after)}`;
  return after === null
    ? `${plainText(key, 60)} removed`
    : `${plainText(key, 60)} ${short(before)} → ${short(after)}`;
}

/** Consequence for HA as a sentence of the server's. */
export function haText(consequence: HaConsequence): string {
  return plainText(
    consequence.message === '' ? `HA ${consequence.id}: ${consequence.effect}` : consequence.message,
  );
}

/** HA consequences that are worth a word: what stays as it is says nothing. */
export function haChanges(verdict: Pick<PlanVerdict, 'ha'>): HaConsequence[] {
  return verdict.ha.filter(({ effect }) => effect !== 'unchanged');
}

/** How many changes of each kind a plan has; blocked and unchanged ones apart. */
export interface PlanCounts {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly blocked: number;
  readonly noChange: number;
  readonly warnings: number;
  /** Kinds or verdicts that could not be read. */
  readonly unknown: number;
}

export function countsOf(verdicts: readonly PlanVerdict[]): PlanCounts {
  const counts = { create: 0, update: 0, delete: 0, blocked: 0, noChange: 0, warnings: 0, unknown: 0 };
  for (const verdict of verdicts) {
    if (verdict.verdict === 'blocked') counts.blocked += 1;
    else if (verdict.verdict === 'unknown' || verdict.op === 'unknown') counts.unknown += 1;
    else if (verdict.no_change) counts.noChange += 1;
    else counts[verdict.op] += 1;
    // A deletion warns always, because it goes by request; that is told by its own word.
    if (verdict.verdict === 'warning' && verdict.op !== 'delete') counts.warnings += 1;
  }
  return counts;
}

/** Changes that Apply would make. */
export function changesOf(counts: PlanCounts): number {
  return counts.create + counts.update + counts.delete;
}

/** "2 create · 1 update · 1 delete by request · 1 blocked". */
export function countsText(counts: PlanCounts): string {
  const parts: readonly (readonly [number, string])[] = [
    [counts.create, 'create'],
    [counts.update, 'update'],
    [counts.delete, 'delete by request'],
    [counts.blocked, 'blocked'],
    [counts.unknown, 'not readable'],
    [counts.noChange, 'no change'],
  ];
  const text = parts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(' · ');
  return text === '' ? 'nothing to change' : text;
}

/** "2 creates, 1 update, 1 deletion request; 1 warning". */
export function countsSentence(counts: PlanCounts): string {
  const parts = [
    counts.create === 0 ? null : plural(counts.create, 'create'),
    counts.update === 0 ? null : plural(counts.update, 'update'),
    counts.delete === 0 ? null : plural(counts.delete, 'deletion request'),
  ].filter((part) => part !== null);
  const text = parts.length === 0 ? 'nothing to change' : parts.join(', ');
  return counts.warnings === 0 ? text : `${text}; ${plural(counts.warnings, 'warning')}`;
}

/** Short name of a plan or run. */
export function shortId(id: string | null): string | null {
  return id === null || id === ''
    ? null
    : plainText(id, 60)
        .replace(/^sha256:/, '')
        .slice(0, 6);
}
