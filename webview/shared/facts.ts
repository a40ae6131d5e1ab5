import { html, nothing, type TemplateResult } from 'lit';
import type { Card, CardGroup, Fact } from '../../src/contract/panels.ts';
import { rowContext } from './rowContext.ts';
import { stateBadge } from './stateBadge.ts';

/** Labels and values; a value that is a state comes with icon and word. */
export function factList(facts: readonly Fact[]): TemplateResult {
  return html`<dl class="facts">${facts.map(
    (fact) =>
      html`<div title=${fact.hint ?? ''}><dt>${fact.label}</dt><dd>${fact.state === undefined ? fact.value : stateBadge(fact.state)}</dd></div>`,
  )}</dl>`;
}

function card(content: Card): TemplateResult {
  return html`<section class="card edge-${content.state.tone}" aria-label=${content.title}>
    <h3>${content.title}</h3>
    <p class="headline">${stateBadge(content.state)}</p>
    ${content.state.nextStep === null ? nothing : html`<p class="next">${content.state.nextStep}</p>`}
    ${factList(content.facts)}
  </section>`;
}

/** Cards of one cluster under its name and mode badge. */
export function cardGroup(group: CardGroup): TemplateResult {
  return html`<section class="cluster" data-vscode-context=${rowContext(group.clusterId, {})}>
    <h2>${group.name} <span class="badge badge-${group.mode.tone}">${group.mode.label}</span></h2>
    <div class="cards">${group.cards.map(card)}</div>
  </section>`;
}
