import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Card, CardGroup } from '../../src/contract/panels.ts';
import { menuContext } from './contextMenu.ts';
import type { Act } from './copyButton.ts';
import { factValue } from './facts.ts';
import { stateBadge, toneBadge } from './stateBadge.ts';

/** One group of cards per cluster, under its name and mode. */
export function cardGroups(groups: readonly CardGroup[], act: Act): TemplateResult {
  return html`${repeat(
    groups,
    ({ clusterId }) => clusterId,
    (group) => html`<section
      class="cardGroup"
      aria-label="Cluster ${group.name}"
      data-vscode-context=${menuContext({ webviewSection: 'card', rowId: group.clusterId })}
    >
      <h2 class="groupName"><span class="name">${group.name}</span>${toneBadge(group.mode.label, group.mode.tone)}</h2>
      <ul class="cards">${repeat(
        group.cards,
        ({ id }) => id,
        (card) => cardTemplate(card, act),
      )}</ul>
    </section>`,
  )}`;
}

function cardTemplate(card: Card, act: Act): TemplateResult {
  return html`<li class="card edge-${card.state.tone}" data-card=${card.id}>
    <h3>${card.title}</h3>
    <div class="headline">${stateBadge(card.state)}</div>
    ${
      card.facts.length === 0
        ? nothing
        : html`<ul class="lines">${card.facts.map(
            (fact) => html`<li><span class="label">${fact.label}</span> ${factValue(fact, act)}</li>`,
          )}</ul>`
    }
  </li>`;
}
