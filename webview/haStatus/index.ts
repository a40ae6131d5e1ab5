import { html, nothing, render, type TemplateResult } from 'lit';
import { type HaTableId, haTableIds } from '../../src/contract/haTables.ts';
import type {
  FromHaStatusPage,
  HaStatusHeader,
  PageAction,
  ToHaStatusPage,
} from '../../src/contract/panels.ts';
import { setHostClock, startTicking } from '../shared/age.ts';
import { bannerRegion } from '../shared/banners.ts';
import { connect } from '../shared/bridge.ts';
import { DataTable } from '../shared/dataTable.ts';
import { cardGroup } from '../shared/facts.ts';
import { startMarks } from '../shared/marks.ts';
import { stateBadge } from '../shared/stateBadge.ts';
import type { TableLayout } from '../shared/tableItems.ts';
import { registerControls } from '../shared/toolkit.ts';
import { clusterPicker } from './clusterPicker.ts';
import { failoverList } from './failovers.ts';
import '../shared/theme.css';
import './panel.css';

registerControls();

/** A summary of changes is said at most this often, milliseconds. */
const announceEveryMs = 10_000;

const app = document.getElementById('app') ?? document.body;
render(
  html`<a class="skip" href="#nodes">Skip to the tables</a>
    <main>
      <div id="head"></div>
      <div id="alert" class="sr" role="alert"></div>
      <div id="summary" class="sr" role="status"></div>
      <div id="marks" class="sr" role="status"></div>
      ${haTableIds.map((id) => html`<section class="data-table" id=${id} aria-label=${id}></section>`)}
    </main>`,
  app,
);

let header: HaStatusHeader | null = null;
let bannersExpanded = false;
let announcedAt = 0;

const bridge = connect<ToHaStatusPage, FromHaStatusPage>({
  model({ nowMs, model }) {
    setHostClock(nowMs);
    for (const id of haTableIds) tables[id].setModel(model.tables[id]);
    showHeader(model.header);
  },
  patch({ nowMs, header: next, tables: patches }) {
    setHostClock(nowMs);
    for (const id of haTableIds) {
      const patch = patches[id];
      if (patch !== undefined) tables[id].patch(patch);
    }
    showHeader(next);
  },
});

const layouts: Record<string, unknown> = { ...bridge.recall()?.layout };
const tables = Object.fromEntries(haTableIds.map((id) => [id, createTable(id)])) as Record<
  HaTableId,
  DataTable
>;

function createTable(id: HaTableId): DataTable {
  return new DataTable(document.getElementById(id) ?? app, {
    act,
    layout: parseLayout(layouts[id]),
    onDidChangeLayout: (layout) => {
      layouts[id] = layout;
      remember();
    },
  });
}

function remember(): void {
  if (header !== null) bridge.remember({ about: header.selected, layout: layouts });
}

/** Layout of an earlier page; anything that does not fit is left out. */
function parseLayout(value: unknown): TableLayout | null {
  if (typeof value !== 'object' || value === null) return null;
  const stored: Partial<Record<keyof TableLayout, unknown>> = value;
  return {
    sort: typeof stored.sort === 'string' ? stored.sort : null,
    descending: stored.descending === true,
    filter: typeof stored.filter === 'string' ? stored.filter : '',
    problems: typeof stored.problems === 'boolean' ? stored.problems : null,
    group: typeof stored.group === 'string' ? stored.group : null,
  };
}

function act(action: PageAction): void {
  bridge.send({ type: 'action', action });
}

function showHeader(next: HaStatusHeader): void {
  header = next;
  const root = document.getElementById('head');
  if (root !== null) {
    const wasInPicker = document.activeElement?.id === 'cluster';
    render(drawHeader(next), root);
    // Other clusters to choose from make a new picker, which must not cost somebody their place.
    if (wasInPicker && document.activeElement?.id !== 'cluster') document.getElementById('cluster')?.focus();
  }
  announce(next);
  remember();
}

/** What is lost is said at once, in its own region; the summary of everything else politely and not too often. */
function announce(content: HaStatusHeader): void {
  say(
    'alert',
    content.banners
      .filter((banner) => banner.tone === 'fail')
      .map((banner) => banner.what)
      .join(' '),
  );
  const now = Date.now();
  if (content.announcement !== '' && now - announcedAt < announceEveryMs) return;
  announcedAt = now;
  say('summary', content.announcement);
}

function say(region: string, text: string): void {
  const element = document.getElementById(region);
  if (element !== null && element.textContent !== text) element.textContent = text;
}

function drawHeader(content: HaStatusHeader): TemplateResult {
  return html`<header class="page-head">
      <h1>${content.title}</h1>
      <label class="sr" for="cluster">Cluster</label>
      ${clusterPicker(content, selectCluster)}
      <span>${stateBadge(content.freshness)}</span>
      <span class="spacer"></span>
      <vscode-button appearance="secondary" @click=${() => act({ kind: 'timeline', id: content.selected })}>Timeline</vscode-button>
      <vscode-button appearance="secondary" @click=${() => act({ kind: 'refresh' })}>Refresh</vscode-button>
    </header>
    ${
      content.banners.length === 0
        ? nothing
        : bannerRegion(content.banners, bannersExpanded, act, () => {
            bannersExpanded = !bannersExpanded;
            if (header !== null) showHeader(header);
          })
    }
    ${failoverList(content.failovers, act)}
    ${content.cardGroups.map(cardGroup)}`;
}

function selectCluster(clusterId: string): void {
  if (clusterId !== header?.selected) bridge.send({ type: 'selectCluster', clusterId });
}

startTicking(document);
startMarks(document, (text) => say('marks', text));
bridge.send({ type: 'ready' });
