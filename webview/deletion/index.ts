import { html, nothing, render, type TemplateResult } from 'lit';
import type {
  DeletionPageModel,
  FromDeletionPage,
  ToDeletionPage,
} from '../../src/contract/deletionPanel.ts';
import type { PageAction } from '../../src/contract/panels.ts';
import type { PlanButton } from '../../src/contract/planPanel.ts';
import { setHostClock, startTicking } from '../shared/age.ts';
import { bannerRegion } from '../shared/banners.ts';
import { connect } from '../shared/bridge.ts';
import { countdown, startCountdowns } from '../shared/countdown.ts';
import { stateBadge } from '../shared/stateBadge.ts';
import { registerControls } from '../shared/toolkit.ts';
import '../shared/theme.css';
import './panel.css';

registerControls();

const app = document.getElementById('app') ?? document.body;
render(
  html`<main>
    <div id="head"></div>
    <div id="status" class="sr" role="status"></div>
    <div id="facts"></div>
  </main>`,
  app,
);

let bannersExpanded = false;
let shown: DeletionPageModel | null = null;

const bridge = connect<ToDeletionPage, FromDeletionPage>({
  model({ nowMs, model }) {
    setHostClock(nowMs);
    shown = model;
    bridge.remember({ about: model.about, layout: {} });
    draw('head', drawHead(model));
    draw('facts', drawFacts(model));
    say(model.state.label);
  },
});

function act(action: PageAction): void {
  bridge.send({ type: 'action', action });
}

function draw(id: string, content: TemplateResult): void {
  const root = document.getElementById(id);
  if (root !== null) render(content, root);
}

function say(text: string): void {
  const element = document.getElementById('status');
  if (element !== null && element.textContent !== text) element.textContent = text;
}

function drawHead(model: DeletionPageModel): TemplateResult {
  const { header } = model;
  return html`<header class="page-head">
      <h1>${header.title}</h1>
      <span class="subtitle">${model.subtitle}</span>
      <span>${stateBadge(header.freshness)}</span>
    </header>
    ${
      header.banners.length === 0
        ? nothing
        : bannerRegion(header.banners, bannersExpanded, act, () => {
            bannersExpanded = !bannersExpanded;
            if (shown !== null) draw('head', drawHead(shown));
          })
    }
    <p class="asked">${model.asked}${
      model.expiresAtMs === null
        ? nothing
        : html` <span class="subtitle">Rejected by itself in ${countdown(model.expiresAtMs)} unless somebody decides.</span>`
    }</p>
    <div class="buttons">
      ${button(model.approve, 'primary', { type: 'approve' })}
      ${button(model.execute, 'primary', { type: 'execute' })}
      ${button(model.reject, 'secondary', { type: 'reject' })}
      ${button(model.compare, 'secondary', { type: 'compare' })}
    </div>`;
}

/** A button that is off has its reason right beside it. */
function button(
  content: PlanButton | null,
  appearance: string,
  message: FromDeletionPage,
): TemplateResult | typeof nothing {
  if (content === null) return nothing;
  const isOff = content.off !== null;
  return html`<span class="action"><vscode-button appearance=${appearance} ?disabled=${isOff} aria-label=${isOff ? `${content.label} off: ${content.off}` : content.label} @click=${() => {
    if (!isOff) bridge.send(message);
  }}>${content.label}</vscode-button>${isOff ? html`<span class="reason">${content.off}</span>` : nothing}</span>`;
}

function drawFacts(model: DeletionPageModel): TemplateResult {
  return html`<section><h2>Would be lost</h2><ul>${model.lost.map((line) => html`<li>${line}</li>`)}</ul></section>
    <section><h2>HA impact</h2><ul>${model.ha.map((line) => html`<li>${line}</li>`)}</ul></section>
    ${drawComparison(model)}
    <section><h2>History</h2><ol>${model.history.map(
      ({ text, atMs }) =>
        html`<li>${atMs === null ? nothing : html`<time datetime=${new Date(atMs).toISOString()}>${new Date(atMs).toLocaleString()}</time> `}${text}</li>`,
    )}</ol></section>
    <section><h2>Four eyes</h2><p class="stated">${stateBadge(model.fourEyes)}<span>${model.fourEyes.explanation}</span></p>
    ${
      model.upid === null
        ? nothing
        : html`<p>Task <code>${model.upid}</code> <vscode-button appearance="secondary" @click=${() => act({ kind: 'copy', text: model.upid ?? '' })}>Copy Task ID</vscode-button></p>`
    }</section>`;
}

function drawComparison({ comparison }: DeletionPageModel): TemplateResult | typeof nothing {
  if (comparison === null) return nothing;
  return html`<section><h2>When asked and now</h2>
    <p class="stated">${stateBadge(comparison.state)}<span>${comparison.state.explanation}</span></p>
    ${
      comparison.changed.length === 0
        ? nothing
        : html`<table>
            <caption class="sr">Keys that differ</caption>
            <thead><tr><th scope="col">Key</th><th scope="col">When asked</th><th scope="col">Now</th></tr></thead>
            <tbody>${comparison.changed.map(
              ({ key, asked, now }) =>
                html`<tr><th scope="row">${key}</th><td>${asked}</td><td>${now}</td></tr>`,
            )}</tbody>
          </table>`
    }
    ${comparison.same === 0 ? nothing : html`<p class="subtitle">${comparison.same} keys are as they were.</p>`}
  </section>`;
}

startTicking(document);
startCountdowns(document);
bridge.send({ type: 'ready' });
