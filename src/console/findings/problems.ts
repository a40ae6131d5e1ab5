import type { Finding, FindingCode, FindingSeverity } from '../../ha/findings/finding.ts';
import type { Anchor, HaDocument } from './haDocument.ts';

/** A place on one line, counted from 0. */
export interface ProblemRange {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/** A finding as the editor's list of problems shows it. */
export interface Problem {
  readonly code: FindingCode;
  readonly severity: FindingSeverity;
  readonly message: string;
  readonly range: ProblemRange;
  /** Other lines that it is about. */
  readonly related: readonly { readonly range: ProblemRange; readonly message: string }[];
}

/** Most lines that one problem points to. */
const relatedShown = 10;

/** Findings at the lines of what they are about. */
export function problemsOf(findings: readonly Finding[], document: HaDocument): Problem[] {
  return findings.map((finding) => {
    const { code, severity, title, explanation, nextStep } = finding;
    const [first = 0, ...others] = linesOf(finding, document);
    return {
      code,
      severity,
      message: `${title}. ${explanation} Next: ${nextStep}`,
      range: rangeOf(first, document),
      related: others
        .slice(0, relatedShown)
        .map((line) => ({ range: rangeOf(line, document), message: document.lineAt(line).trim() })),
    };
  });
}

/** Findings that stand at a resource although a rule is involved: there is one for each of them. */
const aboutOneResource: ReadonlySet<FindingCode> = new Set([
  'outside-strict-nodes',
  'not-on-best-node',
  'unknown-group',
]);

const ownLines: Readonly<Partial<Record<FindingCode, Anchor>>> = {
  'two-votes': 'votes',
  'disarmed-long': 'stack',
  'unmanaged-guests': 'unmanaged',
};

function linesOf({ code, subjects }: Finding, { lines }: HaDocument): number[] {
  const resources = subjects.sids.map((sid): Anchor => `sid:${sid}`);
  const limits = [
    ...subjects.rules.map((name): Anchor => `rule:${name}`),
    ...subjects.groups.map((name): Anchor => `group:${name}`),
  ];
  const own = ownLines[code];
  const anchors: Anchor[] = [
    ...(own === undefined ? [] : [own]),
    ...(aboutOneResource.has(code) ? [...resources, ...limits] : [...limits, ...resources]),
  ];
  const found = [...new Set(anchors.flatMap((anchor) => lines.get(anchor) ?? []))];
  return found.length > 0 ? found : [lines.get('cluster') ?? 0];
}

function rangeOf(line: number, document: HaDocument): ProblemRange {
  const text = document.lineAt(line);
  return { line, start: text.length - text.trimStart().length, end: text.length };
}
