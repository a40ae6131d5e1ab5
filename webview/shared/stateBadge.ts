import { html, nothing, type TemplateResult } from 'lit';
import type { StateView, Tone } from '../../src/contract/stateView.ts';
import { age } from './age.ts';

/** Icon of a tone. It has no name: the word beside it says the same. */
export function toneIcon(icon: string, tone: Tone): TemplateResult {
  return html`<span class="codicon codicon-${icon} tone-${tone}" aria-hidden="true"></span>`;
}

/** A state as icon and word, with its ticking age. */
export function stateBadge(state: StateView): TemplateResult {
  return html`<span class="state" title=${state.explanation}>${toneIcon(state.icon, state.tone)}<span>${state.label}${
    state.sinceMs === null ? nothing : html` ${age(state.sinceMs)}`
  }</span></span>`;
}
