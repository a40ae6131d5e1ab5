import { html, nothing, render, type TemplateResult } from 'lit';
import { formatAge } from '../../src/base/format.ts';
import { loadTimeframes } from '../../src/contract/model/loadTimeframe.ts';
import type {
  FromGuestPage,
  GuestPageModel,
  GuestTaskRow,
  PageAction,
  ToGuestPage,
} from '../../src/contract/panels.ts';
import { setHostClock, startTicking } from '../shared/age.ts';
import { bannerRegion } from '../shared/banners.ts';
import { connect } from '../shared/bridge.ts';
import { factList } from '../shared/facts.ts';
import { rowContext } from '../shared/rowContext.ts';
import { stateBadge, toneIcon } from '../shared/stateBadge.ts';
import { registerControls } from '../shared/toolkit.ts';
import { LoadChart, memoryPercent, percent } from './loadChart.ts';
import { drawPlacement } from './placement.ts';
import '../shared/theme.css';
import './panel.css';

registerControls();

const app = document.getElementById('app') ?? document.body;
render(
  html`<main><div id="top"></div><div id="chart" aria-hidden="true"></div><div id="rest"></div></main>`,
  app,
);
const chart = new LoadChart(document.getElementById('chart') ?? app);

let shown: GuestPageModel | null = null;
let bannersExpanded = false;

const bridge = connect<ToGuestPage, FromGuestPage>({
  model({ nowMs, model }) {
    setHostClock(nowMs);
    show(model);
  },
});

function act(action: PageAction): void {
  bridge.send({ type: 'action', action });
}

function unfold(isUnfolded: boolean): void {
  bridge.send({ type: 'explainPlacement', unfold: isUnfolded });
}

function show(model: GuestPageModel): void {
  shown = model;
  bridge.remember({ about: model.id, layout: {} });
  const top = document.getElementById('top');
  const rest = document.getElementById('rest');
  // Nothing can be done with a guest that is not known (any more).
  if (model.openInProxmox === null) delete document.body.dataset.vscodeContext;
  else document.body.dataset.vscodeContext = rowContext(model.id, { hasGuest: true, hasNode: true });
  if (top !== null) render(drawTop(model), top);
  if (rest !== null) render(drawRest(model), rest);
  chart.show(model.load.points);
}

const managedWords = { yes: 'managed', no: 'not HA-managed', unknown: 'unknown' } as const;
const managedIcons = { yes: 'shield', no: 'dash', unknown: 'question' } as const;
const managedTones = { yes: 'calm', no: 'off', unknown: 'unknown' } as const;

function drawTop(model: GuestPageModel): TemplateResult {
  const { ha, guest, header } = model;
  const { openInProxmox, timeline } = model;
  return html`<header class="page-head">
      <h1>${header.title}</h1>
      <span class="subtitle">${model.subtitle}</span>
      <span>${stateBadge(header.freshness)}</span>
      <span class="spacer"></span>
      ${timeline === null ? nothing : html`<vscode-button appearance="secondary" @click=${() => act(timeline)}>Timeline</vscode-button>`}
      ${openInProxmox === null ? nothing : html`<vscode-button appearance="secondary" @click=${() => act(openInProxmox)}>Open in Proxmox</vscode-button>`}
      <vscode-button appearance="secondary" @click=${() => act({ kind: 'refresh' })}>Refresh</vscode-button>
    </header>
    ${
      header.banners.length === 0
        ? nothing
        : bannerRegion(header.banners, bannersExpanded, act, () => {
            bannersExpanded = !bannersExpanded;
            if (shown !== null) show(shown);
          })
    }
    <div class="boxes">
      <section class="card" aria-label="High availability">
        <h2>High availability</h2>
        <p class="headline"><span class="state">${toneIcon(managedIcons[ha.managed], managedTones[ha.managed])}<span>${managedWords[ha.managed]}</span></span></p>
        <p>${ha.sentence} <a href="#" @click=${(event: Event) => follow(event, ha.clusterPage)}>HA status of the cluster</a></p>
        ${factList(ha.facts)}
        ${
          ha.placement === null
            ? nothing
            : html`<p><vscode-button appearance="secondary" aria-expanded=${ha.placement === 'folded' ? 'false' : 'true'} @click=${() => unfold(ha.placement === 'folded')}>Explain Placement</vscode-button></p>`
        }
      </section>
      <section class="card" aria-label="Guest">
        <h2>Guest</h2>
        <p class="headline">${stateBadge(guest.state)}</p>
        ${factList(guest.facts)}
      </section>
    </div>
    ${ha.placement === null || ha.placement === 'folded' ? nothing : drawPlacement(ha.placement)}
    <div class="table-head load-head">
      <h2>Load</h2>
      <span class="legend"><span class="key cpu"></span>CPU <span class="key memory"></span>Memory</span>
      <label>Range <select @change=${(event: Event) => selectTimeframe(event)}>${loadTimeframes.map(
        (timeframe) =>
          html`<option value=${timeframe} ?selected=${timeframe === model.load.timeframe}>last ${timeframe}</option>`,
      )}</select></label>
    </div>
    ${model.load.notice === null ? nothing : html`<p class="notice">${model.load.notice}</p>`}`;
}

function drawRest(model: GuestPageModel): TemplateResult {
  return html`${model.load.points.length === 0 ? nothing : loadTable(model)}
    <section class="data-table" aria-label="Recent tasks">
      <div class="table-head"><h2>Recent tasks <span class="count">${model.tasks.rows.length}</span></h2></div>
      ${model.tasks.notice === null ? nothing : html`<p class="notice">${model.tasks.notice}</p>`}
      ${model.tasks.rows.length === 0 ? nothing : taskTable(model.tasks.rows)}
    </section>
    <section class="data-table" aria-label="Configuration">
      <div class="table-head"><h2>Configuration</h2></div>
      ${model.config.notice === null ? nothing : html`<p class="notice">${model.config.notice}</p>`}
      <div class="config">${model.config.sections.map(
        (section) =>
          html`<section><h3>${section.title}</h3><dl class="facts">${section.entries.map(
            (entry) => html`<div><dt>${entry.key}</dt><dd class="mono">${entry.value}</dd></div>`,
          )}</dl></section>`,
      )}</div>
    </section>`;
}

function taskTable(rows: readonly GuestTaskRow[]): TemplateResult {
  return html`<table>
    <caption class="sr">Recent tasks</caption>
    <thead><tr><th scope="col">Task</th><th scope="col">Result</th><th scope="col">Started</th><th scope="col" class="p2">Took</th><th scope="col" class="p2">User</th></tr></thead>
    <tbody>${rows.map(
      (row) => html`<tr class="edge-${row.result.tone}" title=${row.upid}>
        <th scope="row">${row.what}</th>
        <td>${stateBadge(row.result)}</td>
        <td>${row.startMs === null ? 'not told' : timeText(row.startMs)}</td>
        <td class="p2">${row.durationMs === null ? '' : formatAge(row.durationMs)}</td>
        <td class="p2">${row.user}</td>
      </tr>`,
    )}</tbody>
  </table>`;
}

/** The load series for those who do not see the chart; at most thirty points of it. */
function loadTable(model: GuestPageModel): TemplateResult {
  const { points } = model.load;
  const step = Math.max(1, Math.ceil(points.length / 30));
  const text = (value: number | null): string => (value === null ? 'no data' : `${value} %`);
  return html`<details class="as-table"><summary>Show as table</summary><table>
    <caption class="sr">Load, last ${model.load.timeframe}</caption>
    <thead><tr><th scope="col">Time</th><th scope="col" class="end">CPU</th><th scope="col" class="end">Memory</th></tr></thead>
    <tbody>${points
      .filter((_point, index) => index % step === 0)
      .map(
        (point) =>
          html`<tr><th scope="row">${timeText(point.timeS * 1000)}</th><td class="end">${text(percent(point.cpuRatio))}</td><td class="end">${text(memoryPercent(point))}</td></tr>`,
      )}</tbody>
  </table></details>`;
}

const timeFormat = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});

function timeText(timeMs: number): string {
  return timeFormat.format(timeMs);
}

function follow(event: Event, action: PageAction): void {
  event.preventDefault();
  act(action);
}

function selectTimeframe(event: Event): void {
  const value = event.target instanceof HTMLSelectElement ? event.target.value : '';
  const timeframe = loadTimeframes.find((known) => known === value);
  if (timeframe !== undefined) bridge.send({ type: 'selectTimeframe', timeframe });
}

startTicking(document);
bridge.send({ type: 'ready' });
