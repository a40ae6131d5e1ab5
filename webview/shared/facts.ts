import { html, nothing, type TemplateResult } from 'lit';
import type { Fact, PageAction } from '../../src/contract/panels.ts';
import { words } from './age.ts';
import type { Act } from './copyButton.ts';
import { iconClass, stateHint } from './stateBadge.ts';

/** Label and value lines. */
export function factList(facts: readonly Fact[], act: Act): TemplateResult | typeof nothing {
  if (facts.length === 0) return nothing;
  return html`<dl class="facts">${facts.map(
    (fact) => html`<div class="fact"><dt>${fact.label}</dt><dd>${factValue(fact, act)}</dd></div>`,
  )}</dl>`;
}

/** The value of a fact: state with icon and tone where there is one, and a link where it leads somewhere. */
export function factValue(fact: Fact, act: Act): TemplateResult {
  const { state } = fact;
  const text = state === undefined || fact.value !== '' ? fact.value : state.label;
  const sinceMs = state === undefined || text !== state.label ? null : state.sinceMs;
  const hint = fact.hint ?? (state === undefined ? '' : stateHint(state));
  return html`<span class="state ${state === undefined ? '' : `tone-${state.tone}`}" title=${hint || nothing}
    >${state === undefined ? nothing : html`<i class=${iconClass(state.icon)} aria-hidden="true"></i>`}${
      fact.action === undefined
        ? html`<span class="words" ${words(text, sinceMs)}></span>`
        : linkButton(text, fact.action, act)
    }</span
  >`;
}

/** Words that lead somewhere. */
export function linkButton(text: string, action: PageAction, act: Act): TemplateResult {
  return html`<button type="button" class="link" @click=${() => act(action)}>${text}</button>`;
}
