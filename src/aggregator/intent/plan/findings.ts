import type { PlanFinding, Verdict } from '../../../contract/intent/plan.ts';

export function blocked(code: string, message: string, field: string | null = null): PlanFinding {
  return { code, verdict: 'blocked', message, field };
}

export function warning(code: string, message: string, field: string | null = null): PlanFinding {
  return { code, verdict: 'warning', message, field };
}

const weight: Readonly<Record<Verdict, number>> = { permitted: 0, warning: 1, unknown: 2, blocked: 2 };

/** The finding that decides: the first of the worst. `null` without findings. */
export function decisive(findings: readonly PlanFinding[]): PlanFinding | null {
  let worst: PlanFinding | null = null;
  for (const finding of findings)
    if (worst === null || weight[finding.verdict] > weight[worst.verdict]) worst = finding;
  return worst;
}
