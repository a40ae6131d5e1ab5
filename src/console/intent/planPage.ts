import { plural } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { PlanReply, PlanVerdict } from '../../contract/intent/plan.ts';
import type { Banner } from '../../contract/panels.ts';
import type { PlanButton, PlanGroup, PlanPageModel, PlanRow } from '../../contract/planPanel.ts';
import type { Tone } from '../../contract/stateView.ts';
import type { ApplyRefusal } from './planGate.ts';
import { opState, type PlanStanding, planState, verdictState } from './planStates.ts';
import {
  changeLabel,
  changesOf,
  changeText,
  countsOf,
  countsText,
  haChanges,
  haText,
  shortId,
} from './planWords.ts';
import { type RunPicture, rowOfItem, rowRun, runSection } from './runSection.ts';

/** Everything that a plan page shows. */
export interface PlanPageInput {
  readonly about: string;
  /** Name of the document, without its folder; `null` for a run without a document. */
  readonly fileName: string | null;
  /** Name of the cluster, as far as known. */
  readonly cluster: string | null;
  readonly plan: PlanReply | null;
  readonly standing: PlanStanding;
  /** Why the latest attempt to plan brought nothing, beside the older plan that is still shown. */
  readonly failure: string | null;
  readonly refusals: readonly ApplyRefusal[];
  /** First fault of the document, when it has one. */
  readonly fault: { readonly line: number; readonly message: string } | null;
  /** When the plan ends, console clock. */
  readonly expiresAtMs: number | null;
  /** Line of the document, from 1, for an index of the plan. */
  readonly lineOf: (index: number) => number | null;
  readonly run: RunPicture | null;
}

export function planPageModel(input: PlanPageInput): PlanPageModel {
  const { plan, run, fileName, standing } = input;
  const counts = countsOf(plan?.verdicts ?? []);
  const name = fileName === null ? null : plainText(fileName, 100);
  const target = input.cluster === null ? 'no cluster' : plainText(input.cluster, 60);
  const isRunOver = run?.run?.state === 'done';
  return {
    about: input.about,
    header: {
      title: run === null ? 'Plan' : 'Run',
      freshness: run === null ? planState(standing) : runSection(run).state,
      banners: banners(input),
    },
    subtitle: name === null ? target : `${name} → ${target}`,
    counts: plan === null ? '' : countsText(counts),
    facts: plan === null ? '' : planFacts(plan),
    expiresAtMs: standing.kind === 'ready' ? input.expiresAtMs : null,
    planAgain: name === null ? null : planButton(input, run !== null && !isRunOver),
    apply: name === null || plan === null || run !== null ? null : applyButton(input, changesOf(counts)),
    groups: run === null ? planGroups(input) : runGroups(input, run),
    empty: emptyText(input),
    run: run === null ? null : runSection(run),
  };
}

function planButton({ standing, plan }: PlanPageInput, runGoesOn: boolean): PlanButton {
  const off =
    standing.kind === 'planning'
      ? 'planning'
      : standing.kind === 'unreadable'
        ? 'document has faults'
        : runGoesOn
          ? 'a run goes on'
          : null;
  return { label: plan === null ? 'Plan' : 'Plan Again', off };
}

function applyButton({ refusals }: PlanPageInput, changes: number): PlanButton {
  return {
    label: `Apply ${changes} ${changes === 1 ? 'Change' : 'Changes'}`,
    off: refusals[0]?.short ?? null,
  };
}

function planFacts(plan: PlanReply): string {
  const { quorate } = plan.quorum;
  const quorum = quorate === null ? 'quorum unknown' : quorate ? 'quorate' : 'no quorum';
  const writes = plan.blockers.some(({ code }) => /write/.test(code)) ? 'writes off' : 'writes on';
  const hash = shortId(plan.plan_hash);
  return [
    hash === null ? null : `plan ${hash}`,
    quorum,
    writes,
    plan.actor === null ? null : `by ${plainText(plan.actor, 60)}`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

const groupOrder = ['blocked', 'delete', 'create', 'update', 'noChange'] as const;
const groupTitles = {
  blocked: 'Blocked',
  delete: 'Delete by request',
  create: 'Create',
  update: 'Update',
  noChange: 'No change',
  run: 'Changes',
} as const;

function planGroups(input: PlanPageInput): PlanGroup[] {
  const verdicts = input.plan?.verdicts ?? [];
  return groupOrder.flatMap((id): PlanGroup[] => {
    const rows = verdicts
      .filter((verdict) => groupOf(verdict) === id)
      .map((verdict) => planRow(verdict, input));
    return rows.length === 0
      ? []
      : [{ id, title: `${groupTitles[id]} (${rows.length})`, folded: id === 'noChange', rows }];
  });
}

/** What could not be read counts as blocked: it cannot go. */
function groupOf(verdict: PlanVerdict): (typeof groupOrder)[number] {
  if (verdict.verdict === 'blocked' || verdict.verdict === 'unknown' || verdict.op === 'unknown')
    return 'blocked';
  return verdict.no_change ? 'noChange' : verdict.op;
}

/** Rows of a run keep the plan's order, so nothing moves while it goes on. */
function runGroups(input: PlanPageInput, run: RunPicture): PlanGroup[] {
  const items = run.run?.results ?? [];
  const byIndex = new Map(items.map((item) => [item.index, item]));
  const verdicts = input.plan?.verdicts ?? [];
  const rows =
    verdicts.length === 0
      ? items.map((item) => rowOfItem(item, run))
      : [...verdicts]
          .sort((a, b) => a.index - b.index)
          .map((verdict) => {
            const item = byIndex.get(verdict.index);
            return { ...planRow(verdict, input), run: item === undefined ? null : rowRun(item, run) };
          });
  return rows.length === 0 ? [] : [{ id: 'run', title: plural(rows.length, 'change'), folded: false, rows }];
}

function planRow(verdict: PlanVerdict, { lineOf }: PlanPageInput): PlanRow {
  const notes = [
    ...verdict.findings
      .filter(({ verdict: word, message }) => word !== 'permitted' && message !== verdict.message)
      .map(({ message }) => plainText(message)),
    ...haChanges(verdict).map((consequence) => `HA: ${haText(consequence)}`),
  ];
  return {
    index: verdict.index,
    label: changeLabel(verdict),
    op: opState(verdict.op),
    verdict: verdictState(verdict.verdict),
    node: verdict.node === null ? '' : plainText(verdict.node, 60),
    summary: summaryOf(verdict),
    notes,
    line: lineOf(verdict.index),
    diff: verdict.changes.length > 0 || verdict.ha.length > 0,
    run: null,
  };
}

/** A reason where there is one, else what changes. */
function summaryOf(verdict: PlanVerdict): string {
  const changes = verdict.changes.slice(0, 4).map(changeText).join(', ');
  const more = verdict.changes.length > 4 ? `, ${verdict.changes.length - 4} more` : '';
  if (verdict.verdict !== 'permitted' && verdict.op !== 'delete')
    return plainText(verdict.message ?? 'no reason told');
  if (verdict.no_change) return 'live already';
  if (verdict.op === 'delete') return plainText(verdict.message ?? 'a second person decides');
  return changes === '' ? plainText(verdict.message ?? '') : `${changes}${more}`;
}

function emptyText({ plan, standing, run, fault }: PlanPageInput): string | null {
  if (run !== null) return run.run === null ? 'The server has not told the changes of this run yet.' : null;
  if (plan !== null) return plan.verdicts.length === 0 ? 'The document asks for no change.' : null;
  if (standing.kind === 'planning') return 'The changes are being checked against the live cluster…';
  if (fault !== null) return 'The document has a fault; correct it, then plan.';
  return 'Nothing was planned yet. Planning only reads.';
}

const quiet = new Set(['not planned', 'planning', 'nothing to change', 'applied already', 'a run goes on']);
const refusalTones: Readonly<Record<string, Tone>> = {
  'no quorum': 'fail',
  'quorum unknown': 'unknown',
  stale: 'unknown',
  'restricted mode': 'held',
  'writes off': 'held',
};
const refusalIcons: Readonly<Record<string, string>> = {
  'restricted mode': 'workspace-untrusted',
  'writes off': 'lock',
  expired: 'history',
  'state moved': 'git-compare',
  'document changed': 'git-compare',
  'document has faults': 'question',
  stale: 'history',
  'quorum unknown': 'question',
  'no quorum': 'error',
};

function banners(input: PlanPageInput): Banner[] {
  const { run } = input;
  const list: Banner[] = [];
  const add = (id: string, tone: Tone, icon: string, what: string, why: string | null): void => {
    list.push({ id, tone, icon, what, why, next: null, buttons: [], sinceMs: null });
  };
  if (run !== null && run.trouble !== null && run.run?.state !== 'done')
    add('run/trouble', 'unknown', 'debug-disconnect', 'This run is not followed now.', run.trouble);
  if (input.failure !== null)
    add(
      'plan/failure',
      'fail',
      'error',
      'Planning did not work.',
      `${input.failure} ${input.plan === null ? '' : 'The plan below is the one before.'}`.trim(),
    );
  if (run !== null) return list;
  for (const { short, sentence } of input.refusals) {
    if (quiet.has(short) || /^\d+ blocked$/.test(short)) continue;
    const why =
      short === 'document has faults' && input.fault !== null
        ? `Line ${input.fault.line}: ${input.fault.message} ${sentence}`
        : sentence;
    add(
      `plan/${short}`,
      refusalTones[short] ?? 'warn',
      refusalIcons[short] ?? 'warning',
      `Apply is off: ${short}.`,
      why,
    );
  }
  return list;
}
