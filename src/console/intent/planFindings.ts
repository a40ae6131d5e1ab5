import { plainText } from '../../base/text.ts';
import type { DocumentGuest } from '../../contract/intent/intentDocument.ts';
import type { PlanFinding, PlanReply, PlanVerdict } from '../../contract/intent/plan.ts';
import type { IntentFinding } from './readIntent.ts';
import type { SourcePath, SourceTree } from './sourceTree.ts';

/** A plan with the guests it was made for; verdict `i` is about guest `i`. */
export interface PlannedGuests {
  readonly plan: PlanReply;
  readonly guests: readonly DocumentGuest[];
}

/**
 * Places of planned guests in the document as it is now, by index of the plan. A guest that says something else meanwhile
 * keeps its place; whether the plan still speaks of it is told by `same`.
 */
export function placesOf(
  planned: readonly DocumentGuest[],
  current: unknown,
): Map<number, { readonly index: number; readonly same: boolean }> {
  const guests = guestList(current);
  const byVmid = new Map<unknown, number>();
  for (const [index, guest] of guests.entries())
    if (typeof guest === 'object' && guest !== null && 'vmid' in guest && !byVmid.has(guest.vmid))
      byVmid.set(guest.vmid, index);
  const places = new Map<number, { index: number; same: boolean }>();
  for (const [plannedIndex, guest] of planned.entries()) {
    const index = byVmid.get(guest.vmid);
    if (index !== undefined) places.set(plannedIndex, { index, same: sameData(guest, guests[index]) });
  }
  return places;
}

/** Verdicts of a plan as findings on the lines they come from. A guest that was edited since has none. */
export function planFindings({ plan, guests }: PlannedGuests, source: SourceTree): IntentFinding[] {
  const places = placesOf(guests, source.value);
  const findings: IntentFinding[] = [];
  for (const verdict of plan.verdicts) {
    const place = places.get(verdict.index);
    if (place?.same !== true) continue;
    for (const finding of told(verdict)) {
      const severity = severityOf(verdict, finding);
      if (severity === null) continue;
      const path: SourcePath = ['guests', place.index, ...fieldPath(finding.field)];
      findings.push({
        severity,
        code: plainText(finding.code, 60),
        message: plainText(finding.message),
        path,
        range: finding.field === null ? source.valueRange([...path, 'vmid']) : source.valueRange(path),
        origin: 'meaning',
      });
    }
  }
  for (const blocker of plan.blockers)
    findings.push({
      severity: 'warning',
      code: plainText(blocker.code, 60),
      message: plainText(blocker.message),
      path: ['cluster'],
      range: source.valueRange(['cluster']),
      origin: 'meaning',
    });
  return findings;
}

/** The findings of a verdict; where it names none, the verdict itself. */
function told(verdict: PlanVerdict): PlanFinding[] {
  if (verdict.findings.length > 0) return verdict.findings;
  return [
    {
      code: verdict.reason ?? 'verdict',
      verdict: verdict.verdict,
      message: verdict.message ?? 'The server gave no reason.',
      field: null,
    },
  ];
}

function severityOf(verdict: PlanVerdict, finding: PlanFinding): IntentFinding['severity'] | null {
  switch (finding.verdict) {
    case 'blocked':
      return 'error';
    case 'warning':
      // Every deletion goes by request: worth knowing, nothing to correct.
      return verdict.op === 'delete' && finding.code === 'delete_routed_to_deletion_request'
        ? 'information'
        : 'warning';
    case 'unknown':
      return 'warning';
    case 'permitted':
      return null;
  }
}

/** `disks.0` and `payload.disks.0` are both read as the path in the document's guest. */
function fieldPath(field: string | null): (string | number)[] {
  if (field === null || field === '') return [];
  const steps = field.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return steps[0] === 'payload' ? steps.slice(1) : steps;
}

function guestList(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null || !('guests' in value)) return [];
  return Array.isArray(value.guests) ? value.guests : [];
}

/** Whether two pieces of plain data say the same, whatever the order of their keys. */
export function sameData(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
