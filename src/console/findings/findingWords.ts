import type { StateView, Tone } from '../../contract/stateView.ts';
import type { Finding, FindingSeverity } from '../../ha/findings/finding.ts';
import { stateView } from '../states.ts';

const severities: Readonly<Record<FindingSeverity, readonly [label: string, tone: Tone, icon: string]>> = {
  error: ['error', 'fail', 'error'],
  unknown: ['not checked', 'unknown', 'question'],
  warning: ['warning', 'warn', 'warning'],
  information: ['note', 'calm', 'info'],
};

/** How serious a finding is, in the words, signs and colours of every other state. */
export function findingState({ severity, explanation, nextStep }: Finding): StateView {
  const [label, tone, icon] = severities[severity];
  return stateView(label, tone, icon, explanation, nextStep);
}
