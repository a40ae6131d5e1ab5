import { html, nothing, render, type TemplateResult } from 'lit';
import { plural } from '../../src/base/format.ts';
import type { HaTableId } from '../../src/contract/haTables.ts';
import type {
  FromHaStatusPage,
  HaStatusHeader,
  HaStatusModel,
  PageAction,
  TablePatch,
} from '../../src/contract/panels.ts';
import { type Announcer, createAnnouncer } from '../shared/announcer.ts';
import { bannerList } from '../shared/banners.ts';
import { cardGroups } from '../shared/cards.ts';
import { pageHeader, waitingTemplate } from '../shared/pageFrame.ts';
import { PageScroll } from '../shared/pageScroll.ts';
import type { PageMemory } from '../shared/pageState.ts';
import { RefreshButton } from '../shared/refreshButton.ts';
import { section } from '../shared/section.ts';
import { controlValue } from '../shared/toolkit.ts';
import { VirtualTable } from '../shared/virtualTable.ts';

interface TableSetting {
  readonly id: HaTableId;
  readonly isOpen: boolean;
  readonly tools: 'always' | 'whenLong';
}

/** Order of the sections, and which are open until the reader decides. */
const tableSettings: readonly TableSetting[] = [
  { id: 'nodes', isOpen: true, tools: 'whenLong' },
  { id: 'resources', isOpen: true, tools: 'always' },
  { id: 'rules', isOpen: false, tools: 'whenLong' },
  { id: 'groups', isOpen: false, tools: 'whenLong' },
];

/** The HA status page: header, notices, cards and four tables. */
export class HaStatusView {
  readonly #root: HTMLElement;
  readonly #memory: PageMemory;
  readonly #post: (message: FromHaStatusPage) => void;
  readonly #tables: ReadonlyMap<HaTableId, VirtualTable>;
  readonly #announcer: Announcer;
  readonly #refresh: RefreshButton;
  readonly #scroll: PageScroll;
  #header: HaStatusHeader | undefined;
  #showAllBanners = false;

  constructor(root: HTMLElement, memory: PageMemory, post: (message: FromHaStatusPage) => void) {
    this.#root = root;
    this.#memory = memory;
    this.#post = post;
    this.#announcer = createAnnouncer(document.body);
    this.#refresh = new RefreshButton(this.#act, () => this.#draw());
    this.#scroll = new PageScroll(memory);
    this.#tables = new Map(
      tableSettings.map(({ id, tools }) => [
        id,
        new VirtualTable({
          id,
          tools,
          act: this.#act,
          restored: memory.restored.tables[id] ?? null,
          onView: (view) => memory.setTable(id, view),
        }),
      ]),
    );
    document.addEventListener('keydown', this.#onKey);
    this.#draw();
  }

  setModel(model: HaStatusModel): void {
    const isOther = this.#header?.selected !== model.header.selected;
    const isFirst = this.#header === undefined;
    this.#setHeader(model.header);
    // Tables measure themselves, so their places must be in the page before the first rows come.
    if (isFirst) this.#draw();
    for (const [id, table] of this.#tables) table.setModel(model.tables[id], isOther);
    this.#draw();
    this.#scroll.restore();
  }

  applyPatch(header: HaStatusHeader, patches: Readonly<Partial<Record<HaTableId, TablePatch>>>): void {
    // A patch before the first picture has nothing to change.
    if (this.#header === undefined) return;
    this.#setHeader(header);
    for (const [id, table] of this.#tables) {
      const patch = patches[id];
      if (patch !== undefined) table.applyPatch(patch);
    }
    this.#draw();
  }

  #setHeader(header: HaStatusHeader): void {
    this.#header = header;
    this.#refresh.settle();
    this.#memory.setAbout(header.selected);
    this.#announcer.alertNew(header.banners);
    this.#announcer.summarize(header.announcement);
  }

  #act = (action: PageAction): void => this.#post({ type: 'action', action });

  #draw(): void {
    render(this.#header === undefined ? waitingTemplate() : this.#template(this.#header), this.#root);
    // A table measures its width, so it is drawn once it is in the page and its section is open.
    for (const { id, isOpen } of tableSettings)
      this.#tables.get(id)?.setShown(this.#memory.isOpen(id, isOpen));
  }

  #template(header: HaStatusHeader): TemplateResult {
    return html`<a class="skip" href="#nodes" @click=${this.#skip}>Skip to the first table</a>
      ${pageHeader({
        title: header.title,
        freshness: header.freshness,
        picker: this.#picker(header),
        actions: this.#refresh.template(),
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
        ${cardGroups(header.cardGroups, this.#act)}
        ${tableSettings.map((setting) => this.#section(setting))}
      </main>`;
  }

  #picker(header: HaStatusHeader): TemplateResult {
    const choose = (event: Event): void => {
      const clusterId = controlValue(event);
      if (clusterId !== '' && clusterId !== this.#header?.selected)
        this.#post({ type: 'selectCluster', clusterId });
    };
    return html`<select class="picker" aria-label="Cluster" @change=${choose}>${header.clusters.map(
      ({ id, label, state }) =>
        html`<option value=${id} ?selected=${id === header.selected} .selected=${id === header.selected}
          >${state.label === '' ? label : `${label} – ${state.label}`}</option>`,
    )}</select>`;
  }

  #section({ id, isOpen: byDefault }: TableSetting): TemplateResult | typeof nothing {
    const table = this.#tables.get(id);
    if (table === undefined) return nothing;
    const { content } = table;
    const isOpen = this.#memory.isOpen(id, byDefault);
    const problems = content.problems === 0 ? '' : ` · ${plural(content.problems, 'problem')}`;
    return section({
      id,
      title: content.title,
      note: `${content.total}${problems}`,
      isOpen,
      onToggle: () => {
        this.#memory.setOpen(id, !isOpen);
        this.#draw();
      },
      tools: table.tools,
      body: table.body,
    });
  }

  #skip = (event: Event): void => {
    event.preventDefault();
    for (const { id, isOpen } of tableSettings) {
      if (!this.#memory.isOpen(id, isOpen)) continue;
      this.#tables.get(id)?.focusRows();
      return;
    }
  };

  /** Ctrl+F goes to the filter of the table with the focus, else to that of the resources. */
  #onKey = (event: KeyboardEvent): void => {
    if (
      event.key.toLowerCase() !== 'f' ||
      !(event.ctrlKey || event.metaKey) ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const focused = [...this.#tables.values()].find(({ hasFocus }) => hasFocus);
    const took = focused?.focusFilter() === true || this.#tables.get('resources')?.focusFilter() === true;
    if (took) event.preventDefault();
  };
}
