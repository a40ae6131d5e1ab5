import { html, nothing, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatPercent, formatStopwatch } from '../../src/base/format.ts';
import type { LoadTimeframe } from '../../src/contract/model/loadTimeframe.ts';
import type { FromGuestPage, GuestPageModel, GuestTaskRow, PageAction } from '../../src/contract/panels.ts';
import { type Announcer, createAnnouncer } from '../shared/announcer.ts';
import { bannerList } from '../shared/banners.ts';
import { copyButton } from '../shared/copyButton.ts';
import { factList } from '../shared/facts.ts';
import { pageHeader, waitingTemplate } from '../shared/pageFrame.ts';
import { PageScroll } from '../shared/pageScroll.ts';
import type { PageMemory } from '../shared/pageState.ts';
import { RefreshButton } from '../shared/refreshButton.ts';
import { section } from '../shared/section.ts';
import { icon, stateBadge, toneBadge } from '../shared/stateBadge.ts';
import { controlValue } from '../shared/toolkit.ts';
import { LoadChart } from './loadChart.ts';
import { type LoadSeries, loadSeries, momentText, timeframeLabels } from './loadSeries.ts';

type Managed = GuestPageModel['ha']['managed'];

/** Three different things, told apart by word and sign. */
const managedBadge: Readonly<Record<Managed, TemplateResult>> = {
  yes: toneBadge('HA-managed', 'calm'),
  no: toneBadge('not HA-managed', 'off'),
  unknown: toneBadge('unknown', 'unknown'),
};

const managedIcon: Readonly<Record<Managed, string>> = {
  yes: 'shield',
  no: 'circle-slash',
  unknown: 'question',
};

/** The page of one guest. */
export class GuestView {
  readonly #root: HTMLElement;
  readonly #memory: PageMemory;
  readonly #post: (message: FromGuestPage) => void;
  readonly #announcer: Announcer;
  readonly #refresh: RefreshButton;
  readonly #scroll: PageScroll;
  readonly #cpuReadout = readout();
  readonly #memoryReadout = readout();
  readonly #cpu = new LoadChart({ colour: '--vscode-charts-blue', readout: this.#cpuReadout });
  readonly #ram = new LoadChart({ colour: '--vscode-charts-purple', readout: this.#memoryReadout });
  #model: GuestPageModel | undefined;
  #series: LoadSeries = { timeS: [], cpu: [], memory: [] };
  #showAllBanners = false;

  constructor(root: HTMLElement, memory: PageMemory, post: (message: FromGuestPage) => void) {
    this.#root = root;
    this.#memory = memory;
    this.#post = post;
    this.#announcer = createAnnouncer(document.body);
    this.#refresh = new RefreshButton(this.#act, () => this.#draw());
    this.#scroll = new PageScroll(memory);
    this.#draw();
  }

  setModel(model: GuestPageModel): void {
    const before = this.#model;
    this.#model = model;
    this.#refresh.settle();
    this.#memory.setAbout(model.id);
    this.#announcer.alertNew(model.header.banners);
    if (before !== undefined) this.#announcer.summarize(spokenChange(before, model));
    this.#series = loadSeries(model.load.points);
    this.#draw();
    const { timeframe } = model.load;
    this.#cpu.setData(this.#series.timeS, this.#series.cpu, timeframe);
    this.#ram.setData(this.#series.timeS, this.#series.memory, timeframe);
    this.#scroll.restore();
  }

  #act = (action: PageAction): void => this.#post({ type: 'action', action });

  #draw(): void {
    render(this.#model === undefined ? waitingTemplate() : this.#template(this.#model), this.#root);
  }

  #template(model: GuestPageModel): TemplateResult {
    const { header, openInProxmox } = model;
    return html`<a class="skip" href="#ha" @click=${this.#skip}>Skip to high availability</a>
      ${pageHeader({
        title: header.title,
        subtitle: model.subtitle,
        freshness: header.freshness,
        actions: html`${
          openInProxmox === null
            ? nothing
            : html`<vscode-button appearance="secondary" @click=${() => this.#act(openInProxmox)}>Open in Proxmox</vscode-button>`
        }${this.#refresh.template()}`,
      })}
      <main>
        ${bannerList({
          banners: header.banners,
          act: this.#act,
          showAll: this.#showAllBanners,
          onToggle: () => {
            this.#showAllBanners = !this.#showAllBanners;
            this.#draw();
          },
        })}
        <div class="boxes">${this.#haBox(model)}${this.#guestBox(model)}</div>
        ${this.#tasks(model)}${this.#config(model)}
      </main>`;
  }

  #haBox({ ha }: GuestPageModel): TemplateResult {
    return html`<section class="box" id="ha" tabindex="-1" aria-labelledby="heading-ha" data-managed=${ha.managed}>
      <div class="boxHead"><h2 id="heading-ha">High availability</h2>${managedBadge[ha.managed]}</div>
      <p class="sentence">${icon(managedIcon[ha.managed])}<span>${ha.sentence}</span></p>
      ${factList(ha.facts, this.#act)}
      <p><button type="button" class="link" @click=${() => this.#act(ha.clusterPage)}>HA status of the cluster</button></p>
    </section>`;
  }

  #guestBox(model: GuestPageModel): TemplateResult {
    return html`<section class="box" aria-labelledby="heading-guest">
      <div class="boxHead"><h2 id="heading-guest">Guest</h2>${stateBadge(model.guest.state)}</div>
      ${factList(model.guest.facts, this.#act)}
      ${this.#load(model)}
    </section>`;
  }

  #load({ load }: GuestPageModel): TemplateResult {
    const isTable = this.#memory.isOpen('loadTable', false);
    const choose = (event: Event): void => {
      const timeframe = Object.keys(timeframeLabels).find((key) => key === controlValue(event));
      if (timeframe !== undefined && timeframe !== this.#model?.load.timeframe)
        this.#post({ type: 'selectTimeframe', timeframe: timeframe as keyof typeof timeframeLabels });
    };
    return html`<div class="load">
      <div class="loadHead">
        <h3>Load</h3>
        <select class="picker" aria-label="Timeframe of the load" @change=${choose}>${Object.entries(
          timeframeLabels,
        ).map(
          ([key, label]) => html`<option value=${key} .selected=${key === load.timeframe}>${label}</option>`,
        )}</select>
        <button type="button" class="link" aria-expanded=${isTable ? 'true' : 'false'} ?hidden=${load.points.length === 0}
          @click=${() => this.#toggle('loadTable', isTable)}>${isTable ? 'Hide table' : 'Show as table'}</button>
      </div>
      ${load.notice === null ? nothing : html`<p class="notice">${icon('question')}<span>${load.notice}</span></p>`}
      <div class="charts" ?hidden=${load.points.length === 0} aria-hidden="true">
        <div class="chartHead"><span>CPU</span>${this.#cpuReadout}</div>${this.#cpu.element}
        <div class="chartHead"><span>Memory</span>${this.#memoryReadout}</div>${this.#ram.element}
      </div>
      ${isTable && load.points.length > 0 ? this.#loadTable(load.timeframe) : nothing}
    </div>`;
  }

  /** Newest first; a figure nobody reported reads "no data". */
  #loadTable(timeframe: LoadTimeframe): TemplateResult {
    const { timeS, cpu, memory } = this.#series;
    const rows = timeS
      .map((at, index) => ({ at, cpu: cpu[index] ?? null, memory: memory[index] ?? null }))
      .reverse();
    const percent = (value: number | null): string =>
      value === null ? 'no data' : formatPercent(value / 100);
    return html`<div class="loadTable" tabindex="0" role="region" aria-label="Load as table"><table class="plain">
      <caption class="spoken">CPU and memory, newest first</caption>
      <thead><tr><th scope="col">Time</th><th scope="col" class="end">CPU</th><th scope="col" class="end">Memory</th></tr></thead>
      <tbody>${rows.map(
        (row) => html`<tr><th scope="row">${momentText(row.at, timeframe, 'full')}</th>
          <td class="end">${percent(row.cpu)}</td><td class="end">${percent(row.memory)}</td></tr>`,
      )}</tbody></table></div>`;
  }

  #tasks({ tasks }: GuestPageModel): TemplateResult {
    const isOpen = this.#memory.isOpen('tasks', true);
    const notice =
      tasks.notice === null
        ? nothing
        : html`<p class="notice">${icon('question')}<span>${tasks.notice}</span></p>`;
    const empty = tasks.notice === null ? html`<p class="empty">No recent tasks.</p>` : nothing;
    return section({
      id: 'tasks',
      title: 'Recent tasks',
      note: tasks.rows.length === 0 ? '' : String(tasks.rows.length),
      isOpen,
      onToggle: () => this.#toggle('tasks', isOpen),
      body: html`${notice}${
        tasks.rows.length === 0
          ? empty
          : html`<table class="plain tasks"><caption class="spoken">Recent tasks</caption>
            <thead><tr><th scope="col">Task</th><th scope="col">Result</th><th scope="col">Started</th>
              <th scope="col" class="end">Took</th><th scope="col" class="user">By</th></tr></thead>
            <tbody>${repeat(
              tasks.rows,
              ({ upid }) => upid,
              (row) => this.#taskRow(row),
            )}</tbody></table>`
      }`,
    });
  }

  #taskRow(row: GuestTaskRow): TemplateResult {
    return html`<tr class="copyable">
      <th scope="row">${row.what}</th>
      <td>${stateBadge(row.result)}</td>
      <td>${row.startMs === null ? 'not told' : momentText(row.startMs / 1000, 'week', 'full')}</td>
      <td class="end">${row.durationMs === null ? '–' : formatStopwatch(row.durationMs)}</td>
      <td class="user"><span>${row.user}</span>${copyButton(row.upid, 'the task id (UPID)', this.#act)}</td>
    </tr>`;
  }

  #config({ config }: GuestPageModel): TemplateResult {
    const isOpen = this.#memory.isOpen('config', false);
    const text = (): string =>
      JSON.stringify(
        Object.fromEntries(
          config.sections.map(({ title, entries }) => [
            title,
            Object.fromEntries(entries.map(({ key, value }) => [key, value])),
          ]),
        ),
        null,
        2,
      );
    return section({
      id: 'config',
      title: 'Configuration',
      note: config.sections.map(({ title }) => title.toLowerCase()).join(', '),
      isOpen,
      onToggle: () => this.#toggle('config', isOpen),
      tools:
        config.sections.length === 0
          ? undefined
          : html`<button type="button" class="link" @click=${() => this.#act({ kind: 'copy', text: text() })}>Copy as JSON</button>`,
      body: html`${
        config.notice === null
          ? nothing
          : html`<p class="notice">${icon('question')}<span>${config.notice}</span></p>`
      }<div class="configParts">${config.sections.map(
        ({ title, entries }) => html`<section class="configPart"><h3>${title}</h3>
          <dl class="facts">${entries.map(
            ({ key, value }) => html`<div class="fact copyable"><dt class="mono">${key}</dt>
              <dd class="mono"><span>${value}</span>${copyButton(value, key, this.#act)}</dd></div>`,
          )}</dl></section>`,
      )}</div>`,
    });
  }

  #toggle(id: string, isOpen: boolean): void {
    this.#memory.setOpen(id, !isOpen);
    this.#draw();
  }

  #skip = (event: Event): void => {
    event.preventDefault();
    this.#root.querySelector<HTMLElement>('#ha')?.focus();
  };
}

/** What a screen reader should hear when the guest changed. */
function spokenChange(before: GuestPageModel, after: GuestPageModel): string {
  if (before.guest.state.label !== after.guest.state.label)
    return `${after.header.title}: ${after.guest.state.label}.`;
  return before.ha.managed === after.ha.managed ? '' : after.ha.sentence;
}

function readout(): HTMLElement {
  const element = document.createElement('span');
  element.className = 'readout';
  return element;
}
