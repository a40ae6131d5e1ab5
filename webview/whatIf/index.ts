import { html, nothing, render, type TemplateResult } from 'lit';
import type {
  FromWhatIfPage,
  ToWhatIfPage,
  WhatIfCell,
  WhatIfColumn,
  WhatIfPageModel,
} from '../../src/contract/whatIfPanel.ts';
import { setHostClock, startTicking } from '../shared/age.ts';
import { connect } from '../shared/bridge.ts';
import { stateBadge, toneIcon } from '../shared/stateBadge.ts';
import { registerControls } from '../shared/toolkit.ts';
import '../shared/theme.css';
import './panel.css';

registerControls();

const app = document.getElementById('app') ?? document.body;
render(
  html`<a class="skip" href="#table">Skip to the table</a>
    <main>
      <div id="head"></div>
      <div id="status" class="sr" role="status"></div>
      <div id="picture"></div>
      <div id="table" tabindex="-1"></div>
    </main>`,
  app,
);

const bridge = connect<ToWhatIfPage, FromWhatIfPage>({
  model({ nowMs, model }) {
    setHostClock(nowMs);
    bridge.remember({ about: model.about, layout: {} });
    draw('head', drawHead(model));
    draw('picture', drawPicture(model));
    draw('table', drawTable(model));
    const status = document.getElementById('status');
    if (status !== null && status.textContent !== model.verdict) status.textContent = model.verdict;
  },
});

function draw(id: string, content: TemplateResult): void {
  const root = document.getElementById(id);
  if (root !== null) render(content, root);
}

function drawHead(model: WhatIfPageModel): TemplateResult {
  return html`<header class="page-head">
      <h1>${model.header.title}</h1>
      <span class="subtitle">${model.subtitle}</span>
      <span>${stateBadge(model.header.freshness)}</span>
    </header>
    <p class="verdict"><strong>${model.verdict}</strong></p>
    ${
      model.reasons.length === 0
        ? nothing
        : html`<section><h2>What speaks against it</h2><ul class="reasons">${model.reasons.map((reason) => html`<li>${reason}</li>`)}</ul></section>`
    }
    <fieldset class="choices">
      <legend>${model.question.legend}</legend>
      ${model.choices.map(
        ({ node, isChosen }) =>
          html`<label><input type=${model.question.isOne ? 'radio' : 'checkbox'} name="node" .checked=${isChosen} @change=${() => bridge.send({ type: 'toggle', node })}>${node}</label>`,
      )}
    </fieldset>
    ${
      model.notes.length === 0
        ? nothing
        : html`<section><h2>Not known, or not as it should be</h2><ul>${model.notes.map((note) => html`<li>${note}</li>`)}</ul></section>`
    }`;
}

/** Nodes as columns. The list and the table below say the same in words, so the picture is not read aloud. */
function drawPicture(model: WhatIfPageModel): TemplateResult {
  return html`<ul class="sr" aria-label="Nodes">${model.columns.map(
    ({ node, state, memory }) =>
      html`<li>${node}: ${state.label}${memory === '' ? '' : `, ${memory.replaceAll('→', 'to')}`}</li>`,
  )}</ul>
    <section aria-hidden="true"><h2>Before and after</h2>
    <div class="columns">${model.columns.map(drawColumn)}</div></section>`;
}

function drawColumn(column: WhatIfColumn): TemplateResult {
  const cells = (list: readonly WhatIfCell[]): TemplateResult =>
    html`<ul class="cells">${list.map(
      ({ label, state }) =>
        html`<li class="cell edge-${state.tone}" title=${`${state.label}. ${state.explanation}`}>${toneIcon(state.icon, state.tone)}<span>${label}</span></li>`,
    )}</ul>`;
  return html`<div class="column ${column.isLost ? 'is-lost' : ''}">
    <h3>${column.node}</h3>
    <p>${stateBadge(column.state)}</p>
    <h4>before</h4>${cells(column.before)}
    <h4>after</h4>${cells(column.after)}
    ${column.memory === '' ? nothing : html`<p class="subtitle">${column.memory}</p>`}
  </div>`;
}

function drawTable(model: WhatIfPageModel): TemplateResult {
  return html`<section><h2>What changes</h2>
      ${
        model.rows.length === 0
          ? html`<p>Nothing that runs is affected.</p>`
          : html`<table class="stacks">
              <thead><tr><th scope="col">Guest</th><th scope="col">From</th><th scope="col">To</th><th scope="col">What</th><th scope="col">Why</th></tr></thead>
              <tbody>${model.rows.map(
                (row) =>
                  html`<tr><th scope="row">${row.label}</th><td>${row.from}</td><td>${row.to}</td><td>${stateBadge(row.state)}</td><td>${row.why}</td></tr>`,
              )}</tbody>
            </table>`
      }
    </section>
    ${
      model.timeline.length === 0
        ? nothing
        : html`<section><h2>Timeline</h2><ol class="timeline">${model.timeline.map((line) => html`<li>${line}</li>`)}</ol></section>`
    }`;
}

startTicking(document);
bridge.send({ type: 'ready' });
