import type { IntentOp } from '../../contract/intent/diff.ts';
import type { PlanVerdict } from '../../contract/intent/plan.ts';
import type { StateView } from '../../contract/stateView.ts';
import { notToldState, stateView } from '../states.ts';

/** How a plan stands. */
export type PlanStanding =
  | { readonly kind: 'none' }
  | { readonly kind: 'planning'; readonly sinceMs: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'expired'; readonly sinceMs: number }
  /** What moved, as a sentence. */
  | { readonly kind: 'moved'; readonly what: string }
  | { readonly kind: 'documentChanged' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'applied' };

const planAgain = 'Plan Again';

export function planState(standing: PlanStanding): StateView {
  switch (standing.kind) {
    case 'none':
      return stateView('not planned', 'off', 'circle-large-outline', 'Nothing was checked yet.', 'Plan');
    case 'planning':
      return stateView(
        'planning',
        'busy',
        'loading',
        'The changes are being checked.',
        null,
        standing.sinceMs,
      );
    case 'failed':
      return stateView('not planned', 'fail', 'error', standing.message, planAgain);
    case 'ready':
      return stateView(
        'ready',
        'calm',
        'checklist',
        'Checked against the live cluster; valid until it expires.',
        'Apply',
      );
    case 'expired':
      return stateView(
        'expired',
        'warn',
        'history',
        'Too old to be applied: the cluster may have changed.',
        planAgain,
        standing.sinceMs,
      );
    case 'moved':
      return stateView('state moved', 'warn', 'git-compare', standing.what, planAgain);
    case 'documentChanged':
      return stateView(
        'document changed',
        'warn',
        'git-compare',
        'The document says something else than this plan.',
        planAgain,
      );
    case 'unreadable':
      return stateView(
        'last good plan',
        'unknown',
        'question',
        'The document has a fault; this is from the last version without one.',
        'Go to the line.',
      );
    case 'applied':
      return stateView('applied', 'off', 'pass', 'This plan was applied; the run is below.', planAgain);
  }
}

export function verdictState(verdict: PlanVerdict['verdict']): StateView {
  switch (verdict) {
    case 'permitted':
      return stateView('permitted', 'calm', 'pass', 'Can go.');
    case 'warning':
      return stateView('warning', 'warn', 'warning', 'Can go; read this first.');
    case 'blocked':
      return stateView('blocked', 'fail', 'circle-slash', 'Cannot go.', 'Fix it and plan again.');
    case 'unknown':
      return notToldState('The server did not tell whether this can go.');
  }
}

export function opState(op: IntentOp | 'unknown'): StateView {
  switch (op) {
    case 'create':
      return stateView('create', 'calm', 'diff-added', 'A new guest.');
    case 'update':
      return stateView('update', 'calm', 'diff-modified', 'A change of a guest.');
    case 'delete':
      return stateView(
        'delete by request',
        'calm',
        'diff-removed',
        'Delete never destroys: it files a request for a second person.',
      );
    case 'unknown':
      return notToldState('The server did not tell what is to be done.');
  }
}
