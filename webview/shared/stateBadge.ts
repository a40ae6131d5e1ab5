import { html, type TemplateResult } from 'lit';
import type { StateView, Tone } from '../../src/contract/stateView.ts';
import { words } from './age.ts';

/** A codicon. It has no name of its own; the word beside it says what it means. */
export function icon(id: string): TemplateResult {
  return html`<i class=${iconClass(id)} aria-hidden="true"></i>`;
}

/** Class names of a codicon; anything but an icon id draws nothing. */
export function iconClass(id: string): string {
  return /^[a-z0-9-]+$/.test(id) ? `codicon codicon-${id}` : 'codicon';
}

/** Explanation and next step of a state, as shown on hover. */
export function stateHint(state: StateView): string {
  return [state.explanation, state.nextStep].filter((part) => part !== null && part !== '').join(' ');
}

/** A state as icon, word and tone; readable without colour. */
export function stateBadge(state: StateView): TemplateResult {
  return html`<span class="state tone-${state.tone}" title=${stateHint(state)}
    ><i class=${iconClass(state.icon)} aria-hidden="true"></i
    ><span class="words" ${words(state.label, state.sinceMs)}></span
  ></span>`;
}

/** A short word in a tinted frame: the mode of a cluster. */
export function toneBadge(label: string, tone: Tone): TemplateResult {
  return html`<span class="badge tone-${tone}">${label}</span>`;
}
