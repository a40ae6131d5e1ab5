import { html, nothing, render, type TemplateResult } from 'lit';
import type { PageAction } from '../../src/contract/panels.ts';
import type {
  FromPlanPage,
  PlanButton,
  PlanGroup,
  PlanPageModel,
  PlanRow,
  RunSection,
  ToPlanPage,
} from '../../src/contract/planPanel.ts';
import { setHostClock, startTicking } from '../shared/age.ts';
import { bannerRegion } from '../shared/banners.ts';
import { connect } from '../shared/bridge.ts';
import { countdown, startCountdowns } from '../shared/countdown.ts';
import { stateBadge, toneIcon } from '../shared/stateBadge.ts';
import { registerControls } from '../shared/toolkit.ts';
import '../shared/theme.css';
import './panel.css';

registerControls();

const app = document.getElementById('app') ?? document.body;
render(
  html`<a class="skip" href="#changes">Skip to the changes</a>
    <main>
      <div id="head"></div>
      <div id="alert" class="sr" role="alert"></div>
      <div id="summary" class="sr" role="status"></div>
      <div id="changes" tabindex="-1"></div>
    </main>`,
  app,
);

let shown: PlanPageModel | null = null;
let bannersExpanded = false;

const bridge = connect<ToPlanPage, FromPlanPage>({
  model({ nowMs, model }) {
    setHostClock(nowMs);
    show(model);
  },
});

function act(action: PageAction): void {
  bridge.send({ type: 'action', action });
}

function show(model: PlanPageModel): void {
  const before = shown;
  shown = model;
  bridge.remember({ about: model.about, layout: {} });
  draw('head', drawHead(model));
  draw('changes', drawChanges(model));
  announce(model, before);
}

function draw(id: string, content: TemplateResult): void {
  const root = document.getElementById(id);
  if (root !== null) render(content, root);
}

/** What turned bad is said at once; how far a plan or run is, politely. */
function announce(model: PlanPageModel, before: PlanPageModel | null): void {
  const bad = model.header.banners
    .filter(({ tone }) => tone === 'fail')
    .map(({ what, why }) => `${what} ${why ?? ''}`);
  say('alert', bad.join(' '));
  const word =
    model.run?.end ?? (model.run === null ? `${model.header.freshness.label}. ${model.counts}` : null);
  if (word !== null && (before === null || word !== document.getElementById('summary')?.textContent))
    say('summary', word);
}

function say(region: string, text: string): void {
  const element = document.getElementById(region);
  if (element !== null && element.textContent !== text) element.textContent = text;
}

function drawHead(model: PlanPageModel): TemplateResult {
  const { header, run, apply, planAgain } = model;
  return html`<header class="page-head">
      <h1>${header.title}</h1>
      <span class="subtitle">${model.subtitle}</span>
      <span>${stateBadge(header.freshness)}${
        model.expiresAtMs === null
          ? nothing
          : html`<span class="valid">, valid ${countdown(model.expiresAtMs)}</span>`
      }</span>
      <span class="spacer"></span>
      ${planAgain === null ? nothing : button(planAgain, 'secondary', () => bridge.send({ type: 'planAgain' }))}
      ${apply === null ? nothing : button(apply, 'primary', () => bridge.send({ type: 'apply' }))}
    </header>
    ${
      header.banners.length === 0
        ? nothing
        : bannerRegion(header.banners, bannersExpanded, act, () => {
            bannersExpanded = !bannersExpanded;
            if (shown !== null) draw('head', drawHead(shown));
          })
    }
    ${
      model.counts === ''
        ? nothing
        : html`<p class="counts"><strong>${model.counts}</strong> <span class="subtitle">${model.facts}</span></p>`
    }
    ${run === null ? nothing : drawRun(run)}`;
}

/** A button that is off says why on itself. */
function button(content: PlanButton, appearance: string, press: () => void): TemplateResult {
  const off = content.off !== null;
  const word = content.label.split(' ')[0] ?? '';
  const text =
    content.off === null ? content.label : `${word === 'Apply' ? word : content.label}: off, ${content.off}`;
  return html`<vscode-button appearance=${appearance} ?disabled=${off} title=${text} @click=${() => {
    if (!off) press();
  }}>${text}</vscode-button>`;
}

function drawRun(run: RunSection): TemplateResult {
  return html`<section class="run edge-${run.state.tone}" aria-label="Run">
    <div class="run-line">
      <h2>${run.title}</h2>
      <span>${stateBadge(run.state)}</span>
      <progress max=${Math.max(1, run.total)} .value=${run.done} aria-label="Changes that ended">${run.done} of ${run.total}</progress>
      <span class="run-count">${run.done} of ${run.total}</span>
      <span class="spacer"></span>
      ${run.cancel === null ? nothing : button(run.cancel, 'secondary', () => bridge.send({ type: 'cancelRest' }))}
      <vscode-button appearance="secondary" @click=${() => act({ kind: 'copy', text: run.report })}>Copy Report</vscode-button>
    </div>
    ${run.end === null ? nothing : html`<p class="run-end"><strong>${run.end}</strong></p>`}
    ${
      run.cancel === null
        ? nothing
        : html`<p class="notice">Cancel Rest leaves out changes that have not begun. What Proxmox works on goes on; nothing is undone.</p>`
    }
  </section>`;
}

function drawChanges(model: PlanPageModel): TemplateResult {
  return html`${model.empty === null ? nothing : html`<p class="empty">${model.empty}</p>`}
    ${model.groups.map((group) => drawGroup(group, model.run !== null))}`;
}

function drawGroup(group: PlanGroup, isRun: boolean): TemplateResult {
  return html`<details class="group" ?open=${!group.folded} data-group=${group.id}>
    <summary><h2>${group.title}</h2></summary>
    <table>
      <caption class="sr">${group.title}</caption>
      <thead class="sr"><tr><th scope="col">Change</th><th scope="col">${isRun ? 'Result' : 'Verdict'}</th><th scope="col">Node</th><th scope="col">What</th><th scope="col">Open</th></tr></thead>
      <tbody>${group.rows.map((row) => drawRow(row, isRun))}</tbody>
    </table>
  </details>`;
}

function drawRow(row: PlanRow, isRun: boolean): TemplateResult {
  const state = isRun ? (row.run?.state ?? null) : row.verdict;
  const tone = state?.tone ?? 'off';
  const summary = isRun && row.run !== null && row.run.message !== '' ? row.run.message : row.summary;
  return html`<tr class="edge-${tone}" data-index=${row.index}>
    <th scope="row" class="change"><span class="cell" title=${row.op.label}>${toneIcon(row.op.icon, 'calm')}<span class="sr">${row.op.label} </span><span>${row.label}</span></span></th>
    <td class="verdict">${state === null ? nothing : stateBadge(state)}${
      row.run?.ratio == null
        ? nothing
        : html` <progress class="item" max="1" .value=${row.run.ratio} aria-label="Progress of this task"></progress>`
    }</td>
    <td class="node">${row.node}</td>
    <td class="what"><span class="summary">${summary}</span>${row.notes.map((note) => html`<span class="note">${note}</span>`)}</td>
    <td class="open">${openers(row)}</td>
  </tr>`;
}

/** Links of a row; what they are about is said to screen readers behind the visible word. */
function openers(row: PlanRow): TemplateResult {
  const { index, line } = row;
  const upid = row.run?.upid ?? null;
  const requestId = row.run?.requestId ?? null;
  const link = (text: string, message: FromPlanPage): TemplateResult =>
    html`<a href="#" @click=${(event: Event) => {
      event.preventDefault();
      bridge.send(message);
    }}>${text}<span class="sr"> of ${row.label}</span></a>`;
  return html`${row.diff ? link('diff', { type: 'openDiff', index }) : nothing}
    ${line === null ? nothing : link(`line ${line}`, { type: 'goToLine', index })}
    ${requestId === null ? nothing : link(`request ${requestId}`, { type: 'openRequest', index })}
    ${upid === null ? nothing : link('copy task id', { type: 'action', action: { kind: 'copy', text: upid } })}
    ${upid === null ? nothing : link('guest', { type: 'openGuest', index })}`;
}

startTicking(document);
startCountdowns(document);
bridge.send({ type: 'ready' });
