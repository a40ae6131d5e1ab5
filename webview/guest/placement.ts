import { html, nothing, type TemplateResult } from 'lit';
import type { PlacementPart } from '../../src/contract/placementPanel.ts';
import { factList } from '../shared/facts.ts';
import { stateBadge } from '../shared/stateBadge.ts';

/** Why an HA resource is where it is: the answer first, then what would move it, rules, and every node. */
export function drawPlacement(part: PlacementPart): TemplateResult {
  return html`<section class="card placement" id="placement" tabindex="-1" aria-label="Placement">
    <h2>Placement</h2>
    <p role="status"><strong>${part.answer}</strong></p>
    <p>${stateBadge(part.movement)}</p>
    ${part.outlook.map((line) => html`<p>${line}</p>`)}
    ${factList(part.facts)}
    ${part.rules.length === 0 ? html`<p>No rule or group names it.</p>` : drawRules(part)}
    ${part.nodes.length === 0 ? nothing : drawNodes(part)}
    ${
      part.notes.length === 0
        ? nothing
        : html`<h3>Not known</h3><ul>${part.notes.map((note) => html`<li>${note}</li>`)}</ul>`
    }
  </section>`;
}

function drawRules({ rules }: PlacementPart): TemplateResult {
  return html`<table class="stacks">
    <caption>Rules and groups</caption>
    <thead><tr><th scope="col">Name</th><th scope="col">Effect</th><th scope="col">Asks</th></tr></thead>
    <tbody>${rules.map(
      ({ name, state, text }) =>
        html`<tr><th scope="row">${name}</th><td>${stateBadge(state)}</td><td>${text}</td></tr>`,
    )}</tbody>
  </table>`;
}

function drawNodes({ nodes }: PlacementPart): TemplateResult {
  return html`<table class="stacks">
    <caption>Nodes</caption>
    <thead><tr><th scope="col">Node</th><th scope="col">Verdict</th><th scope="col" class="p2 end">Priority</th><th scope="col" class="p2 end">HA resources</th><th scope="col">Why</th></tr></thead>
    <tbody>${nodes.map(
      ({ node, state, priority, resources, why }) =>
        html`<tr><th scope="row">${node}</th><td>${stateBadge(state)}</td><td class="p2 end">${priority}</td><td class="p2 end">${resources}</td><td>${why}</td></tr>`,
    )}</tbody>
  </table>`;
}
