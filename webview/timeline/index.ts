import { html, nothing, render, type TemplateResult } from 'lit';
import type { FleetEventKind } from '../../src/contract/model/fleetEvent.ts';
import type { PageAction } from '../../src/contract/panels.ts';
import type {
  FromTimelinePage,
  TimelinePageModel,
  TimelineRange,
  ToTimelinePage,
} from '../../src/contract/timelinePanel.ts';
import { setHostClock, startTicking } from '../shared/age.ts';
import { bannerRegion } from '../shared/banners.ts';
import { connect } from '../shared/bridge.ts';
import { DataTable } from '../shared/dataTable.ts';
import { stateBadge } from '../shared/stateBadge.ts';
import { registerControls } from '../shared/toolkit.ts';
import { chartLegend, StripChart } from './stripChart.ts';
import '../shared/theme.css';
import './panel.css';

registerControls();

const app = document.getElementById('app') ?? document.body;
render(
  html`<a class="skip" href="#events">Skip to the events</a>
    <main>
      <div id="head"></div>
      <section aria-label="States over time"><h2>States over time</h2><div id="legend"></div><div id="chart"></div><div id="chart-notice"></div></section>
      <div id="events" class="data-table" tabindex="-1"></div>
      <div id="more"></div>
      <div id="status" class="sr" role="status"></div>
    </main>`,
  app,
);

const chart = new StripChart(element('chart'), (guest) => bridge.send({ type: 'choose', guest }));
const table = new DataTable(element('events'), {
  act,
  layout: { sort: 'time', descending: true, filter: '', problems: null, group: null },
  onDidChangeLayout: () => undefined,
});
draw('legend', chartLegend());

let shown: TimelinePageModel | null = null;
let rows = new Map<string, string>();
/** Whether the table holds rows that are no longer in the time shown. */
let hasOld = false;
let bannersExpanded = false;

const bridge = connect<ToTimelinePage, FromTimelinePage>({
  model({ nowMs, model }) {
    setHostClock(nowMs);
    bridge.remember({ about: model.about, layout: {} });
    showRows(model);
    shown = model;
    draw('head', drawHead(model));
    chart.show(model);
    draw(
      'chart-notice',
      model.stripNotice === null ? html`` : html`<p class="notice">${model.stripNotice}</p>`,
    );
    draw('more', drawMore(model));
    const status = element('status');
    const text = `${model.subtitle}: ${model.table.rows.length} events`;
    if (!model.isReading && status.textContent !== text) status.textContent = text;
  },
});

function element(id: string): HTMLElement {
  return document.getElementById(id) ?? app;
}

function draw(id: string, content: TemplateResult): void {
  render(content, element(id));
}

function act(action: PageAction): void {
  bridge.send({ type: 'action', action });
}

/**
 * The same question again only adds and changes rows, so that nothing moves under the hand; another one starts anew. Rows
 * that the time left behind go when nobody is in the table.
 */
function showRows(model: TimelinePageModel): void {
  const now = new Map(model.table.rows.map((row) => [row.id, JSON.stringify(row)]));
  hasOld ||= [...rows.keys()].some((id) => !now.has(id));
  const root = element('events');
  const isInside = root.matches(':hover') || root.contains(document.activeElement);
  if (shown?.about === model.about && shown.table.rows.length > 0 && (isInside || !hasOld)) {
    table.patch({
      upserted: model.table.rows.filter(({ id }) => rows.get(id) !== now.get(id)),
      removed: [],
      empty: model.table.empty,
      notice: model.table.notice,
    });
  } else {
    table.setModel(model.table);
    hasOld = false;
  }
  rows = now;
}

const changed = (event: Event): string =>
  event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement
    ? event.target.value
    : '';

function drawHead(model: TimelinePageModel): TemplateResult {
  const { header } = model;
  return html`<header class="page-head">
      <h1>${header.title}</h1>
      <span class="subtitle">${model.subtitle}</span>
      <span>${stateBadge(header.freshness)}</span>
      <span class="spacer"></span>
      <vscode-button appearance="secondary" @click=${() => bridge.send({ type: 'export' })}>Export…</vscode-button>
      <vscode-button appearance="secondary" @click=${() => act({ kind: 'refresh' })}>Refresh</vscode-button>
    </header>
    ${
      header.banners.length === 0
        ? nothing
        : bannerRegion(header.banners, bannersExpanded, act, () => {
            bannersExpanded = !bannersExpanded;
            draw('head', drawHead(model));
          })
    }
    <div class="filters">
      <label for="cluster">Cluster</label><select id="cluster" @change=${(event: Event) => bridge.send({ type: 'choose', cluster: changed(event), guest: null })}>${model.clusters.map(
        ({ id, label }) => html`<option value=${id} .selected=${id === model.cluster}>${label}</option>`,
      )}</select>
      <label for="guest">Guest</label><select id="guest" @change=${(event: Event) => chooseGuest(changed(event))}>
        <option value="" .selected=${model.guest === null}>All guests</option>
        ${guestChoices(model).map(
          ({ vmid, label }) =>
            html`<option value=${vmid} .selected=${vmid === model.guest}>${label}</option>`,
        )}</select>
      <label for="time">Time</label><select id="time" @change=${(event: Event) => bridge.send({ type: 'choose', range: changed(event) as TimelineRange })}>${model.ranges.map(
        ({ range, label }) =>
          html`<option value=${range} .selected=${range === model.range}>${label}</option>`,
      )}</select>
    </div>
    <fieldset class="kinds"><legend>Kinds of events</legend>${model.kinds.map(
      ({ kind, label, isShown }) =>
        html`<label><input type="checkbox" .checked=${isShown} @change=${() => toggleKind(model, kind)}>${label}</label>`,
    )}</fieldset>`;
}

/** The chosen guest stays among the choices when nothing happened to it. */
function guestChoices(model: TimelinePageModel): TimelinePageModel['guests'] {
  const { guest, guests } = model;
  if (guest === null || guests.some(({ vmid }) => vmid === guest)) return guests;
  return [{ vmid: guest, label: String(guest) }, ...guests];
}

function chooseGuest(value: string): void {
  bridge.send({ type: 'choose', guest: value === '' ? null : Number(value) });
}

function toggleKind(model: TimelinePageModel, kind: FleetEventKind): void {
  bridge.send({
    type: 'choose',
    kinds: model.kinds
      .filter((each) => (each.kind === kind ? !each.isShown : each.isShown))
      .map((each) => each.kind),
  });
}

function drawMore(model: TimelinePageModel): TemplateResult {
  return model.hasMore
    ? html`<vscode-button appearance="secondary" ?disabled=${model.isReading} @click=${() => bridge.send({ type: 'more' })}>Read older events</vscode-button>`
    : html``;
}

startTicking(document);
bridge.send({ type: 'ready' });
